# SPDX-License-Identifier: Apache-2.0
package JobSessions::Test;

use v5.36;
use Carp qw(croak);
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Temp ();
use IO::Select;
use IO::Socket::INET;
use IPC::Open3 qw(open3);
use JSON::XS ();
use Test::More ();
use Time::HiRes qw(sleep time);

our @EXPORT_OK = qw(
    build_file database_dir days_ago decode_json error_log_mark error_log_since http http_all httpd_children jobsessions
    make_database on_terminal parse_head port quick_or_long raw_http readers responses run_command scratch_file slurp spew
    start_httpd stop_httpd test_vars undisturbed wait_until
);

=head1 NAME

JobSessions::Test - what the tests share

=head1 SYNOPSIS

    use JobSessions::Test qw(http make_database);

    make_database('t/db/mine', 't/data/sessions-example.ndjson');
    my $response = http('open', POST => '/api/v1/jobSessions/export', headers => { Host => 'a.b' });
    is $response->{status}, 200;

Tests run in the project's top folder, or a copy of it, with t/lib in the path.

=head1 FILES AND PROCESSES

=over

=item slurp($file), spew($file, $bytes)

Read or write a file, as bytes.

=cut

sub slurp ($file) {
    open my $handle, '<:raw', $file or croak "$file: $!";
    local $/ = undef;
    return readline($handle) // '';
}

sub spew ($file, $bytes) {
    open my $handle, '>:raw', $file or croak "$file: $!";
    print {$handle} $bytes or croak "$file: $!";
    close $handle or croak "$file: $!";
}

=item scratch_file()

A File::Temp of a name that holds the process's id: children of one fork draw the same random names,
and a thousand that others took are its end.

=cut

sub scratch_file () {
    return File::Temp->new(TEMPLATE => "$$.XXXXXXXX", TMPDIR => 1);
}

=item run_command([$program, @arguments], $stdin)

Run a program without a shell. Returns a hash of C<exit> (128 + signal when it was killed), C<out>
and C<err>.

=cut

sub run_command ($command, $stdin = '') {
    my ($in, $out, $err) = map { scratch_file() } 1 .. 3;
    binmode $in;
    print {$in} $stdin;
    $in->flush;
    seek $in, 0, 0;
    sysseek $in, 0, 0;
    my $pid = open3('<&' . fileno $in, '>&' . fileno $out, '>&' . fileno $err, @$command);
    waitpid $pid, 0;
    return {
        exit => $? & 127 ? 128 + ($? & 127) : $? >> 8,
        out  => slurp($out->filename),
        err  => slurp($err->filename)
    };
}

=item on_terminal($command)

The same of a line of sh that finds a terminal, which is script(1)'s. The shell is for accounts that
may not log in, too.

=cut

sub on_terminal ($command) {
    local $ENV{SHELL} = '/bin/sh';
    return run_command([ 'script', '-qec', $command, '/dev/null' ]);
}

=item build_file($name)

The absolute path of a build product: C<jobsessions>, C<worker>, C<mod_jobsessions.so>, ...

=cut

sub build_file ($name) {
    return abs_path('build') . "/$name";
}

=item wait_until { CONDITION } $seconds

Wait for a condition to become true, 10 seconds unless told. Returns whether it did.

=cut

sub wait_until : prototype(&;$) ($condition, $seconds = 10) {
    my $end = time + $seconds;
    until ($condition->()) {
        return 0 if time > $end;
        sleep 0.02;
    }
    return 1;
}

=item quick_or_long($quick, $long)

How often to do something: C<$quick> in "make check", C<$long> in "make torture". What a test has done
it says in the names of its assertions.

=cut

sub quick_or_long ($quick, $long) {
    return $ENV{JOBSESSIONS_LONG} ? $long : $quick;
}

=back

=head1 DATABASES

=over

=item jobsessions($database, $verb, @arguments, { stdin => $bytes })

Run the tool on a database directory; the hash comes last and may be missing. Returns what
C<run_command> does.

=cut

sub jobsessions ($database, @arguments) {
    my $options = ref $arguments[-1] ? pop @arguments : {};
    return run_command([ build_file('jobsessions'), '-d', $database, @arguments ],
        $options->{stdin} // '');
}

=item days_ago($days, $do)

Call C<$do> while the clock of all processes that are started shows a time so many days back, or ahead where they are
negative.

=cut

sub days_ago ($days, $do) {
    my $step = scratch_file();
    print {$step} -86_400 * $days;
    $step->flush;
    local $ENV{STEPPED_CLOCK} = $step->filename;
    local $ENV{LD_PRELOAD} = join ':', grep { $_ } $ENV{JOBSESSIONS_PRELOAD}, build_file('t/support/stepped_clock.so');
    return $do->();
}

=item make_database($directory, @files)

Make a database from scratch and import files into it; without files it is empty. Not for a directory
httpd has in use.

=cut

sub make_database ($directory, @files) {
    unlink "$directory/data.mdb", "$directory/lock.mdb";
    for my $file (@files ? @files : '/dev/null') {
        my $import = jobsessions($directory, 'import', { stdin => slurp($file) });
        croak "import $file into $directory: $import->{err}" if $import->{exit} != 0;
    }
    return $directory;
}

=item database_dir($name)

The directory a virtual host names as @ServerRoot@/db/NAME.

=cut

sub database_dir ($name) {
    return abs_path('t') . "/db/$name";
}

=item readers($directory)

The database's reader table, by mdb_stat: a hash of C<pid> and C<active>, true while a snapshot is
held, for each slot.

=cut

sub readers ($directory) {
    my $table = run_command([ qw(mdb_stat -r), $directory ]);    # its exit status means nothing here
    croak "mdb_stat: $table->{err}" unless $table->{out} =~ /^Reader Table Status$/m;
    return map { /^ *(\d+) +\w+ +(\d+|-)$/ ? { pid => $1, active => $2 ne '-' } : () } split /\n/, $table->{out};
}

=item decode_json($bytes)

Numbers keep their type. Dies when the bytes are no JSON.

=cut

sub decode_json ($bytes) {
    return JSON::XS->new->utf8->decode($bytes);
}

=back

=head1 HTTPD

=over

=item start_httpd($mpm), stop_httpd()

Start the server, or stop the one that runs, if any; returns whether it is gone. t/suite calls them.

=cut

sub start_httpd ($mpm) {
    unlink 't/conf/apache_test_config.pm', 't/conf/httpd.conf', 't/conf/extra.conf';
    local $ENV{JOBSESSIONS_MPM} = $mpm;
    my $start = run_command([ $^X, 't/TEST', '-start-httpd' ]);
    return if $start->{exit} == 0;
    my $log = "t/logs-$mpm/error_log";
    die "httpd did not start under $mpm:\n$start->{out}$start->{err}", -e $log ? slurp($log) : '', "\n";
}

sub stop_httpd {
    for my $file (glob 't/logs-*/httpd.pid') {
        my ($pid) = slurp($file) =~ /^(\d+)$/m or next;
        kill TERM => $pid;
        wait_until { !kill 0, $pid } 20 or return 0;
        unlink $file;
    }
    return 1;
}

=item httpd_children()

The process ids of the server's children.

=cut

sub httpd_children {
    my ($parent) = slurp(test_vars('t_pid_file')) =~ /(\d+)/;
    return split ' ', slurp("/proc/$parent/task/$parent/children");
}

=item test_vars($name)

A variable of Apache::Test: C<port>, C<t_logs>, C<serverroot>, ...

=item port($vhost)

The port of a virtual host in t/conf/extra.conf.in; without a name, of the main server. A number is
a port already, of a L<JobSessions::Httpd> say.

=cut

sub test_config {
    require Apache::TestConfig;
    state $config = Apache::TestConfig->thaw;
    return $config;
}

sub test_vars ($name) {
    return test_config()->{vars}{$name};
}

sub port ($vhost = undef) {
    return test_vars('port') unless defined $vhost;
    return $vhost if $vhost =~ /^\d+$/;
    my $known = test_config()->{vhosts}{$vhost} or croak "$vhost: no such virtual host";
    return $known->{port};
}

=item http($vhost, $method => $path, %options)

One request, by curl, which sends the path as it is written. Options:

    headers  hash of request headers; undef leaves out one that curl sends by itself
    body     bytes
    version  1.0, 1.1, 2 or 2-prior-knowledge
    tls      true for https
    curl     list of further arguments for curl

Returns a hash of C<status>, C<version>, C<headers> (names in lower case; one that came more than
once is joined by a comma), C<body>, C<interim> (status lines of 1xx responses) and C<exit>, curl's:
not 0 when the response broke off, with the reason in C<error>.

=cut

sub http (@request) {
    return (http_all(\@request))[0];
}

=item http_all([$vhost, $method => $path, %options], ...)

Many requests by one curl, one after the other, and over one connection as long as they go to one
virtual host. Returns what C<http> does for each.

=cut

sub http_all (@requests) {
    my @files = map { +{ head => scratch_file(), body => scratch_file() } } @requests;
    my @arguments = map { ('--next', curl_arguments($files[$_], @{ $requests[$_] })) } 0 .. $#requests;
    my $curl = run_command([ qw(curl -q), @arguments[ 1 .. $#arguments ] ]);
    my @ends = split /\n/, $curl->{out};
    return map {
        my @heads = split /\r\n\r\n/, slurp($files[$_]{head}->filename);
        my $final = parse_head(pop @heads // '');
        my ($exit, $error) = split ' ', $ends[$_] // "$curl->{exit} $curl->{err}", 2;
        +{
            %$final,
            body    => $requests[$_][1] eq 'HEAD' ? '' : slurp($files[$_]{body}->filename),
            interim => [ map { (split /\r\n/)[0] } @heads ],
            exit    => $exit,
            error   => $error
        }
    } 0 .. $#requests;
}

sub curl_arguments ($files, $vhost, $method, $path, %options) {
    my %sent = %{ $options{headers} // {} };
    if (defined $options{body}) {
        $files->{sent} = scratch_file();
        print { $files->{sent} } $options{body};
        $files->{sent}->flush;
    }
    return (
        qw(--silent --show-error --insecure --path-as-is --noproxy * --max-time 60),
        '--write-out', "%{exitcode} %{errormsg}\n",
        '--dump-header', $files->{head}->filename, '--output', $files->{body}->filename,
        $method eq 'HEAD' ? '--head' : ('--request', $method),
        defined $options{version} ? "--http$options{version}" : (),
        (map { defined $sent{$_} ? ('-H', "$_: $sent{$_}") : ('-H', "$_:") } sort keys %sent),
        $files->{sent} ? ('--data-binary', '@' . $files->{sent}->filename) : (),
        @{ $options{curl} // [] },
        ($options{tls} ? 'https' : 'http') . '://127.0.0.1:' . port($vhost) . $path
    );
}

sub parse_head ($head) {
    my ($status_line, @lines) = split /\r\n/, $head;
    my ($version, $status) = ($status_line // '') =~ m{^HTTP/([\d.]+) (\d+)};
    my %headers;
    for (@lines) {
        my ($name, $value) = /^([^:]+):\s*(.*)$/ or next;
        $name = lc $name;
        $headers{$name} = exists $headers{$name} ? "$headers{$name}, $value" : $value;
    }
    return { version => $version, status => $status // 0, headers => \%headers };
}

=item raw_http($vhost, $bytes, $seconds)

Send bytes as they are, and return all that comes back until the server closes the connection or has
been silent for some seconds, 5 unless told. For pipelines and for requests curl would not send.

=cut

sub raw_http ($vhost, $bytes, $seconds = 5) {
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => port($vhost))
        or croak "connect to $vhost: $@";
    local $SIG{PIPE} = 'IGNORE';
    $socket->syswrite($bytes);
    my $readable = IO::Select->new($socket);
    my $received = '';
    while ($readable->can_read($seconds)) {
        $socket->sysread($received, 65536, length $received) or last;
    }
    return $received;
}

=item responses($bytes)

What C<raw_http> returned, taken apart: a list of what C<http> returns. Bytes that are no response
come last, as the C<body> of one with C<status> 0.

=cut

sub responses ($bytes) {
    my @responses;
    while ($bytes =~ s{^(HTTP/\d.*?)\r\n\r\n}{}s) {
        my $response = parse_head($1);
        my $length = $response->{status} =~ /^(?:1..|204|304)$/ ? 0 : $response->{headers}{'content-length'};
        if (($response->{headers}{'transfer-encoding'} // '') eq 'chunked') {
            my $chunk;
            do {
                $chunk = $bytes =~ s/^([0-9a-f]+)\r\n//i ? substr $bytes, 0, hex $1, '' : '';
                $response->{body} .= $chunk;
                $bytes =~ s/^\r\n//;
            } until $chunk eq '';
        } else {
            $response->{body} = substr $bytes, 0, $length // length $bytes, '';
        }
        push @responses, $response;
    }
    return @responses, $bytes eq '' ? () : { status => 0, headers => {}, body => $bytes };
}

=item undisturbed($log, $try)

What the second function returns, in a moment in which no client was broken off since the disk was kept busy by others
(JS0413, as it should be: no snapshot is kept for it); C<$log> returns httpd's log. Tries twelve times; nothing, after that.

=cut

sub undisturbed ($log, $try) {
    for my $number (1 .. 12) {
        my $before = () = $log->() =~ /JS0413/g;
        my @result = $try->();
        my $after = () = $log->() =~ /JS0413/g;
        return wantarray ? @result : $result[0] if $after == $before;
        Test::More::note('the disk is busy');
        sleep $number / 4;
    }
    return;
}

=item error_log_mark(), error_log_since($mark)

The end of the error log now, and what was written since then.

=cut

sub error_log_mark {
    return -s test_vars('t_logs') . '/error_log';
}

sub error_log_since ($mark) {
    return substr slurp(test_vars('t_logs') . '/error_log'), $mark;
}

=back

=cut

1;
