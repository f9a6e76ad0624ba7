# SPDX-License-Identifier: Apache-2.0
# Ids of a worker's own, by the tool: a session under a UUID is one, however often it is written, keeps its place in the
# order of creation through everything that moves databases, and is never known by its number.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use JobSessions::OldFormat qw(as_format_1);
use JobSessions::Test qw(jobsessions);

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

my $old = "$scratch/old";
must($old, 'put', { stdin => qq({"status":"Success"}\n) });
as_format_1($old);
like put($old, qq({"id":"$one","status":"Success"}))->{err}, qr/id: a database of format 1 has no uuids; run `jobsessions upgrade` first$/, 'format 1 has none';
must($old, 'upgrade');
is put($old, qq({"id":"$one","status":"Success"}))->{out}, "$one\n", 'until it is upgraded';
sound($old);

done_testing;
