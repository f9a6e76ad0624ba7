#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# jobsessions dump and load: everything goes out as text, and comes back equal, record for record.

use v5.36;
use utf8;
use Test::More;
use Encode qw(encode_utf8);
use File::Glob qw(bsd_glob);
use File::Temp qw(tempdir);
use IPC::Open3 qw(open3);
use Time::HiRes qw(time);
use JobSessions::Sessions qw(item_lists);
use JobSessions::Test qw(build_file decode_json jobsessions quick_or_long run_command slurp spew wait_until);
use JobSessions::Workers;

my $scratch = tempdir(CLEANUP => 1);
my $tool = build_file('jobsessions');
my @lists = item_lists();
my $items = 300 + 2 * @lists + 1;    # of fresh(), log lines included

sub must ($db, @arguments) {
    my $run = jobsessions($db, @arguments);
    die "@arguments[grep { !ref $arguments[$_] } 0 .. $#arguments]: $run->{err}" if $run->{exit} != 0;
    return $run;
}

# A database with something of everything.
sub fresh ($name) {
    my $db = "$scratch/$name";
    must($db, 'import', { stdin => slurp('t/data/sessions-example.ndjson') });
    my @sessions = (
        # members in an order of their own
        '{"id":"10","zz":1,"aa":{"b":null,"a":[]},"damaged":false,"deleted":0,"_links":{"self":"x"}}',
        '{"id":"11","type":"Größe \"7\" \\\\ / \u0007\u007f\u2028😀","localizedType":"\ud83d\ude00","status":"Unknown","nul":"a\u0000b"}',
        '{"id":"12","numbers":[9223372036854775807,-9223372036854775808,1e300,-0.0,1e-07,0.1,123456789012345.68,5e-324,1.7976931348623157e308]}',
        # a clock that was set back, and days
        '{"id":"13","executionStartTime":"2024-05-01T10:00:00.1234567Z","executionStopTime":"2024-05-01T09:00:00Z","status":"Success"}',
        '{"id":"14","executionStartTime":"0001-01-01T00:00:01Z","executionStopTime":"9999-12-31T23:59:59.9999999Z","status":"Failed","executionDuration":"1.02:03:04.5"}',
        '{"id":"15","backupJobInfo":{"policyId":"4E096BA7-8125-4d5d-804b-581f4e6c8440","policyName":"a\"\n*","protectedInstancesCount":0,"policyRemoved":false,"more":{"x":1}}}',
        '{"id":"16","executionStopTime":"1970-01-01T00:00:00Z","status":"Success"}',
        '{"id":"4095"}', '{"id":"4096"}', '{"id":"9223372036854775806"}',
        '{"id":"17","deep":' . '[' x 400 . ']' x 400 . '}',
        '{"id":"18","text":"' . 'x' x 1_000_000 . '"}',
        '{"id":"19","type":"OnlyOnce"}',
        '{"id":"20","status":"Success"}', '{"id":"21","status":"Success"}', '{"id":"0"}',
    );
    must($db, 'put', { stdin => encode_utf8(join '', map { s/^(?!.*"status")\{"id":"\d+"\K/,"status":"Warning"/r . "\n" } @sessions) });
    must($db, 'log', 6, '--add', { stdin => join '', map { qq({"message":"$_","logTime":"2020-02-07T08:44:00Z","x":$_}\n) } 1 .. 300 });
    must($db, 'items', 10, $_, '--add', { stdin => qq({"name":"$_","size":1e3}\n{"name":"2"}\n) }) for @lists;
    must($db, 'items', '9223372036854775806', 'restoredItems', '--add', { stdin => qq({"name":"of the last"}\n) });
    must($db, 'rm', '--force', 19, 20, 21, '9223372036854775806');
    must($db, 'items', 4096, 'restoredItems', '--add', { stdin => qq({"name":"of the last"}\n) });
    must($db, 'put', { stdin => qq({"id":"10","status":"Running"}\n) });    # usns do not rise with ids
    return $db;
}

sub dump_of ($db) { return must($db, 'dump')->{out} }

# Without what differs: the identity, and with it the checksum.
sub plain ($dump) { return $dump =~ s/(?<="database":")\w{32}//r =~ s/(?<="crc32c":")\w{8}(?="\}\n\z)//r }

sub identity ($db) { return (dump_of($db) =~ /"database":"(\w{32})"/)[0] }

# What LMDB has, without our library: key and value of every table but the counters and the identity.
sub tables ($db) {
    return {
        map {
            my $dump = run_command([ qw(mdb_dump -s), $_, $db ])->{out};
            $_ => $dump =~ s/.*^HEADER=END$//msr
        } qw(sessions changes index starts types items removed uuids names)
    };
}

my @table = map { my $crc = $_; $crc = $crc & 1 ? $crc >> 1 ^ 0x82f63b78 : $crc >> 1 for 1 .. 8; $crc } 0 .. 255;

sub crc32c ($bytes) {
    my $crc = 0xffffffff;
    $crc = $crc >> 8 ^ $table[ ($crc ^ $_) & 0xff ] for unpack 'C*', $bytes;
    return sprintf '%08x', $crc ^ 0xffffffff;
}

# A dump that was changed by somebody who knows how to make its end fit.
sub sealed ($dump) { return $dump =~ s/^(\{"end":.*"crc32c":")\w+/$1 . crc32c(substr $dump, 0, $-[0])/emr }

sub nothing_left_over () { return is_deeply [ bsd_glob("$scratch/*.new-*") ], [], 'nothing is left beside it' }

my $all = fresh('all');
my $dump = dump_of($all);

subtest 'everything goes and comes back' => sub {
    is jobsessions($all, 'verify')->{exit}, 0, 'a sound database';
    my $load = jobsessions("$scratch/back", 'load', { stdin => $dump });
    is $load->{exit}, 0, 'is loaded' or diag $load->{err};
    is $load->{out}, '', 'in silence';
    my ($identity) = identity($all);
    like $load->{err}, qr/^jobsessions: note: 15 sessions, $items log lines and items and 4 removals came from standard input, a dump of the database $identity; /, 'but for where it came from';
    is plain(dump_of("$scratch/back")), plain($dump), 'the dump of it is the same';
    isnt identity("$scratch/back"), $identity, 'but for its identity';
    my ($before, $after) = (tables($all), tables("$scratch/back"));
    is $after->{$_}, $before->{$_}, "every byte of $_" for sort keys %$before;
    is jobsessions("$scratch/back", 'export')->{out}, jobsessions($all, 'export')->{out}, 'the export is the same';
    is jobsessions("$scratch/back", 'verify')->{exit}, 0, 'sound';
    is_deeply [ map { sprintf '%o', (stat "$scratch/back$_")[2] & 07777 } '', qw(/data.mdb /lock.mdb) ], [qw(2770 660 660)], 'the modes of a new one';
    nothing_left_over();
};

subtest 'it goes on where the other one stood' => sub {
    for my $db ($all, "$scratch/back") {
        my $put = jobsessions($db, 'put', { stdin => qq({"status":"Success","id":"20","n":1}\n{"status":"Success","id":"5","n":1}\n) });
        is $put->{exit}, 1, 'a removed session does not come back';
        is $put->{out}, "5\n", 'another one is made';
        like jobsessions($db, 'get', 5)->{out}, qr/"usn":66,/, 'under the next usn';
    }
    my $db = "$scratch/gone";
    must($db, 'put', { stdin => qq({"status":"Success"}\n{"status":"Success"}\n{"status":"Success"}\n) });
    must($db, 'rm', '--force', 2, 3);
    qx($tool -d $db dump | $tool -d $scratch/gone-back load 2>/dev/null);
    is $?, 0, 'through a pipe';
    is must("$scratch/gone-back", 'put', { stdin => qq({"status":"Success"}\n) })->{out}, "4\n", 'a removed id is not given out again';
    like must("$scratch/gone-back", 'dump')->{out}, qr/^\{"removed":"2","usn":4,"time":"[^"]+"\}\n\{"removed":"3","usn":5,"time":"[^"]+"\}\n/m, 'and followers are told';
};

subtest 'what it looks like' => sub {
    my @lines = split /^/, $dump;
    my @objects = map { decode_json($_) } @lines;
    my ($header, $end) = @objects[ 0, -1 ];
    is $header->{jobsessionsDump}, 1, 'a header';
    is $header->{lastId}, '9223372036854775806', 'with the last id';
    is $end->{end}, @lines - 1, 'an end that counts the lines';
    is $end->{crc32c}, crc32c(join '', @lines[ 0 .. $#lines - 1 ]), 'and has their checksum';
    my %count;
    $count{ (/^\{"(\w+)"/)[0] }++ for @lines;
    is_deeply \%count, { jobsessionsDump => 1, type => 5, session => 15, item => $items, removed => 4, end => 1 }, 'a line each';
    is_deeply { %$end{qw(types sessions items removed)} }, { types => 5, sessions => 15, items => $items, removed => 4 }, 'as the end says';
    is_deeply { %$header{qw(types sessions items removed)} }, { %$end{qw(types sessions items removed)} }, 'and the header';
    my @ids = map { $_->{session} ? $_->{session}{id} : () } @objects;
    is_deeply \@ids, [ 0, 3, 4, 6, 10 .. 18, 4095, 4096 ], 'in the order of ids';
};

subtest 'the example of FORMAT.md' => sub {
    my ($example) = slurp('mod_jobsessions/store/FORMAT.md') =~ /^```ndjson\n(.*?)^```$/ms;
    my $load = jobsessions("$scratch/example", 'load', { stdin => $example });
    is $load->{exit}, 0, 'is one' or diag $load->{err};
    is plain(dump_of("$scratch/example")), plain($example), 'as it is printed';
};

subtest 'an empty one' => sub {
    my $db = "$scratch/nothing";
    must($db, 'put', { stdin => '' });
    is jobsessions("$scratch/nothing-back", 'load', { stdin => dump_of($db) })->{exit}, 0, 'is loaded';
    is plain(dump_of("$scratch/nothing-back")), plain(dump_of($db)), 'and is the same';
    is must("$scratch/nothing-back", 'put', { stdin => qq({"status":"Success"}\n) })->{out}, "1\n", 'and begins at the beginning';
};

subtest 'what was changed is refused' => sub {
    my @lines = split /^/, $dump;
    my $to = sub ($line, $from, $by) { join '', map { $_ == $line ? $lines[$_] =~ s/$from/$by/r : $lines[$_] } 0 .. $#lines };
    my @wrong = (
        [ 'nothing',              '',                                       qr/^jobsessions: load: line 0: the dump is cut off/ ],
        [ 'garbage',              "\x7fELF\0\1\n\n",                        qr/load: line 1: this is no dump: .* name what `jobsessions dump` has printed/ ],
        [ 'an export',            jobsessions($all, 'export')->{out},       qr/load: line 1: this is no dump/ ],
        [ 'a database',           slurp("$all/data.mdb"),                   qr/load: line \d+: this is no dump/ ],
        [ 'no header',            join('', @lines[ 1 .. $#lines ]),         qr/load: line 1: this is no dump/ ],
        [ 'a header alone',       $lines[0],                                qr/load: line 1: the dump is cut off: its end is missing/ ],
        [ 'no end',               join('', @lines[ 0 .. $#lines - 1 ]),     qr/load: line $#lines: the dump is cut off: its end is missing/ ],
        [ 'cut in a line',        substr($dump, 0, 5000),                   qr/load: line \d+: .*the dump was changed, or is damaged: make another one, or take another copy/ ],
        [ 'cut in the end',       substr($dump, 0, -5),                     qr/load: line @{[ scalar @lines ]}: / ],
        [ 'another end',          "$dump$lines[-1]",                        qr/load: line @{[ @lines + 1 ]}: the dump has ended before/ ],
        [ 'two dumps',            "$dump$dump",                             qr/load: line @{[ @lines + 1 ]}: the dump has ended before/ ],
        [ 'something behind it',  "$dump\n",                                qr/load: line @{[ @lines + 1 ]}: the dump has ended before/ ],
        [ 'a later version',      $to->(0, 'Dump":1', 'Dump":2'),           qr/load: line 1: the dump is of version 2, this program reads version 1; load it with a later version/ ],
        [ 'another format',       sealed($to->(0, 'format":2', 'format":3')), qr/load: line 1: the dump is of a database of format 3, this program knows those up to 2/ ],
        [ 'another letter',       $to->(20, '"message":"', '"message":"1'), qr/load: line @{[ scalar @lines ]}: the lines before it have the CRC-32C \w{8}, it says \w{8}; the dump was changed/ ],
        [ 'another header',       $to->(0, '"lastId":"9', '"lastId":"0'),   qr/load: line 1: a member is not what it should be/ ],
        [ 'a line less',          join('', @lines[ 0 .. 19, 21 .. $#lines ]), qr/load: line @{[ @lines - 1 ]}: there are not as many lines before it/ ],
        [ 'a line twice',         sealed(join '', @lines[ 0 .. 5, 5 .. $#lines ]), qr/load: line \d+: / ],
        [ 'ids that were not given', sealed($to->(0, '"lastId":"\d+"', '"lastId":"5"')), qr/load: line @{[ scalar @lines ]}: there are ids or usns above the last ones/ ],
        [ 'a usn twice',          sealed($to->(8, '"usn":\d+', '"usn":44')), qr{/refused\.new-\w+: session 4: its usn 44 is not among the changes} ],
        [ 'a line without an end', '{"jobsessionsDump":1,' . 'x' x 9_000_000, qr/load: line 1: longer than 8388608 bytes/ ],
        [ 'a new line in a line', $to->(6, ',', ",\n"),                     qr/load: line 7: / ],
        [ 'lines of another system', $dump =~ s/\n/\r\n/gr,                 qr/load: line 1: it does not end where its object does/ ],
    );
    for my $case (@wrong) {
        my ($what, $input, $says) = @$case;
        my $run = jobsessions("$scratch/refused", 'load', { stdin => $input });
        is $run->{exit}, 1, $what;
        like $run->{err}, $says, 'and says why';
        like $run->{err}, qr/^jobsessions: standard input: not loaded; \S+ is as it was$/m, 'and what became of it';
        ok !-e "$scratch/refused", 'nothing is made';
    }
    my @bytes = map { int rand length $dump } 1 .. quick_or_long(20, 1000);
    my @taken = grep {
        my $other = $dump;
        substr($other, $_, 1) ^.= "\1";
        jobsessions("$scratch/refused", 'load', { stdin => $other })->{exit} == 0;
    } @bytes;
    is_deeply \@taken, [], @bytes . ' dumps with a changed bit are refused';
    nothing_left_over();
};

subtest 'only where there is no database' => sub {
    my $before = tables($all);
    my $there = jobsessions($all, 'load', { stdin => $dump });
    is $there->{exit}, 2, 'a database that is there';
    like $there->{err}, qr/\Q$all\E: there is a database already; name a new directory/, 'is named';
    is_deeply tables($all), $before, 'and is as it was';

    must("$scratch/other", 'put', { stdin => '' });
    is jobsessions("$scratch/other", 'load', { stdin => $dump })->{exit}, 2, 'an empty one that is set up';

    mkdir "$scratch/broken" or die $!;
    spew("$scratch/broken/data.mdb", 'x' x 20_000);
    is jobsessions("$scratch/broken", 'load', { stdin => $dump })->{exit}, 3, 'what may be one';
    is slurp("$scratch/broken/data.mdb"), 'x' x 20_000, 'is as it was';

    mkdir "$scratch/empty" or die $!;
    chmod 02750, "$scratch/empty" or die $!;
    symlink 'empty', "$scratch/link" or die $!;
    spew("$scratch/file", $dump);
    my $load = jobsessions("$scratch/link", 'load', "$scratch/file");
    is $load->{exit}, 0, 'an empty directory, by a link, from a file' or diag $load->{err};
    like $load->{err}, qr{ came from \Q$scratch\E/file, a dump}, 'which is named';
    is_deeply [ map { sprintf '%o', (stat "$scratch/empty$_")[2] & 07777 } '', '/data.mdb' ], [qw(2750 660)], 'keeps its mode';
    is plain(dump_of("$scratch/empty")), plain($dump), 'and has everything';
    is_deeply [ bsd_glob("$scratch/empty.*") ], [], 'nothing is beside it';

    mkdir "$scratch/full" or die $!;
    spew("$scratch/full/notes", "mine\n");
    like jobsessions("$scratch/full", 'load', '-', { stdin => $dump })->{err}, qr/what was in place is \Q$scratch\E\/full\.before-load-\w+; remove it/, 'a directory with something else';
    is slurp($_), "mine\n", 'that is kept' for bsd_glob("$scratch/full.before-load-*/notes");

    is jobsessions("$scratch/no/where", 'load', { stdin => $dump })->{exit}, 3, 'no directory to make it in';
    my $missing = jobsessions("$scratch/refused", 'load', "$scratch/missing");
    is $missing->{exit}, 3, 'no such dump';
    like $missing->{err}, qr{/missing: open the dump: No such file}, 'which is said';
    like jobsessions("$scratch/refused", 'load', $scratch)->{err}, qr/reading \Q$scratch\E: Is a directory/, 'a dump that cannot be read';
    my $full = jobsessions("$scratch/refused", '--map-size', '128K', 'load', { stdin => $dump });
    is $full->{exit}, 3, 'a map that is too small';
    like $full->{err}, qr/load: line \d+: .* open it with a larger map/, 'which is said';
    ok !-e "$scratch/refused", 'nothing is made';
    nothing_left_over();
};

subtest 'a database that comes meanwhile' => sub {
    my $db = "$scratch/meanwhile";
    my $pid = open3(my $to, my $from, '>&STDERR', "exec $tool -d $db load 2>$scratch/meanwhile-err");
    $to->autoflush(1);
    print {$to} substr $dump, 0, 5000;
    ok +(wait_until { bsd_glob("$db.new-*/data.mdb") }), 'a load is under way';
    is must($db, 'put', { stdin => qq({"status":"Success","mine":1}\n) })->{out}, "1\n", 'a worker begins';
    print {$to} substr $dump, 5000;
    close $to;
    waitpid $pid, 0;
    is $? >> 8, 2, 'the load gives way';
    like slurp("$scratch/meanwhile-err"), qr/there is a database already/, 'and says so';
    like must($db, 'get', 1)->{out}, qr/"mine":1/, 'what the worker wrote is there';
    nothing_left_over();
};

subtest 'killed' => sub {
    my $db = "$scratch/killed";
    my $pid = open3(my $to, my $from, '>&STDERR', "exec $tool -d $db load");
    $to->autoflush(1);
    print {$to} substr $dump, 0, length($dump) - 10;
    ok +(wait_until { bsd_glob("$db.new-*/data.mdb") }), 'a load is under way';
    kill KILL => $pid;
    waitpid $pid, 0;
    ok !-e $db, 'there is no database';
    is jobsessions($db, 'load', { stdin => $dump })->{exit}, 0, 'and another load makes it';
    is plain(dump_of($db)), plain($dump), 'with everything';
    system 'rm', '-rf', bsd_glob("$db.new-*");
};

subtest 'what is damaged is left out, and said' => sub {
    my $db = fresh('damaged');
    my $bytes = slurp("$db/data.mdb");
    $bytes =~ s/"x":250\}/"x":205\}/g or die;        # an item of session 6's log
    $bytes =~ s/"zz":1,/"zz":2,/g or die;            # session 10, which has 8 items
    my ($usn) = $dump =~ /^\{"removed":"21","usn":(\d+),"time":"[^"]+"\}$/m;
    my ($removal, $other) = map { pack 'Q> Q>', 21, $_ } $usn, $usn ^ 1 << 40;
    $bytes =~ s/\Q$removal/$other/g or die;          # which nothing seals
    spew("$db/data.mdb", $bytes);
    my $damaged = jobsessions($db, 'dump');
    is $damaged->{exit}, 3, 'exit status 3';
    like $damaged->{err}, qr/^jobsessions: \Q$db\E: session 6: item 250 of kind 0: its checksum does not match; it is left out$/m, 'an item';
    like $damaged->{err}, qr/^jobsessions: \Q$db\E: session 10 is damaged: .*; it is left out, with its log and items$/m, 'a session';
    like $damaged->{err}, qr/^jobsessions: \Q$db\E: removed: one is damaged; it is left out$/m, 'what is left of a removed session';
    my $end = decode_json(($damaged->{out} =~ /^(.*)\n\z/m)[0]);
    is_deeply { %$end{qw(sessions items removed damaged)} }, { sessions => 14, items => 300, removed => 3, damaged => 4 }, 'the end has it';
    my $load = jobsessions("$scratch/damaged-back", 'load', { stdin => $damaged->{out} });
    is $load->{exit}, 0, 'what is left is loaded' or diag $load->{err};
    like $load->{err}, qr/that database was damaged \(4 faults\), and what could not be read is not in the dump/, 'and it is said';
    my $log = jobsessions("$scratch/damaged-back", 'log', 6)->{out};
    is scalar(split /^/, $log), 299, 'the log is whole again';
    is jobsessions("$scratch/damaged-back", 'get', 10)->{exit}, 1, 'the session is not there';
    is jobsessions("$scratch/damaged-back", 'verify')->{exit}, 0, 'sound';
    is run_command([ 'sh', '-c', 'exec "$0" -d "$1" dump >/dev/full', $tool, $all ])->{exit}, 3, 'no room';
};

subtest 'one snapshot while workers write' => sub {
    my $db = "$scratch/busy";
    must($db, 'put', { stdin => join '', map { qq({"status":"Success","n":$_,"twin":$_}\n) } 1 .. 2000 });
    my $until = time + quick_or_long(3, 30);
    my $workers = JobSessions::Workers->new($db, $until);
    my ($rounds, @failed) = (0);
    while (time < $until) {
        my $round = $rounds++;
        my $run = run_command([ 'bash', '-c', 'set -o pipefail; "$0" -d "$1" dump | tee "$1.dump" | "$0" -d "$1.$2" load', $tool, $db, $round ]);
        push @failed, "$round: $run->{err}" if $run->{exit} != 0;
        push @failed, "$round: another one" if plain(slurp("$db.dump")) ne plain(dump_of("$db.$round"));
    }
    my ($told) = $workers->told_and_lost($db);
    is_deeply \@failed, [], "$rounds dumps, each loaded and the same";
    cmp_ok $told, '>', 20, "$told sessions were written meanwhile";
};

subtest 'memory does not grow with the database' => sub {
    plan skip_all => 'sanitizers take memory of their own' if $ENV{JOBSESSIONS_SANITIZER};
    my ($db, $count) = ("$scratch/large", quick_or_long(25_000, 1_000_000));
    open my $input, '|-', "$tool -d $db import 2>/dev/null" or die $!;
    printf {$input} qq({"status":"Success","id":"%d","usn":%d,"pad":"%s"}\n), $_, $_, 'x' x 3000 for 1 .. $count;
    close $input or die "import: $?";
    my $run = run_command([ 'sh', '-c', 'ulimit -d 64000; "$0" -d "$1" dump >"$1.dump" && "$0" -d "$1.back" load "$1.dump"', $tool, $db ]);
    is $run->{exit}, 0, "$count sessions within 64 MB" or diag $run->{err};
    cmp_ok -s "$db.back/data.mdb", '<', 1.02 * -s "$db/data.mdb", 'and pages are as full';
    cmp_ok -s "$db.dump", '>', 70_000_000, 'of a dump that is larger';
    is run_command([ 'sh', '-c', '"$0" -d "$1.back" dump | tail -n +2 | grep -v "^.\"end" | cmp - "$1.sessions"', $tool, $db ])->{exit}, 0, 'the same'
        if system('sh', '-c', 'tail -n +2 "$0.dump" | grep -v "^.\"end" >"$0.sessions"', $db) == 0;
};

done_testing;
