#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# A program whose LMDB keeps its locks in another way has the directory open, as one with node-lmdb 0.10.1 does.

use v5.36;
use Test::More;
use Fcntl qw(F_RDLCK F_SETLK SEEK_SET);
use File::Temp qw(tempdir);
use JobSessions::Test qw(jobsessions slurp);

my $scratch = tempdir(CLEANUP => 1);
my $db = "$scratch/db";

# What such a program leaves to be seen: the lock by which each holder says that it is there, and its format of lock.mdb.
sub hold_otherwise ($lock_file) {
    open my $file, '+<:raw', $lock_file or die "$lock_file: $!";
    my $first_byte = pack 's s x![q] q q i x![q]', F_RDLCK, SEEK_SET, 0, 1, 0;
    fcntl $file, F_SETLK, $first_byte or die "$lock_file: $!";
    sysseek $file, 4, SEEK_SET;
    syswrite $file, pack 'V', 0x20001 or die $!;
    return $file;
}

jobsessions($db, 'put', { stdin => '{"status":"Success","n":1}' });
is jobsessions($db, 'backup', "$scratch/backup")->{exit}, 0, 'a backup';
my $before = slurp("$db/data.mdb");

my $held = hold_otherwise("$db/lock.mdb");
for my $do (['export'], ['put'], ['compact'], [ restore => "$scratch/backup" ], [ load => '/dev/null' ]) {
    my $run = jobsessions($db, @$do, { stdin => q({"status":"Success"}) });
    is $run->{exit}, 3, "$do->[0] is refused";
    like $run->{err}, qr/^jobsessions: \Q$db\E: process $$ has the database open by an LMDB whose lock\.mdb has another format/, 'and says why';
}
my $check = jobsessions($db, 'check');
is $check->{exit}, 1, 'check finds it';
like $check->{out}, qr/^fault: user \S+: \Q$db\E: process $$ has the database open by an LMDB whose lock\.mdb has another format/m, 'and says why';
is slurp("$db/data.mdb"), $before, 'the database is as it was';
is_deeply [ glob "$db.*" ], [], 'and nothing is beside it';

close $held;
is jobsessions($db, 'put', { stdin => '{"status":"Success","n":2}' })->{out}, "2\n", 'work goes on once the program has ended';

done_testing;
