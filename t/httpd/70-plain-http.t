# SPDX-License-Identifier: Apache-2.0
# Addresses of the authorization server that begin with http: the examples let nobody in, and neither a token nor the
# client's secret is on the way. Over loopback they are fine, as other tests show.

use v5.36;
use Cwd qw(getcwd);
use IO::Select;
use IO::Socket::INET;
use Test::More;
use JobSessions::Access qw(MOUNT authorization faults_of_problem);
use JobSessions::Httpd;
use JobSessions::Test qw(database_dir http slurp);
use JobSessions::Token qw(claims jwt opaque);

my $here = getcwd;
my $server = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1') or die "listen: $@";
my $address = 'http://0.0.0.0:' . $server->sockport;    # which leads to loopback and does not look like it

# example, what it is given, a good token, whether finer-rights.conf fits to it
my @examples = (
    [ 'openidc-public-key.conf',    "JOBSESSIONS_JWKS_URI $address/jwks.json",          jwt('ES256', claims()), 1 ],
    [ 'oauth2-public-key.conf',     "JOBSESSIONS_JWKS_URI $address/jwks.json",          jwt('RS256', claims()), 0 ],
    [ 'openidc-introspection.conf', "JOBSESSIONS_INTROSPECTION_URI $address/introspect", opaque(claims()),      0 ],
    [ 'oauth2-introspection.conf',  "JOBSESSIONS_INTROSPECTION_URI $address/introspect", opaque(claims()),      0 ],
);
for my $example (@examples) {
    my ($name, $define, $token, $has_finer) = @$example;
    for my $finer ('', $has_finer ? 'finer-rights.conf' : ()) {
        my $httpd = server($name, $define, $finer);
        my $check = $httpd->check;
        if ($check->{exit} != 0) {    # as on Debian 12
            like $check->{err}, qr/https/, "$name $finer: httpd does not start";
            next;
        }
        $httpd->start;
        for my $headers (authorization($token), {}) {
            my $response = http($httpd->port, POST => MOUNT . '/export', headers => $headers);
            is join('; ', faults_of_problem($response, 403)), '', "$name $finer: 403";
        }
        ok !IO::Select->new($server)->can_read(0.2), "$name $finer: nobody was asked";
    }
}

done_testing;

sub server ($example, $define, $finer) {
    my $module = $example =~ /^openidc/ ? 'auth_openidc' : 'oauth2';
    return JobSessions::Httpd->new(
        modules => [ qw(authn_core authz_host headers), $module ],
        config  => join '', "Include $here/t/tokens/tokens.conf\nDefine JOBSESSIONS_ADDRESSES 127.0.0.1\nDefine $define\n",
            'JobSessionsDatabase ' . database_dir('confidential') . "\n",
            map { $_ ne '' ? "Include $here/conf/examples/$_\n" : '' } $example, $finer);
}
