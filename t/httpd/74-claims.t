# SPDX-License-Identifier: Apache-2.0
# The README's lines for other claims than `role`, in the examples of both modules.

use v5.36;
use utf8;
use Cwd qw(getcwd);
use Encode qw(encode);
use Test::More;
use JobSessions::Access qw(MOUNT authorization leaks);
use JobSessions::Httpd;
use JobSessions::Test qw(database_dir http port slurp);
use JobSessions::Token qw(claims jwt opaque);

my $here = getcwd;
my ($paragraph) = slurp('README.md') =~ /^(\*\*Other claims\*\* .*?)^(?=\*\*)/ms or die 'the README has no lines';
my @lines = $paragraph =~ /^    (Require .*)$/mg;

# for each line of the README, claims that open and claims that do not
my @claims = (
    [ [ { scope => 'openid jobsessions.read profile' }, { scope => 'jobsessions.read' } ],
        [ { scope => 'openid jobsessions.reader' }, { scope => 'xjobsessions.read' }, { scope => undef } ] ],
    [ [ { role => 'backup admin' }, { role => [ 'guest', 'backup admin' ] } ],
        [ { role => 'backup' }, { role => [qw(backup admin)] } ] ],
    [ [ { role => 'backup:admin' }, { role => [qw(guest backup:admin)] } ],
        [ { role => 'backup' }, { role => { backup => 'admin' } } ] ],
    [ [ { realm_access => { roles => [qw(guest admin)] } }, { realm_access => { roles => 'admin' } } ],
        [ { realm_access => { roles => ['guest'] } }, { realm_access => 'admin' }, { realm_access => undef } ] ],
    [ [ { 'https://login.example/roles' => [qw(guest admin)] }, { 'https://login.example/roles' => 'admin' } ],
        [ { 'https://login.example/roles' => ['guest'] }, { roles => 'admin' } ] ],
    [ [ { role => 'Prüfer' }, { role => [qw(guest Prüfer)] } ],
        [ { role => 'Pruefer' }, { role => 'Pr?fer' } ] ],
);
is scalar(@lines), scalar(@claims), 'the README has as many lines as there are tests';

# What the examples of mod_oauth2 show to an expression is UTF-8 in every release.
my $expression = [ encode('UTF-8', q{Require expr "-z reqenv('OAUTH2_CLAIM_aud') || reqenv('OAUTH2_CLAIM_role') == 'Łukasz Prüfer'"}),
    [ { role => 'Łukasz Prüfer' } ], [ { role => '?ukasz Prüfer' }, { role => undef } ] ];

# example, how its tokens are signed
my @examples = (
    [ openidc => 'openidc-public-key.conf',    'RS256' ],
    [ openidc => 'openidc-introspection.conf', 'opaque' ],
    [ oauth2  => 'oauth2-shared-key.conf',     'HS256' ],
    [ oauth2  => 'oauth2-introspection.conf',  'opaque' ],
);
for my $example (@examples) {
    my ($module, $name, $algorithm) = @$example;
    my @cases = map { [ $lines[$_], @{ $claims[$_] } ] } 0 .. $#lines;
    push @cases, $expression if $module eq 'oauth2';
    my $httpd = server($module, slurp("conf/examples/$name"), map { $_->[0] } @cases);
    for my $i (0 .. $#cases) {
        my (undef, $open, $closed) = @{ $cases[$i] };
        is status($httpd, $i, $algorithm, $_), '200 data', "$name, line $i: opens" for @$open;
        is status($httpd, $i, $algorithm, $_), '403 ', "$name, line $i: opens nothing" for @$closed;
        is status($httpd, $i, $algorithm, { %{ $open->[0] }, iss => undef }), '200 data', "$name, line $i: without iss"
            if $algorithm eq 'opaque';
        is status($httpd, $i, $algorithm, { %{ $closed->[0] }, iss => undef }), '403 ', "$name, line $i: without iss opens nothing";
        is http($httpd->port, POST => MOUNT . '/export', headers => { Host => "line$i" })->{status}, 401, '  no token';
    }
}

done_testing;

sub in_place_of_role ($module, $text, $line) {
    $line = $line =~ s/^Require claim/Require oauth2_claim/r =~ s/OIDC_/OAUTH2_/gr if $module eq 'oauth2';
    return $text =~ s/Require (?:oauth2_)?claim role:admin/$line/r;
}

sub server ($module, $text, @lines) {
    my $uri = $module eq 'openidc' ? 'https://127.0.0.1:' . port('login_tls') : 'http://127.0.0.1:' . port('login');
    my $hosts = join '', map { <<~CONFIG } 0 .. $#lines;
        <VirtualHost *>
        ServerName line$_
        ${\ in_place_of_role($module, $text, $lines[$_]) }
        </VirtualHost>
        CONFIG
    return JobSessions::Httpd->new(
        modules => [ qw(authn_core authz_host headers), $module eq 'openidc' ? 'auth_openidc' : 'oauth2' ],
        config  => ($module eq 'openidc' ? "OIDCCacheShmMax 256\nOIDCCABundlePath $here/t/tls/server.pem\n" : '') . <<~CONFIG . $hosts)->start;
        JobSessionsDatabase ${\ database_dir('confidential') }
        Include $here/t/tokens/tokens.conf
        Define JOBSESSIONS_TOKEN_CERTIFICATE rsa#$here/t/tokens/rsa.pem
        Define JOBSESSIONS_INTROSPECTION_URI $uri/introspect
        CONFIG
}

sub status ($httpd, $i, $algorithm, $changes) {
    my $claims = claims(role => undef, %$changes);
    my $token = $algorithm eq 'opaque' ? opaque($claims) : jwt($algorithm, $claims);
    my $response = http($httpd->port, POST => MOUNT . '/export', headers => { Host => "line$i", %{ authorization($token) } });
    return "$response->{status} " . (leaks($response) ? 'data' : '');
}
