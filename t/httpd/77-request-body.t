# SPDX-License-Identifier: Apache-2.0
# A request body that is not the export's options is ignored up to 65536 bytes, then 413; and the
# connection stays in step whatever happens.

use v5.36;
use List::Util qw(sum);
use Test::More;
use JobSessions::Access qw(MOUNT faults_of_problem);
use JobSessions::Test qw(decode_json http http_all port raw_http responses run_command slurp spew test_vars);

my $export = MOUNT . '/export';
my $max = 65536;
my $inner_request = "\r\n\r\nGET /must-not-be-answered HTTP/1.1\r\nHost: localhost\r\n\r\n";
my $has_http2 = test_vars('t_logs') !~ /-prefork$/;    # mod_http2 refuses to work there

sub post ($vhost, $size, %headers) {
    return http($vhost, POST => $export, version => '1.1', body => 'x' x $size, headers => \%headers);
}

subtest 'sizes' => sub {
    for my $framing ([ 'Content-Length' ], [ 'chunked', 'Transfer-Encoding' => 'chunked' ]) {
        my ($name, %headers) = (@$framing, Expect => undef);
        is summary(post('open', $_, %headers)), '200, 3 sessions', "$name, $_ bytes" for 0, 1, $max - 1, $max;
        for my $size ($max + 1, 10 * $max) {
            my $response = post('open', $size, %headers);
            is join('; ', faults_of_problem($response, 413)), '', "$name, $size bytes: 413";
            is $response->{headers}{connection}, 'close', 'the connection ends';
        }
        is join('; ', faults_of_problem(post('limited', 1001, %headers), 413)), '',
            "$name, more than LimitRequestBody: 413";
    }
};

subtest 'Expect: 100-continue' => sub {
    my %expect = (Expect => '100-continue');
    my $small = http('open', POST => $export, body => 'x' x 10, headers => \%expect);
    is_deeply $small->{interim}, ['HTTP/1.1 100 Continue'], 'a body that will be read is asked for';
    is summary($small), '200, 3 sessions', 'and answered';
    my $large = http('open', POST => $export, body => 'x' x ($max + 1), headers => \%expect);
    is_deeply $large->{interim}, [], 'one that is too large is not';
    is $large->{status}, 413, 'but refused';
    my $refused = http('closed', POST => '/no-lines/export', body => 'x' x 10, headers => \%expect);
    is_deeply $refused->{interim}, [], 'nor is one of a request that is refused';
    is $refused->{status}, 403, 'as 403';

    # the client that does not wait
    my $at_once = request(POST => $export, body => $inner_request, headers => ['Expect: 100-continue']);
    my @answers = pipeline('open', $at_once, request(POST => $export));
    is_deeply \@answers, [ '100', '200, 3 sessions', '200, 3 sessions' ], 'the body is not taken for a request';
};

# What a pipeline of requests is answered. Bodies hold requests that must not be answered. httpd ends
# every connection after 400 and 413.
my $good = request(POST => $export);
my $chunked = "POST $export HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
my @pipelines = (
    [   'bodies with a length',
        [ (request(POST => $export, body => $inner_request)) x 3 ],
        [ ('200, 3 sessions') x 3 ]
    ],
    [   'chunked bodies',
        [ map { request(POST => $export, chunks => [ $inner_request, 'x' x $_ ]) } 1, 1000, 60_000 ],
        [ ('200, 3 sessions') x 3 ]
    ],
    [   'bodies of requests that have none',
        [ (map { request($_ => $export, body => $inner_request) } qw(GET DELETE FROB)), $good ],
        [ ('405') x 3, '200, 3 sessions' ]
    ],
    [   'large bodies of requests that are refused',
        [   request(POST => MOUNT, body => 'x' x 200_000),
            request(POST => MOUNT . '/none', chunks => [ 'x' x 200_000 ]), $good
        ],
        [ '405', '404', '200, 3 sessions' ]
    ],
    [   'options that are none',
        [ $good, request(POST => $export, chunks => [ '{"sta', 'tus":' ]), $good ],
        [ '200, 3 sessions', '400' ]
    ],
    [   'too large, by its length',
        [ $good, request(POST => $export, body => $inner_request x 2000), $good ],
        [ '200, 3 sessions', '413' ]
    ],
    [   'too large, as it turns out',
        [ $good, request(POST => $export, chunks => [ ($inner_request x 200) x 10 ]), $good ],
        [ '200, 3 sessions', '413' ]
    ],
    [   'a chunk without a size',
        [ $good, "${chunked}size\r\n", $good ],
        [ '200, 3 sessions', '400' ]
    ],
    [   'a chunk that is larger than a number',
        [ $good, "${chunked}fffffffffffffffff\r\n", $good ],
        [ '200, 3 sessions', '413' ]
    ],
);
for (@pipelines) {
    my ($name, $requests, $expected) = @$_;
    is_deeply [ pipeline('open', @$requests) ], $expected, "pipeline: $name";
}

SKIP: {
    skip 'mod_http2 does not work under prefork', 1 unless $has_http2;
    subtest 'HTTP/2' => sub {
        my @responses = http_all(map { [ 'tls', POST => $export, tls => 1, version => 2, body => 'x' x $_ ] }
            0, 1, $max, 1);
        is_deeply [ map { summary($_) } @responses ], [ ('200, 3 sessions') x 4 ], 'bodies that are ignored';

        # more than a stream's window has: what is left is waited for, as curl 7.88.1, Java 17 and got of npm throw an answer away whose
        # stream ends before they have sent everything
        for my $case ([ 413, $export ], [ 405, MOUNT ], [ 404, MOUNT . '/nothing' ]) {
            my ($status, $path) = @$case;
            my $response = http('tls', POST => $path, tls => 1, version => 2, body => 'x' x (10 * $max));
            is join('; ', faults_of_problem($response, $status)), '', "$path, large: $status";
        }
        is http('tls', OPTIONS => $export, tls => 1, version => 2, body => 'x' x (10 * $max))->{status}, 204, 'what is left of one that nobody reads';
        # no more than 16 MiB
        spew('tmp/body', 'x' x (17 << 20));
        my $url = 'https://127.0.0.1:' . port('tls') . $export;
        my $nghttp = run_command([ qw(nghttp --no-verify-peer --data=tmp/body), '--verbose', $url ]);
        like $nghttp->{out}, qr/:status: 413/, 'too large by far: 413';
        like $nghttp->{out}, qr/^\{"type":.*"status":413,.*\}$/m, 'the problem document';
        like $nghttp->{out}, qr/RST_STREAM.*?\(error_code=NO_ERROR/s, 'the stream ends in order';
    };
}

subtest 'a body full of mistakes' => sub {
    my $mark = memory();
    my $body = '{"jobSessionIds":[' . join(',', ('"a"') x 16_000) . ']}';
    my $response = http('open', POST => $export, body => $body);
    is join('; ', faults_of_problem($response, 400)), '', 'is refused';
    my $told = decode_json($response->{body})->{errors}{jobSessionIds};
    is_deeply $told, [ ('jobSessionIds a is not the id of a session') x 32 ], 'the first ones are told';
    cmp_ok memory() - $mark, '<', 50_000, 'at no expense of memory';
};

done_testing;

# What httpd's children have taken at most, in kB.
sub memory {
    my ($pid) = slurp(test_vars('t_pid_file')) =~ /(\d+)/;
    my @children = split ' ', slurp("/proc/$pid/task/$pid/children");
    return sum map { slurp("/proc/$_/status") =~ /^VmHWM:\s+(\d+)/m } @children;
}

# "200, 3 sessions", or the status of a problem document.
sub summary ($response) {
    return "$response->{status}, " . @{ decode_json($response->{body})->{results} } . ' sessions'
        if $response->{status} == 200;
    return $response->{status} if $response->{status} < 200;
    return join '; ', $response->{status}, faults_of_problem($response, $response->{status});
}

sub request ($method, $path, %options) {
    my $body = $options{body} // '';
    my $framing = 'Content-Length: ' . length $body;
    if ($options{chunks}) {
        $body = join '', map { sprintf "%x\r\n%s\r\n", length, $_ } @{ $options{chunks} }, '';
        $framing = 'Transfer-Encoding: chunked';
    }
    return join "\r\n", "$method $path HTTP/1.1", 'Host: localhost', $framing, @{ $options{headers} // [] },
        '', $body;
}

sub pipeline ($vhost, @requests) {
    $requests[-1] =~ s/\r\n\r\n/\r\nConnection: close\r\n\r\n/;
    return map { summary($_) } responses(raw_http($vhost, join '', @requests));
}
