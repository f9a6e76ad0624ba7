#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# "make check" on every living release of Debian, for root: "make check-releases" runs it in the top folder. Each
# release gets a root by debootstrap, which is made once and kept in RELEASES (/var/tmp/jobsessions-releases), outside
# of what "make clean" removes, from the mirror that apt of this machine uses. The tree is cloned into each. Where a
# release cannot be had, the others are checked all the same, and the end is a failure.
#
#   t/releases.pl [RELEASE]...        CHECK in the environment are further arguments of make: T=t/tool/put.t

use v5.36;
use lib 't/lib';
use JobSessions::Root qw(clone_into inside make_root);

$> == 0 or die "check-releases: debootstrap and chroot are for root\n";

my @releases = @ARGV ? @ARGV : qw(bookworm trixie forky);
my $arguments = $ENV{CHECK} // '';

sub check ($release) {
    my $root = eval { make_root($release, $release) } // return "cannot be had: $@";
    my $checkout = eval { clone_into($root) } // return "cannot be cloned into: $@";
    my ($passed, $count) = inside($root, "cd $checkout && make -f Makefile.apxs check $arguments");
    chomp $count;
    return $passed ? ('', $count) : 'check failed ' . ($count ? "($count)" : 'before its tests had ended');
}

local $| = 1;
my $failed = 0;
my @report;
for my $release (@releases) {
    my ($fault, $count) = check($release);
    $failed++ if $fault;
    push @report, sprintf "%-9s %s\n", $release, $fault || "passed: $count";
}
print @report;
exit($failed ? 1 : 0);
