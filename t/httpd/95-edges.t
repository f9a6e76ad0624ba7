# SPDX-License-Identifier: Apache-2.0
# HTTP at its edges: limits, old versions, pipelines, ranges, HEAD, and every other way to write a path
# that somebody wants to keep others from.

use v5.36;
use MIME::Base64 qw(encode_base64);
use Test::More;
use File::Path qw(remove_tree);
use JobSessions::Access qw(MOUNT faults_of_problem leaks resources);
use JobSessions::Connection;
use JobSessions::Httpd;
use JobSessions::Sessions qw(plain_sessions);
use JobSessions::Test
    qw(database_dir decode_json error_log_mark error_log_since http jobsessions make_database port raw_http responses test_vars);
use JobSessions::Token qw(password);

my $export = MOUNT . '/export';
my $open = JobSessions::Connection->new('open');
my $mark = error_log_mark();

# The status of a request whose head is written here, and "closed" when the connection then ends.
sub status_of ($vhost, $method, @lines) {
    my $connection = JobSessions::Connection->new($vhost);
    $connection->send(join "\r\n", @lines, '', '');
    my $response = $connection->read_response($method);
    return $response->{status};
}

subtest 'limits of the request line and of headers' => sub {
    my $get = sub ($path, @headers) { status_of('open', GET => "GET $path HTTP/1.1", 'Host: a', @headers) };
    my $line = length 'GET ' . MOUNT . '?x= HTTP/1.1';
    my @cases = (
        [ 'a line of 8190 bytes',      200, MOUNT . '?x=' . 'y' x (8190 - $line) ],
        [ 'a line of 8300 bytes',      414, MOUNT . '?x=' . 'y' x (8300 - $line) ],
        [ 'a line of 100,000 bytes',   414, MOUNT . '?x=' . 'y' x 100_000 ],
        [ 'a header of 8190 bytes',    200, MOUNT, 'X: ' . 'y' x 8187 ],
        [ 'a header of 8300 bytes',    400, MOUNT, 'X: ' . 'y' x 8297 ],
        [ '100 headers',               200, MOUNT, map { "X-$_: y" } 1 .. 99 ],
        [ '101 headers',               400, MOUNT, map { "X-$_: y" } 1 .. 100 ],
        [ 'a header without a colon',  400, MOUNT, 'X' ],
        [ 'a header without a name',   400, MOUNT, ': y' ],
        [ 'a name with a blank',       400, MOUNT, 'X : y' ],
        [ 'a name with an umlaut',     400, MOUNT, "X\xfc: y" ],
        [ 'NUL in a value',            400, MOUNT, "X: a\0b" ],
        [ 'a bare CR in a value',      400, MOUNT, "X: a\rb" ],
        [ 'a value with an umlaut',    200, MOUNT, "X: \xfc" ],
        [ 'no Host',                   400, MOUNT ],
        [ 'two Hosts',                 400, MOUNT, 'Host: b' ],
        [ '90 headers Accept',         200, MOUNT, map { "Accept: text/x-$_;q=0.5, application/json;q=0.$_" } 10 .. 99 ],
        [ 'an Accept of 8000 bytes',   200, MOUNT, 'Accept: ' . 'a/b,' x 1990 . '*/*' ],
        [ 'an Accept of commas',       200, MOUNT, 'Accept: ' . ',' x 8000 . '*/*' ],
        [ 'an Accept of none of ours', 406, MOUNT, 'Accept: ' . join ',', map { "image/x-$_;q=0.999;a=\"b,c\"" } 1 .. 200 ],
    );
    for my $case (@cases) {
        my ($name, $status, $path, @headers) = @$case;
        my @host = $name eq 'no Host' ? () : 'Host: a';
        is status_of('open', GET => "GET $path HTTP/1.1", @host, @headers), $status, "$name: $status";
    }
};

subtest 'bodies that are framed in no way, or two' => sub {
    my $body = '{"status":["Success"]}';
    my $length = 'Content-Length: ' . length $body;
    my $chunks = sprintf "%x\r\n%s\r\n0\r\n\r\n", length $body, $body;
    my $inner = "GET /must-not-be-answered HTTP/1.1\r\nHost: a\r\n\r\n";
    my @cases = (
        # what; headers; body; the statuses of all answers
        [ 'a length that is negative',       ['Content-Length: -1'], '', [400] ],
        [ 'a length that is no number',      ['Content-Length: 1e1'], $body, [400] ],
        [ 'a hexadecimal length',            ['Content-Length: 0x10'], $body, [400] ],
        [ 'a length beyond all numbers',     ['Content-Length: 99999999999999999999999'], '', [400] ],
        [ 'a length of 8 EiB',               ['Content-Length: 9223372036854775807'], '', [413] ],
        [ 'a length that is empty',          ['Content-Length:'], $body, [400] ],
        [ 'two lengths',                     [ $length, 'Content-Length: 5' ], $body, [400] ],
        [ 'the same length twice',           [ $length, $length ], $body, [400] ],
        [ 'a list of lengths',               [ "$length, " . length $body ], $body, [400] ],
        [ 'chunks, and a length that lies',  [ 'Content-Length: 5', 'Transfer-Encoding: chunked' ], $chunks, [200] ],
        [ 'the same the other way round',    [ 'Transfer-Encoding: chunked', 'Content-Length: 5' ], $chunks, [200] ],
        [ 'chunks in chunks',                ['Transfer-Encoding: chunked, chunked'], $chunks, [501] ],
        [ 'compressed chunks',               ['Transfer-Encoding: gzip, chunked'], $chunks, [501] ],
        [ 'something behind the chunks',     ['Transfer-Encoding: chunked, identity'], $chunks, [400] ],
        [ 'an encoding nobody knows',        ['Transfer-Encoding: cow'], $body, [400] ],
        [ 'a blank before the colon',        ['Transfer-Encoding : chunked'], $chunks, [400] ],
        [ 'chunks, in capitals',             ['Transfer-Encoding: CHUNKED'], $chunks, [200] ],
        [ 'a chunk with an extension',       ['Transfer-Encoding: chunked'], "2;a=\"b\"\r\n{}\r\n0\r\n\r\n", [200] ],
        [ 'leading zeros',                   ['Transfer-Encoding: chunked'], "0000000002\r\n{}\r\n000\r\n\r\n", [200] ],
        [ 'a negative chunk',                ['Transfer-Encoding: chunked'], "-2\r\n{}\r\n0\r\n\r\n", [400] ],
        [ 'a chunk in hexadecimal, with 0x', ['Transfer-Encoding: chunked'], "0x2\r\n{}\r\n0\r\n\r\n", [400] ],
        [ 'a chunk that is longer than said',  ['Transfer-Encoding: chunked'], "1\r\n{}\r\n0\r\n\r\n", [400] ],
        [ 'trailers',                        ['Transfer-Encoding: chunked'], "2\r\n{}\r\n0\r\nX: y\r\nHost: b\r\n\r\n", [200] ],
        [ 'too many trailers',               ['Transfer-Encoding: chunked'], "2\r\n{}\r\n0\r\n" . join('', map { "X-$_: y\r\n" } 1 .. 200) . "\r\n", [400] ],
        [ 'an expectation nobody knows',     [ 'Expect: cow', $length ], $body, [417] ],
        [ 'a request in the body',           [ 'Content-Length: ' . length $inner ], $inner, [200] ],
    );
    for (@cases) {
        my ($name, $headers, $sent, $statuses) = @$_;
        my @answers = responses(raw_http('open', join("\r\n", "POST $export HTTP/1.1", 'Host: a', 'Connection: close', @$headers, '', $sent), 2));
        is_deeply [ map { $_->{status} } @answers ], $statuses, "$name: @$statuses";
    }
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => port('open'));
    syswrite $socket, "POST $export HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{}";
    shutdown $socket, 1;
    my ($short) = responses(do { local $/; readline($socket) // '' });
    is $short ? $short->{status} : 400, 400, 'a body that ends too soon: 400, or nothing';
};

subtest 'HTTP/0.9' => sub {
    for my $line ('GET ' . MOUNT, 'GET ' . MOUNT . '/6', "POST $export", 'GET ' . MOUNT . '/6 ') {
        my $answer = raw_http('open', "$line\r\n\r\n", 2);
        unlike $answer, qr/"id":|results/, "$line: no sessions";
        like $answer, qr/HTTP Version Not Supported|Bad Request/, 'but a refusal';
    }
};

subtest 'HTTP/1.0' => sub {
    for (
        [ 'without Host', 0 ],
        [ 'with Host', 0, 'Host: a' ],
        [ 'with keep-alive', 1, 'Connection: keep-alive' ],
        [ 'with keep-alive and Host', 1, 'Host: a', 'Connection: Keep-Alive' ],
        )
    {
        my ($name, $keeps, @headers) = @$_;
        my $connection = JobSessions::Connection->new('open');
        for my $request (1 .. 1 + $keeps) {
            $connection->send(join "\r\n", "POST $export HTTP/1.0", @headers, '', '');
            my $response = $connection->read_response('POST');
            is $response->{status}, 200, "$name, request $request";
            is length $response->{body}, $response->{headers}{'content-length'}, 'its length';
            is lc($response->{headers}{connection} // ''), $keeps ? 'keep-alive' : 'close', 'what becomes of the connection';
        }
    }
    my $xml = http('open', POST => $export, version => '1.0', headers => { Accept => 'application/xml' });
    is $xml->{headers}{'transfer-encoding'}, undef, 'no chunks where they are not known';
    like $xml->{body}, qr{</\w+>\s*\z}, 'all of it';
    is status_of('open', GET => 'GET ' . MOUNT . ' HTTP/1.9', 'Host: a'), 200, 'HTTP/1.9 is a HTTP/1';
    like status_of('open', GET => 'GET ' . MOUNT . " $_", 'Host: a'), qr/^(?:400|505)$/, "$_ is none of ours" for qw(HTTP/11.1 HTTP/1 HTTP/1.x HTTQ/1.1 http/1.1);
};

subtest 'a pipeline of all methods' => sub {
    my @requests = (
        [ GET => MOUNT, 200 ], [ HEAD => MOUNT, 200 ], [ POST => $export, 200, '{}' ], [ OPTIONS => $export, 204 ], [ DELETE => MOUNT . '/6', 405 ],
        [ HEAD => $export, 405 ], [ PUT => MOUNT . '/6', 405, 'x' x 1000 ], [ GET => MOUNT . '/7', 404 ], [ FROB => MOUNT, 405 ],
        [ HEAD => MOUNT . '/6/log', 200 ], [ GET => MOUNT . '/6', 200 ], [ POST => $export, 406, '', 'Accept: a/b' ], [ GET => MOUNT . '?Limit=x', 400 ],
    );
    my $bytes = join '', map {
        my ($method, $path, $status, $body, @headers) = @$_;
        join "\r\n", "$method $path HTTP/1.1", 'Host: a', 'Content-Length: ' . length($body // ''), @headers, '', $body // ''
    } @requests;
    for my $pieces (1, 7, length $bytes) {
        my $connection = JobSessions::Connection->new('open');
        my $size = int(length($bytes) / $pieces) || 1;
        $connection->send($_) for unpack "(a$size)*", $bytes;
        my @answers = map { $connection->read_response($_->[0]) } @requests;
        is_deeply [ map { $_->{status} } @answers ], [ map { $_->[2] } @requests ], "in $pieces pieces: every answer, in order";
        is_deeply [ grep { !eval { decode_json($_->{body}) } } @answers[ 0, 2, 4, 10 ] ], [], 'whole';
    }
};

# ---- Ranges --------------------------------------------------------------------------------------

my $lists = database_dir('lists');
remove_tree($lists);
mkdir $lists;
make_database($lists, 't/data/sessions-example.ndjson');

# What is wrong with an answer to a range: it may be the whole, or exactly the parts that were asked for.
sub fault_of_range ($response, $whole) {
    my ($status, $body) = @$response{qw(status body)};
    my $length = length $whole;
    return $body eq $whole ? '' : 'not the whole' if $status == 200;
    # httpd's own does not tell the length
    return ($response->{headers}{'content-range'} // "bytes */$length") eq "bytes */$length" ? '' : '416 with another length' if $status == 416;
    return "status $status" if $status != 206;
    my @parts = [ $response->{headers}{'content-range'}, $body ];
    if (($response->{headers}{'content-type'} // '') =~ m{^multipart/byteranges; boundary=(\S+)}) {
        my $boundary = $1;
        return 'no last boundary' unless $body =~ s/\r\n--\Q$boundary\E--\r\n\z//;
        @parts = map { [ /^Content-range: ([^\r]*)/mi ? $1 : '', (split /\r\n\r\n/, $_, 2)[1] ] } grep { length } split /\r\n--\Q$boundary\E\r\n/, $body;
    }
    for (@parts) {
        my ($range, $bytes) = @$_;
        my ($from, $to, $of) = ($range // '') =~ m{^bytes (\d+)-(\d+)/(\d+)$} or return 'no Content-Range';
        return "$range: other bytes" if $of != $length || $bytes ne substr $whole, $from, $to - $from + 1;
    }
    return '';
}

subtest 'ranges' => sub {
    my $client = JobSessions::Connection->new('lists');
    my @sets = (
        'bytes=0-9', 'bytes=5-5', 'bytes=100-', 'bytes=-20', 'bytes=0-', 'bytes=0-99999999', 'bytes=99999999-', 'bytes=0-0,-1', 'bytes=10-19,5-9,0-1',
        'bytes=' . join(',', map { "$_-$_" } 1 .. 300), 'bytes=9-5', 'bytes=', 'bytes=x', 'items=0-5', 'bytes=0-9,', 'bytes=-0', 'bytes=18446744073709551616-'
    );
    for my $size (3, 3000) {
        jobsessions($lists, 'import', { stdin => join "\n", plain_sessions(3000) }) if $size == 3000;
        for my $request ([ GET => MOUNT . '?Limit=-1' ], [ GET => MOUNT . '/6' ]) {
            my $whole = $client->request(@$request);
            my $tag = $whole->{headers}{etag};
            for my $set (@sets) {
                my $name = "@$request of $size sessions, Range: " . substr $set, 0, 30;
                is fault_of_range($client->request(@$request, headers => { Range => $set }), $whole->{body}), '', $name;
                is fault_of_range($client->request(@$request, headers => { Range => $set, 'If-Range' => $tag }), $whole->{body}), '', 'If-Range with its tag';
                is $client->request(@$request, headers => { Range => $set, 'If-Range' => '"another"' })->{status}, 200, 'with another: the whole';
            }
        }
        my $whole = $client->request(POST => $export);
        is_deeply [ grep { my $answer = $client->request(POST => $export, headers => { Range => $_, 'Request-Range' => $_ });
            $answer->{status} != 200 || $answer->{body} ne $whole->{body} } @sets ], [], "an export of $size sessions: always the whole, ranges are of a GET";
    }
};

subtest 'HEAD has the headers of GET' => sub {
    my $same = sub ($get, $head, $name) {
        delete $_->{headers}{date} for $get, $head;
        delete $get->{headers}{'transfer-encoding'};    # of what has no length
        delete $_->{headers}{'content-length'} for grep { $_->{status} >= 400 } $get, $head;    # traceId has not always the same
        is $head->{status}, $get->{status}, "$name: status";
        is_deeply $head->{headers}, $get->{headers}, 'headers';
    };
    for my $resource (grep { $_->{method} eq 'GET' } resources()) {
        $same->((map { http('closed', $_ => "/published$resource->{path}") } qw(GET HEAD)), "/published$resource->{path}");
    }
    for my $accept (qw(application/json text/csv application/xml application/x-ndjson image/png)) {
        $same->((map { http('lists', $_ => MOUNT . '?Limit=-1', headers => { Accept => $accept }) } qw(GET HEAD)), $accept);
    }
};

# ---- Targets -------------------------------------------------------------------------------------

subtest 'targets of other forms' => sub {
    my $base = '127.0.0.1:' . port('errors');
    my %basic = (Authorization => 'Basic ' . encode_base64('console:' . password(), ''));
    my @targets = (
        # target; status without and with credentials
        [ "http://$base/guarded", 401, 200 ],
        [ "HTTP://$base/guarded", 401, 200 ],
        [ 'http://elsewhere.example/guarded', 401, 200 ],
        [ 'http://elsewhere.example:99/guarded/export', 401, 405 ],
        [ 'https://elsewhere.example/guarded', 401, 200 ],
        [ "http://$base/x/../guarded", 401, 200 ],
        [ "http://$base//guarded", 401, 200 ],
        [ "http://$base/%67uarded", 401, 200 ],
        [ "http://console:${\(password() =~ s/ /%20/gr)}\@$base/guarded", qr/^40[01]$/, qr/^(?:200|400)$/ ],
        [ "http://$base", qr/^(?:200|40[034])$/, qr/^(?:200|40[034])$/ ],
        [ 'http:///guarded', qr/^40[01]$/, qr/^(?:200|400)$/ ],
        [ 'http://a b/guarded', 400, 400 ],
        [ 'http:/guarded', qr/^40[01]$/, qr/^(?:200|400)$/ ],
        [ 'ftp://elsewhere.example/guarded', qr/^4\d\d$/, qr/^(?:200|4\d\d)$/ ],
        [ 'guarded', 400, 400 ],
        [ '*', 400, 400 ],
        [ '?/guarded', qr/^(?:200|40[04])$/, qr/^(?:200|40[04])$/ ],
        [ "$base", 400, 400 ],
    );
    for (@targets) {
        my ($target, @statuses) = @$_;
        for my $with (0, 1) {
            my $connection = JobSessions::Connection->new('errors');
            my $response = $connection->request(GET => $target, headers => $with ? \%basic : {});
            my $status = $statuses[$with];
            like $response->{status}, ref $status ? $status : qr/^$status$/, "$target, " . ($with ? 'with' : 'without') . ' credentials';
            is_deeply [ leaks($response) ], [], 'no data' unless $with;
        }
    }
    is status_of('errors', OPTIONS => 'OPTIONS * HTTP/1.1', 'Host: a'), 200, 'OPTIONS * is the server\'s';
    like status_of('errors', CONNECT => "CONNECT $base HTTP/1.1", 'Host: a'), qr/^40[05]$/, 'CONNECT';
    like status_of('errors', TRACE => 'TRACE /guarded HTTP/1.1', 'Host: a', 'Authorization: x'), qr/^(?:200|40[015])$/, 'TRACE';
};

# Other ways to write a path, of which some mean the same and some do not.
sub ways ($path) {
    my @segments = split m{/}, $path =~ s{^/}{}r;
    my @ways;
    for my $i (0 .. $#segments) {
        my $join = sub ($between, $segment = $segments[$i]) {
            return '/' . join('/', @segments[ 0 .. $i - 1 ]) . $between . join '/', $segment, @segments[ $i + 1 .. $#segments ];
        };
        my $slash = $i ? '/' : '';
        push @ways, map { $join->("$slash$_") }
            '/', '//', './', '././', 'x/../', 'x/y/../../', '../', '%2e/', '%2E/', 'x/%2e%2e/', 'x/.%2e/', 'x/%2E./', '.;/', 'x/..;/', ';/', ';x=1/', '%20', '%00/', '%09', '%5c', '\\',
            '%2f', 'x%2f..%2f', '..%2f', '.%00/', '%c0%ae/', '%c0%af', '%e2%80%8b', '%252e/', '%252f', '%ef%bc%8f', '%u002f', '?/', '#/', '&', ':', '~', '@';
        push @ways, $i ? map { $join->($_) } '%2f', '%2F', '%5c', '\\', '%252f', ';', '%00', '%0a', '%0d%0a', '' : ();
        push @ways, map { $join->($slash, $_) } uc $segments[$i], ucfirst $segments[$i], $segments[$i] =~ s/(.)/sprintf '%%%02x', ord $1/er,
            $segments[$i] =~ s/(.)/sprintf '%%%02X', ord $1/gesr, $segments[$i] =~ s/(.)$/sprintf '%%%02x', ord $1/er, $segments[$i] =~ s/(.)/sprintf '%%25%02x', ord $1/er,
            $segments[$i] =~ s/(.)/sprintf '%%u%04x', ord $1/er, "$segments[$i]%00", "$segments[$i]%20", "$segments[$i].", "$segments[$i];x=1", "$segments[$i].json", "$segments[$i]*", "($segments[$i])";
    }
    push @ways, map { "$path$_" } '/', '//', '/.', '/..', '/./', '/x/..', '/%2e', '/%2e%2e', '%2f', '%2f.', '%00', '%00.html', '%0a', '%20', ' ', "\t", '%23', '%3f', ';', ';/', ';jsessionid=1', '?', '?x', '#',
        '#x', '.', '..', '~', '%', '%zz', '%2', '\\', '%5c', '%5c..', '/%5c..', '/index.html', '.html', '.var';
    return @ways;
}

# Ask for the ways to write a path without credentials; what came of it, by status.
sub ask_ways ($connection, $method, $path, @headers) {
    my (%statuses, @leaks);
    for my $way (ways($path)) {
        $connection->send(join "\r\n", "$method $way HTTP/1.1", 'Host: a', 'Content-Length: 0', @headers, '', '');
        my $response = $connection->read_response($method);
        push @{ $statuses{ $response->{status} } }, $way;
        push @leaks, "$way tells " . join ', ', leaks($response) if leaks($response);
    }
    return (\%statuses, \@leaks);
}

# What is no refusal, but for the ways that are the path /.
sub accidents ($statuses) {
    return map {
        my $status = $_;
        map { "$status: $_" } grep { $status != 200 || !m{^/(?:$|[?#]|[^/]+/(?:\.|%2e){2}$)} } @{ $statuses->{$status} }
    } grep { !/^40[01345]$/ } sort keys %$statuses;
}

subtest 'other ways to write a path that is guarded' => sub {
    my @guarded = (
        [ 'errors', GET => '/guarded' ], [ 'errors', GET => '/guarded/7304958214' ], [ 'errors', GET => '/guarded/7304958214/log' ], [ 'errors', POST => '/guarded/export' ],
        [ 'closed', POST => '/guarded-below/export' ], [ 'closed', POST => '/no-lines/export' ], [ 'closed', GET => '/opened-below/7304958214' ],
        [ 'closed', POST => '/published-but-export/export' ],
    );
    for (@guarded) {
        my ($vhost, $method, $path) = @$_;
        my ($statuses, $leaks) = ask_ways(JobSessions::Connection->new($vhost), $method, $path);
        my $asked = 0;
        $asked += @$_ for values %$statuses;
        is_deeply $leaks, [], "$asked ways to write $path: none tells a thing";
        is_deeply [ accidents($statuses) ], [], 'every answer is a refusal';
        cmp_ok @{ $statuses->{401} // [] } + @{ $statuses->{403} // [] }, '>', 20, 'many are the path itself';
    }
};

# What an administrator may set that changes how paths are read.
my %settings = (
    'MergeSlashes Off' => 'MergeSlashes Off',
    'AllowEncodedSlashes On' => 'AllowEncodedSlashes On',
    'AllowEncodedSlashes NoDecode' => 'AllowEncodedSlashes NoDecode',
    'HttpProtocolOptions Unsafe' => 'HttpProtocolOptions Unsafe',
    'all of them' => "MergeSlashes Off\nAllowEncodedSlashes On\nHttpProtocolOptions Unsafe",
);
for my $setting (sort keys %settings) {
    subtest $setting => sub {
        my $httpd = JobSessions::Httpd->new(modules => [qw(authn_core authn_file auth_basic authz_user)], config => <<~CONFIG)->start;
            JobSessionsDatabase ${\database_dir('confidential')}
            MaxKeepAliveRequests 0
            $settings{$setting}
            <Location "/guarded">
                SetHandler jobsessions
                AuthType Basic
                AuthName guarded
                AuthBasicProvider file
                AuthUserFile ${\test_vars('serverroot')}/tokens/passwords
                Require valid-user
            </Location>
            <Location "/published">
                SetHandler jobsessions
                JobSessionsAnonymous On
            </Location>
            <Location "/published/export">
                JobSessionsAnonymous Off
            </Location>
            CONFIG
        for ([ GET => '/guarded' ], [ POST => '/guarded/export' ], [ POST => '/published/export' ]) {
            my ($method, $path) = @$_;
            my ($statuses, $leaks) = ask_ways(JobSessions::Connection->new($httpd->port), $method, $path);
            is_deeply $leaks, [], "$path: none of the ways tells a thing";
            is_deeply [ accidents($statuses) ], [], 'every answer is a refusal';
        }
        unlike $httpd->error_log, qr/exit signal/, 'no child ended';
    };
}

unlike error_log_since($mark), qr/exit signal/, 'no child of httpd ended over all this';
remove_tree($lists);
done_testing;
