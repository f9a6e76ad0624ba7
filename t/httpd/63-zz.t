# SPDX-License-Identifier: Apache-2.0
# Many slow clients at once, each of another document, and a disk that takes its time: no snapshot is kept for
# more than a second and what rendering takes, the rest is broken off so that the client can tell, and newcomers
# are asked to come later. What cannot be told from the whole is sent with its length; the disk is never filled.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use IO::Socket::INET;
use Time::HiRes qw(sleep time);
use JobSessions::Httpd;
use JobSessions::Sanitizer qw(patience);
use JobSessions::Sessions qw(session_of_size);
use JobSessions::SlowClient;
use JobSessions::Test qw(build_file http jobsessions readers run_command wait_until);

my $mount = '/api/v1/jobSessions';
my $db = tempdir(CLEANUP => 1) . '/db';
# more than sockets buffer
my $import = jobsessions($db, 'import', { stdin => join "\n", map { session_of_size($_, 1024 * 1024) } 1 .. 12 });
is $import->{exit}, 0, '12 MB of sessions' or diag $import->{err};

sub start_httpd ($config, %env) {
    my $httpd = JobSessions::Httpd->new(serves => $db, config => "SendBufferSize 65536\n$config", env => \%env, single => 1);
    return $httpd->start;
}

sub active { return grep { $_->{active} } readers($db) }

subtest 'a crowd' => sub {
    my $httpd = start_httpd("LogLevel jobsessions:warn\n", LD_PRELOAD => build_file('t/support/slow_spool.so'));
    plan skip_all => 'prefork has one client at a time here' if $httpd->mpm eq 'prefork';
    my @clients;
    my $begin = time;
    push @clients, JobSessions::SlowClient->new($httpd->port, GET => "$mount?Limit=-1&n=$_") for 1 .. 6;    # 5 s each to the disk
    ok $_->has_begun, 'a list has begun' for @clients;
    ok +(wait_until { !active() } 10 * patience()), 'the snapshots are let go';
    cmp_ok time - $begin, '<', 2.5 * patience(), 'in time';
    my @responses = map { $_->read_on } @clients;
    my $broken = grep { $_->{status} == 200 && length $_->{body} < $_->{headers}{'content-length'} } @responses;
    is $broken, 6, 'the clients can tell';
    like $httpd->error_log, qr/JS0413: a slow client is disconnected: after \d+ bytes of what 127\.0\.0\.1 still waits for/,
        'the log says of whose, how much and why';
    like $httpd->error_log, qr/JS0423: 127\.0\.0\.1 is disconnected: too many slow clients at once/, 'also of those whose turn had not come';
    is http($httpd->port, POST => "$mount/export")->{exit}, 0, 'the server goes on';
};

# Of five documents at least one more than are written at a time.
subtest 'a crowd that waits for the same' => sub {
    my $httpd = start_httpd("LogLevel jobsessions:warn\n", LD_PRELOAD => build_file('t/support/slow_spool.so'));
    plan skip_all => 'prefork has one client at a time here' if $httpd->mpm eq 'prefork';
    my $client = sub ($n) { JobSessions::SlowClient->new($httpd->port, GET => "$mount?Limit=-1&n=$n") };
    my @clients = $client->(1);
    ok $clients[0]->has_begun, 'the first list has begun, which will be the first to be written';
    push @clients, map { $client->($_) } 2 .. 5, (1) x 5;
    ok $_->has_begun, 'a list has begun' for @clients;
    ok +(wait_until { !active() } 10 * patience()), 'the snapshots are let go';
    $_->read_on for @clients;
    my $ended = () = $httpd->error_log =~ /JS04(?:13|23):/g;
    is $ended, 5, 'who wants what is being written waits for no turn of its own';
};

sub spools ($httpd) {
    my ($child) = $httpd->children;
    my %files = map { (stat)[1] // 0 => 1 } grep { (readlink // '') =~ m{/jobsessions\.\w+ \(deleted\)$} } glob "/proc/$child/fd/*";
    return scalar keys %files;
}

done_testing;
