# SPDX-License-Identifier: Apache-2.0
# The clock on the wall may be set while a client is slow: its snapshot is let go as soon as otherwise, and
# what httpd remembers of a directory is trusted no longer.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use Time::HiRes qw(sleep time);
use JobSessions::Httpd;
use JobSessions::Sanitizer qw(patience);
use JobSessions::Sessions qw(session_of_size);
use JobSessions::SlowClient;
use JobSessions::Test qw(build_file http jobsessions readers spew wait_until);

my $directory = tempdir(CLEANUP => 1);
my ($db, $step) = ("$directory/db", "$directory/step");
# more than sockets buffer
my $import = jobsessions($db, 'import', { stdin => join "\n", map { session_of_size($_, 1024 * 1024) } 1 .. 12 });
is $import->{exit}, 0, '12 MB of sessions' or diag $import->{err};

my $httpd = JobSessions::Httpd->new(
    single => 1,
    serves => $db,
    config => "SendBufferSize 65536\nLogLevel jobsessions:debug\n",
    env    => { LD_PRELOAD => build_file('t/support/stepped_clock.so'), STEPPED_CLOCK => $step }
)->start;

sub set_clock ($seconds) {
    spew("$step.new", $seconds);
    rename "$step.new", $step or die "$step: $!";
}

sub active { return grep { $_->{active} } readers($db) }

my $whole = http($httpd->port, POST => '/api/v1/jobSessions/export')->{body};
for my $seconds (-30, 3600, -3600) {
    set_clock(0);
    my $client = JobSessions::SlowClient->new($httpd->port);
    ok $client->has_begun, 'an export has begun';
    my $begin = time;
    sleep 0.1;
    ok scalar(active()), 'its client does not read';
    set_clock($seconds);
    ok +(wait_until { !active() } 2 * patience()), "the clock is set by $seconds s: the snapshot is let go";
    ok $client->read_on->{body} eq $whole, 'and the client gets all of it';
}

subtest 'a client that reads is not slow for that' => sub {
    set_clock(0);
    my $clock = fork // die "fork: $!";
    if (!$clock) {
        for (1 .. 200) { set_clock(3600 * ($_ % 2)); sleep 0.005 }
        exec 'true' or die "true: $!";
    }
    my @fast = map { http($httpd->port, POST => '/api/v1/jobSessions/export') } 1 .. 5;
    waitpid $clock, 0;
    is_deeply [ grep { $_->{exit} != 0 || $_->{body} ne $whole } @fast ], [], 'exports while the clock goes back and forth';
    unlike $httpd->error_log, qr/waited \d{9,} us/, 'and none has waited for an hour';
};

ok $httpd->stop, 'httpd ends';
done_testing;
