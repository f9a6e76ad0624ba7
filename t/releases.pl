#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# "make check" on every living release of Debian, for root: "make check-releases" runs it in the top folder. Each
# release gets a root by debootstrap, which is made once and kept in RELEASES (/var/tmp/jobsessions-releases), outside
# of what "make clean" removes, from the mirror that apt of this machine uses. The tree is cloned into each. Where a
# release cannot be had, the others are checked all the same, and the end is a failure. Then the tools of all write to
# one database, each with its LMDB, and are killed.
#
#   t/releases.pl [RELEASE]...        CHECK in the environment are further arguments of make: T=t/tool/put.t

use v5.36;
use lib 't/lib';
use File::Temp qw(tempdir);
use JobSessions::Root qw(clone_into inside make_root program_of);

$> == 0 or die "check-releases: debootstrap and chroot are for root\n";

my @releases = @ARGV ? @ARGV : qw(bookworm trixie forky);
my $arguments = $ENV{CHECK} // '';
my %tools;    # by root, where it was built

sub check ($release) {
    my $root = eval { make_root($release, $release) } // return "cannot be had: $@";
    my $checkout = eval { clone_into($root) } // return "cannot be cloned into: $@";
    my ($passed, $count) = inside($root, "cd $checkout && make -f Makefile.apxs check $arguments");
    chomp $count;
    $tools{$root} = "$checkout/build/jobsessions" if -x "$root$checkout/build/jobsessions";
    return $passed ? ('', $count) : 'check failed ' . ($count ? "($count)" : 'before its tests had ended');
}

sub side_by_side () {
    my $folder = tempdir('jobsessions-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    local $ENV{JOBSESSIONS_BESIDE} = join ' ', map { program_of($_, $tools{$_}, $folder) } sort keys %tools;
    local $ENV{TMPDIR} = $folder;
    return system('perl', '-It/lib', 't/tool/killed-workers.t') == 0;
}

# What needs root, of this machine's.
sub as_root () { return system('perl', '-It/lib', 't/tool/btrfs.t') == 0 }

local $| = 1;
my $failed = 0;
my @report;
for my $release (@releases) {
    my ($fault, $count) = check($release);
    $failed++ if $fault;
    push @report, sprintf "%-9s %s\n", $release, $fault || "passed: $count";
}
if (%tools) {
    my $passed = side_by_side();
    $failed++ if !$passed;
    push @report, 'all beside this machine\'s on one database, ' . ($passed ? "passed\n" : "failed\n");
}
my $passed = as_root();
$failed++ if !$passed;
push @report, 'what needs root, ' . ($passed ? "passed\n" : "failed\n");
print @report;
exit($failed ? 1 : 0);
