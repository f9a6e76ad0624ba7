# SPDX-License-Identifier: Apache-2.0
# Every kind of bearer token, on every resource, under every example that checks tokens.

use v5.36;
use Test::More;
use JobSessions::Access qw(MOUNT authorization confidential faults_of_problem faults_of_refusal leaks
    resources token_cases);
use JobSessions::Test qw(database_dir http_all jobsessions port);

# virtual host => how the tokens are signed that it accepts
my @examples = (
    [ openidc_shared_key    => 'HS256' ],
    [ openidc_certificate   => 'RS256' ],
    [ openidc_jwks          => 'ES256' ],
    [ openidc_introspection => 'opaque' ],
    [ oauth2_shared_key     => 'HS256' ],
    [ oauth2_jwk            => 'ES256' ],
    [ oauth2_jwks           => 'RS256' ],
    [ oauth2_introspection  => 'opaque' ],
);

for my $example (@examples) {
    my ($vhost, $algorithm) = @$example;
    for my $case (token_cases($algorithm)) {
        my @resources = resources();
        my @responses = http_all(map {
            [ $vhost, $_->{method} => MOUNT . $_->{path}, tls => 1, version => '1.1',
                headers => authorization($case->{token}) ]
        } @resources);
        for my $i (0 .. $#resources) {
            my ($resource, $response) = ($resources[$i], $responses[$i]);
            my @faults = faults($vhost, $case, $resource, $response);
            is join('; ', @faults), '', "$vhost, $case->{name}: $resource->{method} $resource->{path}";
        }
    }
}

done_testing;

sub faults ($vhost, $case, $resource, $response) {
    return faults_of_refusal($response, $case, $resource->{method}) if $case->{status} != 200;
    return faults_of_problem($response, $resource->{status}, $resource->{method})
        if $resource->{status} != 200;
    my @faults = $response->{status} == 200 ? () : "status $response->{status}";
    my $export = jobsessions(database_dir('confidential'), 'export',
        '--base-url', 'https://127.0.0.1:' . port($vhost));
    push @faults, 'another body' if $response->{body} ne $export->{out};
    my %told = map { $_ => 1 } leaks($response);
    push @faults, map { "does not tell $_" } grep { !$told{$_} } confidential();
    return @faults;
}
