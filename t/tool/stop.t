# SPDX-License-Identifier: Apache-2.0
# jobsessions stop: somebody asks, the worker takes it up, and who was killed in between finds what there is to find.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use Time::HiRes qw(sleep time);
use JobSessions::Test qw(build_file decode_json jobsessions quick_or_long run_command wait_until);

my $scratch = tempdir(CLEANUP => 1);
my ($db, $requests) = ("$scratch/db", "$scratch/stops");
mkdir $requests or die $!;
my @where = ('--requests', $requests);

sub lines (@lines) { return { stdin => join '', map { "$_\n" } @lines } }
sub put (@lines) { return split /\n/, jobsessions($db, 'put', lines(@lines))->{out} }
sub files () { return map { s{.*/}{}r } glob "$requests/*" }
sub status ($id) { return decode_json(jobsessions($db, 'get', $id)->{out})->{status} }
sub log_of ($id) { return map { decode_json($_)->{message} } split /\n/, jobsessions($db, 'log', $id)->{out} }
my $me = getpwuid $<;

my ($one, $other, $done) = put(('{"status":"Running"}') x 2, '{"status":"Success"}');
subtest 'to ask' => sub {
    my $run = jobsessions($db, 'stop', @where, $one);
    is_deeply [ @$run{qw(exit out err)} ], [ 0, '', '' ], 'is done';
    is jobsessions($db, 'stop', @where, $one)->{exit}, 0, 'and done again';
    is status($one), 'Running', 'and changes nothing of the session';
    is scalar files(), 1, 'there is one file';
    like((files())[0], qr/^[0-9a-f]{32}-$one$/, 'with the identity and the id');
    is sprintf('%o', (stat "$requests/" . (files())[0])[2] & 07777), 660, "for its group, whatever the umask";
    $run = jobsessions($db, 'stop', @where, $done, 77, 'x');
    is $run->{exit}, 1, 'what cannot be stopped';
    is $run->{err}, qq(jobsessions: $db: session "$done" is finished\njobsessions: $db: there is no session "77"\njobsessions: $db: there is no session "x"\n), 'is told';
};

subtest 'to take' => sub {
    my $run = jobsessions($db, 'stop', '--take', @where, $other);
    is_deeply [ @$run{qw(exit out err)} ], [ 1, '', '' ], 'nobody asks that';
    $run = jobsessions($db, 'stop', '--take', @where, $one);
    is_deeply [ @$run{qw(exit err)} ], [ 0, '' ], 'somebody does';
    like $run->{out}, qr/^$one 20\d\d-\d\d-\d\dT[\d:.]+Z \Q$me\E$/, 'and when, and who';
    is status($one), 'Canceling', 'the status';
    like join('|', log_of($one)), qr/^\Q$me\E asked at 20\S+Z that the session be stopped$/, 'the log';
    is_deeply [ files() ], [], 'nothing is left';
    local $ENV{JOBSESSIONS_STOPS} = $requests;
    is jobsessions($db, 'stop', $other)->{exit}, 0, 'the directory comes from the environment, too';
};

subtest 'directories that are none' => sub {
    like jobsessions($db, 'stop', 1)->{err}, qr/^jobsessions: stop: name the directory of requests with --requests DIR or JOBSESSIONS_STOPS$/, 'none is named';
    is jobsessions($db, 'stop', 1)->{exit}, 2, 'which is usage';
    for my $take ([], ['--take']) {
        my $run = jobsessions($db, 'stop', @$take, '--requests', "$scratch/none", $other);
        is $run->{exit}, 3, "one that is not there @$take";
        like $run->{err}, qr{^jobsessions: \Q$scratch\E/none: open it: No such file}, 'is told';
    }
};

subtest 'a database that was restored takes nothing up' => sub {
    is jobsessions($db, 'backup', "$scratch/backup")->{exit}, 0, 'a backup';
    is jobsessions($db, 'compact')->{exit}, 0, 'a database that is compacted';
    is jobsessions($db, 'stop', '--take', @where, $other)->{exit}, 0, 'is the same one';
    is jobsessions($db, 'restore', "$scratch/backup")->{exit}, 0, 'one that is restored';
    is status($other), 'Running', 'with a session from before';
    is jobsessions($db, 'stop', '--take', @where, $other)->{exit}, 1, 'is not';
};

# Askers and takers are killed at any moment; then all is asked and taken once more.
subtest 'kills' => sub {
    my @ids = put(('{"status":"Running"}') x 30);
    my $stop = build_file('jobsessions') . " -d $db stop --requests $requests";
    for my $round (1 .. quick_or_long(30, 600)) {
        my @children;
        for my $take ('', '--take') {
            my $pid = fork // die $!;
            if (!$pid) {
                open STDOUT, '>', '/dev/null';
                open STDERR, '>', '/dev/null';
                exec split(/ /, $stop), ($take || ()), @ids;
                die $!;
            }
            push @children, $pid;
        }
        sleep rand 0.06;
        kill KILL => @children;
        waitpid $_, 0 for @children;
    }
    is run_command([ split(/ /, $stop), @ids ])->{exit}, 0, 'all are asked';
    run_command([ split(/ /, $stop), '--take', @ids ]);
    is_deeply [ grep { status($_) ne 'Canceling' } @ids ], [], 'all are taken up';
    is_deeply [ grep { log_of($_) != 1 } @ids ], [], 'and logged once';
    is_deeply [ grep { !/-$other$/ } files() ], [], 'no request is left';
    is jobsessions($db, 'verify')->{exit}, 0, 'the database is sound';
};

done_testing;
