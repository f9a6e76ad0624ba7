# SPDX-License-Identifier: Apache-2.0
# When a token may be used, and by whom: the examples compare exp and nbf with the time, whichever of
# the two its module looks at in this release, and refuse tokens whose binding nobody checks.

use v5.36;
use Test::More;
use JobSessions::Access qw(MOUNT authorization finds_shared_keys leaks);
use JobSessions::Test qw(http_all);
use JobSessions::Token qw(claims jwt opaque);

my $now  = time;
my $hour = 3600;

# claims, whether the token opens the export
my @tokens = (
    [ 'made out for later'            => { iat => $now + $hour, nbf => $now + $hour, exp => $now + 2 * $hour }, 0 ],
    [ 'nbf in an hour'                => { nbf => $now + $hour }, 0 ],
    [ 'nbf in an hour, without iat'   => { iat => undef, nbf => $now + $hour }, 0 ],
    [ 'nbf in an hour, with fraction' => { nbf => $now + $hour + 0.5 }, 0 ],
    [ 'nbf that is no number'         => { nbf => 'tomorrow' }, 0 ],
    [ 'nbf a second after iat'        => { iat => $now - 60, nbf => $now - 59 }, 1 ],
    [ 'nbf without iat'               => { iat => undef, nbf => $now - 60 }, 1 ],
    [ 'nbf with fraction'             => { iat => $now - 61, nbf => $now - 60.5 }, 1 ],
    [ 'without exp'                   => { exp => undef }, 0 ],
    [ 'exp that is no number'         => { exp => 'never' }, 0 ],
    [ 'exp of zero'                   => { exp => 0 }, 0 ],
    [ 'exp a while ago'               => { exp => $now - 60 }, 0 ],
    [ 'bound to a key'                => { cnf => { jkt => 'x' x 43 } }, 0 ],
    [ 'bound to a certificate'        => { cnf => { 'x5t#S256' => 'x' x 43 } }, 0 ],
    [ 'right'                         => {}, 1 ],
);

# virtual host => how the tokens are signed that it accepts
my %signed = (
    openidc_shared_key  => 'HS256',
    openidc_certificate => 'RS256',
    openidc_jwks        => 'ES256',
    oauth2_shared_key   => 'HS256',
    oauth2_jwk          => 'ES256',
    oauth2_jwks         => 'RS256',
);
for my $vhost (sort keys %signed) {
    opens($vhost, sub ($changes) { jwt($signed{$vhost}, claims(%$changes)) }, @tokens);
}

# The authorization server looks at their times.
my @opaque = grep { $_->[0] =~ /^(?:bound|right)/ } @tokens;
opens($_, sub ($changes) { opaque(claims(%$changes)) }, @opaque) for qw(openidc_introspection oauth2_introspection);

# Each with and without a header that claims another time.
sub opens ($vhost, $make, @cases) {
    my @forged = ({}, { 'JobSessions-Time' => $now + 2 * $hour }, { 'JobSessions-Time' => 1 });
    for my $case (@cases) {
        my ($name, $changes, $opens) = @$case;
        $opens = 0 if $vhost eq 'openidc_shared_key' && !finds_shared_keys();
        my $token = $make->($changes);
        my @responses = http_all(map {
            [ $vhost, POST => MOUNT . '/export', tls => 1, headers => { %{ authorization($token) }, %$_ } ]
        } @forged);
        my $expected = $opens ? qr/^200(?: 200){2}$/ : qr/^40[13](?: 40[13]){2}$/;
        like join(' ', map { $_->{status} } @responses), $expected, "$vhost: $name";
        is scalar(grep { leaks($_) } @responses), $opens ? 3 : 0, '  data';
    }
}

done_testing;
