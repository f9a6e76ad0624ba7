# SPDX-License-Identifier: Apache-2.0
package JobSessions::Crowd;

use v5.36;
use Carp qw(croak);
use IO::Select;
use List::Util qw(min);
use POSIX ();
use Socket qw(AF_INET INADDR_LOOPBACK SOCK_STREAM SOL_SOCKET SO_ERROR SO_RCVBUF pack_sockaddr_in);
use Time::HiRes qw(sleep time);
use JobSessions::Test qw(decode_json parse_head port);

=head1 NAME

JobSessions::Crowd - many clients at once, polite or not

=head1 SYNOPSIS

    my $crowd = JobSessions::Crowd->new($httpd->port, 50, judge => sub ($response) {
        $response->{body} eq $document
    });
    ...
    my $counts = $crowd->stop;
    is $counts->{wrong}, 0;

The clients share a process of their own. Each opens a connection, sends one request, reads the
response and begins again, until the crowd is stopped or goes out of scope; so as many connections as
there are clients are open all the time.

=over

=item new($vhost, $count, %options)

    requests  list of [METHOD => PATH, HEADER => VALUE, ...], of which clients choose at random; an
              export, unless told
    judge     called with a response that came to its end: C<status>, C<headers>, C<body> and the
              C<request>. Returns whether it is right; those with status 200 are, unless told
    pause     seconds between a client's requests, none unless told
    manner    what the clients are like:
                reads    what a client should be, unless told
                ambles   takes its time, though not seconds
                crawls   reads 100 bytes a second
                stops    reads the beginning and stops
                leaves   reads the beginning and closes the connection
                halts    sends half a request and nothing more

Only clients that read leave the size of their receive buffer to the system.

=cut

# How a client is: the size of its receive buffer; how many bytes it reads at one time, in all, and how
# many seconds pass between.
my %manners = (
    reads  => { },
    ambles => { buffer => 65536, piece => 65536, every => 0.02 },
    crawls => { buffer => 4096, piece => 100, every => 1 },
    stops  => { buffer => 4096, most => 100 },
    leaves => { buffer => 4096, most => 100, leaves => 1 },
    halts  => { halts => 1 }
);

sub new ($class, $vhost, $count, %options) {
    my $self = {
        port     => port($vhost),
        requests => [ [ POST => '/api/v1/jobSessions/export' ] ],
        judge    => sub ($response) { $response->{status} == 200 },
        pause    => 0,
        manner   => 'reads',
        %options
    };
    my $manner = $manners{ $self->{manner} } or croak "$self->{manner}: clients are not like that";
    pipe my $report, my $reporter or croak "pipe: $!";
    my ($stopped, $asked) = (0, 0);
    local $SIG{TERM} = sub { $stopped = 1 };
    local $SIG{USR1} = sub { $asked = 1 };
    my $pid = fork // croak "fork: $!";
    if ($pid == 0) {
        close $report;
        $reporter->autoflush(1);
        my $ended = eval { live($self, $manner, $count, $reporter, \$stopped, \$asked); 1 };
        print STDERR "a crowd has died: $@" if !$ended;
        POSIX::_exit(!$ended);
    }
    close $reporter;
    return bless { pid => $pid, report => $report }, $class;
}

=item counts()

What has happened until now, a hash of numbers:

    begun     connections that the server has begun to answer, open or not
    open      connections that are open
    right     responses that came to their end and were as they should be
    wrong     those that were not
    broken    responses that broke off: fewer bytes came than were announced
    dropped   connections that ended without a byte of an answer
    refused   connections that were not made
    left      connections that the client closed in the middle of its response

=item stop()

The same, after the clients have gone away, whatever they were at.

=cut

sub told ($self) {
    my $line = readline $self->{report};
    croak 'the crowd says nothing' unless defined $line;
    return decode_json($line);
}

sub counts ($self) {
    kill USR1 => $self->{pid};
    return told($self);
}

sub stop ($self) {
    kill TERM => $self->{pid};
    my $counts = told($self);
    waitpid delete $self->{pid}, 0;
    return $counts;
}

sub DESTROY ($self) {
    local ($?, $!);
    if ($self->{pid}) {
        kill KILL => $self->{pid};
        waitpid $self->{pid}, 0;
    }
}

=back

=cut

# ---- What happens in the crowd's process ---------------------------------------------------------

sub live ($self, $manner, $count, $reporter, $stopped, $asked) {
    local $SIG{PIPE} = 'IGNORE';
    my %counts = map { $_ => 0 } qw(begun right wrong broken dropped refused left);
    my %clients;    # by the socket's number
    my @waiting = (0) x $count;    # when the others begin
    my $tell = sub {
        $counts{open} = keys %clients;
        print {$reporter} JSON::XS->new->encode({%counts}), "\n";
    };
    until ($$stopped) {
        my $now = time;
        my @begin = grep { $_ <= $now } @waiting;
        @waiting = grep { $_ > $now } @waiting;
        for (@begin) {
            my $client = begin($self, $manner, $stopped);
            if ($client) {
                $clients{ fileno $client->{socket} } = $client;
            } else {
                last if $$stopped;
                $counts{refused}++;
                push @waiting, $now + 0.05;    # until the server is back
            }
        }
        for my $client (ready(values %clients)) {
            my $word = listen_to($self, $manner, $client, \%counts) or next;
            $counts{$word}++;
            delete $clients{ fileno $client->{socket} };
            push @waiting, time + $self->{pause};
        }
        if ($$asked) {
            $$asked = 0;
            $tell->();
        }
    }
    $tell->();
}

# A signal interrupts connect(), which goes on without its caller (POSIX): no server has refused anything then.
sub connected ($socket, $address, $stopped) {
    return 1 if connect $socket, $address;
    return 0 if !$!{EINTR};
    my $made = IO::Select->new($socket);
    while (!$made->can_write) {
        return 0 if $$stopped;
    }
    return unpack('i', getsockopt $socket, SOL_SOCKET, SO_ERROR) == 0;
}

# Connect and ask. A connection that cannot be made is nothing.
sub begin ($self, $manner, $stopped) {
    socket my $socket, AF_INET, SOCK_STREAM, 0 or croak "socket: $!";
    if ($manner->{buffer}) {
        # before it connects, or TCP has already offered a larger window
        setsockopt $socket, SOL_SOCKET, SO_RCVBUF, $manner->{buffer} or croak "SO_RCVBUF: $!";
    }
    connected($socket, pack_sockaddr_in($self->{port}, INADDR_LOOPBACK), $stopped) or return undef;
    $socket->blocking(0);
    my $request = $self->{requests}[ rand @{ $self->{requests} } ];
    my ($method, $path, @headers) = @$request;
    my $head = "$method $path HTTP/1.1\r\nHost: 127.0.0.1:$self->{port}\r\nConnection: close\r\n";
    $head .= shift(@headers) . ': ' . shift(@headers) . "\r\n" while @headers;
    syswrite $socket, $manner->{halts} ? substr $head, 0, length($head) / 2 : "$head\r\n";
    return { socket => $socket, request => $request, received => '', due => 0 };
}

# Those whose time it is to read and whose sockets have something; a moment later, when there are none.
sub ready (@clients) {
    my $now = time;
    my %due = map { fileno $_->{socket} => $_ } grep { $_->{due} <= $now } @clients;
    if (!%due) {
        sleep 0.02;
        return;
    }
    return map { $due{ fileno $_ } } IO::Select->new(map { $_->{socket} } values %due)->can_read(0.02);
}

# Read a piece. Returns the word for what became of the response when it is over.
sub listen_to ($self, $manner, $client, $counts) {
    my $had = length $client->{received};
    my $most = $manner->{most} // 'Inf';
    my $count = sysread $client->{socket}, $client->{received}, min($most - $had, $manner->{piece} // 1 << 20), $had;
    return undef if !defined $count && ($!{EAGAIN} || $!{EINTR});
    if ($count) {
        $counts->{begun}++ if $had == 0;
        $client->{due} = time + ($manner->{every} // 0);
        if ($had + $count >= $most) {
            return 'left' if $manner->{leaves};
            $client->{due} = 'Inf';
        }
        return undef;
    }
    return outcome($self, $client);
}

# Of a connection that has ended.
sub outcome ($self, $client) {
    return 'dropped' if $client->{received} eq '';
    my ($head, $body) = split /\r\n\r\n/, delete $client->{received}, 2;
    return 'broken' unless defined $body;
    my $response = { %{ parse_head($head) }, body => $body, request => $client->{request} };
    my $chunked = ($response->{headers}{'transfer-encoding'} // '') eq 'chunked';
    my $length = $response->{headers}{'content-length'} // ($chunked ? undef : 0);
    return 'broken' if defined $length ? length $body < $length : $body !~ /(?:^|\r\n)0\r\n\r\n\z/;
    return $self->{judge}->($response) ? 'right' : 'wrong';
}

1;
