# SPDX-License-Identifier: Apache-2.0
# Crowds of slow and rude clients: they read 100 bytes a second, stop reading, leave in the middle of a
# response, send half a request. Others are served meanwhile, snapshots end soon, and the reader table
# does not fill. When somebody else fills it, that is an answer, and passes.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use IO::Select;
use IO::Socket::INET;
use IPC::Open2 qw(open2);
use List::Util qw(max);
use POSIX ();
use Time::HiRes qw(sleep time);
use JobSessions::Httpd;
use JobSessions::Sanitizer qw(patience);
use JobSessions::Sessions qw(session_of_size);
use JobSessions::SlowClient;
use JobSessions::Test qw(build_file decode_json http http_all jobsessions quick_or_long readers slurp test_vars wait_until);

my ($mpm) = test_vars('t_logs') =~ /-(\w+)$/;
my $prefork = $mpm eq 'prefork';    # has a process, and a spool, for each client

my $of_a_kind = $prefork ? quick_or_long(12, 60) : quick_or_long(40, 200);
my $rounds = quick_or_long(2, 4);
my $polite = quick_or_long(10, 60);    # requests of others in a round
my $read_on = quick_or_long(1, 10);    # of each kind, to the end
my $reader_slots = 4094;

# More threads than clients. Event could do with fewer, as what waits in a spool takes none; but a half
# request takes one, and its children do not share them evenly.
my $children = POSIX::ceil((4 * $of_a_kind + 40) / 64);
my $threads = $prefork ? 4 * $of_a_kind + 10 : 64 * $children;

my $base = tempdir(CLEANUP => 1);
my ($db, $spool) = ("$base/db", "$base/spool");
my $export = '/api/v1/jobSessions/export';
my $megabytes = $prefork ? 8 : 16;
mkdir $spool;
my $import = jobsessions($db, 'import', { stdin => join "\n", map { session_of_size($_, 1024 * 1024) } 1 .. $megabytes });
is $import->{exit}, 0, "$megabytes MB of sessions" or diag $import->{err};

sub config { return <<~CONFIG }
    JobSessionsSpoolDirectory $spool
    RequestReadTimeout header=2 body=2
    CONFIG

# Children from the beginning to the end, so that what they hold can be compared.
sub room {
    return "StartServers $threads\nMaxRequestWorkers $threads\nMinSpareServers 1\nMaxSpareServers $threads\n" if $prefork;
    return "StartServers $children\nServerLimit $children\nThreadsPerChild 64\n"
        . "MaxRequestWorkers $threads\nMinSpareThreads 1\nMaxSpareThreads $threads\n";
}

my $httpd = JobSessions::Httpd->new(modules => ['reqtimeout'], serves => $db, config => room() . config())->start;
my $document = http($httpd->port, POST => $export)->{body};
my $session = http($httpd->port, GET => '/api/v1/jobSessions/7')->{body};
cmp_ok length $document, '>', $megabytes * 1024 * 1024, 'more than sockets buffer';

# Where others keep the disk busy, clients are broken off for whose rest it took longer than a snapshot may be kept.
sub is_disk_busy () { return $httpd->error_log =~ /JS0413/ }

# What a client got in the end: the document or, there, a beginning of it that can be told from the whole.
sub is_right ($response) {
    my $body = $response->{body};
    return $response->{status} == 200
        && ($body eq $document
            || is_disk_busy() && length $body < $response->{headers}{'content-length'} && index($document, $body) == 0);
}

sub active { return scalar grep { $_->{active} } readers($db) }

# Files that httpd's children have open, but for the database's. Pipes are httpd's own, and those by which a
# sanitizer asks for the names of functions.
sub open_files {
    return grep { !m{^(?:\Q$db\E/|pipe:)} } map { readlink // () } map { glob "/proc/$_/fd/*" } $httpd->children;
}

sub spools { return scalar grep { m{^\Q$spool\E/} } open_files() }

# Connections that httpd has open.
sub connections {
    my $port = sprintf '0100007F:%04X', $httpd->port;
    return scalar(() = slurp('/proc/net/tcp') =~ /^ *\d+: $port \S+ 01 /mg);
}

# Polite clients, in a process of their own: each gets the export and a session, over one connection.
sub begin_others ($requests) {
    my $pid = open my $report, '-|';
    die "fork: $!" unless defined $pid;
    return $report if $pid;
    my ($right, $slowest) = (0, 0);
    for (1 .. $requests / 2) {
        my $begin = time;
        my @got = http_all([ $httpd->port, POST => $export ], [ $httpd->port, GET => '/api/v1/jobSessions/7' ]);
        $right += $got[0]{status} == 200 && $got[0]{body} eq $document;
        $right += $got[1]{status} == 200 && $got[1]{body} eq $session;
        $slowest = max($slowest, time - $begin);
    }
    print "$right $slowest\n";
    STDOUT->flush;
    POSIX::_exit(0);
}

# Until the condition is true, or so many seconds have passed, let clients read 100 bytes a second.
sub crawl_until ($clients, $seconds, $condition) {
    my $end = time + $seconds;
    my $next = 0;
    until ($condition->()) {
        return 0 if time > $end;
        if (time >= $next) {
            $_->read_some(100) for @$clients;
            $next = time + 1;
        }
        sleep 0.02;
    }
    return 1;
}

sub half_request ($number) {
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $httpd->port) or die "connect: $!";
    my $head = "POST $export HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n";
    $socket->syswrite($number % 2 ? $head : $head . "Content-Length: 1000\r\n\r\n{");
    return $socket;
}

# The answers to half requests, '' where there is none, until the server has closed the connections, while
# others crawl.
sub answers ($crawl, @sockets) {
    my %answers = map { $_ => '' } @sockets;
    my $open = IO::Select->new(@sockets);
    crawl_until($crawl, 15, sub {
        for my $socket ($open->can_read(0)) {
            $socket->sysread($answers{$socket}, 65536, length $answers{$socket}) or $open->remove($socket);
        }
        return $open->count == 0;
    });
    delete $answers{$_} for $open->handles;
    return values %answers;
}

my $before = begin_others($polite);
my ($right, $slowest) = split ' ', readline $before;
note sprintf 'without a crowd the slowest pair of requests took %.3f s', $slowest;

my (@slots, @files);
for my $round (1 .. $rounds) {
    subtest "$of_a_kind clients of each kind, round $round of $rounds" => sub {
        my $others = begin_others($polite);
        for (1 .. $of_a_kind) {
            my $client = JobSessions::SlowClient->new($httpd->port);
            $client->has_begun && $client->read_some;
        }
        my @crawl = map { JobSessions::SlowClient->new($httpd->port) } 1 .. $of_a_kind;
        my @stop = map { JobSessions::SlowClient->new($httpd->port) } 1 .. $of_a_kind;
        is scalar(grep { $_->has_begun && $_->read_some } @crawl, @stop), 2 * $of_a_kind,
            "$of_a_kind have left; $of_a_kind that crawl and $of_a_kind that stop are being answered";
        my $begin = time;
        my @half = map { half_request($_) } 1 .. $of_a_kind;
        cmp_ok connections(), '>=', 3 * $of_a_kind, "and $of_a_kind have sent half a request";
        ok crawl_until(\@crawl, $begin + 2 * patience() - time, sub { !active() }), 'within 2 seconds after the last has begun no snapshot is held';
        note sprintf 'it took %.2f s', time - $begin;
        ok connections() >= 2 * $of_a_kind || is_disk_busy(), 'although they are all connected';
        push @slots, scalar readers($db);

        my $told = IO::Select->new($others);
        ok crawl_until(\@crawl, 60, sub { $told->can_read(0) }), 'others are served meanwhile';
        my ($right, $slowest) = split ' ', readline $others;
        is $right, $polite, "all their $polite requests, with 200, and whole";
        cmp_ok $slowest, '<', 5 * patience(), 'and none had to wait for long';
        note sprintf 'the slowest pair of requests took %.3f s', $slowest;

        my @answers = answers(\@crawl, @half);
        is scalar @answers, $of_a_kind, 'all half requests have come to an end';
        is_deeply [ grep { $_ ne '' && !m{^HTTP/1\.1 408 } } @answers ], [], 'by a 408, or without a word';
        note 'the disk is busy' if is_disk_busy();
        ok +(wait_until { connections() == 2 * $of_a_kind || is_disk_busy() && connections() < 2 * $of_a_kind }),
            'slow clients have stayed, and nobody else';
        is active(), 0, 'no snapshot is held';
        my @whole = map { $_->read_on } @crawl[ 0 .. $read_on - 1 ], @stop[ 0 .. $read_on - 1 ];
        is scalar(grep { is_right($_) } @whole), 2 * $read_on,
            "$read_on of each kind read on to the end, and get what fast clients get";
        @crawl = @stop = @half = ();
        ok +(wait_until { spools() == 0 && connections() == 0 }), 'the others leave: no spool stays';
        is_deeply [ glob "$spool/* $spool/.??*" ], [], 'with a name or without';
        ok +(wait_until { @files == 0 || open_files() <= $files[0] }), 'nor any other file';
        push @files, scalar open_files();
    };
}
note "reader slots: @slots, of $threads threads; open files: @files";
cmp_ok max(@slots), '<=', $threads, "httpd took no more reader slots than it has threads, $threads, for ${\($rounds * 4 * $of_a_kind)} clients";

subtest "$of_a_kind clients that leave at once" => sub {
    for my $wave (1 .. $rounds) {
        my @leave = map { JobSessions::SlowClient->new($httpd->port) } 1 .. $of_a_kind;
        $_->has_begun && $_->read_some for @leave;
    }
    ok +(wait_until { !active() } 2 * patience()), "$rounds times: within 2 seconds no snapshot is held";
    ok +(wait_until { spools() == 0 && connections() == 0 }), 'no spool is left';
    is_deeply [ glob "$spool/* $spool/.??*" ], [], 'with a name or without';
    ok +(wait_until { open_files() <= $files[0] }), 'nor any other file';
    cmp_ok scalar readers($db), '<=', $threads, 'nor reader slots';
};
# that all its threads are busy, MPMs say as an error
my @complaints = grep { !/consider raising/ } grep { /:(?:error|crit|alert|emerg)\]|exit signal/ } split /\n/, $httpd->error_log;
is_deeply \@complaints, [], 'httpd has nothing to complain of' or diag explain \@complaints;
$httpd->stop;

# ---- When others fill the reader table -----------------------------------------------------------

# A process that holds snapshots, as many as there is room for unless told.
sub hold (@count) {
    my $pid = open2(my $out, my $in, build_file('t/support/hold_snapshots'), $db, @count);
    return { pid => $pid, in => $in, count => 0 + readline $out };
}

sub let_go ($holder, $signal = undef) {
    kill $signal => $holder->{pid} if $signal;
    close $holder->{in};
    waitpid $holder->{pid}, 0;
}

sub busy_is ($response, $httpd, $name) {
    subtest $name => sub {
        is $response->{status}, 503, 'Service Unavailable';
        is $response->{headers}{'content-type'}, 'application/problem+json', 'as a problem';
        like $response->{headers}{'retry-after'}, qr/^[1-9]\d*$/, 'to be tried again';
        is decode_json($response->{body})->{status}, 503, 'the body says so';
        like $httpd->error_log, qr/\[jobsessions:error\] .*\Q$db\E: .*all reader slots are in use; try again shortly/,
            'the log names the directory, the reason and the remedy';
    };
}

subtest 'a full reader table' => sub {
    for my $signal (undef, 'KILL') {
        my $end = $signal ? 'are killed' : 'let go';
        my $witness = hold(1);    # it lives throughout, so that nobody makes the lock file anew
        my $holder = hold();
        is $holder->{count} + $witness->{count}, $reader_slots, "others hold all $reader_slots slots";
        my $server = JobSessions::Httpd->new(single => 1, modules => ['reqtimeout'], serves => $db, config => config())->start;
        busy_is http($server->port, POST => $export), $server, 'before httpd has opened the database';
        my $child = ($server->children)[0];
        let_go($holder, $signal);
        my $response = http($server->port, POST => $export);
        is $response->{status}, 200, "when they $end the next request is served";
        is length $response->{body}, $response->{headers}{'content-length'}, 'in full';
        cmp_ok scalar readers($db), '<=', 3, 'and the slots are free';

        $holder = hold();
        is http($server->port, POST => $export)->{status}, 200, 'a slot that httpd has it keeps while the table is full';
        if (!$prefork) {    # its child would have to wait for the slow client
            my $second = sub {
                my $client = JobSessions::SlowClient->new($server->port);
                $client->has_begun;
                return http($server->port, POST => $export);
            };
            my $busy;
            wait_until { ($busy = $second->())->{status} == 503 } 5;
            busy_is $busy, $server, 'a second request at the same time needs another';
            let_go($holder, $signal);
            is $second->()->{status}, 200, "and gets it when they $end";
        } else {
            let_go($holder, $signal);
        }
        is_deeply [ $server->children ], [$child], 'all that without a restart';
        let_go($witness);
    }
};

done_testing;
