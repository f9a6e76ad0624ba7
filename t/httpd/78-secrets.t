# SPDX-License-Identifier: Apache-2.0
# Nothing secret in any log, whatever the level: no token, no password, no key.
#
# httpd itself and the authentication modules do write credentials at their most talkative levels. Which
# they are is in the table below: below these levels a log has none, whatever other modules' level is,
# and mod_jobsessions is not in it.

use v5.36;
use Cwd qw(getcwd);
use MIME::Base64 qw(encode_base64);
use Test::More;
use JobSessions::Access qw(MOUNT authorization finds_shared_keys);
use JobSessions::Httpd;
use JobSessions::Test qw(database_dir http port slurp);
use JobSessions::Token qw(claims jwt opaque password token_secret);

# LogLevel trace8 http:trace3 http2:trace1 auth_openidc:info oauth2:info
my $talkative = qr/^(?:http:trace[4-8]|http2:trace[2-8]|(?:auth_openidc|oauth2):(?:debug|trace\d))$/;

my @bearer = (jwt('HS256', claims()), jwt('HS256', claims(role => 'viewer')),
    jwt('HS256', claims(), secret => 'x' x 64));
my @opaque = (opaque(claims()), opaque(claims(role => 'viewer')), 'f' x 32);
my @basic  = map { encode_base64("console:$_", '') } password(), 'not the password', 'neither is this';

# file of conf/examples, credentials, answers
my @examples = (
    [ 'openidc-shared-key',    [ map { "Bearer $_" } @bearer ], finds_shared_keys() ? [ 200, 403, 401 ] : [ 401, 401, 401 ] ],
    [ 'openidc-introspection', [ map { "Bearer $_" } @opaque ], [ 200, 403, 401 ] ],
    [ 'oauth2-shared-key',     [ map { "Bearer $_" } @bearer ], [ 200, 403, 401 ] ],
    [ 'oauth2-introspection',  [ map { "Bearer $_" } @opaque ], [ 200, 403, 401 ] ],
    [ 'basic',                 [ map { "Basic $_" } @basic ],   [ 200, 401, 401 ] ],
);
my %port = map { $_->[0] => JobSessions::Httpd::free_port() } @examples;
my %login = (
    openidc => 'https://127.0.0.1:' . port('login_tls'),
    oauth2  => 'http://127.0.0.1:' . port('login'),
);

my $here = getcwd;
my $httpd = JobSessions::Httpd->new(
    modules => [ qw(auth_basic authn_core authn_file authz_user headers socache_shmcb ssl http2),
        qw(auth_openidc oauth2) ],
    single  => 1,
    config  => join '', <<~CONFIG, map { virtual_host($_->[0]) } @examples)->start;
    LogLevel trace8
    LogFormat "%h %u %t \\"%r\\" %>s" common
    CustomLog access_log common
    SSLCertificateFile $here/t/tls/server.pem
    SSLCertificateKeyFile $here/t/tls/server.key
    OIDCCABundlePath $here/t/tls/server.pem
    OIDCCacheShmMax 128
    JobSessionsDatabase ${\ database_dir('confidential') }
    Include $here/t/tokens/tokens.conf
    Define JOBSESSIONS_PASSWORD_FILE $here/t/tokens/passwords
    <Location "/forgotten">
        SetHandler jobsessions
    </Location>
    CONFIG

sub virtual_host ($example) {
    my $login = $login{ $example =~ s/-.*//r } // '';
    return <<~CONFIG;
    Listen 127.0.0.1:$port{$example}
    <VirtualHost *:$port{$example}>
        SSLEngine on
        Protocols h2 http/1.1
        Define JOBSESSIONS_INTROSPECTION_URI $login/introspect
        Include $here/conf/examples/$example.conf
    </VirtualHost>
    CONFIG
}

my $requests = 0;

sub answers ($port, $path, $credentials, %options) {
    $requests += @$credentials;
    return map {
        http($port, POST => $path, headers => { Authorization => $_ }, %options)->{status}
    } @$credentials;
}

for my $version ('1.1', $httpd->mpm eq 'prefork' ? () : '2') {
    for (@examples) {
        my ($example, $credentials, $statuses) = @$_;
        my @answers = answers($port{$example}, MOUNT . '/export', $credentials, tls => 1, version => $version);
        is_deeply \@answers, $statuses, "$example, HTTP/$version: @$statuses";
    }
}
is_deeply [ answers($httpd->port, '/forgotten/export', ["Bearer $bearer[0]"]) ], [403],
    'where nobody is asked: 403';

my @secrets = (
    password(), token_secret(), slurp('t/tokens/tokens.conf') =~ /CLIENT_SECRET (\S+)/, @basic, @opaque,
    map({ split /\./ } @bearer), grep({ /^[^-]/ } split /\n/, slurp('t/tls/server.key'))
);
my $secret = join '|', map { quotemeta } @secrets;
my @lines = split /\n/, $httpd->error_log;
my ($ours) = grep { /^\[[^\]]+\] \[jobsessions:error\]/ } @lines;
like $ours, qr{/forgotten/export: no authentication module}, 'the error log has a line of mod_jobsessions';

my %tellers = map { (/^\[[^\]]+\] \[(\w+:\w+)\]/ ? $1 : $_) => 1 } grep { /$secret/o } @lines;
is_deeply [ grep { !/$talkative/ } sort keys %tellers ], [], 'who tells secrets in the error log, and when';
ok $tellers{'http:trace4'}, 'httpd itself does at trace4';

my $access_log = slurp($httpd->directory . '/access_log');
is scalar(() = $access_log =~ /"POST /g), $requests, 'every request is in the access log';
unlike $access_log, qr/$secret/, 'no secret is';

done_testing;
