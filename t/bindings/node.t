# SPDX-License-Identifier: Apache-2.0
# Node: the addon compiles without a warning, a session lives by it, and promises are kept.

use v5.36;
use Test::More;
use JobSessions::Bindings qw(compile_c installed lives_as_in_c needs scratch);
use JobSessions::Test qw(decode_json run_command slurp);

my $node = '/usr/bin/node';
my $include = $ENV{NODE_INCLUDE} // '/usr/include/node';
needs($node, "$include/node_api.h");
installed();

my $modules = scratch() . '/node_modules';
my $package = "$modules/jobsessions";
mkdir $modules;
run_command([ 'cp', '-R', 'mod_jobsessions/bindings/node', $package ]);
run_command([ 'cp', 't/bindings/programs/owners.js', "$package/life.js", scratch() ]);

# what npm runs; npm itself is not needed for it
my $description = decode_json(slurp("$package/package.json"));
my $build = run_command([ 'env', "--chdir=$package", 'CC=cc -Werror', 'sh', '-c', $description->{scripts}{install} ]);
is $build->{exit}, 0, 'npm install builds it' or diag $build->{err};
my ($version) = slurp('mod_jobsessions/store/jobsessions.h') =~ /^#define JS_VERSION "(.*)"/m;
is $description->{version}, $version, 'the package has the version of the library';
for my $script ("$package/index.js", "$package/life.js") {
    is run_command([ $node, '--check', $script ])->{exit}, 0, $script =~ s{.*/}{}r;
}
lives_as_in_c('Node', [ $node, scratch() . '/life.js' ], own_put => 0);
my $owners = run_command([ 'env', '--chdir=' . scratch(), $node, 'owners.js', compile_c('holder') ]);
is $owners->{exit}, 0, 'transactions, signals and closing' or diag $owners->{err};

done_testing;
