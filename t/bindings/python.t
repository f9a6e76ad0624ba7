# SPDX-License-Identifier: Apache-2.0
# Python: wheel and sdist are built from Debian's packages alone, and a session lives by the wheel.

use v5.36;
use Test::More;
use JobSessions::Bindings qw(lives_as_in_c needs scratch);
use JobSessions::Test qw(run_command slurp);

my $python = '/usr/bin/python3';
my $sources = 'mod_jobsessions/bindings/python';
needs($python, glob('/usr/lib/python3/dist-packages/cffi/__init__.py'));

my $scratch = scratch();
my $path = "$scratch/package";
local $ENV{PYTHONDONTWRITEBYTECODE} = 1;

sub python (@arguments) { return run_command([ 'env', "--chdir=$scratch", $python, @arguments ]) }

SKIP: {
    skip 'python3-build is not here: the package is taken as it lies', 4 if python('-c', 'import build, setuptools')->{exit} != 0;
    run_command([ 'cp', '-R', $sources, "$scratch/sources" ]);
    my $build = python(qw(-m build --no-isolation --outdir dist), "$scratch/sources");
    is $build->{exit}, 0, 'wheel and sdist are built, without a network' or diag "$build->{out}$build->{err}";
    my ($wheel) = glob "$scratch/dist/jobsessions-*-py3-none-any.whl";
    my ($sdist) = glob "$scratch/dist/jobsessions-*.tar.gz";
    ok $wheel, 'a wheel for every Python';
    like run_command([ 'tar', 'tzf', $sdist ])->{out}, qr{jobsessions/py\.typed$}m, 'a sdist, which says that there are types';
    is python('-m', 'zipfile', '-e', $wheel, $path)->{exit}, 0, 'and the wheel can be unpacked';
}
run_command([ 'cp', '-R', $sources, $path ]) if !-d $path;
local $ENV{PYTHONPATH} = $path;

my ($version) = slurp('mod_jobsessions/store/jobsessions.h') =~ /^#define JS_VERSION "(.*)"/m;
like slurp("$sources/pyproject.toml"), qr/^version = "\Q$version\E"$/m, 'the package has the version of the library';

run_command([ 'cp', "$sources/life.py", 't/bindings/programs/owners.py', $scratch ]);
lives_as_in_c('Python', [ $python, '-W', 'error', "$scratch/life.py" ]);
my $owners = python(qw(-W error owners.py));
is $owners->{exit}, 0, 'what threads, forks and tasks that are cancelled leave' or diag $owners->{err};
diag $owners->{err} if $owners->{err} =~ /never retrieved|Traceback/;

{
    local $ENV{LD_LIBRARY_PATH} = '/nowhere';
    like python('-c', 'import jobsessions')->{err}, qr/ImportError: libjobsessions\.so\.0 is not found: install it/,
        'a library that is missing is told';
}

done_testing;
