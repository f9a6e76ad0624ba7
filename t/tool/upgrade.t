# SPDX-License-Identifier: Apache-2.0
# jobsessions upgrade: what an earlier version has left is read and written as it is, until somebody upgrades it; then
# nothing of it is missing, whoever writes meanwhile and whoever is killed.

use v5.36;
use Test::More;
use File::Glob qw(bsd_glob);
use File::Temp qw(tempdir);
use POSIX ();
use Time::HiRes qw(sleep time);
use JobSessions::OldFormat qw(as_format_1 without_counts);
use JobSessions::Sessions qw(plain_sessions);
use JobSessions::Test qw(build_file jobsessions quick_or_long run_command slurp spew);
use JobSessions::Workers;

my $scratch = tempdir(CLEANUP => 1);
my $tool = build_file('jobsessions');

sub must ($db, @arguments) {
    my $run = jobsessions($db, @arguments);
    die "@arguments[grep { !ref $arguments[$_] } 0 .. $#arguments]: $run->{err}" if $run->{exit} != 0;
    return $run;
}

# A database of format 1 with something of everything.
sub old ($name, @more) {
    my $db = "$scratch/$name";
    must($db, 'import', { stdin => slurp('t/data/sessions-example.ndjson') });
    must($db, 'import', { stdin => join '', map { "$_\n" } @more }) if @more;
    must($db, 'log', 6, '--add', { stdin => join '', map { qq({"message":"$_"}\n) } 1 .. 20 });
    must($db, 'items', 6, 'restoredItems', '--add', { stdin => qq({"name":"disk"}\n) });
    must($db, 'rm', 3);
    return as_format_1($db);
}

# All that a dump has, but for its format and what follows from that.
sub dump_of ($db) { return must($db, 'dump')->{out} =~ s/"format":\K\d//r =~ s/"crc32c":"\K\w+//r }

sub format_of ($db) { return must($db, 'dump')->{out} =~ /"format":(\d)/ ? $1 : undef }

sub meta_of ($db) { return run_command([ qw(mdb_dump -p -s meta), $db ])->{out} }

subtest 'one that is not upgraded' => sub {
    my $db = old('kept');
    is format_of($db), 1, 'format 1';
    is must($db, 'verify')->{out}, "$db: no faults\n", 'is sound';
    is must($db, 'put', { stdin => qq({"status":"Running"}\n{"id":"4","status":"Warning"}\n) })->{out}, "7\n4\n", 'it is written to';
    must($db, 'rm', 4);
    is must($db, 'verify')->{out}, "$db: no faults\n", 'and sound';
    is format_of($db), 1, 'and what it was';
    is_deeply [ map { /^\{"removed"/ ? $_ : () } split /\n/, must($db, 'dump')->{out} ], [ '{"removed":"3","usn":45}', '{"removed":"4","usn":48}' ],
        'removals have no time';
    must($db, 'compact');
    must($db, 'backup', "$scratch/of-kept");
    must("$scratch/restored", 'restore', "$scratch/of-kept");
    is format_of($_), 1, 'nor is a copy another one' for $db, "$scratch/of-kept", "$scratch/restored";
    my $dump = must($db, 'dump')->{out};
    must("$scratch/loaded", 'load', { stdin => $dump });
    is dump_of("$scratch/loaded") =~ s/"database":"\K\w+//r, dump_of($db) =~ s/"database":"\K\w+//r, 'a dump of it is loaded';
    is format_of("$scratch/loaded"), 2, 'into one of format 2';
};

subtest 'an upgrade' => sub {
    my $db = old('old', plain_sessions(3000, 2000));
    chmod 0640, "$db/data.mdb";
    my ($before, $export) = (dump_of($db), must($db, 'export')->{out});
    my $run = must($db, 'upgrade');
    like $run->{err}, qr/^jobsessions: note: the database has format 2; earlier versions find it newer\n.* note: what was in place is \Q$db\E\.before-upgrade-\w+; remove it/, 'says what is what';
    is format_of($db), 2, 'format 2';
    is dump_of($db), $before, 'the same dump';
    is must($db, 'export')->{out}, $export, 'the same export';
    is must($db, 'verify')->{out}, "$db: no faults\n", 'sound';
    unlike meta_of($db), qr/upgrade/, 'and done';
    is sprintf('%o', (stat "$db/data.mdb")[2] & 07777), '640', 'modes stay';
    my ($kept) = bsd_glob("$db.before-upgrade-*");
    is dump_of($kept), $before, 'what was in place is kept';
    is format_of($kept), 1, 'as it was';
    my $index = run_command([ qw(mdb_dump -s index), $db ])->{out};
    unlike $index, qr/^ \w{72}0{8}$/m, 'every entry has a seal';
    is must($db, 'put', { stdin => qq({"status":"Success"}\n) })->{out}, "5000\n", 'ids go on';
    is_deeply [ @{ must($db, 'upgrade') }{qw(out err)} ], [ '', '' ], 'again, there is nothing to do';
    is scalar(my @all = bsd_glob("$db.*")), 1, 'and nothing is made';
    must($db, 'rm', 5000);
    like must($db, 'dump')->{out}, qr/^\{"removed":"5000","usn":\d+,"time":"2\d{3}-\d\d-\d\dT[\d:.]+Z"\}$/m, 'removals have a time';
};

subtest 'what cannot be upgraded' => sub {
    my $db = old('damaged');
    my $bytes = slurp("$db/data.mdb");
    $bytes =~ s/Backup Policy/Backup Pol1cy/g or die 'no policy';
    spew("$db/data.mdb", $bytes);
    my $run = jobsessions($db, 'upgrade');
    is $run->{exit}, 1, 'one that is damaged';
    like $run->{err}, qr/session 4: its checksum does not match\n.*not upgraded$/s, 'is told of';
    is slurp("$db/data.mdb"), $bytes, 'and left as it is';
    is_deeply [ bsd_glob("$db.*") ], [], 'with nothing beside it';
    is jobsessions("$scratch/nothing", 'upgrade')->{exit}, 3, 'no database';
    ok !-e "$scratch/nothing", 'none is made';
};

# Upgrade one that was begun, until its mark is there: from then on sessions are counted.
sub begin ($db) {
    my $pid = start_upgrade($db);
    sleep 0.002 until meta_of($db) =~ /^ upgrade$/m || waitpid $pid, POSIX::WNOHANG;
    kill KILL => $pid;
    waitpid $pid, 0;
    return;
}

sub start_upgrade ($db) {
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        open STDERR, '>', '/dev/null' or POSIX::_exit(9);
        exec $tool, '-d', $db, 'upgrade' or POSIX::_exit(9);
    }
    return $pid;
}

# Run it, and kill it after so many seconds. Returns whether it was done before that.
sub killed_after ($db, $seconds) {
    my $pid = start_upgrade($db);
    sleep $seconds;
    kill KILL => $pid;
    waitpid $pid, 0;
    return $? == 0;
}

# How many sessions there are of each status, by what is counted, and how many runs.
sub counted ($db) {
    my %sum;
    for (run_command([ qw(mdb_dump -s days), $db ])->{out} =~ /^ (f{16}\w{6}\n \w{16})$/mg) {
        my ($status, $count) = unpack 'x8 C x2 Q<', pack 'H*', s/\s//gr;
        $sum{$status} += $count;
    }
    return { runs => run_command([ qw(mdb_stat -s runs), $db ])->{out} =~ /Entries: (\d+)/, statuses => [ sort { $a <=> $b } values %sum ] };
}

# The same, by a look at all of them.
sub looked_at ($db) {
    my (%sum, $runs);
    for (split /\n/, must($db, qw(export --format ndjson))->{out}) {
        $sum{$1}++ if /"status":"(\w+)"/;
        $runs++ if /"policyName":/;
    }
    return { runs => $runs, statuses => [ sort { $a <=> $b } values %sum ] };
}

# How long it takes, and how long that which comes when it has begun.
sub measure ($template) {
    my $db = "$scratch/measured";
    must($db, 'restore', $template);
    my $began = time;
    must($db, 'upgrade');
    my $all = time - $began;
    system 'rm', '-rf', bsd_glob("$db*");
    must($db, 'restore', $template);
    begin($db);
    $began = time;
    must($db, 'upgrade');
    my $steps = time - $began;
    system 'rm', '-rf', bsd_glob("$db*");
    return ($all, $steps);
}

# While four workers write. Returns how often it was killed, and how often after sessions had begun to be counted.
sub kill_it ($template, $rounds) {
    my ($all, $steps) = measure($template);
    my ($killed, $counting) = (0, 0);
    for my $round (1 .. $rounds) {
        my $db = "$scratch/round$round";
        must($db, 'restore', $template);
        my ($before) = dump_of($db) =~ /\n(.*)^\{"removed/ms;
        my $workers = JobSessions::Workers->new($db, time + 3 * $all + 1);
        my $has_begun = 0;
        for (1 .. 6) {
            last if killed_after($db, rand($has_begun ? $steps : $all));
            $killed++;
            $counting += $has_begun;
            $has_begun = meta_of($db) =~ /^ upgrade$/m ? 1 : 0;
            is jobsessions($db, 'verify')->{exit}, 0, 'sound after a kill, with the counts there are';
        }
        is jobsessions($db, 'upgrade')->{exit}, 0, 'taken up again' for 1, 2;
        my ($told, $lost) = $workers->told_and_lost($db);
        is_deeply $lost, [], "$told sessions were acknowledged, and none is lost";
        is must($db, 'verify')->{out}, "$db: no faults\n", 'sound';
        is_deeply counted($db), looked_at($db), 'all are counted, once';
        is format_of($db), 2, 'upgraded';
        unlike meta_of($db), qr/^ upgrade$/m, 'as a whole';
        ok index(dump_of($db) =~ s/^\{"type".*\n//mgr, $before =~ s/^\{"type".*\n//mgr) > 0, 'what there was is there';
        system 'rm', '-rf', bsd_glob("$db*");
    }
    return ($killed, $counting);
}

# Sessions of many days, statuses and policies.
sub history ($count, $first) {
    my @statuses = (('Success') x 5, qw(Warning Error Canceled));
    return map {
        sprintf '{"id":"%d","type":"Policy%s","executionStartTime":"%d-%02d-%02dT08:%02d:%02dZ","status":"%s","usn":%d,'
            . '"backupJobInfo":{"policyName":"policy %d"}}', $_, $_ % 5 ? 'Backup' : 'Snapshot', 2015 + $_ % 10, 1 + $_ % 12,
            1 + $_ % 28, $_ / 60 % 60, $_ % 60, $statuses[ $_ * 7 % @statuses ], $_, $_ % 97
    } $first .. $first + $count - 1;
}

subtest 'killed at any moment, while four workers write' => sub {
    my ($killed, $counting) = kill_it(old('template', history(40_000, 100)), quick_or_long(3, 40));
    cmp_ok $killed, '>', 0, "$killed kills, $counting of them while sessions were counted";
};

subtest 'so is the upgrade of one that lacks counts alone' => sub {
    my $db = "$scratch/uncounted";
    must($db, 'import', { stdin => join '', map { "$_\n" } history(40_000, 100) });
    must($db, 'rm', 101);
    my ($killed, $counting) = kill_it(without_counts($db), quick_or_long(2, 20));
    cmp_ok $killed, '>', 0, "$killed kills, $counting of them while sessions were counted";
};

subtest 'and that of a million' => sub {
    plan skip_all => 'takes minutes: JOBSESSIONS_LONG=1' if !quick_or_long(0, 1);
    my ($killed, $counting) = kill_it(old('million', history(1_000_000, 100)), 4);
    cmp_ok $counting, '>', 0, "$killed kills, $counting of them while sessions were counted";
};

done_testing;
