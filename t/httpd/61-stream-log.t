# SPDX-License-Identifier: Apache-2.0
# What the error log tells, when asked, of how documents came to their clients; and nothing when not.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use JobSessions::Httpd;
use JobSessions::Sessions qw(session_of_size);
use JobSessions::SlowClient;
use JobSessions::Test qw(http jobsessions wait_until);

my $db = tempdir(CLEANUP => 1) . '/db';
my $export = '/api/v1/jobSessions/export';
# more than sockets buffer
my $import = jobsessions($db, 'import', { stdin => join "\n", map { session_of_size($_, 1024 * 1024) } 1 .. 12 });
is $import->{exit}, 0, '12 MB of sessions' or diag $import->{err};

sub start_httpd ($config) {
    return JobSessions::Httpd->new(single => 1, serves => $db, config => "SendBufferSize 65536\n$config")->start;
}

my $mark = 0;    # what was looked at before

# The next line that says how a document came to its client.
sub next_end ($httpd) {
    my $line;
    wait_until { (($line) = substr($httpd->error_log, $mark) =~ /^(.*\[jobsessions:debug\].* JS0422: .*)$/m) };
    $mark = length $httpd->error_log;
    return $line // 'nothing';
}

my $httpd = start_httpd("LogLevel jobsessions:debug\n");
my $length = length http($httpd->port, POST => $export)->{body};

subtest 'a client that keeps up' => sub {
    my $line = next_end($httpd);
    my ($chunks) = $line =~ /JS0422: streamed: $length bytes, (\d+) chunks, waited \d+ us for the client; whole$/;
    cmp_ok $chunks // 0, '>', 10, "it was streamed in chunks, $line";
    is http($httpd->port, GET => '/api/v1/jobSessions?Limit=0')->{status}, 200, 'a short document';
    like next_end($httpd), qr/streamed: \d+ bytes, 1 chunks, waited 0 us for the client; whole$/, 'is one chunk';
    unlike $httpd->error_log, qr/JS0420/, 'each chunk is told only at trace1';
};

my $spooled = qr/; spooled from byte (\d+) on \((\w+)\), (\d+) bytes, as it had made us wait too long/;

subtest 'a client that does not' => sub {
    my $client = JobSessions::SlowClient->new($httpd->port);
    ok $client->has_begun, 'an export has begun';
    sleep 2;    # longer than who makes us wait is sent from memory
    is length $client->read_on->{body}, $length, 'and comes to its end';
    my $line = next_end($httpd);
    my ($from, $how, $bytes) = $line =~ $spooled;
    like $line, qr/streamed: $length bytes, \d+ chunks, waited \d{6,} us/, $line;
    like $httpd->error_log, qr/JS0326: \Q$db\E: a snapshot was kept for (?:[7-9]\d\d|1\d\d\d) ms, through 0 commits$/m, 'and its snapshot, too';
    like $line, qr/ too long in all: [7-9]\d{5,} us, of them \d+ us at a time, 0 commits since the snapshot began; whole$/,
        'it waited for more than 0.7 s';
    is $how, 'filled', 'nobody else had spooled the rest';
    is(($from // 0) + ($bytes // 0), $length, 'which begins where the chunks end');
};

subtest 'a client that does not, while others commit' => sub {
    my $client = JobSessions::SlowClient->new($httpd->port);
    ok $client->has_begun, 'an export has begun';
    is jobsessions($db, 'put', { stdin => qq({"id":"1","padding":"$_"}\n) })->{exit}, 0, 'a worker commits' for 1 .. 6;
    sleep 1;
    is length $client->read_on->{body}, $length, 'the export comes to its end';
    # a machine that is slow to commit so often gives up on it before
    like next_end($httpd), qr/$spooled (?:(?:in all|at a time) while others commit|in all): .* [1-9]\d* commits since/,
        'the log says what made it too long';
    $length = length http($httpd->port, POST => $export)->{body};    # as it is from now on
    next_end($httpd);
};

SKIP: {
    skip 'a child of prefork has one client', 1 if $httpd->mpm eq 'prefork';
    subtest 'several that wait for the same' => sub {
        my @clients = map { JobSessions::SlowClient->new($httpd->port) } 1 .. 8;    # some at the same moment
        sleep 2;
        is length $_->read_on->{body}, $length, 'an export comes to its end' for @clients;
        my @how;
        wait_until { @how = substr($httpd->error_log, $mark) =~ /JS0422: .*; spooled from byte \d+ on \((\w+)\)/g; @how == @clients };
        is_deeply [ sort @how ], [ 'filled', ('joined') x 7 ], 'one has filled the spool, the others have joined it';
        $mark = length $httpd->error_log;
    };
}

subtest 'a client that leaves' => sub {
    { my $client = JobSessions::SlowClient->new($httpd->port); $client->has_begun }
    like next_end($httpd), qr/JS0422: .*; the client is gone$/, 'the log says so';
};
$httpd->stop;

subtest 'every chunk' => sub {
    $mark = 0;
    my $httpd = start_httpd("LogLevel jobsessions:trace1\n");
    is length http($httpd->port, POST => $export)->{body}, $length, 'an export';
    my ($chunks) = next_end($httpd) =~ /$length bytes, (\d+) chunks/;
    my @sizes = $httpd->error_log =~ /\[jobsessions:trace1\].* JS0420: chunk \d+: (\d+) bytes, to byte \d+; \d+ had reached/g;
    is scalar @sizes, $chunks, "$chunks chunks are told of";
    my $sum = 0;
    $sum += $_ for @sizes;
    is $sum, $length, 'which are all of it';
};

subtest 'a spool that does not fit' => sub {
    $mark = 0;
    my $httpd = start_httpd("LogLevel jobsessions:debug\nJobSessionsSpoolLimit 0\n");
    my $client = JobSessions::SlowClient->new($httpd->port);
    ok $client->has_begun, 'an export has begun';
    sleep 2;
    cmp_ok length $client->read_on->{body}, '<', $length, 'and does not come to its end';
    like next_end($httpd), qr/JS0422: .*$spooled.*; broken off$/, 'it is broken off';
    like $httpd->error_log, qr/\[jobsessions:warn\].* JS0410: a slow client is disconnected/, 'and why is told to everybody';
};

subtest 'unless it is asked' => sub {
    my $httpd = start_httpd("LogLevel info\n");
    is length http($httpd->port, POST => $export)->{body}, $length, 'an export';
    unlike $httpd->error_log, qr/\[jobsessions:(?!.* JS0112: )/, 'is not told of';
};

done_testing;
