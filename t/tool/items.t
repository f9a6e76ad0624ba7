# SPDX-License-Identifier: Apache-2.0
# jobsessions items: a session's lists of items, shown and appended to.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use JobSessions::Sessions qw(item_lists);
use JobSessions::Test qw(jobsessions);

my $db = tempdir(CLEANUP => 1) . '/db';
my @kinds = item_lists();
sub lines (@lines) { return { stdin => join '', map { "$_\n" } @lines } }
is jobsessions($db, 'put', lines('{"status":"Success"}', '{"status":"Success"}'))->{exit}, 0, 'two sessions';

for my $kind (@kinds) {
    is jobsessions($db, 'items', 1, $kind)->{out}, '', "no $kind";
    my $add = jobsessions($db, 'items', 1, $kind, '--add', lines(qq({"size":1,"name":"one of the $kind"}), '{"name":"","nested":{"a":[1,{}]},"none":null}'));
    is_deeply [ @$add{qw(exit out err)} ], [ 0, '', '' ], 'are appended';
}
for my $kind (@kinds) {
    my $show = jobsessions($db, 'items', 1, $kind);
    is_deeply [ @$show{qw(exit out err)} ], [ 0, qq({"name":"one of the $kind","size":1}\n{"name":"","nested":{"a":[1,{}]}}\n), '' ], "$kind: their own, the name first";
    is jobsessions($db, 'items', 2, $kind)->{out}, '', 'another session has none of them';
}
is jobsessions($db, 'log', 1)->{out}, '', 'nor has the log';

my %refused = (
    '{"size":1}'                       => 'name: is missing; every item has one',
    '{"name":null}'                    => 'name: is missing; every item has one',
    '{"name":7}'                       => 'name: expected a string, found an integer',
    '{"name":"' . 'x' x 1025 . '"}'    => 'name: 1025 bytes long, at most 1024 are allowed',
    '["name"]'                         => 'a JSON object is expected',
    '{"name":"a"'                      => 'not JSON at byte ',
);
for my $line (sort keys %refused) {
    my $run = jobsessions($db, 'items', 2, 'deletedItems', '--add', lines($line, '{"name":"after"}'));
    is $run->{exit}, 1, 'refused: ' . substr $line, 0, 30;
    like $run->{err}, qr/^jobsessions: line 1: \Q$refused{$line}\E/, 'says why';
}
is jobsessions($db, 'items', 2, 'deletedItems')->{out}, qq({"name":"after"}\n) x keys %refused, 'the lines after them are kept';
is jobsessions($db, 'items', 2, 'restoredItems', '--add', lines('{"name":"' . 'x' x 1024 . '"}'))->{exit}, 0, 'a name of 1024 bytes';

for my $kind ('ProtectedItems', 'items', 'log', '') {
    my $run = jobsessions($db, 'items', 1, $kind);
    is $run->{exit}, 2, "no such kind: \"$kind\"";
    like $run->{err}, qr/^jobsessions: items: "\Q$kind\E" is no kind of items; there are protectedItems, /, 'says which there are';
}
is jobsessions($db, 'items', 1)->{exit}, 2, 'no kind: usage';
is jobsessions($db, 'items', 9, 'deletedItems')->{err}, qq(jobsessions: $db: there is no session "9"\n), 'no such session';
is jobsessions($db, 'items', 9, 'deletedItems', '--add', lines('{"name":"a"}'))->{exit}, 1, 'nor to append to';

is jobsessions($db, 'put', lines('{"id":"1","status":"Success"}'))->{exit}, 0, 'an update';
is jobsessions($db, 'import', { stdin => jobsessions($db, 'export')->{out} })->{exit}, 0, 'and an import of the export';
like jobsessions($db, 'items', 1, $_)->{out}, qr/^\{"name":"one of the $_",/, "leave the $_ alone" for @kinds;

done_testing;
