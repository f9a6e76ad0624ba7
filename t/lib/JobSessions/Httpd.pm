# SPDX-License-Identifier: Apache-2.0
package JobSessions::Httpd;

use v5.36;
use Carp qw(croak);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use Scalar::Util qw(weaken);
use JobSessions::Test qw(build_file run_command slurp spew test_vars wait_until);

=head1 NAME

JobSessions::Httpd - a server of a test's own

=head1 SYNOPSIS

    my $httpd = JobSessions::Httpd->new(serves => $database, env => { LD_PRELOAD => $shim });
    $httpd->start;
    my $response = http($httpd->port, POST => '/api/v1/jobSessions/export');

For what the common server must not suffer: preloaded libraries, restarts, killed children; and for
configurations that httpd refuses. It has the MPM of the common server, no other modules than it needs
or is given, and ends with the object.

=over

=item new(serves => $database, config => $text, modules => [...], env => {...}, under => [...], single => $bool)

C<serves> is a database whose API is for anybody. C<config> is more of the server's configuration, or all of
it. C<modules> are to be loaded besides core, authz_core and jobsessions. C<under> is a program to run httpd
with, and its arguments: valgrind or nsenter, say. A C<single> server has one child, and under prefork one
connection at a time.

=cut

my %running;

sub new ($class, %options) {
    my ($mpm) = test_vars('t_logs') =~ /-(\w+)$/;
    my $self = bless { mpm => $mpm, directory => tempdir(CLEANUP => 1), %options }, $class;
    mkdir "$self->{directory}/htdocs";
    weaken($running{$self} = $self);
    return $self;
}

sub directory ($self) { return $self->{directory} }
sub port ($self) { return $self->{port} }
sub mpm ($self) { return $self->{mpm} }

# A port nobody listens on.
# One that this test has not got before: the kernel may offer a port again that nobody listens on yet.
sub free_port {
    state %given;
    my $port;
    do {
        my $socket = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die "no free port: $!\n";
        $port = $socket->sockport;
    } while $given{$port}++;
    return $port;
}

sub write_config ($self) {
    chomp(my $folder = `apxs -q LIBEXECDIR`);
    my $directory = $self->{directory};
    $self->{port} = free_port();
    my @modules = ("mpm_$self->{mpm}", 'authz_core', @{ $self->{modules} // [] });
    my $children = !$self->{single} ? ''
        : $self->{mpm} eq 'prefork' ? "StartServers 1\nMaxSpareServers 1\nMaxRequestWorkers 1\n"
        : "StartServers 1\nServerLimit 1\nThreadsPerChild 10\nMaxRequestWorkers 10\n"
            . "MinSpareThreads 1\nMaxSpareThreads 10\n";
    spew("$directory/httpd.conf", join '',
        (map { "LoadModule ${_}_module $folder/mod_$_.so\n" } @modules),
        "LoadModule jobsessions_module ${\build_file('mod_jobsessions.so')}\n",
        "ServerName localhost:$self->{port}\nListen 127.0.0.1:$self->{port}\n",
        map({ "$_ $directory\n" } qw(ServerRoot DefaultRuntimeDir)), "DocumentRoot $directory/htdocs\n",
        "PidFile $directory/httpd.pid\nErrorLog $directory/error_log\n", $children,
        defined $self->{serves} ? api($self->{serves}) : '', $self->{config} // '');
}

sub api ($database) { return <<~CONFIG }
    JobSessionsDatabase $database
    <Location "/api/v1/jobSessions">
        SetHandler jobsessions
        JobSessionsAnonymous On
    </Location>
    CONFIG

sub run ($self, @arguments) {
    my %env = %{ $self->{env} // {} };
    return run_command([ 'env', (map { "$_=$env{$_}" } sort keys %env),
        @{ $self->{under} // [] }, test_vars('httpd'), '-f', "$self->{directory}/httpd.conf", @arguments ]);
}

=item check()

What httpd says of the configuration: the hash of C<run_command>, C<apache2 -t>.

=cut

sub check ($self) {
    $self->write_config;
    return $self->run('-t');
}

=item start(), stop(), restart()

Start and wait until it answers; stop and wait until it is gone; restart gracefully, without waiting.

=cut

sub start ($self) {
    $self->write_config;
    my $run = $self->run;
    croak "httpd does not start: $run->{err}", $self->error_log if $run->{exit} != 0;
    wait_until { $self->pid && IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->port) }
        or croak 'httpd does not answer: ', $self->error_log;
    return $self;
}

sub stop ($self) {
    my $pid = $self->pid or return 1;
    kill TERM => $pid;
    return wait_until { !kill 0, $pid } 20;
}

sub restart ($self) {
    kill USR1 => $self->pid;
}

sub DESTROY ($self) {
    local $?;
    delete $running{$self};
    $self->stop if ${^GLOBAL_PHASE} ne 'DESTRUCT';
}

END {
    local $?;
    $_->stop for grep { defined } values %running;
}

=item pid(), children()

The process id of the parent, undef when it does not run; those of its children.

=cut

sub pid ($self) {
    my $file = "$self->{directory}/httpd.pid";
    return undef unless -e $file;
    # a graceful restart writes the file anew, and it is empty for a moment
    my ($pid) = slurp($file) =~ /^(\d+)$/m;
    return $self->{pid} = $pid // $self->{pid};
}

sub children ($self) {
    my $pid = $self->pid // return;
    return split ' ', slurp("/proc/$pid/task/$pid/children");
}

=item error_log()

All of it.

=cut

sub error_log ($self) {
    my $file = "$self->{directory}/error_log";
    return -e $file ? slurp($file) : '';
}

=back

=cut

1;
