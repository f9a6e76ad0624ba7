# SPDX-License-Identifier: Apache-2.0
# Bits flipped on disk cost the record they are in and nothing else: the export stays valid and
# complete in number, the log names the record, and importing it anew makes it whole.

use v5.36;
use Test::More;
use File::Path qw(remove_tree);
use JobSessions::Httpd;
use JobSessions::Sessions qw(export_document plain_sessions session_of_size);
use JobSessions::Test qw(database_dir decode_json error_log_mark error_log_since http jobsessions port run_command slurp spew);

my $db = database_dir('damage');
my $links = 'http://127.0.0.1:' . port('damage') . '/api/v1/jobSessions';
my @sessions = plain_sessions(400);
$sessions[199] = session_of_size(200, 20_000);    # on pages of its own
my $whole = export_document(sessions => \@sessions, links => $links, self => $links);

remove_tree($db);
my $import = jobsessions($db, 'import', { stdin => join "\n", @sessions });
is $import->{exit}, 0, 'a database' or diag $import->{err};

sub export { return http('damage', POST => '/api/v1/jobSessions/export') }
ok export()->{body} eq $whole, 'is served whole';

# Where in data.mdb bytes stand: once, as the database was written in one piece.
sub places_of ($bytes) {
    my $data = slurp("$db/data.mdb");
    my @places;
    push @places, $-[0] while $data =~ /\Q$bytes\E/g;
    return @places;
}

my $header = 80;
sub record_of ($id) {
    my @places = map { $_ - $header } places_of(qq({"id":"$id",));
    is scalar @places, 1, "session $id stands in one place" or BAIL_OUT('what follows would be for nothing');
    return $places[0];
}

# Flip bits of one byte, as a disk would: behind the back of all who have the file open.
sub flip ($place, $bits = 1) {
    open my $file, '+<:raw', "$db/data.mdb" or die $!;
    seek $file, $place, 0;
    read $file, my $byte, 1;
    seek $file, $place, 0;
    print {$file} chr(ord($byte) ^ $bits);
    close $file or die $!;
}

sub damaged_are ($name, @ids) {
    subtest $name => sub {
        my $mark = error_log_mark();
        my $response = export();
        is $response->{status}, 200, 'answered';
        is $response->{headers}{'content-length'}, length $whole, 'with the length it had';
        is length $response->{body}, length $whole, 'which is true';
        my $document = eval { decode_json($response->{body}) };
        ok $document, 'valid JSON' or return;
        is $document->{totalCount}, @sessions, 'totalCount is what it was';
        is_deeply [ map { $_->{id} } @{ $document->{results} } ], [ reverse 1 .. @sessions ], 'every session in its place';
        my %damaged = map { $_ => 1 } @ids;
        my @placeholders = grep { $damaged{ $_->{id} } } @{ $document->{results} };
        is_deeply [ grep { $_->{status} ne 'Unknown' || $_->{usn} || $_->{backupJobInfo} } @placeholders ], [],
            'nothing is said of what is damaged but its id and the status Unknown';
        is_deeply [ grep { $_->{_links}{self}{href} ne "$links/$_->{id}" } @placeholders ], [], 'and its links';
        is_deeply [ grep { !$damaged{ $_->{id} } } @{ $document->{results} } ],
            [ grep { !$damaged{ $_->{id} } } @{ decode_json($whole)->{results} } ], 'the others are untouched';
        my $log = error_log_since($mark);
        my @named = $log =~ /\[jobsessions:error\] .*\Q$db\E: session (\d+) is damaged on disk: /g;
        my @newest = (reverse sort { $a <=> $b } @ids)[0 .. ($#ids < 9 ? $#ids : 9)];
        is_deeply \@named, \@newest, 'the log names the directory and the damaged sessions, ten of them at most, no other';
        my @more = $log =~ /\Q$db\E: (\d+) more sessions of the same answer are damaged on disk.* jobsessions -d \Q$db\E verify/g;
        is_deeply \@more, @ids > 10 ? [ @ids - 10 ] : [], 'and how many more there are';
    };
}

sub restore (@ids) {
    my $again = jobsessions($db, 'import', { stdin => join "\n", map { $sessions[ $_ - 1 ] } @ids });
    is $again->{exit}, 0, 'imported anew' or diag $again->{err};
    my $mark = error_log_mark();
    ok export()->{body} eq $whole, 'it is whole again';
    is error_log_since($mark), '', 'and nothing is left to log';
}

# offset in the record: what stands there
my %parts = (
    -8  => 'the first byte of the key',
    -1  => 'the last byte of the key',
    0   => 'the checksum',
    4   => 'the version',
    5   => 'the status',
    6   => 'the type',
    8   => 'the length, by one',
    11  => 'the length, by much',
    16  => 'the id',
    24  => 'the usn',
    32  => 'the start',
    40  => 'the stop',
    48  => 'the duration',
    56  => 'the policy',
    72  => 'where the name stands',
    76  => 'the name\'s length',
    80  => 'the opening brace',
    83  => 'a member\'s name',
    110 => 'a value'
);
for my $offset (sort { $a <=> $b } keys %parts) {
    my $place = record_of(77);
    flip($place + $offset, 0x41);
    damaged_are($parts{$offset}, 77);
    flip($place + $offset, 0x41);
}
ok export()->{body} eq $whole, 'with all bits flipped back it is whole';

my $end = record_of(77) + $header + length($sessions[76]) - 1;
flip($end, 0x80);
damaged_are('the closing brace', 77);
flip($end, 0x80);

# every bit, at places across the record
subtest 'single bits' => sub {
    my $place = record_of(77);
    for my $bit (0 .. 7) {
        for my $offset (1, 5, 9, 17, 60, 85, 120) {
            flip($place + $offset, 1 << $bit);
            my $mark = error_log_mark();
            my $body = export()->{body};
            is length $body, length $whole, "bit $bit of byte $offset";
            like error_log_since($mark), qr/session 77 is damaged on disk/, 'is noticed';
            flip($place + $offset, 1 << $bit);
        }
    }
};

# A record and the index entry that knows its length: nothing can be put in its place. At the beginning
# of the answer that is an error like any other, later the answer is broken off.
sub entry_of ($id) {
    my $data = slurp("$db/data.mdb");
    my $length = pack 'L<', length $sessions[ $id - 1 ];
    # the index of changes has the same 16 bytes
    my @places = grep { substr($data, $_ + 24, 4) eq $length } places_of(pack('Q>Q<', $id, $id));
    is scalar @places, 1, "session $id has one index entry" or BAIL_OUT('what follows would be for nothing');
    return $places[0];
}

# Filters that hand on what there is to read, and none of the buckets that say how it ends.
sub through_filters {
    my $httpd = JobSessions::Httpd->new(serves => $db, modules => [qw(http2 lua sed)]);
    my $directory = $httpd->directory;
    spew("$directory/filter.lua", "function handed_on(r)\n coroutine.yield()\n while bucket do coroutine.yield(bucket) end\nend\n");
    $httpd->{config} = <<~CONFIG;
        Protocols h2c http/1.1
        LuaOutputFilter lua $directory/filter.lua handed_on
        <Location "/api">
            OutputSed "s/policyName/policyName/"
            <If "req('X-Filter') == 'lua'">
                SetOutputFilter lua
            </If>
            <If "req('X-Filter') == 'sed'">
                SetOutputFilter SED
            </If>
        </Location>
        CONFIG
    $httpd->start;
    for my $filter (qw(none lua sed)) {
        for ([ '--http1.1' => 18 ], $httpd->mpm eq 'prefork' ? () : [ '--http2-prior-knowledge' => 92 ]) {    # mod_http2 does not go with it
            my ($version, $broken_off) = @$_;
            my $response = http($httpd->port, POST => '/api/v1/jobSessions/export', headers => { 'X-Filter' => $filter }, curl => [$version]);
            is $response->{exit}, $broken_off, "$version, through $filter";
        }
    }
}

for my $id (400, 150) {
    my @places = (record_of($id) + 90, entry_of($id) + 27);    # a value; the length, by 16 MiB
    flip($_) for @places;
    subtest "session $id and its entry" => sub {
        my $mark = error_log_mark();
        my $response = export();
        if ($id == 400) {
            is $response->{status}, 503, 'before the first byte: an error';
            is $response->{headers}{'content-type'}, 'application/problem+json', 'as all are';
            is $response->{headers}{'content-length'}, length $response->{body}, 'with its own length';
            unlike $response->{body}, qr/policy of session/, 'and no session';
        } else {
            is $response->{headers}{'content-length'}, length $whole, 'later: the length is announced';
            cmp_ok length $response->{body}, '<', length $whole, 'and not reached';
        }
        like error_log_since($mark), qr/\Q$db\E: the database is damaged beyond single records/, 'the log says so';
        my $part = http('damage', GET => '/api/v1/jobSessions?Limit=-1', headers => { Range => 'bytes=-1000' });
        is_deeply [ $part->{status}, @{ $part->{headers} }{qw(content-type content-range accept-ranges)} ],
            [ 503, 'application/problem+json', undef, undef ], 'a part behind it is an error like any other';
        my $front = http('damage', GET => '/api/v1/jobSessions?Limit=-1', headers => { Range => 'bytes=0-999' });
        is_deeply [ $front->{status}, length $front->{body} ], [ 206, 1000 ], 'one before it can be had' if $id == 150;
    };
    through_filters() if $id == 150;
    flip($_) for @places;
}
ok export()->{body} eq $whole, 'with these bits flipped back it is whole';

flip(record_of(1) + 90);
damaged_are('the oldest session', 1);
restore(1);
flip(record_of(400) + 90);
damaged_are('the newest', 400);
restore(400);
flip(record_of(200) + 15_000);
damaged_are('a large one', 200);
restore(200);
flip(record_of($_) + 90) for 10 .. 60;
damaged_are('many in a row', 10 .. 60);
restore(10 .. 60);

subtest 'the counters' => sub {
    my $key = unpack 'H*', 'counters';
    my ($counters) = run_command([ qw(mdb_dump -s meta), $db ])->{out} =~ /^ $key\n (\w+)$/m;
    my @places = places_of(pack 'H*', $counters);
    cmp_ok scalar @places, '>', 0, 'stand somewhere';
    flip($_ + 24) for @places;
    ok export()->{body} eq $whole, 'what they tell is found in the index as well';
    flip($_ + 24) for @places;
    ok export()->{body} eq $whole, 'as before';
};

remove_tree($db);
done_testing;
