# SPDX-License-Identifier: Apache-2.0
# jobsessions rm: sessions go with all they have, a tombstone stays.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use JobSessions::Sessions qw(export_document rich_sessions statuses);
use JobSessions::Test qw(decode_json jobsessions);

my $scratch = tempdir(CLEANUP => 1);
my $db = "$scratch/db";

sub done ($what, @arguments) {
    my $run = jobsessions($db, @arguments);
    is $run->{exit}, 0, $what or diag $run->{err};
    return $run->{out};
}
sub lines (@lines) { return { stdin => join '', map { "$_\n" } @lines } }

done('sessions', 'put', lines(map { qq({"status":"Success","n":$_}) } 1 .. 5));
done('a log', 'log', 3, '--add', lines('{"message":"a"}', '{"message":"b"}'));
done('items', 'items', 3, 'protectedItems', '--add', lines('{"name":"a"}'));
done('items of others', 'items', 4, 'protectedItems', '--add', lines('{"name":"b"}'));

is done('one is removed', 'rm', 3), '', 'and there is nothing to say';
is jobsessions($db, 'get', 3)->{exit}, 1, 'it is gone';
is jobsessions($db, 'log', 3)->{err}, qq(jobsessions: $db: there is no session "3"\n), 'its log, too';
is decode_json(jobsessions($db, 'export')->{out})->{totalCount}, 4, 'the others are there';
is jobsessions($db, 'items', 4, 'protectedItems')->{out}, qq({"name":"b"}\n), 'with their items';

my $again = jobsessions($db, 'rm', 3);
is_deeply [ @$again{qw(exit out err)} ], [ 1, '', qq(jobsessions: $db: there is no session "3"\n) ], 'once is enough';
my $some = jobsessions($db, 'rm', 1, 77, 'x', 2);
is $some->{exit}, 1, 'ids that are none';
is $some->{err}, qq(jobsessions: $db: there is no session "77"\njobsessions: $db: there is no session "x"\n), 'are named';
is decode_json(jobsessions($db, 'export')->{out})->{totalCount}, 2, 'and do not stand in the way of the others';

is done('the last are removed', 'rm', 4, 5), '', 'all at once';
is jobsessions($db, 'export')->{out}, export_document(sessions => []), 'the export is that of an empty database';
is done('a new one', 'put', lines('{"status":"Success"}')), "6\n", 'does not get an id that was used';
my $usn = decode_json(jobsessions($db, 'get', 6)->{out})->{usn};
is $usn, 11, 'five creations, five removals, and this';
my $late = jobsessions($db, 'put', lines('{"id":"3","status":"Success"}'));
is_deeply [ @$late{qw(exit out err)} ], [ 1, '', qq(jobsessions: line 1: $db: session "3" was removed; a late write does not )
        . "bring it back, only an import does\n" ], 'a worker that writes once more does not bring a stub back';
is decode_json(jobsessions($db, 'export')->{out})->{totalCount}, 1, 'nor anything else';
is done('an id that was removed', 'import', lines('{"status":"Success","id":"3","n":"new"}')), '', 'can be imported';
is jobsessions($db, 'get', 3)->{out}, qq({"id":"3","status":"Success","usn":12,"n":"new"}\n), 'to a session that has nothing of the old one';
is jobsessions($db, 'log', 3)->{out}, '', 'nor of its log';
is done('the usn of a removal', 'import', lines('{"status":"Success","id":"9","usn":13}')), '', 'is not in the way of imports';
my $taken = jobsessions($db, 'import', lines('{"status":"Success","id":"10","usn":8}'));
is $taken->{exit}, 1, 'but is used: no session can be imported with it' or diag $taken->{out};
like $taken->{err}, qr/usn/, 'as it says';

subtest 'a session that is not finished' => sub {
    my $running = "$scratch/running";
    my @open = qw(Pending Running RunningWithError RunningWithWarning Canceling);
    my @over = grep { my $status = $_; !grep { $_ eq $status } @open } statuses();
    is jobsessions($running, 'put', { stdin => join '', map { qq({"status":"$_"}\n) } @open, @over })->{exit}, 0, 'one of each status';
    for my $id (1 .. @open) {
        my $rm = jobsessions($running, 'rm', $id);
        is $rm->{exit}, 1, "$open[$id - 1] is not removed";
        is $rm->{err}, qq(jobsessions: $running: session "$id" is not finished; its worker would write to it again )
            . "(--force removes it all the same)\n", 'and why';
    }
    is jobsessions($running, 'rm', @open + 1 .. @open + @over)->{exit}, 0, 'the others are';
    is jobsessions($running, 'rm', '--force', 1 .. @open)->{exit}, 0, '--force';
    is jobsessions($running, 'export')->{out}, export_document(sessions => []), 'removes them all the same';
};

# everything a session can be (but for the largest, which a longer usn makes too large); removed and
# imported again the export is what it was
my @rich = grep { !/9007199254740991|padding/ } rich_sessions();
my $other = "$scratch/rich";
is jobsessions($other, 'import', { stdin => join "\n", @rich })->{exit}, 0, 'sessions of every kind';
my $before = jobsessions($other, 'export')->{out};
is jobsessions($other, 'rm', '--force', map { decode_json($_)->{id} } @rich)->{exit}, 0, 'are removed';
is jobsessions($other, 'export')->{out}, export_document(sessions => []), 'every one';
my $own_usn = 10_000;
my @renumbered = map { s/"usn":\K\d+/$own_usn++/er } @rich;
is jobsessions($other, 'import', { stdin => join "\n", @renumbered })->{exit}, 0, 'and loaded again';
is jobsessions($other, 'export')->{out} =~ s/"usn":\d+/"usn":0/gr, $before =~ s/"usn":\d+/"usn":0/gr, 'as they were, but for their usn';

is jobsessions("$scratch/none/none", 'rm', 1)->{exit}, 3, 'no database';

is jobsessions("$scratch/none", 'rm', 1)->{exit}, 3, 'no database';
ok !-e "$scratch/none", 'and none is made';

done_testing;
