# SPDX-License-Identifier: Apache-2.0
# Java: the classes compile without a warning, and a session lives by them.

use v5.36;
use Test::More;
use JobSessions::Bindings qw(installed lives_as_in_c needs scratch);
use JobSessions::Test qw(run_command);

my $jna = '/usr/share/java/jna.jar';
needs('/usr/bin/javac', '/usr/bin/java', $jna);
installed();

my $classes = scratch() . '/classes';
my @sources = (glob('mod_jobsessions/bindings/java/jobsessions/*.java'), 'mod_jobsessions/bindings/java/Life.java', 't/bindings/programs/Owners.java');
# these tests are not to measure how well the compiler optimizes
my @java = ('/usr/bin/java', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', "$jna:$classes");

my $build = run_command([ qw(/usr/bin/javac -J-XX:TieredStopAtLevel=1 -encoding UTF-8 --release 11 -Xlint:all -Werror -cp), $jna, '-d', $classes, @sources ]);
is $build->{exit}, 0, 'javac has no warning' or diag "$build->{out}$build->{err}";
lives_as_in_c('Java', [ @java, 'Life' ]);
my $owners = run_command([ 'env', '--chdir=' . scratch(), @java, 'Owners' ]);
is $owners->{exit}, 0, 'threads, limits and closing' or diag $owners->{err};

done_testing;
