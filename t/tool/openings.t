# SPDX-License-Identifier: Apache-2.0
# Processes that open, write once and close, one after the other and many beside each other, so that the database is
# now and then open to nobody: that is when LMDB 0.9.26 to 0.9.31 destroys its locks under those who come.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use JobSessions::Test qw(jobsessions quick_or_long slurp spew);

my $processes = 8;
my $puts      = quick_or_long(100, 2000);
my $scratch   = tempdir(CLEANUP => 1);
my $db        = "$scratch/db";

# What went wrong, a line each.
sub put_again_and_again () {
    my @failures;
    for (1 .. $puts) {
        my $put = jobsessions($db, 'put', { stdin => '{"type":"PolicyBackup","status":"Success"}' });
        push @failures, "exit status $put->{exit}: $put->{err}" if $put->{exit} != 0;
    }
    return @failures;
}

my @pids;
for my $process (1 .. $processes) {
    my $pid = fork // die "fork: $!";
    push @pids, $pid and next if $pid;
    spew("$scratch/failures-$process", join '', put_again_and_again());
    exec 'true';    # nothing of the test's own ends here
}
waitpid $_, 0 for @pids;

my @failures = map { split /^/, slurp("$scratch/failures-$_") } 1 .. $processes;
is scalar @failures, 0, "$processes processes opened, put and closed $puts times each" or diag @failures > 10 ? @failures[ 0 .. 9 ] : @failures;
my $verify = jobsessions($db, 'verify');
is $verify->{exit}, 0, 'the database is sound' or diag $verify->{err};
my $sessions = jobsessions($db, 'dump')->{out} =~ s/\n.*//sr;
like $sessions, qr/"sessions":@{[ $processes * $puts ]}\b/, 'and has a session of each';

done_testing;
