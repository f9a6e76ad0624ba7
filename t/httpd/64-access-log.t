# SPDX-License-Identifier: Apache-2.0
# What the access log can tell of a response, by notes: how many sessions and bytes it had, as of which usn, after how
# long it began, and how it ended. A whole one is told from one that the client left, also when what was left waited in
# a file, over HTTP/1.1 and HTTP/2.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use IO::Socket::INET;
use Time::HiRes qw(sleep);
use JobSessions::Httpd;
use JobSessions::Sanitizer qw(patience);
use JobSessions::Sessions qw(session_of_size);
use JobSessions::SlowClient;
use JobSessions::Test qw(http jobsessions run_command slurp spew wait_until);

my $mount = '/api/v1/jobSessions';
my $db = tempdir(CLEANUP => 1) . '/db';
# more than sockets buffer
my $import = jobsessions($db, 'import', { stdin => join "\n", map { session_of_size($_, 1024 * 1024) } 1 .. 12 });
is $import->{exit}, 0, '12 MB of sessions' or diag $import->{err};

my @names = qw(end sessions damaged bytes usn first-byte);

sub start_httpd ($config = '', $serves = $db) {
    my $notes = join ' ', map { "%{jobsessions-$_}n" } @names;
    return JobSessions::Httpd->new(single => 1, serves => $serves, modules => ['http2'],
        config => "SendBufferSize 65536\nProtocols h2c http/1.1\nLogFormat \"%r %>s $notes\" notes\nCustomLog access_log notes\n$config")->start;
}

# The line of the request that was sent with a query of its own: its status and notes.
sub line_of ($httpd, $query) {
    my $line;
    my $log = $httpd->directory . '/access_log';
    wait_until { -e $log and ($line) = slurp($log) =~ /^(\w+ \S*\Q$query\E HTTP.*)$/m } 30 * patience();
    my ($status, @values) = split ' ', ($line // '') =~ s/^\S+ \S+ \S+ //r;
    my %line = (status => $status);
    @line{@names} = @values;
    return \%line;
}

sub over_http2 ($httpd, $method, $path) {
    http($httpd->port, $method => $path, version => '2-prior-knowledge');
    return line_of($httpd, $path =~ s/.*\?//r);
}

my $httpd = start_httpd();
my $whole = http($httpd->port, POST => "$mount/export?q=0");
my $length = length $whole->{body};

subtest 'whole' => sub {
    my $line = line_of($httpd, 'q=0');
    is_deeply [ @$line{qw(status end sessions damaged bytes usn)} ], [ 200, 'whole', 12, 0, $length, 12 ], 'an export';
    like $line->{'first-byte'}, qr/^\d+$/, 'it began after so many microseconds';
    cmp_ok $line->{'first-byte'}, '<', 10_000_000 * patience(), 'which are no more than it took';
    http($httpd->port, GET => "$mount?Limit=5&q=1");
    is_deeply [ @{ line_of($httpd, 'q=1') }{qw(end sessions)} ], [ 'whole', 5 ], 'a page';
    is_deeply [ @{ over_http2($httpd, GET => "$mount/3?q=2") }{qw(end sessions)} ], [ 'whole', 1 ], 'a session';
    is_deeply [ @{ over_http2($httpd, POST => "$mount/EXPORT/?q=3") }{qw(end sessions bytes)} ], [ 'whole', 12, $length ], 'a path in another case';
};

subtest 'what has no document' => sub {
    http($httpd->port, HEAD => "$mount?q=4");
    http($httpd->port, GET => "$mount/99?q=5");
    http($httpd->port, GET => "$mount?Limit=x&q=6");
    for my $case ([ 4, 200 ], [ 5, 404 ], [ 6, 400 ]) {
        my ($query, $status) = @$case;
        is_deeply line_of($httpd, "q=$query"), { status => $status, map { $_ => '-' } @names }, "$status has no notes";
    }
};

# Clients that leave take little from the kernel, which may have megabytes for others, and what it has counts as sent.
subtest 'a client that leaves, HTTP/1.1' => sub {
    for my $seconds (0.1, 2) {
        { my $client = JobSessions::SlowClient->new($httpd->port, POST => "$mount/export?left=$seconds"); $client->has_begun; sleep $seconds }
        is line_of($httpd, "left=$seconds")->{end}, 'aborted', "after $seconds s";
    }
};

# One that speaks HTTP/2, and a request of its: without a body, for a stream.
sub http2_connection ($httpd) {
    my $socket = IO::Socket::INET->new("127.0.0.1:${\$httpd->port}") or die "connect: $!";
    syswrite $socket, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" . http2_frame(4, 0, 0, '') . http2_frame(4, 1, 0, '');
    return $socket;
}
sub http2_frame ($type, $flags, $stream, $payload) {
    return substr(pack('N', length $payload), 1) . pack('CCN', $type, $flags, $stream) . $payload;
}
sub http2_request ($stream, $method, $path) {
    my $text = sub ($text) { return chr(length $text) . $text };
    return http2_frame(1, 5, $stream, { GET => "\x82", POST => "\x83" }->{$method} . "\x86\x04" . $text->($path) . "\x01" . $text->('localhost'));
}

# Reads until the stream has ended, and allows as much again. Returns how many bytes came; nothing: httpd ended the connection.
sub http2_answer ($socket, $stream) {
    my ($head, $bytes) = ('', 0);
    while (read($socket, $head, 9) == 9) {
        my ($length, $type, $flags, $of) = (unpack('N', "\0" . substr $head, 0, 3), unpack 'CCN', substr $head, 3);
        read($socket, my $payload, $length) if $length;
        $bytes += $length if $type == 0;
        next if $of != $stream or $type > 1 or !($flags & 1);
        syswrite $socket, http2_frame(8, 0, 0, pack 'N', $bytes) if $bytes;
        return $bytes;
    }
    return;
}

# One that asks over HTTP/2, reads no more than its window allows, after some seconds perhaps so many bytes more, and then
# wants no more, while its connection stays.
sub reset_stream ($httpd, $query, $seconds, $more = 0) {
    my $socket = http2_connection($httpd);
    syswrite $socket, http2_request(1, POST => "$mount/export?$query");
    sleep $seconds;
    if ($more) {
        syswrite $socket, http2_frame(8, 0, $_, pack 'N', $more) for 0, 1;
        read($socket, my $taken, $more);
    }
    syswrite $socket, http2_frame(3, 0, 1, pack 'N', 8);
    return $socket;
}

# What is short mod_http2 has taken before the client reads it, and it says of both connections that they are aborted when
# one of them ends a little earlier than it thought.
subtest 'a client that has all, HTTP/2' => sub {
    my $small = tempdir(CLEANUP => 1) . '/db';
    is jobsessions($small, 'import', { stdin => session_of_size(1, 4096) })->{exit}, 0, 'a session of 4 KB';
    my $other = start_httpd('', $small);
    local $SIG{PIPE} = 'IGNORE';
    my ($socket, $stream, $ended, %ends) = (http2_connection($other), 1, 0);
    for (my $answers = 0; $answers < 40 && $ended < 10;) {
        my $query = "stays=$answers-$ended.";
        syswrite $socket, http2_request($stream, GET => "$mount/1?$query");
        if (http2_answer($socket, $stream)) {
            $ends{line_of($other, $query)->{end}}++;
            ($answers, $stream) = ($answers + 1, $stream + 2);
        } else {    # as httpd may at any time: on another one
            ($ended, $socket, $stream) = ($ended + 1, http2_connection($other), 1);
        }
    }
    is_deeply \%ends, { whole => 40 }, 'and stays, is not taken for one that left';
    http($other->port, GET => "$mount/1?goes=$_.", version => '2-prior-knowledge') for 1 .. 150;
    my %went;
    $went{line_of($other, "goes=$_.")->{end}}++ for 1 .. 150;
    is_deeply \%went, { whole => 150 }, 'nor one that goes then';
    $other->stop;
};

subtest 'a client that leaves, HTTP/2' => sub {
    for my $seconds (0.1, 2) {
        my $socket = reset_stream($httpd, "reset=$seconds", $seconds);
        is line_of($httpd, "reset=$seconds")->{end}, 'aborted', "after $seconds s";
        ok $socket->connected, 'with a connection that stays';
    }
    my $spooled = reset_stream($httpd, 'spooled', 5, 3 * 1024 * 1024);
    is line_of($httpd, 'spooled')->{end}, 'aborted', 'and when the rest was in a file that it has read of';
    close $spooled;    # prefork's only child is its
    close reset_stream($httpd, 'closed', 2);
    is line_of($httpd, 'closed')->{end}, 'aborted', 'and with one that does not';
};

for my $version ('1.1', '2-prior-knowledge') {
    subtest "a client that takes its time, HTTP/$version" => sub {
        my $curl = run_command([ qw(curl -q -s -o /dev/null --limit-rate 4M -X POST), "--http$version",
            "http://127.0.0.1:${\$httpd->port}$mount/export?late=$version" ]);
        is $curl->{exit}, 0, 'comes to the end';
        is_deeply [ @{ line_of($httpd, "late=$version") }{qw(end sessions bytes)} ], [ 'whole', 12, $length ], 'and has all';
    };
}
$httpd->stop;

subtest 'a client that is given up' => sub {
    my $stalled = start_httpd("Timeout 2\n");
    my $client = JobSessions::SlowClient->new($stalled->port, POST => "$mount/export?q=7");
    ok $client->has_begun, 'an export has begun';
    is line_of($stalled, 'q=7')->{end}, 'aborted', 'who takes nothing until the Timeout is over has left, too';
    $stalled->stop;
    my $full = start_httpd("JobSessionsSpoolLimit 0\n");
    my $slow = JobSessions::SlowClient->new($full->port, POST => "$mount/export?q=8");
    ok $slow->has_begun, 'another one';
    sleep 2;
    cmp_ok length $slow->read_on->{body}, '<', $length, 'is cut off';
    is line_of($full, 'q=8')->{end}, 'slow', 'as it was too slow';
};

subtest 'damage' => sub {
    my $bytes = slurp("$db/data.mdb");
    is $bytes =~ s/\{"id":"7",/{"iD":"7",/, 1, 'a bit flips on disk';
    spew("$db/data.mdb", $bytes);
    my $damaged = start_httpd();
    is length http($damaged->port, POST => "$mount/export?q=9")->{body}, $length, 'an export with a placeholder';
    is_deeply [ @{ line_of($damaged, 'q=9') }{qw(end sessions damaged bytes)} ], [ 'damaged', 12, 1, $length ], 'is told from a whole one';
    my $slow = JobSessions::SlowClient->new($damaged->port, POST => "$mount/export?q=10");
    ok $slow->has_begun, 'another one';
    sleep 2;
    is length $slow->read_on->{body}, $length, 'whose client takes its time';
    is_deeply [ @{ line_of($damaged, 'q=10') }{qw(end damaged)} ], [ 'damaged', 1 ], 'is told';
};

done_testing;
