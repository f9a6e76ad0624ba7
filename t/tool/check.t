# SPDX-License-Identifier: Apache-2.0
# jobsessions check: what would keep users from a database is found before they meet it, and nothing is written.

use v5.36;
use Test::More;
use Cwd qw(abs_path);
use Digest::SHA;
use File::Temp qw(tempdir);
use IPC::Open2 qw(open2);
use POSIX qw(strftime);
use JobSessions::Test qw(build_file decode_json jobsessions run_command slurp spew);

my $scratch = abs_path(tempdir(CLEANUP => 1));
my $db = "$scratch/db";
my $self = getpwuid $>;
is jobsessions($db, 'put', { stdin => qq({"status":"Success","executionStartTime":"2026-11-01T08:00:00Z"}\n) })->{exit}, 0, 'a database';

# What is in a directory, to the byte; lock.mdb by its mode alone.
sub state_of ($directory) {
    return join ' ', map { my $file = $_; join ':', $file, (stat $file)[ 2, 4, 5 ], $file =~ /lock\.mdb$/ ? () : -f $file ? Digest::SHA->new(256)->addfile($file)->hexdigest : () } $directory, sort glob "$directory/*";
}

# Run it, and hold its exit status and the lines of faults against what is expected.
sub found ($what, $faults, @arguments) {
    my $before = state_of($db);
    my $run = jobsessions($db, 'check', @arguments);
    my @lines = grep { /^fault: / } split /\n/, $run->{out};
    is $run->{exit}, @$faults ? 1 : 0, $what or diag $run->{out}, $run->{err};
    is @lines, @$faults, 'so many faults' or diag $run->{out};
    like $lines[$_] // '', $faults->[$_], 'with its remedy' for 0 .. $#$faults;
    like $run->{out}, @$faults ? qr/^\Q$db\E: ${\scalar @$faults} faults$/m : qr/^\Q$db\E: no faults$/m, 'and a sum';
    is state_of($db), $before, 'nothing is written';
    return $run->{out};
}

my $out = found('a sound database', []);
like $out, qr/^fine: \Q$db\E: it lies on a local file system/m, 'its file system';
like $out, qr/^fine: user \Q$self\E can $_/m, "who asks can $_" for 'read it', 'write to it';
like $out, qr/^fine: user \Q$self\E: no session begins in the future$/m, 'clocks';
{
    my $run = jobsessions($db, 'check', '--json');
    my @lines = map { decode_json($_) } split /\n/, $run->{out};
    my $sum = pop @lines;
    my @texts = map { s/\d+(?= bytes left)/N/r } map { "$_->{found}: $_->{text}" } @lines;
    is_deeply \@texts, [ map { s/\d+(?= bytes left)/N/r } grep { /^fine: / } split /\n/, $out ], 'the same as lines of JSON';
    is_deeply $sum, { directory => $db, faults => 0 }, 'and its sum';
    chmod 02777, $db or die $!;
    $run = jobsessions($db, 'check', '--json', '--as', $self);
    is $run->{exit}, 1, 'a fault';
    is scalar(grep { /^\{"found":"fault","text":"/ } split /\n/, $run->{out}), 1, 'among the lines';
    like $run->{out}, qr/^\{"directory":"\Q$db\E","faults":1\}$/m, 'and in the sum';
    chmod 02770, $db or die $!;
}
found('oneself by name', [], '--as', $self);
found('as a writer', [], '--as-writer', $self);

for my $mode ([ 'data.mdb', 0662 ], [ 'lock.mdb', 0666 ], [ '.', 02777 ]) {
    my ($file, $open) = @$mode;
    my $path = $file eq '.' ? $db : "$db/$file";
    my $was = (stat $path)[2] & 07777;
    chmod $open, $path or die $!;
    found("everybody can write to $file", [ qr/^fault: \Q$path\E: everybody can write to it, its mode is \d+; chmod o-w \Q$path\E$/ ]);
    chmod $was, $path;
}

my $lock = slurp("$db/lock.mdb");
unlink "$db/lock.mdb" or die $!;
like found('no lock.mdb', []), qr/^fine: user \S+ finds no lock\.mdb in \Q$db\E, and can make it$/m, 'is told, and not made';
spew("$db/lock.mdb", $lock);
chmod 0660, "$db/lock.mdb";

found('a full map', [ qr/^fault: \Q$db\E: \d+ of the \d+ bytes are used that it may grow to; raise --map-size/ ], '--map-size', -s "$db/data.mdb");
is run_command([ 'sh', '-c', 'ulimit -v 1000000; exec "$0" -d "$1" check', build_file('jobsessions'), $db ])->{exit}, 1, 'too little address space';

my $id = jobsessions($db, 'put', { stdin => sprintf qq({"status":"Running","executionStartTime":"%s"}\n), strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time + 3600)) })->{out} + 0;
found('a clock that is ahead', [ qr/^fault: 1 sessions begin in the future, as session $id at \S+: a clock is, or was, wrong, .*; look at `date` and `timedatectl`/ ]);
jobsessions($db, 'rm', '--force', $id);

# ---- The configuration of httpd ----

mkdir "$scratch/conf" or die $!;
mkdir "$scratch/conf/sites" or die $!;
spew("$scratch/conf/httpd.conf", qq(# comment\nInclude sites/*.conf\nIncludeOptional "none/*.conf"\n));
spew("$scratch/conf/sites/a.conf", qq(<VirtualHost *:80>\n  jobsessionsdatabase "$scratch/conf/../db"\n</VirtualHost>\n));
like found('it is served', [], '--config', "$scratch/conf/httpd.conf"), qr/^fine: \Q$scratch\E\/conf\/sites\/a\.conf:2: JobSessionsDatabase \S+ names this directory$/m, 'the line that says so';
spew("$scratch/conf/sites/a.conf", "JobSessionsDatabase $scratch/other\n");
like found('another one is', [ qr/^fault: \S+: neither it nor what it includes has httpd serve this database; write `JobSessionsDatabase \Q$db\E`$/ ], '--config', "$scratch/conf/httpd.conf"),
    qr/a\.conf:1: JobSessionsDatabase \S+ names another directory/, 'which is told';
spew("$scratch/conf/sites/a.conf", qq(ServerRoot $scratch\nJobSessionsDatabase db\nInclude "$scratch/conf/sites/a.conf"\n));
found('a circle of includes', [ qr/: files include each other too deep$/ ], '--config', "$scratch/conf/httpd.conf");
found('a file that is not there', [ qr/: No such file/ ], '--config', "$scratch/none");

# ---- What is no database ----

for my $case ([ "$scratch/none", qr/: No such file or directory; name the right directory/ ], [ "$db/data.mdb", qr/: it is no directory/ ], [ "$scratch/conf", qr/: there is no database in it; name the right directory/ ]) {
    my $run = jobsessions($case->[0], 'check');
    is $run->{exit}, 1, "$case->[0]: a fault";
    like $run->{out}, $case->[1], 'is told';
}
my $foreign = "$scratch/foreign";
mkdir $foreign or die $!;
spew("$foreign/$_", 'x' x 20_000) for qw(data.mdb lock.mdb);
like jobsessions($foreign, 'check')->{out}, qr/^fault: user \S+: \Q$foreign\E: .*name the right directory/m, 'files that are no database';

is jobsessions($db, 'check', '--as', 'nobody-of-that-name')->{exit}, 2, 'no such user: usage';
is jobsessions($db, 'check', 'x')->{exit}, 2, 'an argument too many';
is run_command([ build_file('jobsessions'), '-d', $db, 'rm', '-f', 1 ])->{exit}, 2, 'a letter that is no option is refused';
like jobsessions($db, 'check', '--help')->{out}, qr/^usage: jobsessions -d DIR check .*^example: .*^exit status: /ms, 'its help';

subtest 'another user' => sub {
    plan skip_all => 'for root alone' if $> != 0;
    my ($nobody, $daemon) = ((getpwnam 'nobody')[2], (getgrnam 'daemon')[2]);
    chmod 0755, $scratch;
    chmod 02750, $db;
    found('who cannot enter', [ qr/^fault: user nobody cannot enter \Q$db\E, which belongs to user 0 and group 0 and has the mode 2750; as root: chmod g\+x/ ], '--as', 'nobody');
    chmod 0700, $scratch;
    found('nor the directory above', [ qr/^fault: user nobody cannot enter \Q$scratch\E, which/ ], '--as', 'nobody');
    chmod 0755, $scratch;
    chown 0, (getpwnam 'nobody')[3], $db, "$db/data.mdb", "$db/lock.mdb";
    chmod 02750, $db;
    found('a reader', [], '--as', 'nobody', '--as-writer', 'root');
    chmod 0640, "$db/data.mdb";
    like found('who cannot write', [], '--as', 'nobody'), qr/^fine: user nobody cannot write to it, as a reader need not: .*data\.mdb belongs to user 0 /m, 'is no fault';
    found('but of a writer', [ qr/^fault: user nobody: .*data\.mdb belongs to user 0 .* chmod g\+rw it/ ], '--as-writer', 'nobody');
    chmod 0640, "$db/lock.mdb";
    found('lock.mdb cannot be written to', [ qr/^fault: user nobody: .*lock\.mdb belongs to user 0 / ], '--as', 'nobody');
    chmod 0660, "$db/lock.mdb";

    my $as_nobody = run_command([ qw(setpriv --reuid=nobody --regid=nogroup --clear-groups), build_file('jobsessions'), '-d', $db, qw(check --as root) ]);
    is $as_nobody->{exit}, 2, 'only root can be another one';
    like $as_nobody->{err}, qr/only root can look as root/, 'is told';
};

subtest 'a mount that is read-only' => sub {
    plan skip_all => 'for root alone' if $> != 0;
    my $script = 'mount --make-rprivate / && mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && exec "$0" -d "$1" check';
    my $run = run_command([ qw(unshare -m sh -c), $script, build_file('jobsessions'), $db ]);
    plan skip_all => 'nothing can be mounted here' if $run->{err} =~ /unshare|mount/;
    is $run->{exit}, 1, 'is a fault';
    like $run->{out}, qr/^fault: user root: \Q$db\E: it is mounted read-only here, .*ReadWritePaths=\Q$db\E/m, 'with its remedy';
};

done_testing;
