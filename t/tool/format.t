# SPDX-License-Identifier: Apache-2.0
# The format on disk, as another program sees it: mdb_dump's view of the example is what FORMAT.md
# says. The record is put together here from that description, not by the library.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use JobSessions::Test qw(jobsessions make_database run_command slurp);

my $db = make_database(tempdir(CLEANUP => 1) . '/db', 't/data/sessions-example.ndjson');

# key (hex) => [ values (hex) ] of a named database
sub table ($name) {
    my $dump = run_command([ qw(mdb_dump -s), $name, $db ]);
    is $dump->{exit}, 0, "database $name";
    my ($data) = $dump->{out} =~ /^HEADER=END\n(.*)^DATA=END/ms;
    my @words = $data =~ /^ (\w*)$/mg;
    my %table;
    while (my ($key, $value) = splice @words, 0, 2) {
        push @{ $table{$key} }, $value;
    }
    return \%table;
}

sub crc32c ($bytes) {
    my $crc = 0xffffffff;
    for my $byte (unpack 'C*', $bytes) {
        $crc ^= $byte;
        $crc = $crc & 1 ? ($crc >> 1) ^ 0x82f63b78 : $crc >> 1 for 1 .. 8;
    }
    return $crc ^ 0xffffffff;
}

sub sealed ($bytes) {
    return unpack 'H*', pack('V', crc32c($bytes)) . $bytes;
}

is crc32c('123456789'), 0xe3069283, 'CRC-32C, its check value';

my $ticks = 10_000_000;
my $day = 737461;    # 2020-02-07, from 0001-01-01
my $start = ($day * 86400 + 8 * 3600 + 43 * 60 + 30) * $ticks + 8928360;
my $stop = ($day * 86400 + 8 * 3600 + 44 * 60 + 41) * $ticks + 805700;
my %sessions = map { /"id":"(\d+)"/ => $_ } split /\n/, slurp('t/data/sessions-example.ndjson');
my $json = $sessions{6};

my $types = table('types');
my ($type) = unpack 'v', pack 'H*', $types->{ unpack 'H*', 'ManualSnapshot' }[0];
ok $type, 'the type has a code';
is scalar keys %$types, 3, 'as has every other';

my $records = table('sessions');
is_deeply [ sort keys %$records ], [ map { sprintf '%016x', $_ } 3, 4, 6 ], 'ids, big-endian';
my $record = sealed(
    pack 'C C v V V Q< Q< q< q< q< x16 V V a*', 1,    # record version
    10,                                                 # status Success
    $type, length $json, 0, 6, 44, $start, $stop, $stop - $start, 0, 0, $json
);
is $records->{'0000000000000006'}[0], $record, 'session 6, byte for byte';

my $with_policy = pack 'H*', $records->{'0000000000000004'}[0];
is unpack('H*', substr $with_policy, 56, 16), '4e096ba781254d5d804b581f4e6c8440', 'policyId of session 4';
my ($name_at, $name_length) = unpack 'V V', substr $with_policy, 72, 8;
is substr($with_policy, 80 + $name_at, $name_length), 'Backup Policy', 'where its policyName stands';

is_deeply table('changes'),
    { map { sprintf('%016x', $_->[0]) => [ unpack 'H*', pack 'Q< Q<', $_->[1], 0 ] } [ 19, 3 ], [ 37, 4 ], [ 44, 6 ] },
    'usn to id';

my $index = table('index');
is_deeply [ keys %$index ], ['0' x 16], 'one bucket of the index';
is $index->{ '0' x 16 }[2], unpack('H*', pack 'Q> Q< q< V V v C x a4', 6, 44, $start, length $json, 0, $type, 10, pack 'H*', $record),
    'session 6 in it, with the seal of its record';

is table('starts')->{ sprintf '%016x', $day }[2], unpack('H*', pack 'Q> Q>', $start, 6), 'session 6 by its start';

my $days = table('days');
is $days->{ sprintf '%016x0a%04x', $day, $type }[0], '01' . '0' x 14, 'one of its day, status and type';
my $count = 0;
$count += unpack 'Q<', pack 'H*', $days->{$_}[0] for grep { /^f{16}/ } keys %$days;
is $count, 3, 'and all of all';
my @runs = %{ table('runs') };
is $runs[0], unpack('H*', 'i4e096ba7-8125-4d5d-804b-581f4e6c8440') . substr($records->{'0000000000000004'}[0], 10, 2), 'the runs of a policy by status';
is_deeply $runs[1], [ unpack 'H*', pack 'Q> Q> a8', unpack('q<', substr $with_policy, 32, 8) + 1, 4, substr $with_policy, 48, 8 ], 'session 4 is its run';

my $meta = table('meta');
is $meta->{ unpack 'H*', 'writers' }[0], '01000000', 'writers keep counts';
is $meta->{ unpack 'H*', 'policies' }[0], '01' . '0' x 14, 'of one policy';
is $meta->{ unpack 'H*', 'format' }[0], '02000000', 'format 2';
my $counters = pack 'H*', $meta->{ unpack 'H*', 'counters' }[0];
my $bytes = 0;
$bytes += length for values %sessions;
is unpack('H*', $counters),
    sealed(pack 'x4 Q< Q< Q< Q< Q< a16 x8', 6, 44, 3, $bytes, 3, substr $counters, 48, 16), 'the counters';

# The test vector: hexadecimal bytes in blocks, with white space that means nothing.
my $manual = slurp('mod_jobsessions/store/FORMAT.md');
my $vector = join '', map { s/\s+//gr } $manual =~ /^```text\n([0-9a-f\s]+?)^```$/msg;
$db = tempdir(CLEANUP => 1) . '/vector';
jobsessions($db, 'import', { stdin => $json });
jobsessions($db, 'log', 6, '--add',
    { stdin => '{"logTime":"2020-02-07T08:44:00Z","status":"Success","message":"Snapshot created"}' });
for my $name (qw(sessions changes index starts types items)) {
    my $table = table($name);
    my ($key) = keys %$table;
    is_deeply [ map { scalar @$_ } values %$table ], [1], 'one record';
    ok index($vector, $key . $table->{$key}[0]) >= 0, 'which is the one that FORMAT.md shows';
}

done_testing;
