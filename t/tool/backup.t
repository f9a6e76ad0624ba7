#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# jobsessions backup, restore and compact: everything goes and everything comes back, while workers write.

use v5.36;
use Test::More;
use File::Glob qw(bsd_glob);
use File::Temp qw(tempdir);
use IPC::Open3 qw(open3);
use Time::HiRes qw(time);
use JobSessions::Sessions qw(item_lists);
use JobSessions::Test qw(build_file decode_json jobsessions quick_or_long run_command slurp spew wait_until);
use JobSessions::Workers;

my $scratch = tempdir(CLEANUP => 1);
my $tool = build_file('jobsessions');

sub fresh ($name) {
    my $db = "$scratch/$name";
    jobsessions($db, 'put', { stdin => join '', map { qq({"n":$_,"status":"Success"}\n) } 1 .. 40 });
    jobsessions($db, 'log', 7, '--add', { stdin => qq({"message":"one"}\n{"message":"two"}\n) });
    jobsessions($db, 'items', 8, $_, '--add', { stdin => qq({"name":"$_"}\n) })
        for item_lists();
    jobsessions($db, 'rm', 39, 40);
    return $db;
}

sub everything ($db) {
    return {
        sessions => jobsessions($db, 'export')->{out},
        log      => jobsessions($db, 'log', 7)->{out},
        map { $_ => jobsessions($db, 'items', 8, $_)->{out} } item_lists()
    };
}

sub mode ($path) { return sprintf '%o', (stat $path)[2] & 07777 }

sub nothing_left_over () { return is_deeply [ bsd_glob("$scratch/*.new-*") ], [], 'nothing is left beside it' }

subtest 'everything goes and comes back' => sub {
    my $db = fresh('all');
    my $before = everything($db);
    like $before->{$_}, qr/name|message/, "there are $_" for grep { $_ ne 'sessions' } sort keys %$before;
    my $backup = jobsessions($db, 'backup', "$scratch/backup");
    is_deeply [ @$backup{qw(exit out err)} ], [ 0, '', '' ], 'a backup';
    is_deeply [ map { mode("$scratch/backup$_") } '', '/data.mdb' ], [ 700, 600 ], 'for nobody but its owner';
    is_deeply [ bsd_glob("$scratch/backup/*") ], ["$scratch/backup/data.mdb"], 'one file';
    cmp_ok -s "$scratch/backup/data.mdb", '<', -s "$db/data.mdb", 'without free pages';
    chmod 0500, "$scratch/backup" or die $!;

    jobsessions($db, 'put', { stdin => qq({"status":"Success","n":41}\n{"status":"Success","id":"7","n":0}\n) });
    jobsessions($db, 'rm', 8);
    chmod 02750, $db or die $!;
    chmod 0640, "$db/data.mdb" or die $!;
    chmod 0660, "$db/lock.mdb" or die $!;    # who reads writes to that
    my $restore = jobsessions($db, 'restore', "$scratch/backup");
    is $restore->{exit}, 0, 'a restore' or diag $restore->{err};
    is_deeply [ bsd_glob("$scratch/backup/*") ], ["$scratch/backup/data.mdb"], 'which leaves the backup alone';
    my ($kept) = $restore->{err} =~ m{what was in place is (\S+); remove it};
    like $kept, qr/^\Q$db\E\.before-restore-\d{8}T\d{6}Z$/, 'says where the old one is';
    is_deeply everything($db), $before, 'sessions, log and items are as they were';
    is decode_json(jobsessions($kept, 'export')->{out})->{totalCount}, 38, 'and the old ones are kept';
    is_deeply [ map { mode("$db$_") } '', qw(/data.mdb /lock.mdb) ], [ 2750, 640, 660 ], 'the modes are those of the old ones';
    my $removed = jobsessions($db, 'put', { stdin => qq({"status":"Success","id":"40","n":1}\n) });
    is $removed->{exit}, 1, 'a removed id does not come back';
    is jobsessions($db, 'put', { stdin => qq({"status":"Success","n":1}\n) })->{out}, "41\n", 'and is not given out again';
    is jobsessions($db, 'verify')->{exit}, 0, 'sound';
    nothing_left_over();
};

subtest 'a pipe, a file, a new directory' => sub {
    my $db = fresh('pipe');
    qx($tool -d $db backup --stdout | $tool -d $scratch/piped restore -);
    is $?, 0, 'through a pipe';
    is_deeply everything("$scratch/piped"), everything($db), 'everything';
    is_deeply [ map { mode("$scratch/piped$_") } '', '/data.mdb' ], [ 2770, 660 ], 'for its group as well';
    qx($tool -d $db backup --stdout >$scratch/file);
    is jobsessions("$scratch/filed", 'restore', "$scratch/file")->{exit}, 0, 'from a file';
    is_deeply everything("$scratch/filed"), everything($db), 'everything';
    is_deeply [ bsd_glob(($ENV{TMPDIR} // '/tmp') . '/jobsessions-backup.new-*') ], [], 'by way of a directory that is gone';
    is run_command([ 'sh', '-c', 'exec "$0" -d "$1" backup --stdout >/dev/full', $tool, $db ])->{exit}, 3, 'no room';
    nothing_left_over();
};

subtest 'what is refused changes nothing' => sub {
    my $db = fresh('refused');
    my $before = everything($db);
    mkdir "$scratch/there" or die $!;
    my @wrong = (
        [ 2, qr/there: it is there already; name a new directory/,   backup => "$scratch/there" ],
        [ 3, qr/make a directory beside it: No such file or/,        backup => "$scratch/no/where" ],
        [ 2, qr/name a directory, or say --stdout/,                  'backup' ],
        [ 2, qr/name a directory, or say --stdout/,                  'backup', '--stdout', "$scratch/x" ],
        [ 2, qr/--stdout does not go with restore/,                  'restore', '--stdout', "$scratch/x" ],
        [ 2, qr/name a backup/,                                      'restore' ],
        [ 3, qr{/x: open the backup: No such file},                  restore => "$scratch/x" ],
        [ 3, qr/not an LMDB file.*\n.*not restored; .* is as it was/, restore => '/etc/passwd' ],
        [ 3, qr/no database.*\n.*not restored; .* is as it was/,     restore => "$scratch/there" ],
        [ 3, qr/no content.*\n.*not restored; .* is as it was/,      restore => '-' ],
    );
    for my $case (@wrong) {
        my ($exit, $says, @arguments) = @$case;
        my $run = jobsessions($db, @arguments);
        is $run->{exit}, $exit, "@arguments";
        like $run->{err}, $says, 'and says why';
    }
    is jobsessions("$scratch/no-database", 'compact')->{exit}, 3, 'no database to compact';
    ok !-e "$scratch/no-database", 'and none is made';

    # a record that says something else than the index
    my $bytes = slurp("$db/data.mdb");
    $bytes =~ s/"n":11\}/"n":1\}\}/g;
    spew("$scratch/damaged", $bytes);
    my $damaged = jobsessions($db, 'restore', "$scratch/damaged");
    is $damaged->{exit}, 1, 'a damaged backup';
    like $damaged->{err}, qr/session 11.*\n.*damaged: not restored/, 'is not restored';
    is_deeply everything($db), $before, 'everything is as it was';

    mkdir "$scratch/of-damaged" or die $!;
    rename "$scratch/damaged", "$scratch/of-damaged/data.mdb" or die $!;
    for my $to ([ "$scratch/of-it" ], ['--stdout']) {
        my $backup = jobsessions("$scratch/of-damaged", 'backup', @$to);
        is_deeply [ @$backup{qw(exit out)} ], [ 1, '' ], "a damaged database: backup @$to";
        like $backup->{err}, qr/session 11.*\n.*of-damaged: a backup would have these faults/, 'and says so';
    }
    ok !-e "$scratch/of-it", 'none is made';
    nothing_left_over();
};

subtest 'what one that was killed has left is told' => sub {
    my $db = fresh('killed');
    mkdir "$db.new-Ab1_x9" or die $!;
    my $compact = jobsessions($db, 'compact');
    is $compact->{exit}, 0, 'compacted';
    like $compact->{err}, qr/^jobsessions: note: \Q$db\E\.new-Ab1_x9: somebody makes it at the moment, or was killed; it may hold what was in place before$/m, 'and told';
    ok -d "$db.new-Ab1_x9", 'it stays: it may be the old database';
    rmdir "$db.new-Ab1_x9" or die $!;
};

subtest 'a database that cannot be opened is replaced' => sub {
    my $db = fresh('broken');
    my $before = everything($db);
    jobsessions($db, 'backup', "$scratch/of-broken");
    truncate "$db/data.mdb", 100 or die $!;
    my $restore = jobsessions($db, 'restore', "$scratch/of-broken");
    is $restore->{exit}, 0, 'restored';
    like $restore->{err}, qr/replaced all the same/, 'and said';
    is_deeply everything($db), $before, 'everything is back';
};

subtest 'compact' => sub {
    my $db = fresh('compact');
    my $before = everything($db);
    jobsessions($db, 'put', { stdin => join '', map { qq({"status":"Success","text":") . 'x' x 4000 . qq("}\n) } 1 .. 200 });
    jobsessions($db, 'rm', '--force', 41 .. 240);
    my $large = -s "$db/data.mdb";
    my $compact = jobsessions($db, 'compact');
    is $compact->{exit}, 0, 'compacted';
    my $small = -s "$db/data.mdb";
    like $compact->{err}, qr/: $large bytes before, $small now$/m, 'and said by how much';
    cmp_ok $small, '<', $large / 4, 'it is smaller';
    is_deeply everything($db), $before, 'everything is there';
    is jobsessions($db, 'put', { stdin => qq({"status":"Success","n":1}\n) })->{out}, "241\n", 'and goes on';
    is_deeply [ bsd_glob("$db.*") ], [], 'nothing is beside it';
};

subtest 'a pipe that stalls keeps nobody waiting' => sub {
    my $db = fresh('stalled');
    my $file = qx($tool -d $db backup --stdout);
    my $pid = open3(my $to, my $from, '>&STDERR', "exec $tool -d $db restore - 2>$scratch/stalled-err");
    binmode $to;
    $to->autoflush(1);
    print {$to} substr $file, 0, 20_000;
    ok +(wait_until { grep { -s "$_/data.mdb" } bsd_glob("$db.new-*") }), 'half of a backup has come';
    local $SIG{ALRM} = sub { kill 'KILL', $pid; die "put waits for the restore\n" };
    alarm 30;
    is jobsessions($db, 'put', { stdin => qq({"status":"Success","n":1}\n) })->{out}, "41\n", 'a worker writes meanwhile';
    alarm 0;
    print {$to} substr $file, 20_000;
    close $to;
    waitpid $pid, 0;
    is $? >> 8, 0, 'and the restore ends when the rest has come' or diag slurp("$scratch/stalled-err");
    is jobsessions($db, 'put', { stdin => qq({"status":"Success","n":1}\n) })->{out}, "41\n", 'with what the backup has';
};

# What a worker was told is stored is in the database or in one that a restore put aside; nothing else may be lost
# when backups are made, restored and compacted under it.
subtest 'four workers write on' => sub {
    my $db = fresh('busy');
    jobsessions($db, 'backup', "$scratch/of-busy");
    my $until = time + quick_or_long(4, 60);
    my $workers = JobSessions::Workers->new($db, $until);
    my ($rounds, @failed) = (0);
    while (time < $until) {
        for my $do ([ backup => "$scratch/hot$rounds" ], ['compact'], [ restore => $rounds % 2 ? "$scratch/of-busy" : "$scratch/hot$rounds" ]) {
            my $run = jobsessions($db, @$do);
            push @failed, "@$do: $run->{err}" if $run->{exit} != 0;
        }
        push @failed, "hot$rounds is not sound" if jobsessions("$scratch/hot$rounds", 'verify')->{exit} != 0;
        $rounds++;
    }
    my @databases = ($db, bsd_glob("$db.before-restore-*"));
    my ($told, $lost) = $workers->told_and_lost(@databases);
    is_deeply \@failed, [], "$rounds rounds of backup, compact and restore";
    is jobsessions($_, 'verify')->{exit}, 0, 'sound' for @databases;
    cmp_ok $told, '>', 20, "$told sessions were acknowledged";
    is_deeply $lost, [], 'none of them is lost';
};

done_testing;
