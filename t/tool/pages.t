# SPDX-License-Identifier: Apache-2.0
# The library's manual page names every function for workers, and no other, that of the module every directive and note;
# what is installed as a page can be read.

use v5.36;
use Test::More;
use JobSessions::Test qw(run_command slurp);

my $page = slurp('mod_jobsessions/store/libjobsessions.3');
my ($headers) = map { s{/\*.*?\*/}{}gsr } slurp('mod_jobsessions/store/jobsessions.h');
my %declared = map { $_ => 1 } $headers =~ /\b(js_\w+)\(/g;
my %named = map { $_ => 1 } $page =~ /^\.Fn (js_\w+)/mg;
is_deeply [ sort keys %named ], [ sort keys %declared ], 'the functions of jobsessions.h';

my $module = slurp('mod_jobsessions/module/mod_jobsessions.8');
my %directives = map { $_ => 1 } slurp('mod_jobsessions/module/server/config.c') =~ /AP_INIT_\w+\(\s*"(\w+)"/g;
my %of_page = map { $_ => 1 } $module =~ /^\.It Ic (\w+)/mg;
is_deeply [ sort keys %of_page ], [ sort keys %directives ], 'the directives of the module';
my %notes = map { $_ => 1 } map { slurp($_) =~ /"(jobsessions-(?:end|sessions|damaged|bytes|usn|first-byte))"/g } 'mod_jobsessions/module/request/outcome.c';
is_deeply [ sort keys %notes ], [ sort $module =~ /%\{(jobsessions-[a-z-]+)\}n/g ], 'and its notes';

my @pages = map { split /\n/ } run_command([qw(find mod_jobsessions -name *.[1-8])])->{out};
cmp_ok scalar(@pages), '>=', 4, 'there are pages';
for my $file (@pages) {
    SKIP: {
        skip 'no man', 1 if run_command([qw(sh -c), 'command -v groff'])->{exit};
        my $run = run_command([ qw(groff -ww -mandoc -Tutf8 -z), $file ]);
        is "$run->{exit} $run->{err}", '0 ', $file;
    }
}

done_testing;
