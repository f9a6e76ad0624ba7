# SPDX-License-Identifier: Apache-2.0
# What the bench starts, and ends by pid: servers, writers, clients.
package Bench::Processes;
use v5.36;
use Exporter qw(import);
use IO::Socket::INET;
use POSIX qw(:sys_wait_h);
use Time::HiRes qw(sleep time);
use Bench::Machine qw(slurp);
our @EXPORT_OK = qw(start stop stop_all in_background wait_for have_ended run output free_ports await_port
    anonymous_memory peak_memory run_watched child_of);

my (%running, $bench);

# Run a command to its end; die with what it said when it fails.
sub run (@command) { output(@command); return }

sub output (@command) {
    my ($reader, $pid);
    $pid = open $reader, '-|';
    die "fork: $!\n" unless defined $pid;
    if (!$pid) { open STDERR, '>&', \*STDOUT; exec { $command[0] } @command or POSIX::_exit(127) }
    local $/ = undef;
    my $text = readline $reader;
    close $reader or die "@command\nended with status $?:\n$text\n";
    return $text;
}

# start(log => FILE, user => NAME, command => [...]): a server; returns its pid. It has a session of its
# own, as daemons do: the kernel shares out processor time between sessions.
sub start (%given) {
    return in_background(sub {
        POSIX::setsid();
        open STDIN,  '<', '/dev/null';
        open STDOUT, '>>', $given{log} or POSIX::_exit(126);
        open STDERR, '>&', \*STDOUT;
        if ($given{user}) {
            my (undef, undef, $uid, $gid) = getpwnam $given{user};
            ($(, $)) = ($gid, "$gid $gid");
            ($<, $>) = ($uid, $uid);
        }
        exec { $given{command}[0] } @{ $given{command} } or POSIX::_exit(127);
    });
}

# A child that runs CODE; returns its pid.
sub in_background ($code) {
    $bench //= $$;
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        $SIG{INT} = $SIG{TERM} = 'DEFAULT';
        my $done = eval { $code->(); 1 };
        print {*STDERR} $@ unless $done;
        POSIX::_exit($done ? 0 : 1);
    }
    $running{$pid} = 1;
    return $pid;
}

# Wait for children that end by themselves; die when one failed.
sub wait_for (@pids) {
    for my $pid (@pids) {
        waitpid $pid, 0;
        delete $running{$pid};
        die "a process of the bench failed with status $?\n" if $?;
    }
    return;
}

# Whether children that end by themselves have all done so; die when one failed.
sub have_ended (@pids) {
    for my $pid (grep { $running{$_} } @pids) {
        waitpid $pid, WNOHANG or next;
        delete $running{$pid};
        die "a process of the bench failed with status $?\n" if $?;
    }
    return !grep { $running{$_} } @pids;
}

# End children; a server gets ten seconds.
sub stop (@pids) {
    @pids = grep { $running{$_} } @pids;
    kill TERM => @pids;
    for my $pid (@pids) {
        my $limit = time + 10;
        my $ended;
        sleep 0.01 until ($ended = waitpid $pid, WNOHANG) || time > $limit;
        if (!$ended) { kill KILL => $pid; waitpid $pid, 0 }
        delete $running{$pid};
    }
    return;
}

sub stop_all () {
    stop(keys %running) if $bench && $bench == $$;
    return;
}

# ---- Ports -----------------------------------------------------------------------------------

# All are held until all are known, so that none is given twice.
sub free_ports (@names) {
    my %sockets = map { $_ => IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')
            // die "no free port: $!\n" } @names;
    return map { $_ => $sockets{$_}->sockport } @names;
}

sub await_port ($port, $pid, $log) {
    my $limit = time + 20;
    until (IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port)) {
        die "a server did not start:\n" . slurp($log) . "\n"
            if time > $limit || waitpid($pid, WNOHANG) != 0;
        sleep 0.05;
    }
    return;
}

# ---- Memory ----------------------------------------------------------------------------------

# The one child of a server that has one.
sub child_of ($pid) {
    my ($child) = split ' ', slurp("/proc/$pid/task/$pid/children");
    return $child // die "process $pid has no child\n";
}

# Bytes of a process that no file stands behind.
sub anonymous_memory ($pid) {
    my ($kib) = slurp("/proc/$pid/smaps_rollup") =~ /^Anonymous:\s*(\d+)/m;
    return ($kib // die "the memory of process $pid cannot be read\n") * 1024;
}

# The most while CODE's process (a pid it returns) runs.
sub peak_memory ($pid, $client) {
    my $peak = anonymous_memory($pid);
    until (waitpid $client, WNOHANG) {
        my $now = anonymous_memory($pid);
        $peak = $now if $now > $peak;
        sleep 0.02;
    }
    delete $running{$client};
    die "a client failed with status $?\n" if $?;
    return $peak;
}

# Run a command: how many seconds it took, and the most anonymous memory it had.
sub run_watched (@command) {
    my $started = time;
    my $pid = in_background(sub { exec { $command[0] } @command or POSIX::_exit(127) });
    my $peak = 0;
    until (waitpid $pid, WNOHANG) {
        my $status = eval { slurp("/proc/$pid/status") } // '';
        my ($kib) = $status =~ /^RssAnon:\s*(\d+)/m;    # none: it is ending
        $peak = $kib if ($kib // 0) > $peak && $status !~ /^Name:\s*perl/m;
        sleep 0.005;
    }
    delete $running{$pid};
    die "@command\nended with status $?\n" if $?;
    return (time - $started, $peak * 1024);
}

1;
