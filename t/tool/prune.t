# SPDX-License-Identifier: Apache-2.0
# jobsessions prune: what is old goes, what runs stays, and workers, followers and kills are no matter.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use POSIX qw(strftime);
use Time::HiRes qw(sleep);
use JobSessions::Test qw(build_file decode_json jobsessions quick_or_long);

my $scratch = tempdir(CLEANUP => 1);
my $databases = 0;

sub date ($days) { return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time - 86_400 * $days)) }

sub session ($days, $status, %more) {
    my $policy = $more{policy} ? qq(,"backupJobInfo":{"policyName":"$more{policy}"}) : '';
    my $type = $more{type} // 'PolicyBackup';
    my $start = defined $days ? sprintf ',"executionStartTime":"%s"', date($days) : '';
    return qq({"type":"$type","status":"$status"$start$policy}\n);
}

sub database (@sessions) {
    my $db = "$scratch/db" . $databases++;
    my $put = jobsessions($db, 'put', { stdin => join '', @sessions });
    die $put->{err} if $put->{exit};
    return $db;
}

sub ids ($db) { return join ' ', map { /^(\d+)/ } split /\n/, jobsessions($db, 'list')->{out} }

sub pruned ($db, @arguments) {
    my $run = jobsessions($db, 'prune', @arguments);
    is $run->{exit}, 0, "prune @arguments" or diag $run->{err};
    return $run;
}

my @statuses = qw(Canceled Canceling Error Failed NeverExecuted Pending Running RunningWithError RunningWithWarning Success Unknown Warning);
my $db = database((map { session(100, $_) } @statuses), session(10, 'Success'), session(undef, 'Success'));
jobsessions($db, 'log', 1, '--add', { stdin => qq({"message":"a"}\n) });
my $before = ids($db);
my $dry = pruned($db, '--older-than', '90d', '--dry-run');
is ids($db), $before, 'a dry run removes nothing';
is join(' ', map { /^(\d+)/ } split /\n/, $dry->{out}), '12 11 10 5 4 3 1', 'and prints what would go';
is $dry->{err}, "jobsessions: 7 sessions would be removed; 0 kept as the last good run of their policy\n", 'and how many';
my @lines = map { decode_json($_) } split /\n/, pruned($db, '--older-than', '90d', '--dry-run', '--json')->{out};
is join(' ', map { "$_->{id}:$_->{status}" } @lines), '12:Warning 11:Unknown 10:Success 5:NeverExecuted 4:Failed 3:Error 1:Canceled', 'for programs: each as it is stored';
is pruned($db, '--older-than', '90d')->{err}, "jobsessions: 7 sessions removed; 0 kept as the last good run of their policy\n", 'for real';
is ids($db), '14 13 9 8 7 6 2', 'what runs, is young or never began stays';
is jobsessions($db, 'verify')->{exit}, 0, 'the database is sound';
like pruned($db, '--older-than', '90d')->{err}, qr/^jobsessions: 0 sessions removed/, 'a second time there is nothing to do';
is scalar(() = jobsessions($db, 'dump')->{out} =~ /^\{"removed":/mg), 7, 'each left its tombstone for followers';
is jobsessions($db, 'put', { stdin => qq({"id":"1","status":"Success"}\n) })->{exit}, 1, 'a late write does not bring one back';

$db = database(session(99, 'Success', type => 'A'), session(99, 'Failed', type => 'A'), session(99, 'Success', type => 'B', policy => 'P'));
pruned($db, '--older-than', '90d', '--status', 'success', '--type', 'A');
is ids($db), '3 2', 'filters must all hold';
pruned($db, '--older-than', '90d', '--policy', 'p*');
is ids($db), '3 2', 'policies are matched as they are written';
pruned($db, '--older-than', '90d', '--policy', 'P*');
is ids($db), '2', 'by a pattern';

$db = database(
    session(300, 'Success', policy => 'often'), session(200, 'Success', policy => 'often'), session(5, 'Failed', policy => 'often'),
    session(200, 'Success', policy => 'out of order'), session(300, 'Success', policy => 'out of order'),
    session(300, 'Warning', policy => 'never quite'), session(200, 'Warning', policy => 'never quite'),
    session(300, 'Success', policy => 'once'), session(200, 'Warning', policy => 'once'),
    session(300, 'Failed', policy => 'never'),
    session(300, 'Success', policy => 'still'), session(1, 'Success', policy => 'still'),
    session(300, 'Success'));
is pruned($db, '--older-than', '90d', '--keep-last-good')->{err}, "jobsessions: 7 sessions removed; 4 kept as the last good run of their policy\n", 'the last good runs are kept';
is ids($db), '12 8 7 4 3 2', 'those that began last with Success, else with Warning';

for ([ [], 'prune: say how old what goes is, such as --older-than 90d' ],
    [ [ '--older-than', '2020-01-01' ], '--older-than 2020-01-01: write an age, such as 90d: a number with s, m, h, d or w' ],
    [ [ '--older-than', '1d', '--json' ], 'prune: --json goes with --dry-run, as otherwise nothing is printed' ],
    [ [ '--older-than', '1d', '--status', 'Running' ], '--status names only sessions that are not finished, which are never pruned; `rm --force` removes one by its id' ]) {
    my ($arguments, $message) = @$_;
    my $run = jobsessions($db, 'prune', @$arguments);
    is_deeply [ @$run{qw(exit out err)} ], [ 2, '', "jobsessions: $message\n" ], "prune @$arguments";
}
is jobsessions("$scratch/none/none", 'prune', '--older-than', '1d')->{exit}, 3, 'no database';
like jobsessions($db, 'prune', '--help')->{out}, qr/^usage: jobsessions -d DIR prune .*^example: .*^exit status: /ms, 'its help';

# Killed at any moment, while a worker takes old sessions up again: what it was told is stored is there.
my $count = quick_or_long(30_000, 100_000);
$db = database(map { session(100, 'Success') } 1 .. $count);
my @again = map { 1 + int rand $count } 1 .. 40;
my ($kills, %taken) = (0);
for my $id (@again) {
    my $pid = fork // die $!;
    if (!$pid) {
        open STDERR, '>', '/dev/null';
        exec build_file('jobsessions'), '-d', $db, 'prune', '--older-than', '90d';
    }
    sleep rand 0.03;
    my $put = jobsessions($db, 'put', { stdin => qq({"id":"$id","status":"Running"}\n) });
    $taken{$id} = 1 if $put->{exit} == 0;
    sleep rand 0.02;
    kill KILL => $pid;
    waitpid $pid, 0;
    $kills += ($? & 127) == 9;
}
pruned($db, '--older-than', '90d');
is ids($db), join(' ', sort { $b <=> $a } keys %taken), 'after ' . $kills . ' kills what was taken up again is there, and nothing else: ' . keys %taken;
is jobsessions($db, 'verify')->{exit}, 0, 'and all is sound';

is jobsessions("$scratch/none", 'prune', '--older-than', '90d')->{exit}, 3, 'no database';
ok !-e "$scratch/none", 'and none is made';

done_testing;
