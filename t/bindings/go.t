# SPDX-License-Identifier: Apache-2.0
# Go: the package is laid out as gofmt does, vetted, tested, and a session lives by it.

use v5.36;
use Test::More;
use JobSessions::Bindings qw(installed lives_as_in_c needs scratch);
use JobSessions::Test qw(run_command);

needs('/usr/bin/go');
installed();

my $scratch = scratch();
local $ENV{GOCACHE} = "$scratch/cache";
local $ENV{GOPATH} = "$scratch/path";
local @ENV{qw(GOPROXY GOTOOLCHAIN GOFLAGS GO111MODULE CGO_ENABLED)} = qw(off local -mod=mod on 1);

sub go (@arguments) { return run_command([ qw(env --chdir=mod_jobsessions/bindings/go /usr/bin/go), @arguments ]) }

SKIP: {
    skip 'gofmt is not here', 1 if !-x '/usr/bin/gofmt';
    is run_command([qw(/usr/bin/gofmt -l mod_jobsessions/bindings/go)])->{out}, '', 'gofmt has nothing to change';
}
my $build = go('build', '-o', "$scratch/life", './life');
is $build->{exit}, 0, 'go build, without a network' or diag $build->{err};
lives_as_in_c('Go', ["$scratch/life"]);
my $tests = go('test', '.');
is $tests->{exit}, 0, 'goroutines, contexts and panics' or diag "$tests->{out}$tests->{err}";

done_testing;
