# SPDX-License-Identifier: Apache-2.0
# jobsessions stat: what a database holds and takes, and who reads it.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use IPC::Open2 qw(open2);
use JobSessions::Test qw(build_file decode_json jobsessions);

my $scratch = tempdir(CLEANUP => 1);
my $db = "$scratch/db";

sub stat_of ($database) {
    my $run = jobsessions($database, 'stat', '--json');
    is $run->{exit}, 0, 'stat' or diag $run->{err};
    return decode_json($run->{out});
}

my @sessions = (
    '{"type":"PolicyBackup","status":"Success","backupJobInfo":{"policyName":"Gold \"1\""}}',
    '{"type":"PolicyBackup","status":"Failed","backupJobInfo":{"policyName":"Gold \"1\""}}',
    '{"type":"Retention","status":"Success","backupJobInfo":{"policyName":"a\u001b[2Jb"}}',
    '{"status":"Running"}');
is jobsessions($db, 'put', { stdin => join '', map { "$_\n" } @sessions })->{exit}, 0, 'four sessions';
jobsessions($db, 'log', 1, '--add', { stdin => qq({"message":"a"}\n) x 3 });
my $is = stat_of($db);
is_deeply $is->{statuses}, { Success => 2, Failed => 1, Running => 1 }, 'statuses';
is_deeply $is->{types}, { PolicyBackup => 2, Retention => 1 }, 'types';
is_deeply $is->{policies}, { 'Gold "1"' => 2, "a\e[2Jb" => 1 }, 'policies';
is_deeply [ @$is{qw(sessions damaged items tombstones lastUsn lastId)} ], [ 4, 0, 3, 0, 4, 4 ], 'counters';
is $is->{pages} * $is->{pageSize}, -s "$db/data.mdb", 'pages are those of the file';
is $is->{jsonBytes}, length(jobsessions($db, 'list', '--json')->{out}) - 4, 'bytes of JSON';
like $is->{database}, qr/^[0-9a-f]{32}$/, 'the identity';
is_deeply $is->{readers}, [], 'who asks is none of the readers';
jobsessions($db, 'rm', 1, 2);
my $after = stat_of($db);
is_deeply [ @$after{qw(sessions items tombstones lastUsn)} ], [ 2, 0, 2, 6 ], 'after a removal';
cmp_ok $after->{freePages}, '>', 0, 'pages are free';
jobsessions($db, 'compact');
is stat_of($db)->{freePages}, 0, 'until they are compacted';

my $table = jobsessions($db, 'stat')->{out};
like $table, qr/^sessions +2, \d+ bytes of JSON\n/m, 'for people';
like $table, qr/^statuses\n +1  Running\n +1  Success\ntypes\n/m, 'tallies';
like $table, qr/^ +1  a\?\[2Jb$/m, 'control characters are not passed on';

SKIP: {
    my $holder = build_file('t/support/hold_snapshots');
    skip 'not built', 3 unless -x $holder;
    my $pid = open2(my $out, my $in, $holder, $db, 1);
    readline $out;
    jobsessions($db, 'put', { stdin => qq({"status":"Success"}\n) }) for 1 .. 3;
    my ($reader, @others) = @{ stat_of($db)->{readers} };
    is_deeply [ @$reader{qw(process reading transactionsBehind)}, @others ], [ $pid, JSON::XS::true, 3 ], 'a process with an old snapshot';
    like jobsessions($db, 'stat')->{out}, qr/^ +$pid  hold_snapshots  snapshot, 3 transactions old$/m, 'its name, for people';
    close $in;
    waitpid $pid, 0;
}

is jobsessions("$scratch/none", 'stat')->{exit}, 3, 'no database';
is jobsessions($db, 'stat', 'x')->{exit}, 2, 'an argument too many';
like jobsessions($db, 'stat', '--help')->{out}, qr/^usage: jobsessions -d DIR stat .*^example: .*^exit status: /ms, 'its help';

done_testing;
