# SPDX-License-Identifier: Apache-2.0
# The README's way to another machine, typed as it stands there: folders stand for the two machines, and what ssh is told
# is done in the other one.

use v5.36;
use Test::More;
use Cwd qw(getcwd);
use File::Temp qw(tempdir);
use JobSessions::Readme qw(blocks);
use JobSessions::Test qw(jobsessions run_command slurp spew);

my $here = getcwd;
my $scratch = tempdir(CLEANUP => 1);
my ($typed) = blocks('Moving to another machine');
my @commands = split /\n/, $typed;
is scalar(grep { /^(?:ssh|jobsessions|mv|systemctl) / } @commands), scalar(@commands), 'commands alone';

mkdir "$scratch/$_" for qw(bin old new);
my ($old, $new) = map { "$scratch/$_/jobsessions" } qw(old new);
spew("$scratch/bin/ssh", qq(#!/bin/sh\n[ "\$1" = root\@new ] || exit 255\nshift\necho "\$*" | sed 's|/var/lib/jobsessions|$new|g' >"$scratch/told"\nexec sh "$scratch/told"\n));
spew("$scratch/bin/systemctl", qq(#!/bin/sh\necho "\$*" >>"$scratch/systemctl"\n));
chmod 0755, "$scratch/bin/ssh", "$scratch/bin/systemctl";

sub typed ($command) {
    return run_command([ 'env', "PATH=$scratch/bin:$here/build:$ENV{PATH}", 'sh', '-c', $command =~ s{(?<!new jobsessions -d )/var/lib/jobsessions}{$old}gr ]);
}

# All of it, but for what names the database, and the checksum over that.
sub stored ($db) {
    return jobsessions($db, 'dump')->{out} =~ s/"(?:database|crc32c|revision)":"?\w+//gr;
}

sub told ($db, $name) { return jobsessions($db, 'stat', '--json')->{out} =~ /"$name":"?([^",}]+)/ ? $1 : 'none' }

jobsessions($old, 'import', { stdin => slurp('t/data/sessions-example.ndjson') });
jobsessions($old, 'put', '--worker', $$, { stdin => qq({"id":"6","status":"Running"}\n) });
jobsessions($old, 'log', 4, '--add', { stdin => qq({"message":"a"}\n) });
mkdir $new;
my ($before, $last_usn) = (stored($old), told($old, 'lastUsn'));
isnt $before, '', 'a database';

my ($copy) = grep { /backup --stdout/ } @commands;
my $broken = typed($copy =~ s/\|/| head -c 20000 |/r);
isnt $broken->{exit}, 0, 'a copy that breaks off is refused';
like $broken->{err}, qr/\S/, 'with a reason';
is_deeply [ glob "$new/*" ], [], 'and changes nothing';

for my $command (@commands) {
    my ($verb) = $command =~ / (backup|verify|check|sweep) /;
    SKIP: {
        skip 'only root can be others, on a machine that has them: t/systemd.pl', 1 if $command =~ / check --as /;
        my $run = typed($command);
        is $run->{exit}, 0, $command or diag $run->{out}, $run->{err};
    }
    if ($command eq $copy) {
        is stored($new), $before, 'all that there was is there';
        isnt told($new, 'database'), told($old, 'database'), 'under an identity of its own';
        is typed($copy)->{exit}, 0, 'also once more';
    }
}
like slurp("$scratch/systemctl"), qr/^stop jobsessions-prune\.timer jobsessions-sweep\.timer$/m, 'timers are stopped';
like jobsessions($new, 'get', 6)->{out}, qr/"status":"Failed"/, 'what ran on the old machine is closed on the new one';
ok !-e $old, 'nobody goes on writing to the old one';
is jobsessions($new, 'put', { stdin => qq({"status":"Running"}\n) })->{out}, "7\n", 'ids go on';
cmp_ok told($new, 'lastUsn'), '>', $last_usn, 'and usns';

done_testing;
