# SPDX-License-Identifier: Apache-2.0
# Children come and go: one that is killed costs the responses it was sending and leaves nothing behind;
# graceful restarts and stops cost nothing; httpd ends cleanly whatever it is at.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use IO::Socket::INET;
use IPC::Open2 qw(open2);
use Time::HiRes qw(sleep time);
use JobSessions::Crowd;
use JobSessions::Httpd;
use JobSessions::Sanitizer qw(patience);
use JobSessions::Sessions qw(session_of_size);
use JobSessions::SlowClient;
use JobSessions::Test qw(build_file http jobsessions quick_or_long readers spew undisturbed wait_until);

my $kills = quick_or_long(4, 170);     # under each MPM: 510 in all
my $seconds = patience() * quick_or_long(2, 60);    # of load, for graceful restarts and again for graceful stops
my $stops = quick_or_long(1, 5);
my $connections = 50;

my $db = tempdir(CLEANUP => 1) . '/db';
my $import = jobsessions($db, 'import', { stdin => join "\n", map { session_of_size($_, 100_000) } 1 .. 60 });
is $import->{exit}, 0, '6 MB of sessions' or diag $import->{err};

# Eight children from the start, which soon come back.
my $httpd = JobSessions::Httpd->new(serves => $db, config => <<~CONFIG);
    <IfModule mpm_prefork_module>
        StartServers 8
        MinSpareServers 8
        MaxRequestWorkers 200
    </IfModule>
    <IfModule !mpm_prefork_module>
        StartServers 8
        ServerLimit 24
        ThreadsPerChild 10
        MinSpareThreads 80
        MaxSpareThreads 120
        MaxRequestWorkers 240
    </IfModule>
    CONFIG

sub export { return http($httpd->port, POST => '/api/v1/jobSessions/export') }
my $document;    # what an export answers, as long as nobody writes

sub start_httpd {
    $httpd->start;
    $document = export()->{body};
}

sub judge ($response) { return $response->{status} == 200 && $response->{body} eq $document }

sub start_crowd ($count, %options) {
    return JobSessions::Crowd->new($httpd->port, $count, judge => \&judge, %options);
}

# The children that have a snapshot, and the reader slots of processes that are no more. (Of one that its
# parent has not looked after yet there is still a process id, but nothing else.)
sub at_work { return map { $_->{pid} } grep { $_->{active} } readers($db) }
sub left_behind { return grep { !defined readlink "/proc/$_->{pid}/exe" } readers($db) }

sub quiet_log ($name) {
    unlike $httpd->error_log, qr/exit signal (?!Killed)|still did not exit|jobsessions:(?:error|crit)/, $name;
}

# A worker that rewrites the newest session, 100 kB, one transaction after the other. Who sees another
# twin than the number sees half a write.
my $worker;

sub start_worker {
    my $pid = open2(my $from, my $to, build_file('jobsessions'), '-d', $db, 'put');
    $worker = { pid => $pid, from => $from, to => $to, number => 0 };
}

sub rewrite ($times) {
    for (1 .. $times) {
        my $number = ++$worker->{number};
        syswrite $worker->{to}, qq({"id":"60","number":$number,"twin":$number}\n);
        readline $worker->{from} // die 'the worker has ended';
    }
}

sub end_worker {
    close $worker->{to};
    waitpid $worker->{pid}, 0;
    return $? >> 8;
}

sub database_size { return (stat "$db/data.mdb")[7] }

subtest 'a client that is asked for its counts while it connects' => sub {
    my $deaf = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die "a socket: $@";
    my $crowd = JobSessions::Crowd->new($deaf->sockport, 6);    # more than may wait to be accepted
    for (1 .. 3) {
        sleep 0.1;
        kill USR1 => $crowd->{pid};
    }
    is $crowd->stop->{refused}, 0, 'nobody has refused it';
};

start_httpd();
cmp_ok length $document, '>', 6_000_000, 'an export of them';

subtest 'a child that is idle is killed' => sub {
    export() for 1 .. 8;
    my %holders = map { $_->{pid} => 1 } readers($db);
    my ($victim) = grep { $holders{$_} } $httpd->children;
    ok $victim, 'a child has a reader slot';
    my %before = map { $_ => 1 } $httpd->children;
    my @others = grep { $_ != $victim } sort keys %before;
    kill KILL => $victim, @others[ 7 .. $#others ];    # fewer than there are to spare are left, or none is started
    my $answers = grep { export()->{body} eq $document } 1 .. 10;
    is $answers, 10, 'the next requests are answered';
    ok +(wait_until { grep { !$before{$_} } $httpd->children }), 'another one starts';
    ok +(wait_until { !left_behind() } 30), 'its slot is free again';
};

subtest 'a child is killed while it sends' => sub {
    my $client = JobSessions::SlowClient->new($httpd->port);
    my ($victim) = (wait_until { at_work() }) && at_work();
    ok $victim, 'a child holds a snapshot for a slow client';
    kill KILL => $victim;
    cmp_ok length $client->read_on->{body}, '<', length $document, 'whose response is broken off';
    is export()->{body} eq $document, 1, 'the next client is answered';
    ok +(wait_until { !left_behind() } 30), 'and the snapshot is gone';
};

# An old snapshot would keep the worker from using pages again, and the file would grow.
subtest "$kills children are killed in mid-export" => sub {
    start_worker();
    rewrite(50);
    my $others = '{"id":"59",';
    my $rest = substr $document, index $document, $others;
    my $crowd = start_crowd(6, judge => sub ($response) {
        my $at = index $response->{body}, $others;
        return 0 if $response->{status} != 200 || $at < 0 || substr($response->{body}, $at) ne $rest;
        my ($number, $twin) = substr($response->{body}, 0, $at) =~ /"number":(\d+),"twin":(\d+)/ or return 0;
        return $number == $twin;
    });
    my $before = database_size();
    my $killed = 0;
    my $deadline = time + 2 * $kills + 20;
    while ($killed < $kills && time < $deadline) {
        rewrite(1);
        my %at_work = map { $_ => 1 } at_work();
        my @children = $httpd->children;
        my ($victim) = grep { $at_work{$_} } @children;
        if ($victim && @children > 1) {
            kill KILL => $victim;
            $killed++;
        }
    }
    is $killed, $kills, "$killed children are killed while they have a snapshot";
    my $right = $crowd->counts->{right};
    ok +(wait_until { $crowd->counts->{right} > $right + 10 }), 'then exports are answered';
    my $counts = $crowd->stop;
    is $counts->{wrong}, 0, "of $counts->{begun} responses, $counts->{right} are whole and right, none is wrong";
    cmp_ok $counts->{broken}, '>', 0, "and it shows of $counts->{broken} that they are not whole";
    ok +(wait_until { rewrite(1); !left_behind() } 30), 'no reader slot is left behind once the worker goes on';

    my $after = database_size();
    rewrite(100);
    my $then = database_size();
    rewrite(200);
    is database_size(), $then, "the database stops growing (kB: @{[ map { $_ >> 10 } $before, $after, $then ]})";
    is end_worker(), 0, "the worker, after $worker->{number} transactions, has seen nothing of it";
    is jobsessions($db, 'verify')->{exit}, 0, 'the database is in order';
    quiet_log('no child died by itself');
    $document = export()->{body};
};

# Some of them take their time.
sub start_load { return (start_crowd($connections - 5), start_crowd(5, manner => 'ambles')) }

sub sum_of (@counts) {
    my %sum;
    for my $counts (@counts) { $sum{$_} += $counts->{$_} for keys %$counts }
    return \%sum;
}

# Where others keep the disk busy, slow clients are broken off, which is not what is asked for here.
sub in_peace ($try) { return undisturbed(sub { $httpd->error_log }, $try) }

sub graceful_restarts { return scalar(() = $httpd->error_log =~ /graceful restart/gi) }

# The clients' counts after graceful restarts, as many as there is time for.
sub restart_under_load ($restarts) {
    my @load = start_load();
    my $end = time + $seconds;
    while (time < $end) {
        my %before = map { $_ => 1 } $httpd->children;
        $httpd->restart;
        $$restarts++;
        wait_until { graceful_restarts() == $$restarts && grep { !$before{$_} } $httpd->children } 20;
        sleep 0.5;
    }
    wait_until { sum_of(map { $_->counts } @load)->{right} } 20;    # as slow as the machine may be
    return sum_of(map { $_->stop } @load);
}

subtest "graceful restarts under $connections connections" => sub {
    my $restarts = 0;
    my $counts = in_peace(sub { restart_under_load(\$restarts) });
    is_deeply [ @$counts{qw(wrong broken dropped refused)} ], [ 0, 0, 0, 0 ],
        "$restarts restarts in $seconds s: of $counts->{begun} exports none failed";
    cmp_ok $counts->{right}, '>', 0, "$counts->{right} came to their end";
    is graceful_restarts(), $restarts, "the log says so, $restarts times";
    quiet_log('no child had trouble');
    ok +(wait_until { my %pids = map { $_ => 1 } $httpd->children; !grep { !$pids{ $_->{pid} } } readers($db) } 20),
        'no child that has gone holds a reader slot';
};

# The listener of event's children counts a connection when a thread has taken it up. Told to end, it goes
# before those that wait for a thread, and what httpd keeps back of their responses nobody writes.
subtest 'a child is told to end while a connection waits for a thread' => sub {
    plan skip_all => 'event only' if $httpd->mpm ne 'event';
    my $late = $httpd->directory . '/late';
    my $server = JobSessions::Httpd->new(
        single => 1,
        serves => $db,
        config => "LogLevel mpm_event:trace6\nSendBufferSize 65536\n",
        env    => { LD_PRELOAD => build_file('t/support/late_threads.so'), LATE_THREADS => $late }
    )->start;
    my $document = http($server->port, POST => '/api/v1/jobSessions/export')->{body};
    my ($child) = $server->children;
    my $sockets = sub { scalar grep { (readlink $_ // '') =~ /^socket:/ } glob "/proc/$child/fd/*" };
    spew($late, '');
    my $before = $sockets->();
    my $client = JobSessions::SlowClient->new($server->port);
    ok +(wait_until { $sockets->() > $before }), 'a connection is accepted';
    $server->restart;
    ok +(wait_until { $server->error_log =~ /clos\w+ listeners \(connection_count=0\)/ }), 'the listener is gone';
    unlink $late;
    ok $client->has_begun, 'then a thread takes it up';
    sleep 1;    # longer than who makes us wait is sent from memory
    my $taken = 0;
    wait_until { ($taken += $client->read_some(65536)) > 300_000 };
    sleep 0.5;    # and httpd keeps the rest
    is $client->read_on->{body} eq $document, 1, 'and its client gets everything';
};

# Who comes too late finds nobody there; who is served is served to the end.
subtest "graceful stops under $connections connections" => sub {
    my $end = time + $seconds;
    my @counts;
    my $stop_under_load = sub {
        my @load = start_load();
        wait_until { sum_of(map { $_->counts } @load)->{begun} > $connections };
        my $pid = $httpd->pid;
        kill WINCH => $pid;
        ok +(wait_until { !kill 0, $pid } 30), 'httpd is told to stop, and stops';
        my @ends = map { $_->stop } @load;
        jobsessions($db, get => 1);
        is_deeply [ readers($db) ], [], 'no reader slot stays';
        quiet_log('no child had trouble');
        start_httpd();
        return @ends;
    };
    push @counts, in_peace($stop_under_load) while time < $end;
    my $counts = sum_of(@counts);
    is_deeply [ @$counts{qw(wrong broken)} ], [ 0, 0 ],
        @counts / 2 . " stops in $seconds s: of $counts->{begun} exports that had begun none failed";
};

# Under event httpd itself can wait ten seconds for threads that send, also for those that send a file, and
# kills them then. ThreadSanitizer makes children slow to end.
sub ended_cleanly ($server) {
    my $trouble = $server->mpm eq 'event' ? qr/exit signal (?!Killed)/
        : patience() > 1 ? qr/exit signal/ : qr/exit signal|still did not exit/;
    unlike $server->error_log, qr/$trouble|jobsessions:(?:error|crit)/, 'it ended cleanly';
    is jobsessions($db, 'verify')->{exit}, 0, 'the database is in order';
    is_deeply [ readers($db) ], [], 'who uses it next has cleared the reader slots';
}

subtest 'stops with exports in flight' => sub {
    for my $stop (1 .. $stops) {
        my @load = start_load();
        wait_until { sum_of(map { $_->counts } @load)->{begun} > $connections };
        my $open = sum_of(map { $_->counts } @load)->{open};
        my $begin = time;
        my $ended = $httpd->stop;
        my $counts = sum_of(map { $_->stop } @load);
        ok $ended, sprintf 'stop %d: httpd has ended, %.1f s after it was told', $stop, time - $begin;
        is $counts->{wrong}, 0, 'no response is wrong';
        # what the kernel has taken it still delivers, so that all of them may come to their end
        cmp_ok $open, '>', 0, "of $open connections $counts->{broken} are broken off";
        ended_cleanly($httpd);
        start_httpd();
    }
};

subtest 'stops with clients that have stopped reading' => sub {
    my $times = quick_or_long(0, 3);
    plan skip_all => 'in the long form only' if !$times;
    for my $stop (1 .. $times) {
        my $crowd = start_crowd(10, manner => 'stops');
        ok +(wait_until { $crowd->counts->{begun} == 10 }), 'ten exports have begun';
        my $begin = time;
        my $ended = $httpd->stop;
        ok $ended, sprintf 'stop %d: httpd has ended, %.1f s after it was told', $stop, time - $begin;
        ended_cleanly($httpd);
        start_httpd();
    }
};

# Under prefork the cleanups of a child run in a signal handler, on the thread that waits for the spool.
subtest 'a stop while a response is spooled' => sub {
    $httpd->stop;
    my $spooling = JobSessions::Httpd->new(
        single => 1,
        serves => $db,
        config => "SendBufferSize 65536\n",
        env    => { LD_PRELOAD => build_file('t/support/slow_spool.so') }
    )->start;
    my $client = JobSessions::Crowd->new($spooling->port, 1, manner => 'ambles');
    my $child;
    ok +(wait_until { ($child) = $spooling->children }), 'it has a child';
    my $spools = sub { grep { (readlink $_ // '') =~ m{/jobsessions\.\w+ \(deleted\)$} } glob "/proc/$child/fd/*" };
    ok +(wait_until { $spools->() }), 'the rest goes to a file';
    sleep 0.2;
    my $begin = time;
    ok $spooling->stop, sprintf 'httpd has ended, %.1f s after it was told', time - $begin;
    ended_cleanly($spooling);
};

done_testing;
