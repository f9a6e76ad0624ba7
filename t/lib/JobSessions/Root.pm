# SPDX-License-Identifier: Apache-2.0
package JobSessions::Root;

use v5.36;
use Exporter qw(import);
use JobSessions::Test qw(run_command spew);

our @EXPORT_OK = qw(clone_into inside make_root program_of);

=head1 NAME

JobSessions::Root - a root of Debian made by debootstrap, to build and test in

=head1 SYNOPSIS

    my $root = make_root('trixie', 'trixie');
    my $checkout = clone_into($root);
    my ($passed, $count) = inside($root, "cd $checkout && make -f Makefile.apxs check");

For root. Roots are kept in RELEASES (/var/tmp/jobsessions-releases), outside of what "make clean" removes.

=over

=cut

my $roots = $ENV{RELEASES} // '/var/tmp/jobsessions-releases';

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

=item make_root($name, $release, $finish)

The folder of the root called $name, of $release, from the mirror that apt of this machine uses; $finish is a script
for inside() that makes it complete. It is made once, and only one that is whole gets its name. Dies where it cannot
be had.

=cut

sub make_root ($name, $release, $finish = undef) {
    my $root = "$roots/$name";
    return $root if -d $root;
    my ($main, $security) = mirrors();
    # a release that debootstrap is too old to know is made as unstable is
    my $script = "/usr/share/debootstrap/scripts/$release";
    must('mkdir', '-p', $roots);
    must('rm', '-rf', '--one-file-system', "$root.new");
    must('debootstrap', '--variant=minbase', '--include=ca-certificates,gcc,git,make,procps', $release, "$root.new", $main,
        -e $script ? $script : '/usr/share/debootstrap/scripts/sid');
    configure_apt("$root.new", $release, $main, $security);
    die "what it needs cannot be installed\n" if defined $finish && !inside("$root.new", $finish);
    rename "$root.new", $root or die "$root: $!\n";
    return $root;
}

=item inside($root, $script)

Run a shell script there, as root, in a mount namespace of its own, so that nothing is left to be unmounted; what it
prints is seen as it comes. Whether it passed and, in a list, the line of TAP::Harness that counts the tests.

=cut

sub inside ($root, $script) {
    my $mounts = 'mount -t proc proc "$1/proc" && mount -t tmpfs -o mode=1777 tmpfs "$1/dev/shm"'
        . ' && mount -t devpts -o mode=620,ptmxmode=666 devpts "$1/dev/pts" && exec chroot "$1"';
    my $environment = '/usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive';
    open my $pipe, '-|', 'unshare', '--mount', 'sh', '-c', "$mounts $environment sh -ec \"\$2\" 2>&1", 'sh', $root, $script or die "unshare: $!\n";
    my $last = '';
    while (my $line = readline $pipe) {
        print $line;
        $last = $line if $line =~ /^Files=\d+, Tests=\d+/;
    }
    my $passed = close $pipe;
    return wantarray ? ($passed, $last) : $passed;
}

=item program_of($root, $program, $folder)

A program of the root, to be run from outside: a script, made in $folder, which $program finds in the same place. It is
the program that has the script's process, and is killed with it.

=cut

sub program_of ($root, $program, $folder) {
    my $script = "$folder/" . ($root =~ s{.*/}{}r) . '-' . ($program =~ s{.*/}{}r);
    spew($script, <<~SCRIPT);
        #!/bin/sh
        exec unshare --mount sh -c 'mkdir -p "\$0\$1" && mount --bind "\$1" "\$0\$1" && shift && exec chroot "\$0" "\$@"' '$root' '$folder' '$program' "\$@"
        SCRIPT
    chmod 0755, $script;
    return $script;
}

=item clone_into($root)

A clone of the last commit, so that what is checked is what others would get. Returns its folder, as it is called
inside.

=back

=cut

sub clone_into ($root) {
    must('rm', '-rf', '--one-file-system', "$root/checkout");
    must('git', 'clone', '--quiet', '--no-hardlinks', '.', "$root/checkout");
    return '/checkout';
}

1;
