# SPDX-License-Identifier: Apache-2.0
package JobSessions::Machine;

use v5.36;
use File::Temp qw(tempdir);
use JobSessions::Test qw(run_command slurp wait_until);

=head1 NAME

JobSessions::Machine - a root of Debian that its own systemd has booted

=head1 SYNOPSIS

    my $machine = JobSessions::Machine->boot($root);
    my $run = $machine->run('systemctl start jobsessions-sweep.service');
    $machine->power_off;

For root. systemd is process 1 of namespaces of its own, in a cgroup of its own below that of the test, and has no network
but the loopback interface. Whatever it runs is gone with it.

=over

=item boot($root)

Boot the system in this folder and wait until it has started. Dies with what stops it where none can be booted: who is not
root, a kernel without cgroup2, or a sandbox that refuses namespaces and mounts.

=cut

# What process 1 finds, as a container has it.
my $prepare = <<'SCRIPT';
echo $$ >"$2/cgroup.procs"
exec unshare --mount --pid --fork --kill-child --uts --ipc --net --cgroup sh -ec '
    ip link set lo up
    mount --make-rprivate /
    mount --bind "$1" "$1"
    mount -t proc proc "$1/proc"
    mount -t sysfs -o ro sysfs "$1/sys"
    mount -t cgroup2 cgroup2 "$1/sys/fs/cgroup"
    mount -t tmpfs -o mode=755 tmpfs "$1/run"
    mount -t tmpfs -o mode=755 tmpfs "$1/dev"
    for device in null zero full random urandom tty; do
        : >"$1/dev/$device"
        mount --bind "/dev/$device" "$1/dev/$device"
    done
    mkdir "$1/dev/shm" "$1/dev/pts"
    mount -t tmpfs -o mode=1777 tmpfs "$1/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts "$1/dev/pts"
    ln -s pts/ptmx "$1/dev/ptmx"
    ln -s /proc/self/fd "$1/dev/fd"
    hostname jobsessions
    cd "$1"
    mount --move . /
    exec env -i container=jobsessions PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin chroot . /lib/systemd/systemd
' sh "$1"
SCRIPT

sub boot ($class, $root) {
    my ($mounted) = grep { defined } map { / - cgroup2 / ? (split)[4] : undef } split /\n/, slurp('/proc/self/mountinfo');
    my ($own) = slurp('/proc/self/cgroup') =~ m{^0::(/.*)$}m;
    die "the kernel has no cgroup2 that is mounted, without which systemd does not boot\n" unless defined $mounted && defined $own;
    my $group = "$mounted$own" =~ s{/+\z}{}r . "/jobsessions-$$";
    mkdir $group or die "$group: $!: systemd needs a cgroup of its own\n";
    my $log = tempdir(CLEANUP => 1) . '/log';
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        open STDIN, '<', '/dev/null' or exit 1;
        open STDOUT, '>', $log or exit 1;
        open STDERR, '>&', \*STDOUT or exit 1;
        exec 'sh', '-ec', $prepare, 'sh', $root, $group or exit 1;
    }
    my $self = bless { pid => $pid, group => $group }, $class;
    if (!wait_until { defined $self->init } 20) {
        die "it does not boot: ", slurp($log), "\n";
    }
    my $state = '';
    wait_until { ($state = $self->run('systemctl is-system-running')->{out}) =~ /^(?:running|degraded)$/ } 60
        or die "it has not started: $state", $self->run('systemctl list-jobs')->{out}, slurp($log), "\n";
    return $self;
}

# Its process 1, as the machine beneath knows it; it is systemd once that has been started.
sub init ($self) {
    my ($init) = split ' ', eval { slurp("/proc/$self->{pid}/task/$self->{pid}/children") } // '';
    return undef unless defined $init && (eval { slurp("/proc/$init/comm") } // '') eq "systemd\n";
    return $init;
}

=item run($command)

Run a shell command there, as root, and wait for it: the hash of C<run_command>.

=cut

sub run ($self, $command) {
    my $init = $self->init // die "the machine has ended\n";
    return run_command([ qw(nsenter --mount --uts --ipc --net --pid --cgroup --root --wd --target), $init, qw(/usr/bin/env -i
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive sh -ec), $command ]);
}

=item power_off()

As C<systemctl poweroff> does it, and without that when the object goes.

=back

=cut

sub power_off ($self) {
    $self->run('systemctl poweroff');
    waitpid $self->{pid}, 0;
    delete $self->{pid};
    $self->remove_group;
    return;
}

sub remove_group ($self) {
    run_command([ 'find', $self->{group}, qw(-depth -type d -exec rmdir {} ;) ]);
    return;
}

sub DESTROY ($self) {
    return unless defined $self->{pid};
    local ($?, $!, $@);
    kill KILL => $self->init // $self->{pid};
    kill KILL => $self->{pid};
    waitpid $self->{pid}, 0;
    wait_until { $self->remove_group; !-d $self->{group} };
    return;
}

1;
