# SPDX-License-Identifier: Apache-2.0
# What the access log can tell of a response, by notes: how many sessions and bytes it had, as of which usn, after how
# long it began, and how it ended. A whole one is told from one that the client left, also when what was left waited in
# a file, over HTTP/1.1 and HTTP/2.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
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

sub start_httpd ($config = '') {
    my $notes = join ' ', map { "%{jobsessions-$_}n" } @names;
    return JobSessions::Httpd->new(single => 1, serves => $db, modules => ['http2'],
        config => "SendBufferSize 65536\nProtocols h2c http/1.1\nLogFormat \"%r %>s $notes\" notes\nCustomLog access_log notes\n$config")->start;
}

# The line of the request that was sent with a query of its own: its status and notes.
sub line_of ($httpd, $query) {
    my $line;
    my $log = $httpd->directory . '/access_log';
    wait_until { -e $log and ($line) = slurp($log) =~ /^(\w+ \S*\Q$query\E HTTP.*)$/m } 10 * patience();
    my ($status, @values) = split ' ', ($line // '') =~ s/^\S+ \S+ \S+ //r;
    my %line = (status => $status);
    @line{@names} = @values;
    return \%line;
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
    http($httpd->port, GET => "$mount/3?q=2", version => '2-prior-knowledge');
    is_deeply [ @{ line_of($httpd, 'q=2') }{qw(end sessions)} ], [ 'whole', 1 ], 'a session';
    http($httpd->port, POST => "$mount/EXPORT/?q=3", version => '2-prior-knowledge');
    is_deeply [ @{ line_of($httpd, 'q=3') }{qw(end sessions bytes)} ], [ 'whole', 12, $length ], 'a path in another case';
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

# A client that takes no more than so many bytes a second, and leaves after some seconds unless it has all.
sub curl ($httpd, $version, $query, $rate, $seconds) {
    return run_command([ qw(curl -q -s -o /dev/null -X POST), "--http$version", '--limit-rate', $rate, '--max-time', $seconds,
        "http://127.0.0.1:${\$httpd->port}$mount/export?$query" ])->{exit};
}

for my $version ('1.1', '2-prior-knowledge') {
    subtest "HTTP/$version" => sub {
        isnt curl($httpd, $version, "$version=1", '1M', 0.3), 0, 'a client leaves at once';
        is line_of($httpd, "$version=1")->{end}, 'aborted', 'which is told';
        isnt curl($httpd, $version, "$version=2", '1M', 3), 0, 'one leaves when the rest is in a file';
        is line_of($httpd, "$version=2")->{end}, 'aborted', 'which is told';
        is curl($httpd, $version, "$version=3", '4M', 60), 0, 'one takes its time';
        is_deeply [ @{ line_of($httpd, "$version=3") }{qw(end sessions bytes)} ], [ 'whole', 12, $length ], 'and has all';
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
    is curl($damaged, '1.1', 'q=10', '4M', 60), 0, 'also to one who takes his time';
    is_deeply [ @{ line_of($damaged, 'q=10') }{qw(end damaged)} ], [ 'damaged', 1 ], 'is told';
};

done_testing;
