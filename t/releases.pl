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
use JobSessions::Test qw(run_command spew);

$> == 0 or die "check-releases: debootstrap and chroot are for root\n";

my $roots    = $ENV{RELEASES} // '/var/tmp/jobsessions-releases';
my @releases = @ARGV ? @ARGV : qw(bookworm trixie forky);
my $checkout = 'checkout';
my $arguments = $ENV{CHECK} // '';

# A program that has to do what it is asked.
sub must (@command) {
    my $run = run_command(\@command);
    return $run->{out} if $run->{exit} == 0;
    die "@command[0 .. 1]: exit status $run->{exit}\n", substr("$run->{out}$run->{err}", -4000);
}

# Debian's own mirrors among apt's sources here, that of security apart.
sub mirrors () {
    my @sites = map { / Debian$/ ? s/ .*//r : () } split /\n/, must(qw(apt-get indextargets --format), '$(SITE) $(ORIGIN)', 'Identifier: Packages');
    my ($main)     = grep { !/security/ } @sites;
    my ($security) = grep { /security/ } @sites;
    return ($main // die("apt has no source of Debian's\n"), $security);
}

# Testing has no updates, and its security updates are those that come by themselves. Whether an index may be old is
# what this machine's apt says; signatures are checked whatever it says.
sub configure_apt ($root, $release, $main, $security) {
    my @sources = ("deb $main $release main");
    push @sources, "deb $main $release-updates main" if $release ne 'forky';
    push @sources, "deb $security $release-security main" if $release ne 'forky' && $security;
    spew("$root/etc/apt/sources.list", join '', map { "$_\n" } @sources);
    spew("$root/etc/apt/apt.conf.d/90as-here", must(qw(apt-config dump --format), "%F \"%v\";%n", 'Acquire::Check-Valid-Until'));
    spew("$root/etc/resolv.conf", must(qw(cat /etc/resolv.conf)));
}

# A release that debootstrap is too old to know is made as unstable is. Only a root that is whole gets its name.
sub make_root ($release) {
    my $root = "$roots/$release";
    return $root if -d $root;
    my ($main, $security) = mirrors();
    my $script = "/usr/share/debootstrap/scripts/$release";
    must('mkdir', '-p', $roots);
    must('rm', '-rf', '--one-file-system', "$root.new");
    must('debootstrap', '--variant=minbase', '--include=ca-certificates,gcc,git,make,procps', $release, "$root.new", $main,
        -e $script ? $script : '/usr/share/debootstrap/scripts/sid');
    configure_apt("$root.new", $release, $main, $security);
    rename "$root.new", $root or die "$root: $!\n";
    return $root;
}

# In a mount namespace of its own, so that nothing is left to be unmounted; what it prints is seen as it comes.
sub inside ($root, $script) {
    my $mounts = 'mount -t proc proc "$1/proc" && mount -t tmpfs -o mode=1777 tmpfs "$1/dev/shm" && exec chroot "$1"';
    my $environment = '/usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive';
    open my $pipe, '-|', 'unshare', '--mount', 'sh', '-c', "$mounts $environment sh -ec \"\$2\" 2>&1", 'sh', $root, $script or die "unshare: $!\n";
    my $last = '';
    while (my $line = readline $pipe) {
        print $line;
        $last = $line if $line =~ /^Files=\d+, Tests=\d+/;
    }
    return (close $pipe, $last);
}

# A clone of the last commit, so that what is checked is what others would get.
sub clone_into ($root) {
    must('rm', '-rf', '--one-file-system', "$root/$checkout");
    must('git', 'clone', '--quiet', '--no-hardlinks', '.', "$root/$checkout");
}

sub check ($release) {
    my $root = eval { make_root($release) } // return "cannot be had: $@";
    eval { clone_into($root); 1 } or return "cannot be cloned into: $@";
    my ($passed, $count) = inside($root, "cd /$checkout && make -f Makefile.apxs check $arguments");
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
