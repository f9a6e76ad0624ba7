# SPDX-License-Identifier: Apache-2.0
# C++: the header compiles without a warning, a session lives by it, and what it owns goes when it should.

use v5.36;
use Test::More;
use JobSessions::Bindings qw(installed lives_as_in_c needs pkg_config scratch);
use JobSessions::Test qw(run_command);

needs('/usr/bin/g++');

for my $compiler (qw(g++ clang++)) {
    SKIP: {
        skip "$compiler is not here", 1 if !-x "/usr/bin/$compiler";
        for my $program (qw(mod_jobsessions/bindings/cpp/life.cpp t/bindings/programs/owners.cpp)) {
            my ($name) = $program =~ m{(\w+)\.cpp$};
            my $build = run_command([ $compiler, qw(-std=c++17 -Wall -Wextra -Wshadow -Wold-style-cast -Wpedantic -Werror -o),
                scratch() . "/$name-$compiler", $program, '-pthread', pkg_config(qw(--cflags --libs)) ]);
            is $build->{exit}, 0, "$name.cpp by $compiler" or diag $build->{err};
        }
        lives_as_in_c($compiler, [ scratch() . "/life-$compiler" ]);
        my $owners = run_command([ 'env', '--chdir=' . scratch(), scratch() . "/owners-$compiler" ]);
        is $owners->{exit}, 0, 'what was moved, thrown through or waited for' or diag $owners->{err};
    }
}

done_testing;
