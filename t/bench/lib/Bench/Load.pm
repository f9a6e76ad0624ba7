# SPDX-License-Identifier: Apache-2.0
# Requests, and how fast they are answered: wrk and h2load for rates, sockets for the rest.
package Bench::Load;
use v5.36;
use Exporter qw(import);
use Socket qw(:DEFAULT IPPROTO_TCP TCP_NODELAY);
use Time::HiRes qw(sleep time);
use Bench::Processes qw(output);
our @EXPORT_OK = qw(alternate wrk h2load fetch first_byte download slow_client idle_client);

use constant CHUNK => 256 * 1024;

# alternate(ROUNDS, name => CODE, ...): A B A B ...; a list of results for each name.
sub alternate ($rounds, @sides) {
    my (%results, @names);
    while (my ($name, $code) = splice @sides, 0, 2) { push @names, [ $name, $code ] }
    for (1 .. $rounds) { push @{ $results{ $_->[0] } }, scalar $_->[1]->() for @names }
    return %results;
}

# wrk(URL, connections =>, seconds =>, method =>, header => [NAME, VALUE], script =>)
# Returns { bytes, requests, seconds }.
sub wrk ($url, %given) {
    my $seconds = $given{seconds};
    my $connections = $given{connections} // 1;
    my $text = output('wrk', '-t1', "-c$connections", "-d${seconds}s", '-s', $given{script}, $url, '--',
        $given{method} // 'GET', @{ $given{header} // [] });
    my ($bytes, $requests, $microseconds, $failures) =
        $text =~ /^numbers (\d+) (\d+) (\d+) (\d+)$/m or die "wrk on $url said:\n$text\n";
    die "$failures requests failed: $url\n$text\n" if $failures || !$bytes;
    return { bytes => $bytes, requests => $requests, seconds => $microseconds / 1e6 };
}

# Seconds a request takes over HTTP/2.
sub h2load ($url, $method, $requests, @headers) {
    my $text = output('h2load', '-c1', '-m1', '-w30', '-W30', "-n$requests", map({ ('-H', $_) } ":method: $method", @headers), $url);
    $text =~ /^status codes: $requests 2xx,/m or die "h2load on $url said:\n$text\n";
    my ($took, $unit) = $text =~ /^finished in ([\d.]+)(us|ms|s|m)\b/m or die "h2load said:\n$text\n";
    return $took * { us => 1e-6, ms => 1e-3, s => 1, m => 60 }->{$unit} / $requests;
}

# ---- By hand ---------------------------------------------------------------------------------

sub connect_to ($port, $receive_buffer = 0) {
    socket(my $socket, PF_INET, SOCK_STREAM, 0) or die "socket: $!\n";
    setsockopt($socket, SOL_SOCKET, SO_RCVBUF, $receive_buffer) if $receive_buffer;
    setsockopt($socket, IPPROTO_TCP, TCP_NODELAY, 1);
    connect($socket, pack_sockaddr_in($port, INADDR_LOOPBACK)) or die "port $port: $!\n";
    return $socket;
}

sub request_text ($port, $method, $path, @headers) {
    return join "\r\n", "$method $path HTTP/1.1", "Host: 127.0.0.1:$port", 'Connection: close', @headers,
        '', '';
}

# Reads up to the header's end; returns the status line, the headers and what came of the body.
sub read_header ($socket) {
    my $text = '';
    until ($text =~ /\r\n\r\n/) {
        sysread($socket, $text, CHUNK, length $text) or die "the server closed the connection\n";
    }
    my ($header, $body) = split /\r\n\r\n/, $text, 2;
    return ($header, $body);
}

sub fetch ($port, $method, $path, @headers) {
    my $socket = connect_to($port);
    syswrite $socket, request_text($port, $method, $path, @headers);
    my ($header, $body) = read_header($socket);
    1 while sysread $socket, $body, CHUNK, length $body;
    $body = without_chunks($body) if $header =~ /^Transfer-Encoding: chunked/mi;
    return { status => (split ' ', $header)[1], header => $header, body => $body };
}

sub without_chunks ($text) {
    my ($body, $at) = ('', 0);
    while (substr($text, $at, 20) =~ /^([0-9a-f]+)\r\n/i && hex $1) {
        $body .= substr $text, $at + $+[0], hex $1;
        $at += $+[0] + hex($1) + 2;
    }
    return $body;
}

# Seconds from the request to the first byte of the answer.
sub first_byte ($port, $method, $path) {
    my $socket = connect_to($port);
    my $began = time;
    syswrite $socket, request_text($port, $method, $path);
    sysread $socket, my $text, 1024 or die "no answer from port $port\n";
    my $took = time - $began;
    $text =~ m{^HTTP/1.1 200 } or die "port $port answered:\n$text\n";
    return $took;
}

# Read an answer to its end and forget it. Returns bytes of the body and seconds.
sub download ($port, $method, $path, @headers) {
    my $socket = connect_to($port);
    my $began = time;
    syswrite $socket, request_text($port, $method, $path, @headers);
    my ($header, $body) = read_header($socket);
    $header =~ m{^HTTP/1.1 200 } or die "port $port answered:\n$header\n";
    my $bytes = length $body;
    while (my $read = sysread $socket, $body, CHUNK) { $bytes += $read }
    my $took = time - $began;
    my ($announced) = $header =~ /^Content-Length: (\d+)/mi;
    die "$path: $bytes bytes came, $announced were announced\n" if $announced && $bytes != $announced;
    return { bytes => $bytes, seconds => $took };
}

# Read at a number of bytes a second for some seconds, then go away. A small receive buffer, or the
# kernel would take in megabytes on the client's behalf. Returns whether the server was still there.
# A client that asks and does not read.
sub idle_client ($port, $path, $seconds) {
    my $socket = connect_to($port, 8192);
    syswrite $socket, request_text($port, 'POST', $path);
    sleep $seconds;
    return;
}

sub slow_client ($port, $path, $rate, $seconds) {
    my $socket = connect_to($port, 8192);
    my $began = time;
    syswrite $socket, request_text($port, 'POST', $path);
    my $step = $rate < 40_000 ? 1_000 : $rate / 40;
    for (my $read = 0; time - $began < $seconds;) {
        my $got = sysread $socket, my ($chunk), $step;
        return 0 unless $got;
        $read += $got;
        my $ahead = $read / $rate - (time - $began);
        sleep $ahead if $ahead > 0;
    }
    return 1;
}

1;
