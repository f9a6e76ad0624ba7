# SPDX-License-Identifier: Apache-2.0
# The library's manual page names every function for workers, and no other; what is installed as a page can be read.

use v5.36;
use Test::More;
use JobSessions::Test qw(run_command slurp);

my $page = slurp('mod_jobsessions/store/libjobsessions.3');
my ($headers) = map { s{/\*.*?\*/}{}gsr } slurp('mod_jobsessions/store/jobsessions.h');
my %declared = map { $_ => 1 } $headers =~ /\b(js_\w+)\(/g;
my %named = map { $_ => 1 } $page =~ /^\.Fn (js_\w+)/mg;
is_deeply [ sort keys %named ], [ sort keys %declared ], 'the functions of jobsessions.h';

my @pages = map { split /\n/ } run_command([qw(find mod_jobsessions -name *.[1-8])])->{out};
cmp_ok scalar(@pages), '>=', 2, 'there are pages';
for my $file (@pages) {
    SKIP: {
        skip 'no man', 1 if run_command([qw(sh -c), 'command -v groff'])->{exit};
        my $run = run_command([ qw(groff -ww -mandoc -Tutf8 -z), $file ]);
        is "$run->{exit} $run->{err}", '0 ', $file;
    }
}

done_testing;
