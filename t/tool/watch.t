# SPDX-License-Identifier: Apache-2.0
# jobsessions watch and log --follow: every change is told once, in order, whatever becomes of the database, the reader
# and the commands.

use v5.36;
use Test::More;
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use POSIX qw(WNOHANG);
use JobSessions::Test qw(build_file days_ago decode_json jobsessions run_command slurp wait_until);

my $scratch = tempdir(CLEANUP => 1);
my $db = "$scratch/db";

sub put (@sessions) { return jobsessions($db, 'put', { stdin => join '', map { "$_\n" } @sessions })->{out} =~ s/\n/ /gr }

# Start it with its output in files; the hash tells what is there.
sub start (@arguments) {
    state $count = 0;
    my $self = { out => "$scratch/out" . ++$count, err => "$scratch/err$count" };
    $self->{pid} = fork // die $!;
    if (!$self->{pid}) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', $self->{out};
        open STDERR, '>', $self->{err};
        exec build_file('jobsessions'), '-d', $db, @arguments;
    }
    wait_until { -e $self->{err} };
    return $self;
}

sub prints ($self, $what, $name, $stream = 'out') {
    my $ok = wait_until { slurp($self->{$stream}) =~ $what };
    ok $ok, $name or diag slurp($self->{out}), slurp($self->{err});
}

# End it by a signal, and return its exit status, or 128 and the signal.
sub stop ($self, $signal = 'INT') {
    kill $signal => $self->{pid};
    return ended($self);
}

sub ended ($self) {
    wait_until { waitpid($self->{pid}, WNOHANG) > 0 } or return 'goes on';
    return $? & 127 ? 128 + ($? & 127) : $? >> 8;
}

sub usns ($text) { return join ' ', map { decode_json($_)->{usn} // 'restarted' } split /\n/, $text }

# ---- watch ----

put(map { qq({"status":"Success","n":$_}) } 1 .. 3);
my $watch = start('watch', '--json', '--since', 1);
prints($watch, qr/"usn":3\D.*\n/, 'what was there after the usn');
put('{"id":"1","status":"Failed"}');
prints($watch, qr/^\{"id":"1",.*"status":"Failed".*"usn":4\D.*\n/m, 'a session changes');
jobsessions($db, 'rm', 2);
prints($watch, qr/^\{"id":"2","usn":5,"deleted":true\}\n/m, 'one is removed');
jobsessions($db, 'compact');
put('{"status":"Running"}');
prints($watch, qr/"usn":6\D.*\n/, 'compacted meanwhile');
my ($identity) = jobsessions($db, 'stat')->{out} =~ /^database +(\w+)/;
is stop($watch), 0, 'SIGINT ends it well';
is usns(slurp($watch->{out})), '2 3 4 5 6', 'each once, in order';
is slurp($watch->{err}), "jobsessions: note: stopped behind usn 6; go on with --since 6\@$identity\n", 'and it says where to go on';

put('{"status":"Pending"}');
my $on = start('watch', '--json', '--since', "6\@$identity");
prints($on, qr/\n/, 'it goes on there');
is stop($on, 'TERM'), 0, 'SIGTERM ends it well';
is usns(slurp($on->{out})), '7', 'with what came since';

my $table = start('watch');
prints($table, qr/^jobsessions: note: watching what comes behind usn 7\@$identity$/m, 'where it begins', 'err');
prints($table, qr/^USN +ID +STATUS/, 'a table');
put('{"status":"Success","type":"PolicyBackup"}');
prints($table, qr/^8 +6 +Success +PolicyBackup *\n/m, 'of what comes from now on');
jobsessions($db, 'rm', 6);
prints($table, qr/^9 +6 +removed *\n/m, 'and goes');
stop($table);
is slurp($table->{out}) =~ tr/\n//, 3, 'no more than that';

# The database is restored, goes away, and is made anew.
jobsessions($db, 'backup', "$scratch/backup");
my $restored = start('watch', '--json', '--since', 9);
put('{"status":"Error"}');
prints($restored, qr/"usn":10\D/, 'before a restore');
jobsessions($db, 'restore', "$scratch/backup");
prints($restored, qr/note: \S+: it was restored, or made anew; what follows is all that it has/, 'a restore is told', 'err');
prints($restored, qr/^\{"restarted":true,"database":"\w+"\}\n/m, 'in the output, too');
put('{"status":"Warning"}');
prints($restored, qr/"status":"Warning"/, 'and it goes on');
remove_tree($db);
prints($restored, qr/; waiting for it$/m, 'the database is gone', 'err');
put('{"status":"Canceled"}');
prints($restored, qr/"status":"Canceled"/, 'a new one is there');
is stop($restored), 0, 'to the end';
is usns(slurp($restored->{out})), '10 restarted 3 4 5 6 7 8 9 10 restarted 1' =~ s/8 9/9/r, 'nothing twice, nothing left out';
my $old = start('watch', '--json', '--since', "6\@$identity");
prints($old, qr/^\{"restarted":true.*\n.*"usn":1\D/, 'a position of another history');
stop($old);
my $ahead = start('watch', '--json', '--since', 99);
prints($ahead, qr/^\{"restarted":true.*\n.*"usn":1\D/, 'a usn that was never given');
prints($ahead, qr/it has not come so far/, 'is told', 'err');
stop($ahead);

# Removals are forgotten that who comes back has not seen.
my $other = $db;
$db = "$scratch/forgotten";
days_ago(200, sub { put('{"status":"Success"}', '{"status":"Success"}'); jobsessions($db, 'rm', 2); put('{"status":"Success"}') });
is jobsessions($db, qw(prune --tombstones-older-than 180d))->{err}, "jobsessions: 1 tombstones forgotten\n", 'a removal is forgotten';
my $late = start('watch', '--json', '--since', 2);
prints($late, qr/^\{"restarted":true.*\n.*"usn":1\D/, 'who has not seen it begins anew');
prints($late, qr/it has forgotten removals that came behind that/, 'is told', 'err');
stop($late);
my ($where) = slurp($late->{err}) =~ /go on with --since (\S+)/;
like $where, qr/^4\@[0-9a-f]{32}-3$/, 'and where to go on, which may be before what is forgotten';
$where =~ s/^4/1/;
$late = start('watch', '--json', '--since', $where);
put('{"status":"Error"}');
prints($late, qr/^\{"id":"3",.*"usn":4\}\n\{"id":"4",.*"usn":5\}\n\z/, 'from where it goes on');
stop($late);
$db = $other;

# Many at once.
my $many = start('watch', '--json');
prints($many, qr/behind usn 1\@/, 'from now on', 'err');
put(map { '{"status":"Success"}' } 1 .. 5000);
prints($many, qr/"usn":5001\D.*\n/, '5000 sessions');
stop($many);
is usns(slurp($many->{out})), join(' ', 2 .. 5001), 'each once, in order';

# ---- Who reads ----

my $gone = run_command([ 'sh', '-c', '"$0" -d "$1" watch --json --since 0 | head -n 1; "$0" -d "$1" watch --json --since 5001 | true', build_file('jobsessions'), $db ]);
is $gone->{out} =~ tr/\n//, 1, 'who has read enough ends it, also while nothing happens';
is $gone->{err}, '', 'quietly';
my $full = run_command([ 'sh', '-c', 'exec "$0" -d "$1" watch --json --since 0 >/dev/full', build_file('jobsessions'), $db ]);
is $full->{exit}, 3, 'no place for the output';
like $full->{err}, qr/^jobsessions: writing the output: /, 'is told';

# ---- Commands ----

my $file = "$scratch/got";
my $exec = start('watch', '--since', 5000, '--exec', "cat >>$file; test \$JOBSESSIONS_NUMBER != 5002");
put('{"status":"Failed"}', '{"status":"Success"}');
wait_until { -e $file && slurp($file) =~ /"usn":5003/ };
is stop($exec), 1, 'a command that failed shows in the exit status';
is usns(slurp($file)), '5001 5002 5003', 'each change is run for once';
like slurp($exec->{err}), qr/^jobsessions: usn 5002: cat .*: exit status 1$/m, 'a failure is told';
my $killed = start('watch', '--since', 5002, '--exec', 'kill -9 $$');
prints($killed, qr/^jobsessions: usn 5003: .*: ended by signal 9$/m, 'so is a signal', 'err');
stop($killed);
my $deaf = start('watch', '--since', 0, '--exec', 'ls -l /proc/self/fd; exec 0<&-; echo ran');
prints($deaf, qr/^ran\n/m, 'one that closes its input');
unlike slurp($deaf->{out}), qr/\.mdb/, 'it inherits no file of the database';
is stop($deaf), 0, 'a command that does not read';

# ---- A log ----

my ($id) = put('{"status":"Running"}') =~ /(\d+)/;
my $add = sub (@texts) { jobsessions($db, 'log', $id, '--add', { stdin => join '', map { qq({"message":"$_"}\n) } @texts }) };
$add->('a', 'b');
my $log = start('log', '-f', $id);
prints($log, qr/"b"\}\n/, 'the log as it is');
$add->('c');
prints($log, qr/"c"\}\n/, 'and as it grows');
is stop($log), 0, 'SIGINT ends it well';
is slurp($log->{err}), "jobsessions: note: stopped behind line 3; go on with --since 3\n", 'and it says where to go on';
$add->(map { "m$_" } 1 .. 2500);
$log = start('log', $id, '--follow', '--since', 3);
prints($log, qr/"m2500"\}\n/, 'it goes on there');
is slurp($log->{out}) =~ tr/\n//, 2500, 'with what came since';
jobsessions($db, 'backup', "$scratch/second");
jobsessions($db, 'restore', "$scratch/second");
prints($log, qr/it was restored/, 'a restore is told', 'err');
prints($log, qr/"m2500"\}\n.*"a"\}\n.*"m2500"\}\n/s, 'and all of the log printed');
jobsessions($db, 'rm', '--force', $id);
is ended($log), 1, 'a session that is removed has no more';
like slurp($log->{err}), qr/there is no session "$id"$/m, 'which is told';
my $run_for = start('log', '-f', 1, '--exec', 'echo $JOBSESSIONS_NUMBER; cat');
jobsessions($db, 'log', 1, '--add', { stdin => qq({"message":"x"}\n) });
prints($run_for, qr/^1\n\{"message":"x"\}\n/, 'a command for each line');
is stop($run_for), 0, 'which is well';

for my $misuse ([ 'watch', '--since', 'now' ], [ 'watch', '--since', '1@x' ], [ 'log', 1, '-f', '--since', 'x' ], [ 'log', 1, '--since', 1 ], [ 'log', 1, '-f', '--add' ], [ 'watch', 'x' ]) {
    is jobsessions($db, @$misuse)->{exit}, 2, "@$misuse: usage";
}
is jobsessions("$scratch/none", 'watch')->{exit}, 3, 'no database';
is jobsessions($db, 'log', '-f', 999_999)->{exit}, 1, 'no session';
like jobsessions($db, $_, '--help')->{out}, qr/^usage: jobsessions -d DIR $_ .*^example: .*^exit status: /ms, "the help of $_" for qw(watch log);

done_testing;
