# SPDX-License-Identifier: Apache-2.0
# Ids of a worker's own, by the tool: a session under a UUID is one, however often it is written, keeps its place in the
# order of creation through everything that moves databases, and is never known by its number.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use JobSessions::OldFormat qw(as_format_1);
use JobSessions::Test qw(build_file jobsessions slurp spew wait_until);

my $scratch = tempdir(CLEANUP => 1);
my $db = "$scratch/db";
my ($one, $two) = ('11111111-2222-4333-8444-555555555555', 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee');

sub must ($db, @arguments) {
    my $run = jobsessions($db, @arguments);
    die "@arguments[grep { !ref $arguments[$_] } 0 .. $#arguments]: $run->{err}" if $run->{exit} != 0;
    return $run;
}
sub put ($db, @lines) { return jobsessions($db, 'put', { stdin => join '', map { "$_\n" } @lines }) }
sub plain ($dump) { return $dump =~ s/(?<="database":")\w{32}//r =~ s/(?<="crc32c":")\w{8}(?="\}\n\z)//r }
sub crc32c ($bytes) {
    my $crc = 0xffff_ffff;
    for my $byte (unpack 'C*', $bytes) {
        $crc ^= $byte;
        $crc = $crc & 1 ? $crc >> 1 ^ 0x82f6_3b78 : $crc >> 1 for 1 .. 8;
    }
    return sprintf '%08x', $crc ^ 0xffff_ffff;
}
sub start ($db, @arguments) {
    my $name = "$scratch/$arguments[0]";
    my $pid = fork // die "fork: $!";
    return { pid => $pid, out => "$name.out", err => "$name.err" } if $pid && wait_until(sub { -e "$name.err" });
    open STDIN, '<', '/dev/null';
    open STDOUT, '>', "$name.out";
    open STDERR, '>', "$name.err";
    exec build_file('jobsessions'), '-d', $db, @arguments or die $!;
}
sub ids ($db) { return [ must($db, 'export')->{out} =~ /\{"id":"([^"]+)"/g ] }
sub sound ($db) { return is jobsessions($db, 'verify')->{out}, "$db: no faults\n", 'sound' }

is put($db, '{"status":"Success"}', qq({"id":"\U$two\E","status":"Running","type":"A"}), '{"status":"Success"}', qq({"id":"$one","status":"Success"}))->{out},
    "1\n$two\n3\n$one\n", 'put';
is put($db, qq({"id":"$two","status":"Running","type":"A"}))->{out}, "$two\n", 'and once more';
is_deeply ids($db), [ $one, 3, $two, 1 ], 'is one session, in its place';
is put($db, qq({"id":"$two","status":"Success"}))->{out}, "$two\n", 'a patch';
like must($db, 'get', uc $two)->{out}, qr/^\{"id":"$two","type":"A","localizedType":"A","status":"Success","usn":6\}$/, 'get';
is jobsessions($db, 'get', 2)->{exit}, 1, 'not by its number';
is jobsessions($db, 'rm', 2)->{exit}, 1, 'nor to be removed';
my $taken = put($db, '{"id":"2","status":"Success"}');
is $taken->{exit}, 1, 'nor written to';
like $taken->{err}, qr/^jobsessions: line 1: id: the number 2 is taken by session $two, /, 'and why';
is jobsessions($db, 'get', $_)->{exit}, 1, "$_ is nobody" for 'ffffffff-ffff-4fff-8fff-ffffffffffff', "$two-", substr $two, 1;
like put($db, qq({"id":"{$one}","status":"Success"}))->{err}, qr/is not a decimal number .*, nor a uuid/, 'in braces it is none';

must($db, 'log', $two, '--add', { stdin => qq({"message":"line"}\n) });
is must($db, 'log', uc $two)->{out}, qq({"message":"line"}\n), 'its log';
is jobsessions($db, 'log', 2)->{exit}, 1, 'not by its number';
sound($db);

subtest 'moved' => sub {
    my $export = must($db, 'export')->{out};
    must("$scratch/imported", 'import', { stdin => $export });
    is must("$scratch/imported", 'export')->{out}, $export, 'export, import, export';
    sound("$scratch/imported");
    is jobsessions("$scratch/imported", 'import', { stdin => $export })->{exit}, 0, 'twice';
    is must("$scratch/imported", 'export')->{out}, $export, 'is the same';
    must($db, 'rm', $one);
    is jobsessions($db, 'get', $one)->{exit}, 1, 'removed';
    like put($db, qq({"id":"\U$one\E","status":"Success"}))->{err}, qr/session "$one" was removed; a late write does not bring it back/, 'and stays so';
    my $dump = must($db, 'dump')->{out};
    like $dump, qr/^\{"session":\{"id":"$two",.*\},"number":"2"\}$/m, 'a dump has its number';
    like $dump, qr/^\{"removed":"4","usn":7,"time":"[^"]+","uuid":"$one"\}$/m, 'and the UUID of what was removed';
    must("$scratch/loaded", 'load', { stdin => $dump });
    is plain(must("$scratch/loaded", 'dump')->{out}), plain($dump), 'loaded';
    must($db, 'backup', "$scratch/backup");
    must("$scratch/restored", 'restore', "$scratch/backup");
    must("$scratch/restored", 'compact');
    is plain(must("$scratch/restored", 'dump')->{out}) =~ s/"revision":\K2/1/r, plain($dump), 'restored and compacted';
    like put($_, qq({"id":"$one","status":"Success"}))->{err}, qr/was removed/, 'still known' for "$scratch/loaded", "$scratch/restored";
    must($_, 'import', { stdin => qq({"id":"$one","status":"Success"}\n) }) for "$scratch/loaded";
    is_deeply ids("$scratch/loaded"), [ $one, 3, $two, 1 ], 'an import brings it back to its place';
    sound($_) for $db, "$scratch/loaded", "$scratch/restored";
    for my $changed ($dump =~ s/"number":"2"/"number":"3"/r, $dump =~ s/,"number":"2"//r, $dump =~ s/"uuid":"1/"uuid":"A/r, $dump =~ s/"uuid":"\w/"uuid":"/r) {
        is jobsessions("$scratch/changed", 'load', { stdin => $changed })->{exit}, 1, 'a dump that was changed is refused';
    }
};

subtest 'imports' => sub {
    my $other = "$scratch/other";
    must($other, 'import', { stdin => qq({"id":"$two","usn":9,"status":"Success","type":"B"}\n{"id":"$one","usn":12,"deleted":true}\n) });
    like put($other, qq({"id":"$one","status":"Success"}))->{err}, qr/was removed/, 'a removal of what was never there';
    my $conflict = jobsessions($other, 'import', { stdin => qq({"id":"$two","usn":9,"status":"Success","type":"C"}\n) });
    like $conflict->{err}, qr/id: $two belongs to another session here/, 'another session';
    is jobsessions($other, 'import', '--merge', { stdin => qq({"id":"$two","usn":9,"status":"Success","type":"C"}\n) })->{exit}, 0, 'in its place';
    is jobsessions($other, 'import', '--new-ids', { stdin => qq({"id":"$two","usn":9,"status":"Success","type":"C"}\n) })->{exit}, 0, 'under a new id';
    is_deeply ids($other), [ 3, $two ], 'which is a number';
    like jobsessions($other, 'import', { stdin => qq({"id":"9","usn":9,"status":"Success"}\n) })->{err}, qr/usn: 9 belongs to session $two;/, 'a usn of another one';
    sound($other);
};

subtest 'stopped' => sub {
    my $stops = "$scratch/stops";
    my $busy = "$scratch/busy";
    mkdir $stops;
    put($busy, '{"status":"Running"}', map { qq({"id":"$_","status":"Running"}) } $one, $two);
    is jobsessions($busy, 'stop', '--requests', $stops, uc $two)->{exit}, 0, 'asked for by its UUID';
    is jobsessions($busy, 'stop', '--requests', $stops, 3)->{exit}, 1, 'not by its number';
    is jobsessions($busy, 'stop', '--requests', $stops, '--take', $one)->{out}, '', 'nobody asks it of another';
    like jobsessions($busy, 'stop', '--requests', $stops, '--take', $two)->{out}, qr/^$two 20/, 'its worker is told';
    like must($busy, 'get', $two)->{out}, qr/"id":"$two","status":"Canceling"/, 'and it is being stopped';
    like must($busy, 'log', $two)->{out}, qr/that the session be stopped/, 'which is in its log';
};

# Change bytes that stand in data.mdb.
sub damage ($db, $what, $to) {
    my $bytes = slurp("$db/data.mdb");
    $bytes =~ s/$what/$to/g or die "no $what";
    spew("$db/data.mdb", $bytes);
}

subtest 'damaged' => sub {
    my $bad = "$scratch/bad";
    put($bad, '{"status":"Success"}', map { qq({"id":"$_","status":"Success","executionStartTime":"2099-01-01T00:00:00Z"}) } $one, $two);
    must($bad, 'log', $two, '--add', { stdin => qq({"message":"line"}\n) });
    damage($bad, qr/(?<="message":")line/, 'lime');
    like jobsessions($bad, 'verify')->{out}, qr/: session $two: item 1 of kind 0: /, 'verify names whose item it is';
    like jobsessions($bad, 'dump')->{err}, qr/: session $two: item 1 of kind 0: .*; it is left out$/m, 'so does dump';
    like jobsessions($bad, 'log', $two)->{err}, qr/: item 1 of session $two is damaged: /, 'and log';
    like jobsessions($bad, 'check')->{out} . jobsessions($bad, 'check')->{err}, qr/begin in the future, as session $two at /, 'check names one of the future';
    damage($bad, qr/\{"id":"$one",[^}]*"status":"\KS/, '?');
    my $verify = jobsessions($bad, 'verify')->{out};
    like $verify, qr/: session $one: its checksum does not match$/m, 'verify names a session';
    unlike $verify, qr/session 2\b/, 'not by its number';
    like jobsessions($bad, $_)->{err}, qr/: session $one is damaged: /, "so does $_" for qw(list dump export);
    like put($bad, qq({"id":"$one","status":"Failed"}))->{err}, qr/session $one is damaged on disk/, 'and put';
};

subtest 'what is shown' => sub {
    my $list = must($db, 'list')->{out};
    is_deeply [ map { index $_, 'Success' } grep { /Success/ } split /\n/, $list ], [ (38) x 3 ], 'list has room for it';
    like must("$scratch/old", 'put', { stdin => qq({"status":"Success"}\n) })->{out}, qr/^1$/, 'a database of numbers';
    like must("$scratch/old", 'list')->{out}, qr/^ID        STATUS/, 'has a table as narrow as before';
};

subtest 'followed' => sub {
    my $watch = start($db, 'watch', '--json', '--since', 6);
    my $log = start($db, 'log', uc $two, '--follow');
    ok wait_until(sub { slurp($log->{out}) eq qq({"message":"line"}\n) }), 'log --follow has its log' or diag slurp($log->{err});
    must($db, 'log', $two, '--add', { stdin => qq({"message":"more"}\n) });
    ok wait_until(sub { slurp($log->{out}) =~ /more/ }), 'and what is added' or diag slurp($log->{err});
    ok wait_until(sub { slurp($watch->{out}) =~ /^\{"id":"$one","usn":7,"deleted":true\}$/m }), 'watch tells who was removed' or diag slurp($watch->{out});
    # a dump loaded in its place gives it another number
    must("$scratch/other numbers", 'put', { stdin => join '', map { "$_\n" } ('{"status":"Success"}') x 4, qq({"id":"$two","status":"Success"}) });
    must("$scratch/other numbers", 'log', $two, '--add', { stdin => qq({"message":"elsewhere"}\n) });
    must($db, 'restore', "$scratch/other numbers");
    ok wait_until(sub { slurp($log->{out}) =~ /elsewhere/ }), 'after a restore it is looked for anew' or diag slurp($log->{err});
    for ($watch, $log) {
        kill TERM => $_->{pid};
        waitpid $_->{pid}, 0;
    }
    my $none = jobsessions($db, 'log', $one, '--follow');
    is $none->{exit}, 1, 'the log of nobody';
    like $none->{err}, qr/there is no session "$one"/, 'is told';
};

# behind a number that only earlier versions took
my $renumbered = "$scratch/renumbered";
my $lines = <<'EOT';
{"jobsessionsDump":1,"format":2,"database":"4047e3a080fefd0b1bfcca6915219640","lastId":"10000000000000000000","lastUsn":2,"revision":0,"types":0,"sessions":2,"items":0,"removed":0}
{"session":{"id":"3","status":"Success","usn":1}}
{"session":{"id":"10000000000000000000","status":"Success","usn":2}}
EOT
must($renumbered, 'load', { stdin => sprintf qq(%s{"end":3,"types":0,"sessions":2,"items":0,"removed":0,"damaged":0,"crc32c":"%s"}\n), $lines, crc32c($lines) });
is put($renumbered, map { qq({"id":"$_","status":"Success"}) } $one, $two)->{out}, "$one\n$two\n", 'high numbers';
must($renumbered, 'log', $one, '--add', { stdin => qq({"message":"line"}\n) });
must($renumbered, 'rm', $two);
is must($renumbered, 'renumber')->{out}, "10000000000000000000 4\n", 'who is known by a UUID remains so';
is_deeply ids($renumbered), [ $one, 4, 3 ], 'when numbers are exchanged';
is must($renumbered, 'log', $one)->{out}, qq({"message":"line"}\n), 'with its log';
like put($renumbered, qq({"id":"$two","status":"Success"}))->{err}, qr/session "$two" was removed/, 'who was removed under one remains so, too';
sound($renumbered);

my $old = "$scratch/older";
must($old, 'put', { stdin => qq({"status":"Success"}\n) });
as_format_1($old);
like put($old, qq({"id":"$one","status":"Success"}))->{err}, qr/id: a database of format 1 has no uuids; run `jobsessions upgrade` first$/, 'format 1 has none';
must($old, 'upgrade');
is put($old, qq({"id":"$one","status":"Success"}))->{out}, "$one\n", 'until it is upgraded';
sound($old);

done_testing;
