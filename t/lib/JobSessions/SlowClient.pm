# SPDX-License-Identifier: Apache-2.0
package JobSessions::SlowClient;

use v5.36;
use Carp qw(croak);
use IO::Select;
use Socket qw(AF_INET INADDR_LOOPBACK SOCK_STREAM SOL_SOCKET SO_RCVBUF pack_sockaddr_in);
use JobSessions::Test qw(parse_head port);

=head1 NAME

JobSessions::SlowClient - a client that asks for an export and does not read it

=head1 SYNOPSIS

    my $client = JobSessions::SlowClient->new('slow');
    ...
    my $response = $client->read_on;

Its receive buffer is as small as the system allows, so the server soon cannot send any more. It
closes its connection with the object, read or not.

=over

=item new($vhost, $method, $path, $body)

Connect to a virtual host or port, and send the request: for an export, unless told.

=cut

sub new ($class, $vhost, $method = 'POST', $path = '/api/v1/jobSessions/export', $body = '') {
    socket my $socket, AF_INET, SOCK_STREAM, 0 or croak "socket: $!";
    # before it connects, or TCP has already offered a larger window
    setsockopt $socket, SOL_SOCKET, SO_RCVBUF, 4096 or croak "SO_RCVBUF: $!";
    connect $socket, pack_sockaddr_in(port($vhost), INADDR_LOOPBACK) or croak "connect to $vhost: $!";
    my $length = length $body ? "Content-Length: ${\length $body}\r\n" : '';
    syswrite $socket, "$method $path HTTP/1.1\r\nHost: 127.0.0.1:${\port($vhost)}\r\nConnection: close\r\n$length\r\n$body";
    return bless { socket => $socket, received => '' }, $class;
}

=item has_begun($seconds)

Wait for the first byte of the response, 10 seconds unless told. Returns whether it came.

=cut

sub has_begun ($self, $seconds = 10) {
    return scalar IO::Select->new($self->{socket})->can_read($seconds);
}

=item read_some($bytes)

Read no more than so many bytes, 100 unless told, of those that have come. Returns how many it got.

=cut

sub read_some ($self, $bytes = 100) {
    return 0 unless $self->has_begun(0);
    return sysread($self->{socket}, $self->{received}, $bytes, length $self->{received}) // 0;
}

=item read_on($seconds)

Read what there is left to read until the server closes the connection. Returns what C<http> of
L<JobSessions::Test> does: C<status>, C<headers> and C<body>; dies when nothing comes for so many
seconds, 20 unless told.

=cut

sub read_on ($self, $seconds = 20) {
    my $readable = IO::Select->new($self->{socket});
    while (1) {
        $readable->can_read($seconds) or croak "nothing came for $seconds s, after ${\length $self->{received}} bytes";
        sysread $self->{socket}, $self->{received}, 1 << 20, length $self->{received} or last;
    }
    my ($head, $body) = split /\r\n\r\n/, $self->{received}, 2;
    return { %{ parse_head($head) }, body => $body };
}

=back

=cut

1;
