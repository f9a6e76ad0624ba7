# SPDX-License-Identifier: Apache-2.0
# jobsessions prune: what is old goes, what runs stays, and workers, followers and kills are no matter.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use POSIX qw(strftime);
use Time::HiRes qw(sleep);
use JobSessions::Test qw(build_file days_ago decode_json jobsessions quick_or_long);

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

# ---- Tombstones ---------------------------------------------------------------------------------

sub stat_of ($db) { return decode_json(jobsessions($db, 'stat', '--json')->{out}) }

# The ids of removals that a follower is told who begins from nothing.
sub buried ($db) { return join ' ', map { /^\{"removed":"(\d+)"/ } split /\n/, jobsessions($db, 'dump')->{out} }

sub remove_ago ($db, $days, @ids) {
    days_ago($days, sub { is jobsessions($db, 'rm', @ids)->{exit}, 0, "removed $days days ago: @ids" });
}

my @forget = qw(prune --tombstones-older-than 180d);
$db = database(map { session(1, 'Success') } 1 .. 12);
remove_ago($db, 300, 1, 2);
remove_ago($db, 200, 3);
remove_ago($db, 100, 4);
remove_ago($db, 200, 5);    # the clock was wrong
jobsessions($db, 'rm', 6);
is jobsessions($db, @forget, '--dry-run')->{err}, "jobsessions: 3 tombstones would be forgotten\n", 'how many are old';
is buried($db), '1 2 3 4 5 6', 'and all are there';
is jobsessions($db, 'prune', '--older-than', '90d')->{err}, "jobsessions: 0 sessions removed; 0 kept as the last good run of their policy\n", 'without the option';
is buried($db), '1 2 3 4 5 6', 'they stay';
is jobsessions($db, @forget)->{err}, "jobsessions: 3 tombstones forgotten\n", 'with it';
is buried($db), '4 5 6', 'those go that are old, up to the first that is not';
is_deeply [ @{ stat_of($db) }{qw(tombstones forgottenUsn)} ], [ 3, 15 ], 'which is told';
is jobsessions($db, 'verify')->{exit}, 0, 'the database is sound';
is jobsessions($db, @forget)->{err}, "jobsessions: 0 tombstones forgotten\n", 'a second time there is nothing to do';
is jobsessions($db, 'prune', '--older-than', '90d', '--tombstones-older-than', '90d')->{err},
    "jobsessions: 0 sessions removed; 0 kept as the last good run of their policy\njobsessions: 2 tombstones forgotten\n", 'both in one run';
is buried($db), '6', 'with the one behind it';
remove_ago($db, -400, 7);    # the clock was ahead: that time is never known
remove_ago($db, 95, 8);
is jobsessions($db, qw(prune --tombstones-older-than 90d))->{err}, "jobsessions: 0 tombstones forgotten\n", 'one that is young keeps those behind it';
days_ago(-200, sub { is jobsessions($db, @forget)->{err}, "jobsessions: 2 tombstones forgotten\n", 'half a year later' });
is buried($db), '8', 'one of the future goes with those behind it; what is the last change stays, for who follows without a history';
is jobsessions($db, 'put', { stdin => session(1, 'Success') })->{out}, "13\n", 'until there is another one';
days_ago(-200, sub { is jobsessions($db, @forget)->{err}, "jobsessions: 1 tombstones forgotten\n", 'behind it' });
is ids($db), '13 12 11 10 9', 'no session goes';
for ([qw(--tombstones-older-than 180d --status Success)], [qw(--tombstones-older-than 180d --keep-last-good)], [qw(--tombstones-older-than 180d --dry-run --json)]) {
    is_deeply [ @{ jobsessions($db, 'prune', @$_) }{qw(exit err)} ], [ 2, "jobsessions: prune: say how old what goes is, such as --older-than 90d\n" ], "prune @$_";
}

# What carries a database elsewhere carries that, or begins a history of its own.
jobsessions($db, 'backup', "$scratch/backup");
is jobsessions("$scratch/backup", 'verify')->{exit}, 0, 'a backup is sound';
is stat_of("$scratch/backup")->{forgottenUsn}, stat_of($db)->{forgottenUsn}, 'and knows what is forgotten';
is jobsessions($db, 'compact')->{exit}, 0, 'compact';
is jobsessions($db, 'verify')->{exit}, 0, 'is no matter';
my $loaded = jobsessions("$scratch/loaded", 'load', { stdin => jobsessions($db, 'dump')->{out} });
is $loaded->{exit}, 0, 'a dump' or diag $loaded->{err};
is jobsessions("$scratch/loaded", 'verify')->{exit}, 0, 'is loaded';
is stat_of("$scratch/loaded")->{forgottenUsn}, 0, 'to another history';
is jobsessions($db, 'restore', "$scratch/backup")->{exit}, 0, 'a restore';
is jobsessions($db, 'verify')->{exit}, 0, 'is sound';

# Killed at any moment: a follower who begins then has what is there, and the next run forgets the rest.
{
    my $many = quick_or_long(3000, 30_000);
    $db = database(map { session(1, 'Success') } 1 .. $many);
    remove_ago($db, 200, grep { $_ % 3 } 1 .. $many);
    jobsessions($db, 'put', { stdin => session(1, 'Success') });
    my $left = my $before = stat_of($db)->{tombstones};
    for (1 .. 20) {
        my $pid = fork // die $!;
        if (!$pid) {
            open STDERR, '>', '/dev/null';
            exec build_file('jobsessions'), '-d', $db, @forget;
        }
        sleep rand 0.04;
        kill KILL => $pid;
        waitpid $pid, 0;
        $left = stat_of($db)->{tombstones};
        is jobsessions($db, 'verify')->{exit}, 0, "killed with $left of $before left";
    }
    jobsessions($db, @forget);
    is_deeply [ @{ stat_of($db) }{qw(tombstones forgottenUsn sessions)} ], [ 0, $many + $before, int($many / 3) + 1 ], 'in the end all are gone';
}

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
