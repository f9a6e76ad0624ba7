# SPDX-License-Identifier: Apache-2.0
# prune under load: while most of a database goes, four workers write and whoever reads exports. What they were told is
# there, how long they waited is told, and what was freed is written to again.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use IPC::Open2 qw(open2);
use POSIX qw(strftime);
use Time::HiRes qw(sleep time);
use JobSessions::Test qw(build_file decode_json jobsessions quick_or_long run_command slurp);

my $count = $ENV{JOBSESSIONS_COUNT} // quick_or_long(20_000, 1_000_000);
my $scratch = tempdir(CLEANUP => 1);
my $db = "$scratch/db";
my $tool = build_file('jobsessions');

sub date ($days) { return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time - 86_400 * $days)) }

# Nine of ten are old. Each tenth is left, so that what goes is not a range.
{
    my %starts = map { $_ => date($_) } 1 .. 400;
    open my $import, '|-', "$tool -d $db import 2>/dev/null" or die $!;
    for my $i (1 .. $count) {
        my $days = $i % 10 == 0 ? 1 + $i % 80 : 100 + $i % 300;
        print {$import} qq({"id":"$i","usn":$i,"type":"PolicyBackup","status":"Success","executionStartTime":"$starts{$days}",)
            . qq("backupJobInfo":{"policyName":"policy @{[ $i % 50 ]}","protectedInstancesCount":$i}}\n);
    }
    close $import or die "import: $?";
}

# A worker with one line at a time, which notes how long each took. It ends when it is told.
sub start_worker ($which) {
    my $pid = fork // die "fork: $!";
    return $pid if $pid;
    my $on = 1;
    local $SIG{TERM} = sub { $on = 0 };
    my $putter = open2(my $from, my $to, $tool, '-d', $db, 'put');
    open my $notes, '>', "$scratch/worker$which" or die $!;
    for (my $n = 1; $on; $n++) {
        my $begun = time;
        syswrite $to, qq({"type":"Load","status":"Success","token":"$which-$n"}\n);
        my $id = readline $from;
        last unless defined $id;
        chomp $id;
        printf {$notes} "%s %s %.6f\n", $id, "$which-$n", time - $begun;
        sleep 0.005;
    }
    close $to;
    waitpid $putter, 0;
    close $notes;
    POSIX::_exit(0);
}

sub start_exports () {
    my $pid = fork // die "fork: $!";
    return $pid if $pid;
    my $on = 1;
    local $SIG{TERM} = sub { $on = 0 };
    system "$tool -d $db export >/dev/null 2>&1" while $on;
    POSIX::_exit(0);
}

sub end (@pids) {
    kill TERM => @pids;
    waitpid $_, 0 for @pids;
}

sub notes () { return map { [split] } map { split /\n/, slurp("$scratch/worker$_") } 1 .. 4 }

# Milliseconds that so many of a hundred did not take longer than.
sub percentile ($of, @seconds) {
    my @sorted = sort { $a <=> $b } @seconds;
    return 1000 * $sorted[ int $#sorted * $of / 100 ];
}

sub waits ($what, @seconds) {
    diag sprintf '%s: %d puts, p50 %.1f ms, p99 %.1f ms, at most %.1f ms', $what, scalar @seconds, map { percentile($_, @seconds) } 50, 99, 100
        if $ENV{JOBSESSIONS_LONG} || $ENV{JOBSESSIONS_COUNT};
    return percentile(99, @seconds);
}

sub under_load ($do) {
    my @pids = ((map { start_worker($_) } 1 .. 4), start_exports());
    sleep 1;
    my $begun = time;
    $do->();
    my $took = time - $begun;
    end(@pids);
    return ($took, notes());
}

my ($xargs_rate, $machine, @told) = (0, 0);
{
    my $some = quick_or_long(200, 2000);
    my ($took, @wrote) = under_load(sub { jobsessions($db, 'rm', grep { $_ % 10 } 1 .. $some) });
    $xargs_rate = $some * 0.9 / $took;
    push @told, @wrote;
    $machine = waits('beside rm', map { $_->[2] } @wrote);
}
my $size = -s "$db/data.mdb";
my $prune;
my ($took, @wrote) = under_load(sub { $prune = jobsessions($db, 'prune', '--older-than', '90d') });
push @told, @wrote;
my $waited = waits('beside prune', map { $_->[2] } @wrote);
is $prune->{exit}, 0, 'prune' or diag $prune->{err};
my ($removed) = $prune->{err} =~ /(\d+) sessions removed/;
my $faster = $removed / $took / $xargs_rate;
diag sprintf '%d removed in %.1f s, %.0f a second; %.1f times as fast as one at a time', $removed, $took, $removed / $took, $faster
    if $ENV{JOBSESSIONS_LONG} || $ENV{JOBSESSIONS_COUNT};
my %stored = map { ("$_->{id} " . ($_->{token} // '') => 1) } @{ decode_json(jobsessions($db, 'export')->{out})->{results} };
is_deeply [ grep { !$stored{"$_->[0] $_->[1]"} } @told ], [], scalar(@told) . ' sessions that workers were told of are there';
is scalar(grep { / $/ } keys %stored), int($count / 10), 'and of the others one in ten';

# Most of the file is free by now. What is written next goes there.
my $after = -s "$db/data.mdb";
diag sprintf 'data.mdb had %d MiB, then %d', $size >> 20, $after >> 20 if $ENV{JOBSESSIONS_LONG} || $ENV{JOBSESSIONS_COUNT};
my $lines = join '', map { qq({"type":"Again","status":"Success","n":$_,"executionStartTime":"2026-11-23T08:00:00Z"}\n) } 1 .. $count / 4;
my $again = jobsessions($db, 'put', { stdin => $lines });
is $again->{exit}, 0, 'what is written next' or diag $again->{err};
is -s "$db/data.mdb", $after, 'goes where there is room, and the file stays as long as it was';
is jobsessions($db, 'verify')->{exit}, 0, 'all is sound';

SKIP: {
    skip 'nothing is timed in a quick run', 2 unless $ENV{JOBSESSIONS_LONG};
    # on a busy machine they wait as long beside removals of one session each
    cmp_ok $waited, '<', $machine > 50 ? 2 * $machine : 100, 'of a hundred puts beside it ninety-nine take less than 100 ms, or no more than the machine makes of it';
    cmp_ok $faster, '>=', 30, 'at least thirty times as fast as one at a time';
}

done_testing;
