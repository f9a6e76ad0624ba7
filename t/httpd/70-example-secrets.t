# SPDX-License-Identifier: Apache-2.0
# Secrets, written as the examples say. That of the authorization server's client: as it is for mod_auth_openidc, which
# encodes it, and encoded for mod_oauth2, which decodes it first. That of signed tokens: long enough for each algorithm.

use v5.36;
use Cwd qw(getcwd);
use Test::More;
use JobSessions::Access qw(MOUNT authorization finds_shared_keys);
use JobSessions::Httpd;
use JobSessions::Test qw(database_dir http);
use JobSessions::Token qw(claims jwt opaque);

my $here = getcwd;
my ($id, $secret) = ('job+sessions', 'a+b/c=d&e%2Ff=');
sub encoded ($text) { return $text =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ger }

subtest "the client's id and secret" => sub {
    my %servers = map { $_ => issuer($_ eq 'openidc') } qw(openidc oauth2);
    my %issuers = map { $_ => ($_ eq 'openidc' ? 'https' : 'http') . '://127.0.0.1:' . $servers{$_}->port . '/introspect' } keys %servers;
    my $token = opaque(claims());
    my @written = ([ openidc => 'as they are', $id, $secret, 200 ], [ openidc => 'encoded', encoded($id), encoded($secret), 401 ],
        [ oauth2 => 'encoded', encoded($id), encoded($secret), 200 ]);
    for (@written) {
        my ($module, $how, $its_id, $its_secret, $status) = @$_;
        is status(server($module, 'introspection', <<~CONFIG), $token), $status, "$module, $how";
            Define JOBSESSIONS_INTROSPECTION_URI $issuers{$module}
            Define JOBSESSIONS_CLIENT_ID $its_id
            Define JOBSESSIONS_CLIENT_SECRET $its_secret
            CONFIG
    }
};

subtest 'the key of signed tokens' => sub {
    for my $module ('oauth2', finds_shared_keys() ? 'openidc' : ()) {
        my $httpd = server($module, 'shared-key', '');
        is status($httpd, jwt($_, claims())), 200, "$module: $_" for qw(HS256 HS384 HS512);
    }
};

done_testing;

# The introspection of the tests, for another client than theirs.
sub issuer ($tls) {
    return JobSessions::Httpd->new(modules => [ qw(alias cgi env), $tls ? 'ssl' : () ], config => ($tls ? <<~CONFIG : '') . <<~CONFIG)->start;
        SSLEngine on
        SSLCertificateFile $here/t/tls/server.pem
        SSLCertificateKeyFile $here/t/tls/server.key
        CONFIG
        ScriptAlias "/introspect" "$here/t/introspect.pl"
        <Location "/introspect">
            CGIPassAuth On
            SetEnv CLIENT_ID "$id"
            SetEnv CLIENT_SECRET "$secret"
        </Location>
        CONFIG
}

sub server ($module, $example, $defines) {
    return JobSessions::Httpd->new(
        modules => [ qw(authn_core authz_host headers), $module eq 'openidc' ? 'auth_openidc' : 'oauth2' ],
        config  => ($module eq 'openidc' ? "OIDCCABundlePath $here/t/tls/server.pem\n" : '') . <<~CONFIG)->start;
        JobSessionsDatabase ${\ database_dir('confidential') }
        Include $here/t/tokens/tokens.conf
        $defines
        Include $here/conf/examples/$module-$example.conf
        CONFIG
}

sub status ($httpd, $token) {
    return http($httpd->port, POST => MOUNT . '/export', headers => authorization($token))->{status};
}
