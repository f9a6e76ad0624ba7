# SPDX-License-Identifier: Apache-2.0
# Keys of a provider that publishes many, each with its certificates, are some 20 KB. They are kept as any others: a token
# that nobody has seen is checked with them when the provider is gone.

use v5.36;
use Cwd qw(getcwd);
use JSON::XS qw(encode_json);
use Test::More;
use JobSessions::Access qw(MOUNT authorization);
use JobSessions::Httpd;
use JobSessions::Test qw(database_dir decode_json http slurp spew);
use JobSessions::Token qw(claims jwt);

my $here = getcwd;
my $keys = decode_json(slurp('t/tokens/jwks.json'));
push @{ $keys->{keys} }, map { { %{ $keys->{keys}[0] }, kid => "other$_", x5c => [ 'A' x 2000 ] } } 1 .. 8;

for my $module (qw(oauth2 openidc)) {
    my $issuer = issuer($module eq 'openidc');
    my $jwks = $issuer->directory . '/htdocs/jwks.json';
    spew($jwks, encode_json($keys));
    my $httpd = server($module, ($module eq 'openidc' ? 'https' : 'http') . '://127.0.0.1:' . $issuer->port . '/jwks.json');
    is status($httpd, 'first'), 200, "$module: keys of " . (-s $jwks) . ' bytes';
    unlink $jwks;
    is status($httpd, 'second'), 200, '  are kept for the next token';
}

done_testing;

sub issuer ($tls) {
    return JobSessions::Httpd->new(modules => [ 'dir', $tls ? 'ssl' : () ], config => $tls ? <<~CONFIG : '')->start;
        SSLEngine on
        SSLCertificateFile $here/t/tls/server.pem
        SSLCertificateKeyFile $here/t/tls/server.key
        CONFIG
}

sub server ($module, $jwks) {
    return JobSessions::Httpd->new(
        modules => [ qw(authn_core authz_host headers), $module eq 'openidc' ? 'auth_openidc' : 'oauth2' ],
        config  => ($module eq 'openidc' ? "OIDCCABundlePath $here/t/tls/server.pem\n" : '') . <<~CONFIG)->start;
        JobSessionsDatabase ${\ database_dir('confidential') }
        Include $here/t/tokens/tokens.conf
        Define JOBSESSIONS_JWKS_URI $jwks
        Include $here/conf/examples/$module-public-key.conf
        CONFIG
}

sub status ($httpd, $sub) {
    return http($httpd->port, POST => MOUNT . '/export', headers => authorization(jwt('RS256', claims(sub => $sub))))->{status};
}
