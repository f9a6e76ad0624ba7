# SPDX-License-Identifier: Apache-2.0
# What programs that were linked with the library rely on is still there: the names it exports and the sizes of what
# they have in their own memory, as t/data/libjobsessions-0.abi lists them. Names may be added, there and in the library;
# who takes one away or makes a structure larger has to raise the library's version, and with it its soname.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use JobSessions::Test qw(build_file run_command slurp spew);

my (@names, %sizes);
for (grep { !/^#/ } split /\n/, slurp('t/data/libjobsessions-0.abi')) {
    /^(\w+) (\d+)$/ ? ($sizes{$1} = $2) : push @names, $_;
}

my ($version) = slurp('mod_jobsessions/store/jobsessions.h') =~ /^#define JS_VERSION "(\d+)\./m;
is $version, 0, 'the version that the list is of';
my %exported = map { /\bT (\w+)\@\@(\w+)$/ ? ($1 => $2) : () } split /\n/, run_command([ qw(nm -D --defined-only), build_file('libjobsessions.so') ])->{out};
is_deeply [ grep { ($exported{$_} // '') ne "JOBSESSIONS_$version" } @names ], [], 'every name is exported, under its version';
is_deeply [ grep { !/^js_/ } keys %exported ], [], 'nothing else is';
my $headers = join '', map { slurp("mod_jobsessions/store/$_") } qw(jobsessions.h jobsessions_read.h);
is_deeply [ sort grep { !/^js_/ || $headers !~ /\b\Q$_\E\(/ } keys %exported ], [], 'all that is exported is in a header';

SKIP: {
    skip 'sizes are those of 64-bit machines', 1 if length pack('J', 0) != 8;
    my $scratch = tempdir(CLEANUP => 1);
    spew("$scratch/sizes.c", join "\n", '#include <stdio.h>', '#include "jobsessions_read.h"', 'int main(void) {',
        (map { qq(printf("$_ %zu\\n", sizeof($_));) } sort keys %sizes), 'return 0; }');
    my $compiled = run_command([ qw(cc -Imod_jobsessions/store -o), "$scratch/sizes", "$scratch/sizes.c" ]);
    diag $compiled->{err} if $compiled->{exit};
    my %is = map { split } split /\n/, run_command(["$scratch/sizes"])->{out};
    is_deeply \%is, \%sizes, 'structures have their sizes';
}

done_testing;
