# SPDX-License-Identifier: Apache-2.0
# bash completes what the tool takes, no more and no less.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use JobSessions::Test qw(build_file run_command slurp);

my $scratch = tempdir(CLEANUP => 1);
plan skip_all => 'no bash' if run_command([qw(sh -c), 'command -v bash'])->{exit};

# What is offered for the last of the words.
sub offered (@words) {
    my $script = 'source conf/completion/jobsessions; COMP_WORDS=(jobsessions "$@"); COMP_CWORD=$#; _jobsessions; printf "%s\n" "${COMPREPLY[@]}"';
    my $run = run_command([ qw(bash --norc -eu -c), $script, 'bash', @words ]);
    is $run->{err}, '', "no complaint about @words";
    return sort grep { length } split /\n/, $run->{out};
}

my $help = run_command([ build_file('jobsessions'), '--help' ])->{out};
my %verbs = map { $_ => 1 } $help =~ /^  ([a-z]+)\b/mg;
is_deeply [ offered('') ], [ sort keys %verbs ], 'the verbs of the help';
is_deeply [ offered('-d', $scratch, 'ver') ], ['verify'], 'behind an option with its value';

# Does an option go with a verb that has its arguments? What else is wrong is said later.
my %arguments = (get => [1], rm => [1], heartbeat => [1], stop => [1], log => [1], items => [ 1, 'protectedItems' ], restore => ["$scratch/none/db"]);

sub goes_with ($verb, $option) {
    return 1 if $option =~ /^--(?:database|map-size|help|version)$/;    # they go with all, and the first would lead elsewhere
    my @line = (build_file('jobsessions'), '-d', "$scratch/none/db", $verb, @{ $arguments{$verb} // [] });
    return !grep { run_command([ @line, $_ ])->{err} =~ /does not go with|unrecognized option/ } "$option=1", $option;
}

my %known = map { ("--$_" => 1) } slurp('mod_jobsessions/tool/command_line.c') =~ /^    \{"([a-z-]+)", (?:no|required)_argument/mg;
for my $verb (grep { $_ ne 'follow' } sort keys %verbs) {
    my @offered = offered($verb, '--');
    is_deeply \@offered, [ grep { goes_with($verb, $_) } sort keys %known ], "the options of $verb";
}

SKIP: {
    my $program = build_file('jobsessions-follow');
    skip 'follow is not built', 1 unless -x $program;
    my %takes = map { $_ => 1 } run_command([ $program, '--help' ])->{out} =~ /(--[a-z]+)/g;
    is_deeply [ offered('follow', '--') ], [ sort keys %takes ], 'the options of follow, which is a program of its own';
}

is_deeply [ offered(qw(list --status Run)) ], [qw(Running RunningWithError RunningWithWarning)], 'statuses';
is_deeply [ offered(qw(check --as roo)) ], ['root'], 'users';
is_deeply [ offered(qw(items 1 prot)) ], ['protectedItems'], 'kinds of items';
mkdir "$scratch/directory" or die $!;
is_deeply [ offered('-d', "$scratch/dir") ], ["$scratch/directory"], 'directories';
is_deeply [ offered('list', '--limit', '') ], [], 'nothing, where nothing can be told';

done_testing;
