# SPDX-License-Identifier: Apache-2.0
# jobsessions renumber: a database in which one wrong number ended writing, as an earlier version left it
# (t/data/wrong-numbers.dump), is written to again, and has lost nothing.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use JobSessions::Test qw(jobsessions slurp);

my $scratch = tempdir(CLEANUP => 1);
my $db = "$scratch/db";
my %one = (stdin => qq({"status":"Success"}\n));
is jobsessions($db, 'load', { stdin => slurp('t/data/wrong-numbers.dump') })->{exit}, 0, 'it comes back as it was';

like jobsessions($db, 'put', \%one)->{err}, qr/the highest id is taken; .*jobsessions renumber$/m, 'a session without an id says what to do';
like jobsessions($db, 'put', { stdin => qq({"id":"7","status":"Success"}\n) })->{err}, qr/all usns are used up; jobsessions renumber/, 'and so does any other';
my $verify = jobsessions($db, 'verify');
is $verify->{out}, "$db: no faults\n", 'that is no fault';
like $verify->{err}, qr/^jobsessions: note: \Q$db\E: the highest usn is taken, .*jobsessions renumber mends that$/, 'but verify tells';

my $run = jobsessions($db, 'renumber');
is $run->{exit}, 0, 'renumber' or diag $run->{err};
is $run->{out}, "18446744073709551615 5\n", 'tells which id became which';
like $run->{err}, qr/sessions with another id: 1; changes with another usn: 2; the identity is another/, 'and how much it was';
is jobsessions($db, 'get', 1, 3, 4, 5)->{out}, join('',
    qq({"id":"1","status":"Success","usn":1}\n), qq({"id":"3","status":"Success","usn":5}\n),
    qq({"id":"4","status":"Success","usn":6}\n), qq({"id":"5","status":"Running","usn":4}\n)), 'all sessions are there';
is jobsessions($db, 'log', 5)->{out}, qq({"message":"one"}\n), 'with their logs';
is jobsessions($db, 'put', \%one)->{out}, "6\n", 'the next one is written';
is jobsessions($db, 'put', { stdin => qq({"id":"2","status":"Success"}\n) })->{exit}, 1, 'what was removed stays removed';
$verify = jobsessions($db, 'verify');
is_deeply [ @$verify{qw(exit err)} ], [ 0, '' ], 'verify has nothing to say';

$run = jobsessions($db, 'renumber');
is_deeply [ @$run{qw(exit out)} ], [ 0, '' ], 'once is enough';
like $run->{err}, qr/there are no numbers to exchange/, 'it says so';
is jobsessions("$scratch/none", 'renumber')->{exit}, 3, 'no database is made for it';
ok !-e "$scratch/none", 'indeed';

done_testing;
