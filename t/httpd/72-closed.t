# SPDX-License-Identifier: Apache-2.0
# Closed by default: whatever an administrator forgets, a request that nobody has authenticated is
# not answered with data. And the example of Basic authentication.

use v5.36;
use MIME::Base64 qw(encode_base64);
use Test::More;
use JobSessions::Access qw(MOUNT faults_of_problem faults_of_success leaks resources);
use JobSessions::Test qw(error_log_mark error_log_since http http_all slurp spew);
use JobSessions::Token qw(password);

my %right = (Authorization => 'Basic ' . encode_base64('console:' . password(), ''));
my %wrong = (Authorization => 'Basic ' . encode_base64('console:guess', ''));
my %empty = (Authorization => 'Basic ' . encode_base64(':', ''));

subtest 'Basic authentication' => sub {
    my @clients = ([ 'no password', {}, 401 ], [ 'wrong password', \%wrong, 401 ],
        [ 'right password', \%right, 200 ]);
    for my $client (@clients) {
        my ($name, $headers, $status) = @$client;
        my @resources = resources();
        my @responses = http_all(map {
            [ 'basic', $_->{method} => MOUNT . $_->{path}, tls => 1, headers => $headers ]
        } @resources);
        for my $i (0 .. $#resources) {
            my ($resource, $response) = ($resources[$i], $responses[$i]);
            my @faults = $status == 200
                ? faults_of_success($response, $resource)
                : faults_of_problem($response, $status, $resource->{method});
            is join('; ', @faults), '', "$name: $resource->{method} $resource->{path}";
            is $response->{headers}{'www-authenticate'}, 'Basic realm="Job sessions"', 'the challenge'
                if $status == 401;
        }
    }
};

# request, credentials, status, what the error log advises
my $add = qr/no authentication module .*add AuthType and Require lines to <Location "[\w\/-]+">, or SSLUserName where clients have certificates, or JobSessionsAnonymous On/;
my $necessary = qr/no authentication module .*AuthType \S+ of <Location "[\w\/-]+"> .* make Require valid-user or a claim necessary/;
my $unnamed = qr/AuthType \S+ of <Location "[\w\/-]+"> let the request pass with an empty user name, .* make Require valid-user or a claim necessary/;
my @requests = (
    [ 'POST /no-lines/export',               \%right, 403, $add ],
    [ 'POST /no-lines/export',               {},      403, $add ],
    [ 'GET /no-lines/export',                {},      403, $add ],
    [ 'GET /no-lines',                       {},      403, $add ],
    [ 'GET /no-lines/7304958214/log',        {},      403, $add ],
    [ 'GET /no-lines/nothing',               {},      403, $add ],
    [ 'OPTIONS /no-lines',                   {},      204 ],    # which shows no session
    [ 'OPTIONS /guarded-below/export',       {},      401 ],    # and is httpd's to let through
    [ 'HEAD /no-lines',                      {},      403, $add ],
    [ 'GET /no-lines?SinceUsn=0',            {},      403, $add ],
    [ 'GET /no-lines',   { 'If-None-Match' => '*' },  403, $add ],
    [ 'POST /all-granted/export',            \%right, 403, $add ],
    [ 'POST /auth-type-none/export',         \%right, 403, $add ],
    [ 'POST /by-address/export',             \%right, 403, $add ],
    [ 'POST /any-of/export',                 {},      403, $necessary ],
    [ 'POST /any-of/export',                 \%right, 403, $necessary ],
    [ 'POST /satisfy-any/export',            {},      403, $necessary ],
    [ 'POST /limited-to-get/export',         {},      403, $necessary ],
    [ 'GET /limited-to-get/export',          {},      401 ],
    [ 'GET /limited-to-get/export',          \%right, 405 ],
    [ 'POST /opened-below/export',           {},      403, $necessary ],
    [ 'POST /opened-below/export',           \%right, 403, $necessary ],
    [ 'GET /opened-below',                   {},      401 ],
    [ 'GET /opened-below',                   \%right, 200 ],
    [ 'POST /guarded-below/export',          {},      401 ],
    [ 'POST /guarded-below/export',          \%right, 200 ],
    [ 'GET /guarded-below',                  \%right, 403, $add ],
    [ 'GET /guarded-below/7304958214',       \%right, 403, $add ],
    [ 'POST /empty-name/export',             {},      401 ],
    [ 'POST /empty-name/export',             \%empty, 403, $unnamed ],
    [ 'POST /pass-without-login/export',     {},      403, $unnamed ],
    [ 'POST /published-but-export/export',   {},      403, $add ],
    [ 'GET /published-but-export',           {},      200 ],
    [ 'POST /published/export',              {},      200 ],
);
for (@requests) {
    my ($request, $headers, $status, $advice) = @$_;
    my ($method, $path, $query) = $request =~ /^(\w+) ([^?]+)(.*)$/;
    my $mark = error_log_mark();
    my $response = http('closed', $method => $path . $query, headers => $headers);
    my $name = join ' with ', $request, keys %$headers;
    is join('; ', faults_of_success($response, { method => $method, status => $status })), '', $name;
    like error_log_since($mark), qr/\Q$path\E: .*$advice/, '  the remedy' if $advice;
}

subtest 'an empty user name' => sub {
    my $mark = error_log_mark();
    my $response = http('closed', POST => '/empty-name/export', headers => \%empty);
    is join('; ', faults_of_problem($response, 403)), '', 'is refused';
    like $response->{body}, qr/the user name is empty/, 'is what the answer says';
    my $log = error_log_since($mark);
    like $log, qr/:warn\].*JS0302: \/empty-name\/export: AuthType Basic of .*empty user name/, 'a warning that says so';
    unlike $log, qr/:error\].*JS03/, 'nobody is told that authentication is missing';
};

subtest 'a preflight that is let through without a name' => sub {
    my $mark = error_log_mark();
    is http('closed', OPTIONS => '/empty-name', headers => \%empty)->{status}, 204, 'is answered';
    unlike error_log_since($mark), qr/JS030[02]/, 'and is nothing to log';
};

subtest 'other ways to write a guarded path' => sub {
    for my $path ('/export/', '//export', '/./export', '/%65xport', '/x/../export', '/export;v=1', '/EXPORT',
        '/export%2f', '/export/.', '/export?x', '/export#x', '/export%00') {
        my $response = http('closed', POST => "/guarded-below$path", headers => {});
        like $response->{status}, qr/^40[0134]$/, "$path: $response->{status}";
        is_deeply [ leaks($response) ], [], '  no data';
    }
};

subtest 'the handler without a mount' => sub {
    mkdir 't/htdocs/handled';
    spew('t/htdocs/handled/page.api', 'a page');
    is http('closed', GET => '/handled/page.api')->{body}, 'a page', 'AddHandler: a file is a file';
    is http('closed', POST => '/forced-handler/export')->{status}, 404, 'RewriteRule [H=]: no such file';
};

done_testing;
