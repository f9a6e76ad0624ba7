# SPDX-License-Identifier: Apache-2.0
# httpd opens the database read-only; whatever ends its children, in the middle of whatever, the database
# is as the workers wrote it.

use v5.36;
use Test::More;
use Digest::SHA qw(sha256_hex);
use Fcntl qw(O_ACCMODE O_RDONLY O_RDWR);
use File::Temp qw(tempdir);
use IPC::Open2 qw(open2);
use Time::HiRes qw(sleep);
use JobSessions::Connection;
use JobSessions::Httpd;
use JobSessions::Sanitizer qw(sanitized);
use JobSessions::Sessions qw(session_of_size);
use JobSessions::SlowClient;
use JobSessions::Test qw(build_file decode_json http jobsessions quick_or_long readers slurp spew wait_until);

my $signals_each = quick_or_long(2, 34);    # of five signals, under each of three MPMs: 510
my @signals = qw(KILL SEGV ABRT BUS ILL);
my $db = tempdir(CLEANUP => 1) . '/db';
my $before = 40;

my $import = jobsessions($db, 'import', { stdin => join "\n", map { session_of_size($_, 200_000) } 1 .. $before });
is $import->{exit}, 0, '8 MB of sessions' or diag $import->{err};

sub export ($httpd) { return http($httpd->port, POST => '/api/v1/jobSessions/export') }

# Children that have the database open.
sub holders ($httpd) {
    my %slots = map { $_->{pid} => 1 } readers($db);
    return grep { $slots{$_} } $httpd->children;
}

subtest 'how httpd opens the files' => sub {
    my $httpd = JobSessions::Httpd->new(serves => $db)->start;
    my $document = export($httpd)->{body};
    my $client = JobSessions::SlowClient->new($httpd->port);
    ok $client->has_begun, 'while it serves';
    for my $child (holders($httpd)) {
        my (%access, @maps);
        for my $fd (glob "/proc/$child/fd/*") {
            my ($name) = (readlink $fd // '') =~ m{^\Q$db\E/(\w+)\.mdb$} or next;
            my ($flags) = slurp($fd =~ s{/fd/}{/fdinfo/}r) =~ /^flags:\s*(\d+)/m;
            push @{ $access{$name} }, oct($flags) & O_ACCMODE;
        }
        is_deeply $access{data}, [O_RDONLY], 'data.mdb is open once, for reading';
        is_deeply $access{lock}, [O_RDWR], 'lock.mdb for both, since readers announce themselves there';
        my @data = grep { m{\Q$db\E/data\.mdb} } split /\n/, slurp("/proc/$child/maps");
        cmp_ok scalar @data, '>', 0, 'data.mdb is mapped';
        is_deeply [ grep { !/^\S+ r--s / } @data ], [], 'read-only, every time';
        is slurp("/proc/$child/maps") =~ /^\S+ \S*w\S*x/m, '', 'nothing in the process is writable and executable';
    }
    is $client->read_on->{body} =~ s/127\.0\.0\.1:\d+/X/gr, $document =~ s/127\.0\.0\.1:\d+/X/gr, 'and it is served';
};

subtest 'a stray write' => sub {
    plan skip_all => 'ThreadSanitizer has an fstat() of its own, before that of the shim' if sanitized() eq 'thread';
    my $digest = sub { sha256_hex(slurp("$db/data.mdb")) };
    my $whole = $digest->();
    my $trigger = "$db.trigger";
    my $httpd = JobSessions::Httpd->new(serves => $db, env => { LD_PRELOAD => build_file('t/support/stray_write.so'), STRAY_WRITE => $trigger })->start;
    my $document = export($httpd)->{body};
    spew($trigger, '');
    is export($httpd)->{status}, 0, 'a child writes to the map, and its client gets no answer';
    ok !-e $trigger, 'of that';
    ok +(wait_until { $httpd->error_log =~ /child pid \d+ exit signal Segmentation fault/ }), 'since it ended';
    is $digest->(), $whole, 'not a byte of data.mdb is another';
    ok export($httpd)->{body} eq $document, 'the others serve';
    is jobsessions($db, 'verify')->{out}, "$db: no faults\n", 'verify finds nothing';
};

# A worker that is always given one line to write; what it was told.
my (@told, $number);
sub start_worker {
    my $pid = open2(my $from, my $to, build_file('jobsessions'), '-d', $db, 'put');
    return { pid => $pid, from => $from, to => $to };
}

sub write_some ($worker, $count) {
    for (1 .. $count) {
        $number++;
        syswrite $worker->{to}, qq({"type":"PolicyBackup","status":"Running","number":$number,"twin":$number}\n);
        chomp(my $id = readline $worker->{from});
        push @told, [ $id, $number ];
    }
}

subtest 'children end by signals while they send and a worker writes' => sub {
    my $httpd = JobSessions::Httpd->new(serves => $db)->start;
    my $worker = start_worker();
    my ($whole, $broken) = (0, 0);
    my @order = (@signals) x $signals_each;
    for my $signal (@order) {
        my $client = JobSessions::SlowClient->new($httpd->port);
        $client->has_begun;
        my %busy;
        wait_until { write_some($worker, 1); %busy = map { $_->{pid} => 1 } grep { $_->{active} } readers($db) };
        my @victims = grep { $busy{$_} } $httpd->children;
        kill $signal => @victims;
        write_some($worker, 3);
        my $response = $client->read_on;
        length $response->{body} == $response->{headers}{'content-length'} ? $whole++ : $broken++;
        wait_until { my %now = map { $_ => 1 } $httpd->children; %now && !grep { $now{$_} } @victims };
    }
    my $count = @order;
    cmp_ok $broken, '>', 0.8 * $count, "$count children ended by " . join(', ', @signals) . ": $broken of their clients saw it";
    close $worker->{to};
    waitpid $worker->{pid}, 0;
    is $?, 0, 'the worker was not disturbed';
    is jobsessions($db, 'verify')->{out}, "$db: no faults\n", 'verify finds nothing';
    my %stored = map { $_->{id} => $_ } @{ decode_json(jobsessions($db, 'export')->{out})->{results} };
    my $told = @told;
    is_deeply [ grep { my ($id, $is) = @$_; !$stored{$id} || $stored{$id}{number} != $is || $stored{$id}{twin} != $is } @told ], [],
        "all $told sessions it was told of are there";
    is scalar(keys %stored), $before + $told, 'and no others';
    ok +(wait_until { export($httpd)->{status} == 200 }), 'httpd goes on';
    ok +(wait_until { my %pids = map { $_ => 1 } $httpd->children; !grep { !$pids{ $_->{pid} } } readers($db) }), 'no child that ended keeps a reader slot';
};

done_testing;
