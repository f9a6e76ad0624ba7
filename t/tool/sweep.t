# SPDX-License-Identifier: Apache-2.0
# jobsessions sweep: sessions whose worker is gone are closed, and none whose worker lives or may live, while workers
# write and whoever sweeps is killed.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use IPC::Open2 qw(open2);
use Time::HiRes qw(sleep);
use JobSessions::Test qw(build_file decode_json jobsessions quick_or_long run_command wait_until);

my $scratch = tempdir(CLEANUP => 1);
my $databases = 0;
my $nothing = 'left: 0 whose worker lives, 0 of another PID namespace, 0 of which nobody has told who writes them';
my $running = qq({"type":"PolicyBackup","status":"Running","executionStartTime":"2026-11-23T08:00:00Z"}\n);
delete $ENV{JOBSESSIONS_WORKER};

sub new_database () { return "$scratch/db" . $databases++ }
sub session ($db, $id) { return decode_json(jobsessions($db, 'get', $id)->{out}) }
sub status ($db, $id) { return session($db, $id)->{status} }
sub logged ($db, $id) { return map { decode_json($_) } split /\n/, jobsessions($db, 'log', $id)->{out} }

sub put ($db, $line, @arguments) {
    my $put = jobsessions($db, 'put', @arguments, { stdin => $line });
    die $put->{err} if $put->{exit};
    return $put->{out} =~ s/\n.*//sr;
}

# What was swept, as "ID STATE", and in the end how many were and were not.
sub sweep ($db, @arguments) {
    my $run = jobsessions($db, 'sweep', '--json', @arguments);
    is $run->{exit}, 0, "sweep @arguments" or diag $run->{err};
    my @swept = map { decode_json($_) } split /\n/, $run->{out};
    return (join(' ', map { "$_->{id} $_->{state}" . ($_->{swept} ? '' : ' left') } @swept), $run->{err} =~ s/^jobsessions: (\d+ sessions [^;]+); (left:.*)\n$/$2/sr);
}

# A process of the example's, which writes its session each second; its end is ours to make.
my %alive;
END { kill KILL => keys %alive }

sub start_worker ($db) {
    my $pid = open2(my $from, undef, build_file('worker'), '-d', $db, qw(--seconds 1000));
    $alive{$pid} = 1;
    my ($id) = readline($from) =~ /^session (\d+) has started/;
    return { pid => $pid, id => $id, from => $from };
}

sub murder ($pid) {
    kill KILL => $pid;
    waitpid $pid, 0;
    delete $alive{$pid};
}

sub start_process () {
    my $pid = fork // die "fork: $!";
    exec 'sleep', 1000 if !$pid;
    $alive{$pid} = 1;
    return $pid;
}

# The table as another program can write it: `change` is given an entry without its seal.
sub forge ($db, $change) {
    my $dump = run_command([ qw(mdb_dump -s workers), $db ])->{out};
    $dump =~ s{^( [0-9a-f]{16}\n )([0-9a-f]{128})$}{
        my $entry = substr pack('H*', $2), 4;
        $change->(\$entry);
        $1 . unpack 'H*', pack('V', crc32c($entry)) . $entry;
    }gme;
    my $load = run_command([ qw(mdb_load -s workers), $db ], $dump);
    die $load->{err} if $load->{exit};
}

sub crc32c ($bytes) {
    my $crc = 0xffffffff;
    for my $byte (unpack 'C*', $bytes) {
        $crc ^= $byte;
        $crc = $crc & 1 ? ($crc >> 1) ^ 0x82f63b78 : $crc >> 1 for 1 .. 8;
    }
    return $crc ^ 0xffffffff;
}

subtest 'a worker that was killed' => sub {
    my $db = new_database();
    my ($killed, $living) = map { start_worker($db) } 1 .. 2;
    is_deeply [ sweep($db) ], [ '', $nothing =~ s/0 whose/2 whose/r ], 'while they live they are left';
    murder($killed->{pid});
    my @log = logged($db, $killed->{id});
    my ($swept, $left) = sweep($db, '--dry-run');
    is $swept, "$killed->{id} gone", 'a dry run tells what would be swept';
    is status($db, $killed->{id}), 'Running', 'and does not';
    is_deeply [ sweep($db) ], [ "$killed->{id} gone", $nothing =~ s/0 whose/1 whose/r ], 'it is swept once it is killed';
    my $session = session($db, $killed->{id});
    is $session->{status}, 'Failed', 'as failed';
    like $session->{executionDuration}, qr/^00:00:\d\d\b/, 'with a stop time, when it was last heard of';
    @log = logged($db, $killed->{id});
    is scalar(@log), 1, 'and a line in the log';
    like $log[0]{message}, qr/^Swept as Failed: process $killed->{pid} has ended; its worker was last heard of at \Q$session->{executionStopTime}\E$/, 'that says why';
    is status($db, $living->{id}), 'Running', 'the other one goes on';
    is_deeply [ sweep($db) ], [ '', $nothing =~ s/0 whose/1 whose/r ], 'a second time there is nothing to do';
    kill TERM => $living->{pid};
    wait_until { readline($living->{from}) =~ /has finished/ } 10;
    waitpid $living->{pid}, 0;
    delete $alive{ $living->{pid} };
    is status($db, $living->{id}), 'Canceled', 'as it wants to';
    is run_command([ qw(mdb_dump -s workers), $db ])->{out} =~ /HEADER=END\nDATA=END/ ? 1 : 0, 1, 'nobody is noted any more';
    is jobsessions($db, 'verify')->{exit}, 0, 'the database is sound';
};

subtest 'a zombie' => sub {
    my $db = new_database();
    my $worker = start_worker($db);
    kill KILL => $worker->{pid};
    ok wait_until(sub { run_command([ 'ps', '-o', 'stat=', '-p', $worker->{pid} ])->{out} =~ /^Z/ }), 'nobody has waited for it';
    is +(sweep($db))[0], "$worker->{id} gone", 'it is gone all the same';
    waitpid $worker->{pid}, 0;
    delete $alive{ $worker->{pid} };
};

# A process for each change, as shell scripts have it.
subtest 'put after put' => sub {
    my $db = new_database();
    my $id = put($db, $running);
    is +(sweep($db))[0], '', 'is not swept';
    sleep 1.1;
    is +(sweep($db, '--quiet-for', '1h'))[0], '', 'nor while it is not quiet for so long';
    put($db, qq({"id":"$id","backupJobInfo":{"policyName":"P"}}\n));
    is +(sweep($db, '--quiet-for', '1s'))[0], '', 'a change counts';
    sleep 1.1;
    is jobsessions($db, 'heartbeat', $id)->{exit}, 0, 'a heartbeat of who was heard of within ten seconds notes nothing';
    is_deeply [ sweep($db, '--quiet-for', '1s', '--status', 'warning') ], [ "$id unknown", $nothing ], 'so its quiet goes on';
    is status($db, $id), 'Warning', 'as it was told';
    is jobsessions($db, 'heartbeat', $id)->{exit}, 1, 'its heartbeat tells that it is finished';
    is jobsessions($db, 'heartbeat', 99)->{exit}, 1, 'or is not there';
    put($db, qq({"id":"$id","status":"Success"}\n));
    is status($db, $id), 'Success', 'what it writes afterwards counts';
    is scalar(logged($db, $id)), 1, 'the line of the sweep stays';
    my $script = start_process();
    $id = put($db, $running, '--worker', $script);
    {
        local $ENV{JOBSESSIONS_WORKER} = $script;
        put($db, qq({"id":"$id","backupJobInfo":{"policyName":"P"}}\n));
    }
    is +(sweep($db))[0], '', 'a script that is named lives';
    murder($script);
    is +(sweep($db))[0], "$id gone", 'and is gone';
    my $gone = jobsessions($db, 'put', '--worker', $script, { stdin => $running });
    is $gone->{exit}, 0, 'one that is not there is no reason not to store';
    like $gone->{err}, qr/there is no process $script, .*who writes is not noted/, 'but is told';
    is jobsessions($db, 'put', '--worker', 'me', { stdin => $running })->{exit}, 2, 'what is no process is a mistake';
};

subtest 'an append is a sign of life, and who does not say is nobody' => sub {
    my $db = new_database();
    my $worker = start_worker($db);
    murder($worker->{pid});
    jobsessions($db, 'log', $worker->{id}, '--add', { stdin => qq({"message":"taken over by a script"}\n) });
    is +(sweep($db))[0], '', 'a script has taken over';
    is +(sweep($db, '--quiet-for', '0s'))[0], "$worker->{id} unknown", 'and is swept only by its quiet';
};

subtest 'what databases, writers and lives of before have left' => sub {
    my $db = new_database();
    my ($one, $other) = map { start_worker($db) } 1 .. 2;
    murder($_->{pid}) for $one, $other;
    forge($db, sub ($entry) { substr $$entry, 12, 8, pack 'Q<', 999 });    # as if an earlier version had changed it since
    is +(sweep($db))[0], '', 'an entry of another usn says nothing';
    is +(sweep($db, '--quiet-for', '1h'))[0], '', 'its quiet counts from when that was seen';
    is +(sweep($db, '--quiet-for', '0s'))[0], "$other->{id} unknown $one->{id} unknown", 'as long as is told';

    $db = new_database();
    $one = start_worker($db);
    murder($one->{pid});
    my $backup = new_database();
    is jobsessions($db, 'backup', $backup)->{exit}, 0, 'a backup';
    is jobsessions($db, 'restore', $backup)->{exit}, 0, 'that is restored';
    is +(sweep($db))[0], '', 'has forgotten its workers';
    is jobsessions($db, 'compact')->{exit}, 0, 'one that is compacted';
    my $two = start_worker($db);
    murder($two->{pid});
    jobsessions($db, 'compact');
    is +(sweep($db))[0], "$two->{id} gone", 'has not';
    my $dump = jobsessions($db, 'dump')->{out};
    my $loaded = new_database();
    is jobsessions($loaded, 'load', { stdin => $dump })->{exit}, 0, 'a dump that is loaded';
    is_deeply [ sweep($loaded) ], [ '', $nothing =~ s/0 of which/1 of which/r ], 'knows nobody';
    my $import = new_database();
    jobsessions($import, 'import', { stdin => jobsessions($db, 'export')->{out} });
    is +(sweep($import))[0], '', 'nor does an import';

    # an earlier version finishes a session and leaves the entry
    $db = new_database();
    $one = start_worker($db);
    murder($one->{pid});
    my $entry = run_command([ qw(mdb_dump -s workers), $db ])->{out};
    put($db, qq({"id":"$one->{id}","status":"Success"}\n));
    run_command([ qw(mdb_load -s workers), $db ], $entry);
    is jobsessions($db, 'verify')->{exit}, 0, 'what is left of a worker is no fault';
    is +(sweep($db))[0], '', 'and does not count';
    like run_command([ qw(mdb_dump -s workers), $db ])->{out}, qr/HEADER=END\nDATA=END/, 'a sweep tidies it up';
    is status($db, $one->{id}), 'Success', 'and no more';
};

subtest 'which process it was' => sub {
    my $db = new_database();
    my $forged = sub ($offset, $bytes) {
        my $id = put($db, $running, '--worker', $$);
        forge($db, sub ($entry) { substr $$entry, $offset, length $bytes, $bytes });
        my ($swept) = sweep($db, '--dry-run');
        put($db, qq({"id":"$id","status":"Success"}\n));
        return $swept =~ s/^$id //r;
    };
    is $forged->(28, pack 'Q<', 1), 'gone', 'one that began at another time is another one';
    is $forged->(36, pack 'L<', 1), 'hidden left', 'of another PID namespace nothing is known';
    is $forged->(40, pack 'L<', 1), 'hidden left', 'nor of another time namespace';
    is $forged->(44, 'x' x 16), '', 'by another boot alone a process that is here is not gone';
    my $ended = start_process();
    my $id = put($db, $running, '--worker', $ended);
    murder($ended);
    forge($db, sub ($entry) { substr $$entry, 44, 16, 'x' x 16 });
    is +(sweep($db))[0], "$id gone", 'one of another boot that is not here is';
    like +(logged($db, $id))[0]{message}, qr/process $ended ended when the machine did/, 'which is said';
    forge($db, sub ($entry) { substr $$entry, 0, 1, 'x' }) if put($db, $running, '--worker', $$);
    is +(sweep($db, '--dry-run'))[0], $id + 1 . ' gone', 'all is by the number';
    my $dump = run_command([ qw(mdb_dump -s workers), $db ])->{out};
    run_command([ qw(mdb_load -s workers), $db ], $dump =~ s/^( [0-9a-f]{16}\n )../${1}00/mr);
    is +(sweep($db, '--dry-run'))[0], $id + 1 . ' unknown left', 'an entry that is damaged says nothing';
    my $verify = jobsessions($db, 'verify');
    is $verify->{exit}, 1, 'and is found';
    like $verify->{out} . $verify->{err}, qr/workers: an entry is damaged, and counts as missing/, 'by verify';
    is jobsessions($db, 'verify', '--repair')->{exit}, 0, 'which repairs it';
    is status($db, $id + 1), 'Running', 'and the session stays';
};

my @apart = (qw(unshare --user --map-root-user --pid --fork --kill-child --mount-proc), run_command([qw(unshare --user --map-root-user --pid --fork --kill-child --mount-proc true)])->{exit});
SKIP: {
    skip 'no namespaces can be made here', 1 if pop @apart;
    subtest 'in a PID namespace' => sub {
        my $db = new_database();
        my $hidden = open2(my $from, undef, @apart, build_file('worker'), '-d', $db, qw(--seconds 1000));
        $alive{$hidden} = 1;
        my ($id) = readline($from) =~ /^session (\d+) has started/;
        is_deeply [ sweep($db) ], [ '', $nothing =~ s/0 of another/1 of another/r ], 'a worker of another one may live';
        murder($hidden);
        is_deeply [ sweep($db) ], [ '', $nothing =~ s/0 of another/1 of another/r ], 'or not';
        is +(sweep($db, '--quiet-for', '0s'))[0], "$id hidden", 'so its quiet counts';

        my ($tool, $worker) = map { build_file($_) } qw(jobsessions worker);
        my $reuse = run_command([ @apart, 'sh', '-c', <<~SCRIPT ]);
            $worker -d $db --seconds 1000 >$db.out & pid=\$!
            while ! test -s $db.out; do sleep 0.1; done
            kill -9 \$pid; wait \$pid
            echo \$((pid - 1)) >/proc/sys/kernel/ns_last_pid || exit 77
            sleep 1000 & now=\$!
            test \$now = \$pid || exit 78
            $tool -d $db sweep --json; code=\$?
            kill \$now
            exit \$code
            SCRIPT
        SKIP: {
            skip 'no process can be given an id here', 1 if $reuse->{exit} == 77 || $reuse->{exit} == 78;
            like $reuse->{out}, qr/"state":"gone".*"what":"process \d+ has ended, and another one has its id"/, 'another process has its id for real';
        }
    };
}

# Four workers live sessions, and are killed, while sweeps are, too: each session that was begun ends as its worker has
# written it, or Failed with one line in its log when that was killed, and not before.
subtest 'sweeps and workers under kill' => sub {
    my $db = new_database();
    my $kills = quick_or_long(30, 600);
    my (%of, %killed, %finished);    # sessions by their worker, and what became of these
    my $start = sub {
        my $pid = open2(my $from, my $to, build_file('worker'), '-d', $db, qw(--seconds 1 --sessions 0));
        $alive{$pid} = 1;
        $from->blocking(0);
        return { pid => $pid, from => $from, text => '' };
    };
    my $listen = sub ($worker) {
        while (sysread $worker->{from}, my $text, 4096) { $worker->{text} .= $text }
        $of{$1} = $worker->{pid} while $worker->{text} =~ /^session (\d+) has started$/mg;
        $finished{$1} = $2 while $worker->{text} =~ /^session (\d+) has finished: (\w+)$/mg;
    };
    my @workers = map { $start->() } 1 .. 4;
    for my $kill (1 .. $kills) {
        my $sweep = fork // die "fork: $!";
        if (!$sweep) {
            open STDERR, '>', '/dev/null';
            open STDOUT, '>', '/dev/null';
            exec build_file('jobsessions'), '-d', $db, 'sweep';
        }
        sleep rand 0.2;
        my $victim = int rand @workers;
        murder($workers[$victim]{pid});
        $listen->($workers[$victim]);
        $killed{ $workers[$victim]{pid} } = 1;
        kill KILL => $sweep if rand() < 0.7;
        waitpid $sweep, 0;
        $workers[$victim] = $start->();
        $listen->($_) for @workers;
    }
    my ($last) = sweep($db);
    my @faults;
    my %sessions = map { $_->{id} => $_ } @{ decode_json(jobsessions($db, 'export')->{out})->{results} };
    $listen->($_) for @workers;
    for my $id (sort { $a <=> $b } keys %sessions) {
        my $status = $sessions{$id}{status};
        my @lines = grep { $_->{message} =~ /^Swept as Failed: process \d+ has ended/ } logged($db, $id);
        my $worker = $of{$id};
        push @faults, "session $id is $status, and its worker wrote $finished{$id}" if $finished{$id} && $status ne $finished{$id};
        push @faults, "session $id is $status with " . @lines . ' lines' if @lines != ($status eq 'Failed');
        push @faults, "session $id is Failed and its worker lives" if $status eq 'Failed' && $worker && !$killed{$worker};
        push @faults, "session $id is $status and its worker was killed" if $status eq 'Running' && $worker && $killed{$worker};
    }
    my $failed = grep { $_->{status} eq 'Failed' } values %sessions;
    is_deeply \@faults, [], "$kills kills, " . keys(%sessions) . " sessions, $failed of them swept";
    cmp_ok $failed, '>', $kills / 2, 'most of them';
    is jobsessions($db, 'verify')->{exit}, 0, 'the database is sound';
    murder($_->{pid}) for @workers;
};

subtest 'many at once, beside workers' => sub {
    my $count = quick_or_long(20_000, 200_000);
    my $db = new_database();
    my $script = start_process();
    put($db, $running x $count, '--worker', $script);
    murder($script);
    my @workers = map { start_worker($db) } 1 .. 4;
    my $sweep = jobsessions($db, 'sweep');
    is $sweep->{exit}, 0, 'sweep' or diag $sweep->{err};
    like $sweep->{err}, qr/^jobsessions: $count sessions swept as Failed; left: 4 whose worker lives/, "$count sessions are swept";
    is scalar(() = $sweep->{out} =~ /^\d+ +swept /mg), $count, 'each is told of once';
    is status($db, $_->{id}), 'Running', 'a worker goes on' for @workers;
    murder($_->{pid}) for @workers;
    is jobsessions($db, 'verify')->{exit}, 0, 'and all is sound';
};

subtest 'mistakes' => sub {
    my $db = new_database();
    put($db, $running);
    for ([ [ '--status', 'Running' ], qr/^jobsessions: --status Running: name one with which a session is finished/ ],
        [ [ '--status', 'Nonsense' ], qr/^jobsessions: --status Nonsense: name one/ ],
        [ [ '--quiet-for', 'long' ], qr/^jobsessions: --quiet-for long: write an age/ ]) {
        my ($arguments, $message) = @$_;
        my $run = jobsessions($db, 'sweep', @$arguments);
        is $run->{exit}, 2, "sweep @$arguments";
        like $run->{err}, $message, 'what is wrong with it';
    }
    is jobsessions("$scratch/none", 'sweep')->{exit}, 3, 'no database';
    ok !-e "$scratch/none", 'and none is made';
    like jobsessions($db, 'sweep', '--help')->{out}, qr/^usage: jobsessions -d DIR sweep .*^example: .*^exit status: /ms, 'its help';
    like jobsessions($db, 'heartbeat', '--help')->{out}, qr/^usage: jobsessions -d DIR heartbeat .*^example: .*^exit status: /ms, 'and that of heartbeat';
};

done_testing;
