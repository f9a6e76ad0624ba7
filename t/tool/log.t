# SPDX-License-Identifier: Apache-2.0
# jobsessions log: a session's log, shown and appended to.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use JobSessions::Test qw(jobsessions run_command build_file slurp spew);

my $scratch = tempdir(CLEANUP => 1);
my $db = "$scratch/db";
sub lines (@lines) { return { stdin => join '', map { "$_\n" } @lines } }
is jobsessions($db, 'put', lines('{"status":"Success"}', '{"status":"Success"}'))->{exit}, 0, 'two sessions';

my $empty = jobsessions($db, 'log', 1);
is_deeply [ @$empty{qw(exit out err)} ], [ 0, '', '' ], 'an empty log';

my $add = jobsessions($db, 'log', 1, '--add', lines(
    '{"message":"first","status":"Running","later":1,"logTime":"2026-11-23T09:00:00.5000000+01:00"}', '', '  ', '{}'));
is_deeply [ @$add{qw(exit out err)} ], [ 0, '', '' ], 'items are appended';
my $first = qq({"logTime":"2026-11-23T08:00:00.5Z","status":"Running","message":"first","later":1}\n);
is jobsessions($db, 'log', 1)->{out}, "$first\{}\n", 'and stand there in canonical form';
is jobsessions($db, 'log', '--add', 1, lines('{"message":"last"}'))->{exit}, 0, 'options go anywhere';
is jobsessions($db, 'log', 1)->{out}, qq($first\{}\n{"message":"last"}\n), 'what comes later stands behind';
is jobsessions($db, 'log', 2)->{out}, '', 'another session has none of it';

my %refused = (
    '{"logTime":"yesterday"}'          => 'logTime: ',
    '{"logTime":7}'                    => 'logTime: expected a string with a date and time, found an integer',
    '{"status":"Done"}'                => 'status: "Done" is not a status; allowed: ',
    '{"message":["x"]}'                => 'message: expected a string, found an array',
    '{"executionStartTime":"2020"}'    => 'executionStartTime: ',
    '{"executionDuration":"1 hour"}'   => 'executionDuration: ',
    '{"message":"' . 'x' x 65537 . '"}' => 'message: 65537 bytes long, at most 65536 are allowed',
    '{"a":1,"a":2}'                    => 'not JSON at byte ',
    '["message"]'                      => 'a JSON object is expected',
    'message'                          => 'not JSON at byte ',
    "{\"message\":\"\xff\"}"           => 'not JSON at byte ',
    '{"padding":"' . 'x' x (1 << 20) . '"}' => 'the item takes 1048590 bytes, at most 1048576 are allowed',
);
for my $line (sort keys %refused) {
    my $run = jobsessions($db, 'log', 2, '--add', lines('{"message":"before"}', $line, '{"message":"after"}'));
    is $run->{exit}, 1, 'refused: ' . substr $line, 0, 40;
    like $run->{err}, qr/^jobsessions: line 2: \Q$refused{$line}\E/, 'says which line, which member and why';
}
is jobsessions($db, 'log', 2)->{out}, qq({"message":"before"}\n{"message":"after"}\n) x keys %refused, 'the lines around them are kept';

for my $id (7, 'x', '01', '', '18446744073709551616') {
    for my $arguments ([$id], [ $id, '--add' ]) {
        my $run = jobsessions($db, 'log', @$arguments, lines('{}'));
        is $run->{exit}, 1, "no session \"$id\"";
        like $run->{err}, qr/there is no session "\Q$id\E"$/m, 'is named';
    }
}

is jobsessions($db, 'put', lines('{"status":"Success","id":"9223372036854775807"}'))->{exit}, 0, 'the session with the largest id';
is jobsessions($db, 'log', '9223372036854775807', '--add', lines(map { qq({"message":"$_"}) } 1 .. 2500))->{exit}, 0, 'has a log of more than a commit';
is jobsessions($db, 'log', '9223372036854775807')->{out}, join('', map { qq({"message":"$_"}\n) } 1 .. 2500), 'in order';

is jobsessions("$scratch/none", 'log', 1)->{exit}, 3, 'no database to show it from';
is jobsessions($db, 'log')->{exit}, 2, 'no id: usage';
is jobsessions($db, 'log', 1, 2)->{exit}, 2, 'two: usage';
my $full = run_command([ 'sh', '-c', 'exec "$0" -d "$1" log 1 >/dev/full', build_file('jobsessions'), $db ]);
is $full->{exit}, 3, 'no place for the output';

my $data = slurp("$db/data.mdb");
$data =~ s/"message":"first"/"message":"f1rst"/g;
spew("$db/data.mdb", $data);
my $damaged = jobsessions($db, 'log', 1);
is $damaged->{exit}, 3, 'a damaged item';
is $damaged->{err}, "jobsessions: $db: item 1 of session 1 is damaged: its checksum does not match\n", 'is named';
is $damaged->{out}, qq({}\n{"message":"last"}\n), 'the others are shown';

done_testing;
