# SPDX-License-Identifier: Apache-2.0
# Children come and go: graceful restarts fail no request, and a killed child leaves nothing behind.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use IPC::Open3 qw(open3);
use POSIX ();
use JobSessions::Httpd;
use JobSessions::Sessions qw(session_of_size);
use JobSessions::SlowClient;
use JobSessions::Test qw(http jobsessions readers wait_until);

my $db = tempdir(CLEANUP => 1) . '/db';
my $import = jobsessions($db, 'import', { stdin => join "\n", map { session_of_size($_, 100_000) } 1 .. 60 });
is $import->{exit}, 0, '6 MB of sessions' or diag $import->{err};

my $httpd = JobSessions::Httpd->new(config => <<~CONFIG)->start;
    JobSessionsDatabase $db
    <Location "/api/v1/jobSessions">
        SetHandler jobsessions
        JobSessionsAnonymous On
    </Location>
    CONFIG

sub export { return http($httpd->port, POST => '/api/v1/jobSessions/export') }
my $document = export()->{body};
cmp_ok length $document, '>', 6_000_000, 'an export of them';

my @running;    # clients

# A client that exports again and again until told to stop; it reports how many came whole, and how many not.
sub start_client {
    pipe my $report, my $reporter or die "pipe: $!";
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        my ($stopped, $whole, $broken) = (0, 0, 0);
        $SIG{TERM} = sub { $stopped = 1 };
        until ($stopped) {
            my $response = export();
            $response->{status} == 200 && $response->{body} eq $document ? $whole++ : $broken++;
        }
        syswrite $reporter, "$whole $broken";
        POSIX::_exit(0);
    }
    close $reporter;
    push @running, $pid;
    return { pid => $pid, report => $report };
}

# A client that takes its time.
sub start_slow_client {
    my $pid = open3(my $in, my $out, undef,
        qw(curl -q --silent --noproxy * --max-time 60 --limit-rate 1500k --request POST --output /dev/null),
        '--write-out', '%{http_code} %{exitcode} %{size_download}',
        'http://127.0.0.1:' . $httpd->port . '/api/v1/jobSessions/export');
    push @running, $pid;
    return { pid => $pid, report => $out };
}
END { kill TERM => @running }

sub result ($client) {
    my $result = readline $client->{report};
    waitpid $client->{pid}, 0;
    @running = grep { $_ != $client->{pid} } @running;
    return $result;
}

subtest 'graceful restarts' => sub {
    my @slow = map { start_slow_client() } 1 .. 2;
    my @clients = map { start_client() } 1 .. 2;
    for my $restart (1 .. 3) {
        my %before = map { $_ => 1 } $httpd->children;
        $httpd->restart;
        ok +(wait_until { grep { !$before{$_} } $httpd->children } 20), "restart $restart: there are new children";
        is export()->{body} eq $document, 1, 'that answer';
    }
    kill TERM => map { $_->{pid} } @clients;
    for my $client (@clients) {
        my ($whole, $broken) = split ' ', result($client);
        is $broken, 0, 'no export of a client failed';
        cmp_ok $whole, '>', 0, 'of those it made';
    }
    is result($_), '200 0 ' . length $document, 'nor one that was under way all the time' for @slow;
    is scalar(() = $httpd->error_log =~ /graceful restart/gi), 3, 'restarted three times';
    unlike $httpd->error_log, qr/exit signal|jobsessions:(?:error|crit)/, 'no child had trouble';
    ok +(wait_until { my %pids = map { $_ => 1 } $httpd->children; !grep { !$pids{ $_->{pid} } } readers($db) } 20),
        'no child that has gone holds a reader slot';
};

subtest 'a child is killed' => sub {
    for my $round (1 .. 3) {
        export() for 1 .. 5;
        my %holders = map { $_->{pid} => 1 } readers($db);
        my ($victim) = grep { $holders{$_} } $httpd->children;
        ok $victim, 'a child has a reader slot';
        my %before = map { $_ => 1 } $httpd->children;
        kill KILL => $victim;
        ok +(wait_until { my @now = $httpd->children; !grep({ $_ == $victim } @now) && grep { !$before{$_} } @now } 20),
            'it is killed, another one starts';
        my $answers = grep { export()->{body} eq $document } 1 .. 10;
        is $answers, 10, 'the next requests are answered';
        ok +(wait_until { !grep { $_->{pid} == $victim } readers($db) }), 'its slot is free again';
    }
    unlike $httpd->error_log, qr/exit signal/, 'and no other died';
};

subtest 'a child is killed while it sends' => sub {
    my $client = JobSessions::SlowClient->new($httpd->port);
    my %busy;
    wait_until { %busy = map { $_->{pid} => 1 } grep { $_->{active} } readers($db) };
    ok %busy, 'a child holds a snapshot for a slow client';
    kill KILL => keys %busy;
    cmp_ok length $client->read_on->{body}, '<', length $document, 'whose response is broken off';
    ok +(wait_until { export()->{body} eq $document }), 'the next client is answered';
    ok +(wait_until { !grep { $busy{ $_->{pid} } } readers($db) }), 'and the snapshot is gone';
};

done_testing;
