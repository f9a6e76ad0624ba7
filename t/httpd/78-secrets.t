# SPDX-License-Identifier: Apache-2.0
# Nothing secret in any log, whatever the level: tokens, passwords, keys.

use v5.36;
use Cwd qw(getcwd);
use MIME::Base64 qw(encode_base64);
use Test::More;
use JobSessions::Access qw(MOUNT authorization);
use JobSessions::Httpd;
use JobSessions::Test qw(database_dir http port slurp);
use JobSessions::Token qw(claims jwt opaque password token_secret);

my $export = MOUNT . '/export';
my $here = getcwd;
my ($client_secret) = slurp('t/tokens/tokens.conf') =~ /CLIENT_SECRET (\S+)/;

my @bearer = map { authorization($_) } jwt('HS256', claims()), jwt('HS256', claims(role => 'viewer')),
    jwt('HS256', claims(), secret => 'x' x 64);
my @opaque = map { authorization($_) } opaque(claims()), opaque(claims(role => 'viewer')), 'f' x 32;
my @basic = map { { Authorization => 'Basic ' . encode_base64("console:$_", '') } } password(), 'a guess', 'x';

my @examples = (
    [ 'openidc-shared-key'    => 'auth_openidc', \@bearer ],
    [ 'openidc-introspection' => 'auth_openidc', \@opaque ],
    [ 'oauth2-shared-key'     => 'oauth2',       \@bearer ],
    [ 'oauth2-introspection'  => 'oauth2',       \@opaque ],
    [ 'basic'                 => 'auth_basic',   \@basic ],
);
for (@examples) {
    my ($example, $module, $clients) = @$_;
    my $login = $module eq 'oauth2' ? 'http://127.0.0.1:' . port('login') : 'https://127.0.0.1:' . port('login_tls');
    my $httpd = JobSessions::Httpd->new(
        modules => [ qw(authn_core authn_file authz_user headers log_config socache_shmcb ssl http2), $module ],
        single  => 1,
        config  => <<~CONFIG)->start;
        LogLevel trace8
        CustomLog access_log "%h %u %t \\"%r\\" %>s"
        SSLEngine on
        SSLCertificateFile $here/t/tls/server.pem
        SSLCertificateKeyFile $here/t/tls/server.key
        Protocols h2 http/1.1
        <IfModule auth_openidc_module>
            OIDCCABundlePath $here/t/tls/server.pem
            OIDCCacheShmMax 128
        </IfModule>
        Include $here/t/tokens/tokens.conf
        Define JOBSESSIONS_INTROSPECTION_URI $login/introspect
        Define JOBSESSIONS_PASSWORD_FILE $here/t/tokens/passwords
        JobSessionsDatabase ${\ database_dir('confidential') }
        Include $here/conf/examples/$example.conf
        CONFIG
    my @statuses = map { http($httpd->port, POST => $export, tls => 1, headers => $_)->{status} } @$clients;
    is_deeply \@statuses, $module eq 'auth_basic' ? [ 200, 401, 401 ] : [ 200, 403, 401 ], "$example: answers";

    my %secrets = (password => password(), 'shared key' => token_secret(), 'client secret' => $client_secret,
        'TLS key' => (split /\n/, slurp('t/tls/server.key'))[1]);
    for (map { $_->{Authorization} } @$clients) {
        my ($credentials) = /^\w+ (.*)/;
        $secrets{"credentials $credentials"} = $credentials;
        my ($signature) = $credentials =~ /([^.]*)$/;
        $secrets{"signature $credentials"} = $signature;
    }
    my $log = $httpd->error_log;
    diag "$example: ", length $log;
    for my $name (sort keys %secrets) {
        my %where;
        $where{ /^\[[^\]]+\] \[(\w+):(\w+)\]/ ? "$1:$2" : "?" . substr $_, 0, 60 }{substr($_, 0, 400)}++ for grep { index($_, $secrets{$name}) >= 0 } split /\n/, $log;
        diag "$example: $name: $_: ", (sort keys %{ $where{$_} })[0] for sort keys %where;
    }
}

done_testing;
