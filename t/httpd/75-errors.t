# SPDX-License-Identifier: Apache-2.0
# Every error has one shape: a problem document (RFC 9457), whose traceId the error log knows.

use v5.36;
use MIME::Base64 qw(encode_base64);
use Test::More;
use JobSessions::Access qw(faults_of_problem);
use JobSessions::Test qw(decode_json error_log_mark error_log_since http raw_http responses spew test_vars);
use JobSessions::Token qw(password);

my %password = (Authorization => 'Basic ' . encode_base64('console:' . password(), ''));
my %guess    = (Authorization => 'Basic ' . encode_base64('console:guess', ''));

# A host name that httpd takes and that makes links longer than they may be.
my %long = (Host => join '.', ('a' x 60) x 34);

# virtual host, request, status, title, what the detail tells, headers; options of the request
my @errors = (
    [ 'errors', 'POST /published/export', 400, 'Bad Request', qr/host/, {}, headers => \%long ],
    [ 'errors', 'POST /guarded/export', 401, 'Unauthorized', qr/credentials/,
        { 'www-authenticate' => 'Basic realm="guarded"' } ],
    [ 'errors', 'POST /guarded/export', 401, 'Unauthorized', qr/credentials/,
        { 'www-authenticate' => 'Basic realm="guarded"' }, headers => \%guess ],
    [ 'errors', 'POST /forgotten/export', 403, 'Forbidden', qr/error log says what to configure/ ],
    [ 'errors', 'GET /published/nothing', 404, 'Not Found', qr/no such resource/ ],
    [ 'errors', 'GET /guarded/nothing', 404, 'Not Found', qr/no such resource/, {}, headers => \%password ],
    [ 'errors', 'GET /published/export', 405, 'Method Not Allowed', qr/no method GET; it has POST/,
        { allow => 'POST, OPTIONS' } ],
    [ 'errors', 'FROB /published', 405, 'Method Not Allowed', qr/no method FROB; it has GET/,
        { allow => 'GET, HEAD, OPTIONS' } ],
    [ 'errors', q(FROB&'`| /published/export), 405, 'Method Not Allowed', qr/no method FROB&'`\|; it has POST/,
        { allow => 'POST, OPTIONS' } ],
    [ 'errors', 'GET /published?Limit=many', 400, 'Bad Request', qr/errors names them/ ],
    [ 'errors', 'GET /published', 406, 'Not Acceptable', qr{available as application/json}, {},
        headers => { Accept => 'image/png' } ],
    [ 'errors', 'POST /published/export', 415, 'Unsupported Media Type', qr/plain JSON/, {},
        headers => { 'Content-Encoding' => 'gzip', 'Content-Type' => 'application/json' }, body => 'x' ],
    [ 'errors', 'POST /published/export', 413, 'Request Entity Too Large', qr/larger than 65536 bytes/, {},
        body => 'x' x 65537 ],
    [ 'errors', 'POST /misconfigured/export', 500, 'Internal Server Error', qr/error log/, {},
        headers => \%password ],
    [ 'errors', 'POST /no-such-module/export', 500, 'Internal Server Error', qr/error log/ ],
    [ 'errors_database', 'POST /published/export', 503, 'Service Unavailable', qr/at the moment/,
        { 'retry-after' => 5 } ],
);
my @versions = ('1.0', '1.1', test_vars('t_logs') =~ /-prefork$/ ? () : '2-prior-knowledge');

for (@errors) {
    my ($vhost, $request, $status, $title, $detail, $headers, %options) = @$_;
    my ($method, $path) = split / /, $request;
    for my $version (@versions) {
        subtest "$status: $request, HTTP/$version" => sub {
            plan skip_all => 'curl loses the answer; 77-request-body.t asks with nghttp'
                if $status == 413 && $version =~ /^2/;
            my $mark = error_log_mark();
            my $response = http($vhost, $method => $path, version => $version, %options);
            is join('; ', faults_of_problem($response, $status)), '', 'shape and headers';
            is $response->{headers}{$_}, $headers->{$_}, $_ for sort keys %{ $headers // {} };
            is $response->{headers}{'x-site'}, 'kept', 'headers of others stay' if $vhost eq 'errors';

            my $problem = eval { decode_json($response->{body}) } // {};
            my $id = $problem->{traceId} // '';
            is $problem->{type},  'about:blank', 'type';
            is $problem->{title}, $title,        'title';
            like $problem->{detail}, $detail,    'detail';
            my @ids = error_log_since($mark) =~ /^\[([^\]]+)\] \[(?!ssl|http2|core)/mg;
            is_deeply [ grep { $_ ne $id } @ids ], [], 'traceId is what the error log says';
            isnt scalar(@ids), 0, 'and it says something';
        };
    }
}

subtest 'what httpd refuses before it looks at locations' => sub {
    for ([ 'GET /published/6%2Flog', 404 ], [ 'GET /published/' . 'x' x 5000, 403 ]) {
        my ($method, $path) = split / /, $_->[0];
        my $response = http('errors', $method => $path);
        is join('; ', faults_of_problem($response, $_->[1])), '', substr "$_->[1]: $_->[0]", 0, 40;
    }
    unlike http('errors', GET => '/publishedX/6%2Flog')->{headers}{'content-type'}, qr/problem/,
        'beside a mount the page is httpd\'s';
};

subtest 'HEAD has the headers of GET' => sub {
    for (
        [ 'errors', '/guarded/export',   401 ],
        [ 'errors', '/forgotten/export', 403 ],
        [ 'errors', '/published/none',   404 ],
        [ 'errors', '/published/export', 405 ],
        )
    {
        my ($vhost, $path, $status) = @$_;
        my ($get, $head) = map { http($vhost, $_ => $path) } qw(GET HEAD);
        is join('; ', faults_of_problem($head, $status, 'HEAD')), '', "$path: $status";
        is_deeply [ sort keys %{ $head->{headers} } ], [ sort keys %{ $get->{headers} } ], 'the same headers';
    }
};

subtest 'odd bytes' => sub {
    my $strict = '/strict/jobSessions';
    for (
        [ 'quote, backslash', '%22%5C%2F',     q("\/) ],
        [ 'control bytes',    '%01%0A%1F%7F',  "\x01\n\x1f\x7f" ],
        [ 'UTF-8',            '%C3%A9%F0%9F%98%80', "\x{e9}\x{1f600}" ],
        )
    {
        my ($name, $query, $parameter) = @$_;
        my $response = http('lists', GET => "$strict?$query=1&$query=2&other=3");
        is join('; ', faults_of_problem($response, 400)), '', "$name: shape and headers";
        is_deeply decode_json($response->{body})->{errors},
            { $parameter => [ ("$parameter is not a parameter of this resource") x 2 ], other => ['other is not a parameter of this resource'] },
            'they come back as they were, texts about one name in one list';
    }
    like http('lists', GET => "$strict?Other=1&oTHER=2")->{body}, qr/"errors":\{"Other":\["[^"]+","oTHER [^"]+"\]\},"traceId":"[^"]+"\}\n\z/,
        'names in any case are one; compact, members in their order, a newline at the end';

    # An httpd that does not check what it is asked lets bytes through that are no UTF-8.
    my ($latin) = responses(raw_http('names_unchecked', "FR\xe9B\x80 /api/v1/jobSessions HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    is join('; ', faults_of_problem($latin, 405)), '', 'Latin-1: shape and headers';
    like decode_json($latin->{body})->{detail}, qr/no method FR\xe9B\x80; it has/, 'taken for what it is';
};

subtest 'a header field that is too long' => sub {
    my $has_http2 = test_vars('t_logs') !~ /-prefork$/;
    for my $way ([ '1.1', 400 ], $has_http2 ? [ '2-prior-knowledge', 431 ] : ()) {
        my ($version, $status) = @$way;
        my $long = http('errors', GET => '/published', version => $version, headers => { Authorization => 'Bearer ' . 'x' x 8200 });
        is join('; ', faults_of_problem($long, $status)), '', "HTTP/$version: shape and headers";
        like eval { decode_json($long->{body})->{detail} }, qr/Authorization .* 8190 bytes that LimitRequestFieldSize allows/, '  what to look at';
    }
};

subtest 'an ErrorDocument of the site wins' => sub {
    spew('t/htdocs/sorry.html', 'Sorry.');
    my $text = http('errors', POST => '/own-pages/export');
    is $text->{status}, 401, 'a text: status';
    is $text->{body}, 'Ask the front desk for a password.', 'the text';
    is $text->{headers}{'www-authenticate'}, 'Basic realm="guarded"', 'the challenge stays';

    my $page = http('errors', GET => '/own-pages/none', headers => \%password);
    is $page->{status}, 404, 'a page: status';
    is $page->{body}, 'Sorry.', 'the page';
    like $page->{headers}{'content-type'}, qr{^text/html}, 'its type';

    my $elsewhere = http('errors', GET => '/own-pages/export', headers => \%password);
    is $elsewhere->{status}, 302, 'a page elsewhere: status';
    is $elsewhere->{headers}{location}, 'https://help.example/methods', 'where';

    my $none = http('errors', POST => '/own-pages/export', headers => \%password, body => 'x' x 65537);
    is join('; ', faults_of_problem($none, 413)), '', 'a page that is missing: the problem document';
};

done_testing;
