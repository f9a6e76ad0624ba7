#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Workers that commit together, killed at any moment and instruction by instruction behind a commit: each session that
# they were told is stored is there, once, and nobody waits for the dead.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use POSIX ();
use Time::HiRes qw(sleep);
use JobSessions::Test qw(build_file decode_json jobsessions quick_or_long run_command spew);

my $scratch = tempdir(CLEANUP => 1);
my $stall   = 10_000;    # milliseconds: nobody comes back whom nobody wakes

# Kills among so many processes of so many threads; what was found, by its name.
sub kill_committers ($db, $workers, $threads, $kills) {
    my $run = run_command([ build_file('t/support/kill_committers'), $db, $workers, $threads, $kills ]);
    is $run->{exit}, 0, "$kills kills among $workers processes of $threads threads" or diag $run->{err};
    note $run->{out};
    return map { /^(.+?) (\d+)/ ? ($1 => $2) : () } split /\n/, $run->{out};
}

sub check_found (%found) {
    is $found{lost}, 0, "none of $found{told} sessions that somebody was told are stored is lost";
    is $found{twice}, 0, 'none was written twice';
    is $found{failures}, 0, 'and no call failed';
    cmp_ok $found{slowest}, '<', $stall, "nobody was left behind: the longest wait was $found{slowest} ms";
    note "killed at any time $found{'at any time'}, in turn $found{'in turn'}, behind a commit $found{'behind commit'}";
    return;
}

for my $crowd ([ 16, 1, quick_or_long(60, 3000) ], [ 5, 4, quick_or_long(30, 1000) ]) {
    my $db = "$scratch/of-$crowd->[0]";
    subtest "processes: $crowd->[0], threads: $crowd->[1]" => sub {
        check_found(kill_committers($db, @$crowd));
        is jobsessions($db, 'verify')->{exit}, 0, 'sound';
    };
}

# What takes the database's place takes along what was committed, and those who wait go on in it.
subtest 'while the database is replaced' => sub {
    my $db = "$scratch/replaced";
    jobsessions($db, 'put', { stdin => '{"status":"Success"}' });
    my $compacting = fork // die "fork: $!";
    if (!$compacting) {
        until (-e "$scratch/enough") { jobsessions($db, 'compact'); sleep 0.1 }
        POSIX::_exit(0);
    }
    check_found(kill_committers($db, 8, 1, quick_or_long(40, 1000)));
    spew("$scratch/enough", '');
    waitpid $compacting, 0;
    is jobsessions($db, 'verify')->{exit}, 0, 'sound';
};

done_testing;
