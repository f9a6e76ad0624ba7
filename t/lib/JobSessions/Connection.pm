# SPDX-License-Identifier: Apache-2.0
package JobSessions::Connection;

use v5.36;
use Carp qw(croak);
use IO::Select;
use IO::Socket::INET;
use JobSessions::Test qw(parse_head port);

=head1 NAME

JobSessions::Connection - a client that keeps its connection and sees where a response ends

=head1 SYNOPSIS

    my $connection = JobSessions::Connection->new('open');
    my $response = $connection->request(POST => '/api/v1/jobSessions/export');
    is $response->{status}, 200;
    ok $response->{whole};

For thousands of requests, which would take a curl each otherwise. It connects anew after the server has
closed.

=over

=item new($vhost)

=cut

sub new ($class, $vhost) {
    return bless { port => port($vhost) }, $class;
}

=item request($method => $path, headers => {...}, body => $bytes)

Returns a hash of C<status> (0: no answer), C<version>, C<headers>, C<body> and C<whole>: whether the body
has the length, or the last chunk, that was announced. Dies when nothing comes for 20 seconds.

=item send($bytes), read_response($method)

The same in two steps, for pipelines and for requests nobody should send: bytes as they are, and the next
response, of a request with that method.

=cut

sub request ($self, $method, $path, %options) {
    my $body = $options{body};
    my %headers = (Host => "127.0.0.1:$self->{port}", %{ $options{headers} // {} });
    $headers{'Content-Length'} = length $body if defined $body;
    $self->send(join "\r\n", "$method $path HTTP/1.1", (map { "$_: $headers{$_}" } sort keys %headers), '', $body // '');
    return $self->read_response($method);
}

sub send ($self, $bytes) {
    $self->connect unless $self->{socket};
    local $SIG{PIPE} = 'IGNORE';
    syswrite $self->{socket}, $bytes;
}

sub connect ($self) {
    $self->{socket} = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port}) or croak "connect: $@";
    $self->{read} = '';
}

# More bytes of what the server sends; false when it has closed.
sub more ($self) {
    my $socket = $self->{socket} or return 0;
    IO::Select->new($socket)->can_read(20) or croak 'nothing comes from the server';
    return 1 if sysread $socket, $self->{read}, 65536, length $self->{read};
    delete $self->{socket};
    return 0;
}

sub read_response ($self, $method) {
    while ($self->{read} !~ /\r\n\r\n/) {
        $self->more or return { status => 0, headers => {}, body => $self->{read}, whole => 0 };
    }
    my ($head) = $self->{read} =~ s/^(.*?)\r\n\r\n//s ? $1 : '';
    my $response = { %{ parse_head($head) }, body => '' };
    $response->{whole} = $self->read_body($method, $response);
    delete $self->{socket} if !$response->{whole} || ($response->{headers}{connection} // '') =~ /close/i;
    return $response;
}

# Take bytes from the front of what was read; false when they do not come.
sub take ($self, $length, $into) {
    while (length $self->{read} < $length) {
        unless ($self->more) {
            $$into .= $self->{read};
            return 0;
        }
    }
    $$into .= substr $self->{read}, 0, $length, '';
    return 1;
}

sub read_body ($self, $method, $response) {
    return 1 if $method eq 'HEAD' || $response->{status} =~ /^(?:1..|204|304)$/;
    if (($response->{headers}{'transfer-encoding'} // '') ne 'chunked') {
        my $length = $response->{headers}{'content-length'};
        return $self->take($length, \$response->{body}) if defined $length;
        1 while $self->more;    # all that comes until the server closes
        $response->{body} = $self->{read};
        return 1;
    }
    while (1) {
        my ($length, $end);
        until (($length) = $self->{read} =~ /^([0-9a-fA-F]+)\r\n/) {
            $self->more or return 0;
        }
        substr $self->{read}, 0, 2 + length $length, '';
        return 0 unless $self->take(hex $length, \$response->{body}) && $self->take(2, \$end);
        return 1 if hex $length == 0;
    }
}

=back

=cut

1;
