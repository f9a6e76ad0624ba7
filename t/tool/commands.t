# SPDX-License-Identifier: Apache-2.0
# Each command with the tool that README, manual page and help show is run as it is written there, on a database of its
# own that stands for the one it names. What sets up httpd is run by t/httpd/16-first-hour.t and t/first-hour.pl, what
# Debian's packages want by t/deb.pl; what is left out here says why.

use v5.36;
use Test::More;
use Cwd qw(getcwd);
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use JobSessions::Test qw(build_file jobsessions run_command slurp spew);

my $here = getcwd;
my $scratch = tempdir(CLEANUP => 1);
my $number = 0;

# ---- What is written -------------------------------------------------------------------------------

# Commands of a text whose lines may be continued; what is behind a # is for people.
sub commands ($text) {
    $text =~ s/^\$ //mg;
    $text =~ s/(\\\n|(?<=\|)\n)\s*/ /g;
    return grep { /^(?:[a-z]+ .*\| *|if |zstd .*)?jobsessions (?:-d|-) ?/ } map { s/\s+# .*//r } split /\n/, $text;
}

my $readme = slurp('README.md');
my ($of_the_tool) = $readme =~ /^## The tool\n(.*?)^## /ms;
my @blocks = map { s/^    //mgr } $of_the_tool =~ /(?:^|\n)\n((?:    .*\n)+)/g;
my @inline = map { s/\s+/ /gr } $readme =~ /`(jobsessions -d \S+ [^`]+)`/g;
my ($examples) = slurp('mod_jobsessions/tool/jobsessions.1') =~ /^\.Sh EXAMPLES\n\.Bd[^\n]*\n(.*?)^\.Ed/ms;
my @helps;
for my $verb (jobsessions('none', '--help')->{out} =~ /^  ([a-z]+)\b/mg) {
    my ($example) = run_command([ build_file('jobsessions'), $verb, '--help' ])->{out} =~ /^example: (.*?)^exit status: /ms;
    push @helps, commands($example) if defined $example;
}
my (@transcripts, @single);
push @{ /^\$ / ? \@transcripts : \@single }, $_ for @blocks;
my %places = ('README, The tool' => [ map { commands($_) } @single ], 'README, in the text' => \@inline, 'jobsessions(1)' => [ commands($examples) ], 'help' => \@helps);

# ---- How it is run ---------------------------------------------------------------------------------

# Not here: by a pattern of the command, and why.
my @left_out = (
    [ qr/ check --as / => 'only root can be others, on a machine that has them: t/tool/check.t' ],
    [ qr/zstd/ => run_command([ 'sh', '-c', 'command -v zstd' ])->{exit} == 0 ? undef : 'no zstd' ],
);

mkdir "$scratch/bin";
spew("$scratch/bin/logger", "#!/bin/sh\ncat >/dev/null\n");
chmod 0755, "$scratch/bin/logger";

# A database with the sessions, logs and items that the commands name; 6 runs where that is wanted.
sub database ($directory, $runs) {
    jobsessions($directory, 'import', { stdin => slurp('t/data/sessions-example.ndjson') });
    jobsessions($directory, 'log', $_, '--add', { stdin => qq({"message":"a"}\n) }) for 4, 6;
    jobsessions($directory, 'items', 4, 'protectedItems', '--add', { stdin => qq({"name":"vm"}\n) });
    jobsessions($directory, 'put', { stdin => qq({"id":"6","status":"Running"}\n) }) if $runs;
    return $directory;
}

# What is named in the place of a backup and of a dump.
sub sources ($folder) {
    my $source = database("$folder/source", 0);
    jobsessions($source, 'backup', "$folder/SOURCE");
    spew("$folder/FILE", jobsessions($source, 'dump')->{out});
}

# What standard input is given, for those that read it.
sub input_of ($command) {
    return $command =~ / (?:put|--add)$/ ? qq({"type":"PolicyBackup","status":"Success"}\n)
        : $command =~ / import$/ ? slurp('t/data/sessions-example.ndjson')
        : $command =~ / load$/ ? jobsessions(database("$scratch/source" . $number++, 0), 'dump')->{out}
        : '';
}

# In a folder of its own, where what is elsewhere on a machine is, too.
sub run_as_written ($command, $folder) {
    my $db = "$folder/db";
    my $follows = $command =~ / watch\b| -f\b/;
    # in this order: the folder may lie in /tmp
    my $placed = $command =~ s{(?<=[ >])/(backups|tmp)/}{$folder/}gr =~ s{-d (?:/var/lib/jobsessions|DIR)(?= )}{-d $db}gr;
    return run_command([ 'env', "PATH=$scratch/bin:$here/build:$ENV{PATH}", "JOBSESSIONS_STOPS=$folder/stops", 'timeout', $follows ? 1 : 60,
        'bash', '-c', "cd $folder && $placed" ], input_of($command));
}

for my $place (sort keys %places) {
    my @commands = @{ $places{$place} };
    cmp_ok scalar(@commands), '>', 5, "$place: there are commands";
    my $shared = $place eq 'jobsessions(1)';    # where one restores what another has backed up
    my $folder;
    for my $command (@commands) {
        my ($why) = map { $command =~ $_->[0] ? $_->[1] // () : () } @left_out;
        SKIP: {
            skip "$command: $why", 1 if defined $why;
            if (!$shared || !defined $folder) {
                $folder = "$scratch/" . $number++;
                mkdir $_ for $folder, "$folder/stops";
                sources($folder) if $command =~ /SOURCE|FILE/;
            }
            remove_tree("$folder/db");
            database("$folder/db", scalar $command =~ / stop | heartbeat /) unless $command =~ / load\b/ && $command !~ / dump /;
            my $run = run_as_written($command, $folder);
            my $follows = $command =~ / watch\b| -f\b/;
            is $run->{exit}, $follows ? 124 : 0, "$place: $command" or diag $run->{out}, $run->{err};
        }
    }
}

# Commands and what they say, one after the other.
for my $transcript (@transcripts) {
    my $folder = "$scratch/" . $number++;
    mkdir $folder;
    my @said = split /^\$ /m, $transcript =~ s/\A\$ //r;
    for my $part (@said) {
        my ($command) = commands($part);
        my $output = $part =~ s/\A(?:[^\n]*\|\n)*[^\n]*\n//r;
        is run_as_written($command, $folder)->{out}, $output, "README, a transcript: $command";
    }
}
cmp_ok scalar(@transcripts), '>', 0, 'there are transcripts';

done_testing;
