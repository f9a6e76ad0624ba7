#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# A database that is replaced while workers have it open: by a restore, a move, a link that leads elsewhere.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use IPC::Open3 qw(open3);
use Time::HiRes qw(sleep time);
use JobSessions::Test qw(build_file decode_json jobsessions quick_or_long run_command spew);
use JobSessions::Workers;

my $scratch = tempdir(CLEANUP => 1);

sub sessions ($db) { return @{ decode_json(jobsessions($db, 'export')->{out})->{results} } }

subtest 'one worker stays, its database goes' => sub {
    my $db = "$scratch/db";
    jobsessions($db, 'put', { stdin => '{"status":"Success","n":1}' });
    run_command([ 'cp', '-R', $db, "$scratch/copy" ]);
    my $pid = open3(my $to, my $from, '>&STDERR', "$^X -e 'exec q(@{[build_file('jobsessions')]}), qw(-d $db put)' 2>$scratch/err");
    $to->autoflush(1);
    print {$to} qq({"status":"Success","n":2}\n);
    is scalar readline $from, "2\n", 'it writes';
    rename $db, "$scratch/old" or die $!;
    rename "$scratch/copy", $db or die $!;
    print {$to} qq({"status":"Success","n":3}\n);
    is scalar readline $from, "2\n", 'and goes on in the one that is in place';
    close $to;
    waitpid $pid, 0;
    is $? >> 8, 0, 'as if nothing had been';
    is_deeply [ map { $_->{n} } sessions($db) ], [ 3, 1 ], 'what it was told is stored is there';
    is_deeply [ map { $_->{n} } sessions("$scratch/old") ], [ 2, 1 ], 'and not in the other';
    like slurp_errors(), qr/^jobsessions: \Q$db\E: the database was replaced; going on with the one that is in place$/m, 'it says so';
    is jobsessions($_, 'verify')->{exit}, 0, 'sound' for $db, "$scratch/old";
};

sub slurp_errors { open my $file, '<', "$scratch/err" or die $!; local $/ = undef; return readline($file) // '' }

# Each worker writes numbered sessions and notes what it was told; the name they write to leads to one of two
# databases, now here, now there. What was acknowledged must be in one of them, under the id that was told. (What
# was committed and not acknowledged, as the name led elsewhere by then, is written again, and may be met twice
# where the name comes back to the same database.)
subtest 'four workers, and a name that leads now here, now there' => sub {
    my ($one, $other, $name) = map { "$scratch/$_" } qw(one other name);
    jobsessions($_, 'put', { stdin => '' }) for $one, $other;
    symlink $one, $name or die $!;
    my $until = time + quick_or_long(4, 60);
    my $workers = JobSessions::Workers->new($name, $until);
    my $swaps = 0;
    while (time < $until) {
        symlink $swaps++ % 2 ? $one : $other, "$name.new" or die $!;
        rename "$name.new", $name or die $!;
        sleep 0.02;
    }
    my ($told, $lost) = $workers->told_and_lost($one, $other);
    is jobsessions($_, 'verify')->{exit}, 0, 'sound' for $one, $other;
    cmp_ok $told, '>', 20, "$told sessions were acknowledged over $swaps exchanges";
    is_deeply $lost, [], 'none of them is lost';
};

done_testing;
