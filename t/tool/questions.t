# SPDX-License-Identifier: Apache-2.0
# The five questions of the README: each command is run as it is written there, and answers.

use v5.36;
use Test::More;
use Cwd qw(getcwd);
use File::Temp qw(tempdir);
use IPC::Open2 qw(open2);
use POSIX qw(strftime);
use JobSessions::Readme qw(blocks);
use JobSessions::Test qw(build_file decode_json jobsessions run_command);

my $here = getcwd;
my $db = tempdir(CLEANUP => 1) . '/db';
my @commands = map { split /\n/ } blocks('Five questions');
my ($failed, $why, $backup, $runs, $workers, $space, $old, $around, $inside) = @commands;
is @commands, 9, 'the commands of five questions';

sub answer ($command) {
    my $run = run_command([ 'env', "PATH=$here/build:$ENV{PATH}", 'bash', '-o', 'pipefail', '-c', $command =~ s{-d /var/lib/jobsessions(?= )}{-d $db}gr ]);
    is $run->{err} =~ s/^jobsessions: \d+ sessions would be .*\n//mgr, '', "nothing is amiss: $command";
    return $run;
}

sub hours_ago ($hours) { return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time - 3600 * $hours)) }

sub session ($id, $status, $hours, $policy = 'Silver') {
    return sprintf qq({"id":"%d","type":"PolicyBackup","status":"%s","executionStartTime":"%s","backupJobInfo":{"policyName":"%s"}}\n), $id, $status, hours_ago($hours), $policy;
}

sub ids ($run) { return join ' ', map { /^(\d+) / } split /\n/, $run->{out} }

my $put = jobsessions($db, 'put', { stdin => join '',
    session(1, 'Success', 24 * 200, 'Gold'), session(2, 'Success', 24 * 100, 'Bronze'), session(3, 'Failed', 24 * 7), session(4, 'Failed', 0.1),
    session(5, 'Error', 0.2), session(6, 'Success', 0.3), session(7, 'Running', 0.1) });
is $put->{exit}, 0, 'sessions' or diag $put->{err};
jobsessions($db, 'log', 4, '--add', { stdin => qq({"status":"Success","message":"begun"}\n{"status":"Failed","message":"no room"}\n) });

is ids(answer($failed)), '5 4', 'what failed last night';
is answer($why)->{out}, "no room\n", 'why';

isnt answer($backup)->{exit}, 0, 'a policy without a good backup of today';
jobsessions($db, 'put', { stdin => session(8, 'Warning', 1, 'Gold') });
isnt answer($backup)->{exit}, 0, 'also where there is one that went not so well';
jobsessions($db, 'put', { stdin => session(9, 'Success', 2, 'Gold') });
is answer($backup)->{exit}, 0, 'and one with';

like answer($runs)->{out}, qr/^7 +Running +PolicyBackup +${\substr hours_ago(0.1), 0, 10}/m, 'what runs, and since when';
like answer($workers)->{out}, qr/^7 +left /m, 'of one that put alone wrote nobody can tell';
{
    my $worker = fork // die $!;
    exec 'sleep', 1000 or POSIX::_exit(1) if !$worker;
    jobsessions($db, 'put', '--worker', $worker, { stdin => qq({"id":"7","progress":1}\n) });
    is ids(answer($workers)), '', 'a worker that lives';
    kill KILL => $worker;
    waitpid $worker, 0;
    like answer($workers)->{out}, qr/^7 +swept /m, 'and one that is gone';
    like answer($runs)->{out}, qr/^7 +Running /m, 'where nothing is changed';
}

jobsessions($db, 'rm', 3);
my $grows = decode_json(answer($space)->{out});
is_deeply [ @$grows{qw(sessions tombstones readers)} ], [ 8, 1, [] ], 'what there is, and that nobody holds old pages';
cmp_ok $grows->{pages}, '>', $grows->{freePages}, 'of how many pages';
SKIP: {
    my $holder = build_file('t/support/hold_snapshots');
    skip 'no program that holds snapshots', 1 unless -x $holder;
    my $pid = open2(my $out, my $in, $holder, $db, 1);
    readline $out;
    jobsessions($db, 'put', { stdin => session(10, 'Success', 1) });
    my ($reader) = @{ decode_json(answer($space)->{out})->{readers} };
    is_deeply [ @{ $reader // {} }{qw(process transactionsBehind)} ], [ $pid, 1 ], 'who does, and since how many transactions';
    close $in;
    waitpid $pid, 0;
}
is answer($old)->{out} =~ s/\s//gr, '1', 'what would go: the old run of a policy that has a newer good one';

is answer($_)->{exit}, 0, 'all is in order' for $around, $inside;
chmod 0666, "$db/data.mdb" or die $!;
is answer($around)->{exit}, 1, 'or is not';

done_testing;
