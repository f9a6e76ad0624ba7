# SPDX-License-Identifier: Apache-2.0
# Keys of a provider that publishes many, each with its certificates, are some 20 KB, and so is what an introspection tells
# of a member of many groups. They are kept as any others: a token that nobody has seen is checked with the keys when the
# provider is gone, and one that was introspected is asked for once.

use v5.36;
use Cwd qw(getcwd);
use JSON::XS qw(encode_json);
use Test::More;
use JobSessions::Access qw(MOUNT authorization);
use JobSessions::Httpd;
use JobSessions::Test qw(database_dir decode_json http port slurp spew);
use JobSessions::Token qw(claims jwt opaque);

my $here = getcwd;
my $keys = decode_json(slurp('t/tokens/jwks.json'));
push @{ $keys->{keys} }, map { { %{ $keys->{keys}[0] }, kid => "other$_", x5c => [ 'A' x 2000 ] } } 1 .. 8;

for my $module (qw(oauth2 openidc)) {
    my $issuer = issuer($module eq 'openidc');
    my $jwks = $issuer->directory . '/htdocs/jwks.json';
    spew($jwks, encode_json($keys));
    my $httpd = server($module, 'public-key', JWKS => $issuer->port, '/jwks.json');
    is status($httpd, jwt('RS256', claims(sub => 'first'))), 200, "$module: keys of " . (-s $jwks) . ' bytes';
    unlink $jwks;
    is status($httpd, jwt('RS256', claims(sub => 'second'))), 200, '  are kept for the next token';

    my $introspecting = server($module, 'introspection', INTROSPECTION => port($module eq 'openidc' ? 'login_tls' : 'login'), '/introspect');
    my $token = opaque(claims(groups => [ map { "group $_ of many" x 10 } 1 .. 120 ]));
    is status($introspecting, $token), 200, "$module: an introspection of " . (-s "t/tokens/opaque/$token") . ' bytes';
    unlink "t/tokens/opaque/$token";
    is status($introspecting, $token), 200, '  is kept';
}

done_testing;

sub issuer ($tls) {
    return JobSessions::Httpd->new(modules => [ 'dir', $tls ? 'ssl' : () ], config => $tls ? <<~CONFIG : '')->start;
        SSLEngine on
        SSLCertificateFile $here/t/tls/server.pem
        SSLCertificateKeyFile $here/t/tls/server.key
        CONFIG
}

sub server ($module, $example, $what, $port, $path) {
    my $scheme = $module eq 'openidc' ? 'https' : 'http';
    return JobSessions::Httpd->new(
        modules => [ qw(authn_core authz_host headers), $module eq 'openidc' ? 'auth_openidc' : 'oauth2' ],
        config  => ($module eq 'openidc' ? "OIDCCABundlePath $here/t/tls/server.pem\n" : '') . <<~CONFIG)->start;
        JobSessionsDatabase ${\ database_dir('confidential') }
        Include $here/t/tokens/tokens.conf
        Define JOBSESSIONS_${what}_URI $scheme://127.0.0.1:$port$path
        Include $here/conf/examples/$module-$example.conf
        CONFIG
}

sub status ($httpd, $token) {
    return http($httpd->port, POST => MOUNT . '/export', headers => authorization($token))->{status};
}
