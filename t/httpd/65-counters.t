# SPDX-License-Identifier: Apache-2.0
# What httpd has done is counted over all of its children, and shown by mod_status: nothing is lost with a child that
# is killed, and nothing goes back by a graceful restart.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use IPC::Open2 qw(open2);
use JobSessions::Httpd;
use JobSessions::Sanitizer qw(patience);
use JobSessions::Sessions qw(session_of_size);
use JobSessions::SlowClient;
use JobSessions::Test qw(build_file http jobsessions slurp wait_until);

my $mount = '/api/v1/jobSessions';
my $scratch = tempdir(CLEANUP => 1);
my $db = "$scratch/<db>";
# more than sockets buffer
my $import = jobsessions($db, 'import', { stdin => join "\n", map { session_of_size($_, 1024 * 1024) } 1 .. 12 });
is $import->{exit}, 0, '12 MB of sessions' or diag $import->{err};

my $status = "<Location \"/server-status\">\nSetHandler server-status\n</Location>\n";

sub start_httpd ($config = '') {
    return JobSessions::Httpd->new(serves => $db, modules => ['status'],
        config => "SendBufferSize 65536\nStartServers 3\n$status$config")->start;
}

# What ?auto says of the databases: values by name, of the first database without its number.
sub auto ($httpd) {
    my $text = http($httpd->port, GET => '/server-status?auto')->{body};
    return { $text =~ /^JobSessions(?:\[0\])?(\S+): (.*)$/mg };
}

# How much more that is than before, where it is more; of numbers that only go on.
sub growth ($before, $now) {
    my %growth = map { $_ => $now->{$_} - $before->{$_} } grep { /^(?:Requests|Exports|Documents|Sent|Damaged|Spooled(?!Bytes)|Errors)/ } keys %$now;
    return { map { $growth{$_} ? ($_ => $growth{$_}) : () } keys %growth };
}

my $httpd = start_httpd();
my $length = length http($httpd->port, POST => "$mount/export")->{body};

subtest 'what is counted' => sub {
    my $before = auto($httpd);
    is_deeply [ @$before{qw(Directory Up Sessions LastUsn Exports DocumentsWhole SentSessions SentBytes)} ],
        [ $db, 1, 12, 12, 1, 1, 12, $length ], 'a database, and the export';
    my $page = length http($httpd->port, GET => "$mount?Limit=2")->{body};
    http($httpd->port, GET => "$mount/99");
    http($httpd->port, GET => "$mount/nothing");
    http($httpd->port, HEAD => $mount);
    http($httpd->port, PUT => $mount);
    is_deeply growth($before, auto($httpd)),
        { Requests => 5, RequestsRefused => 3, DocumentsWhole => 1, SentSessions => 2, SentBytes => $page }, 'requests of each kind';
    http($httpd->port, GET => '/elsewhere');
    is auto($httpd)->{Requests}, 6, 'what is not ours is not counted';
};

subtest 'by all children' => sub {
    my $before = auto($httpd);
    my @clients = map { my $pid = fork // die "fork: $!"; $pid || exec $^X, '-It/lib', '-MJobSessions::Test=http_all', '-e',
        'http_all(([ shift, GET => shift ]) x 50)', $httpd->port, "$mount/3" or exit 1 } 1 .. 4;
    waitpid $_, 0 for @clients;
    ok +(wait_until { growth($before, auto($httpd))->{Requests} == 200 }), 'each request is counted once';
    $before = auto($httpd);
    my @children = $httpd->children;
    kill KILL => @children;
    my %killed = map { $_ => 1 } @children;
    ok +(wait_until { my @now = $httpd->children; @now && !grep { $killed{$_} } @now } 20 * patience()), 'children are killed';
    is_deeply growth($before, auto($httpd)), {}, 'what they have counted stays';
};

subtest 'through restarts' => sub {
    my $before = auto($httpd);
    for my $round (1 .. 3) {
        my $starts = () = $httpd->error_log =~ /resuming normal operations/g;
        $round < 3 ? $httpd->restart : kill HUP => $httpd->pid;    # gracefully, and not
        ok +(wait_until { my $now = () = $httpd->error_log =~ /resuming normal operations/g; $now > $starts } 20 * patience()), 'a restart';
        http($httpd->port, GET => "$mount/3");
        is growth($before, auto($httpd))->{Requests}, $round, 'goes on counting';
    }
};

subtest 'clients that are slow, or leave' => sub {
    my $before = auto($httpd);
    my $slow = JobSessions::SlowClient->new($httpd->port);
    ok $slow->has_begun, 'an export has begun';
    ok +(wait_until { auto($httpd)->{SpoolClients} == 1 } 5 * patience()), 'its client is waited for';
    cmp_ok auto($httpd)->{SpooledBytes}, '>', 1_000_000, 'with so many bytes';
    $httpd->restart;
    sleep 1;
    is auto($httpd)->{SpoolClients}, 1, 'also by a child from before a graceful restart';
    is length $slow->read_on->{body}, $length, 'it reads on to the end';
    ok +(wait_until { auto($httpd)->{SpoolClients} == 0 } 5 * patience()), 'nobody is waited for any more';
    is auto($httpd)->{SpooledBytes}, 0, 'with nothing';
    { my $gone = JobSessions::SlowClient->new($httpd->port); $gone->has_begun }
    ok +(wait_until { auto($httpd)->{DocumentsAborted} == $before->{DocumentsAborted} + 1 } 10 * patience()), 'one leaves';
    my $growth = growth($before, auto($httpd));
    is_deeply [ @$growth{qw(Exports DocumentsWhole SpooledDocuments)} ], [ 2, 1, 1 ], 'how they ended is told apart';
    is $growth->{SentSessions}, 12, 'only what was sent whole counts as sent';
};

subtest 'snapshots' => sub {
    is auto($httpd)->{Snapshots}, 0, 'nobody has one';
    my $pid = open2(my $out, my $in, build_file('t/support/hold_snapshots'), $db, 1);
    is readline($out), "1\n", 'somebody has one';
    is jobsessions($db, 'put', { stdin => qq({"id":"1","padding":"$_"}\n) })->{exit}, 0, 'a commit' for 1 .. 3;
    my $now = auto($httpd);
    is_deeply [ @$now{qw(Snapshots OldestSnapshotTransactions LastUsn)} ], [ 1, 3, 15 ], 'which is so many transactions old';
    close $in;
    waitpid $pid, 0;
    is auto($httpd)->{Snapshots}, 0, 'until he lets go of it';
};

subtest 'damage and errors' => sub {
    my $before = auto($httpd);
    my $data = slurp("$db/data.mdb");
    open my $file, '+<:raw', "$db/data.mdb" or die $!;
    while ($data =~ /\{"id":"7",/g) { seek $file, $-[0] + 3, 0; print {$file} 'D' }
    close $file or die $!;
    my $export = length http($httpd->port, POST => "$mount/export")->{body};
    is_deeply growth($before, auto($httpd)),
        { Requests => 1, Exports => 1, DocumentsDamaged => 1, DamagedRecords => 1, SentSessions => 12, SentBytes => $export }, 'a damaged record';
    rename $db, "$db.away" or die $!;
    $before = auto($httpd);
    is $before->{Up}, 0, 'a database that is not there';
    is http($httpd->port, GET => "$mount/3")->{status}, 503, 'is asked for';
    is_deeply growth($before, auto($httpd)), { Requests => 1, RequestsFailed => 1, ErrorsJS0320 => 1 }, 'and the error counted by its number';
    rename "$db.away", $db or die $!;
    is auto($httpd)->{Up}, 1, 'when it is back it is seen';
};

subtest 'the page for people' => sub {
    my $page = http($httpd->port, GET => '/server-status')->{body};
    like $page, qr{<h1>Job sessions</h1>}, 'has a section';
    like $page, qr{<h2>\Q$scratch\E/&lt;db&gt;</h2>}, 'for each database, by its directory';
    like $page, qr{<th align="left">Sessions</th><td>12</td>}, 'with the same numbers';
};

subtest 'who was refused' => sub {
    my $closed = JobSessions::Httpd->new(modules => ['status'],
        config => "${status}JobSessionsDatabase \"$db\"\n<Location \"$mount\">\nSetHandler jobsessions\n</Location>\n")->start;
    is http($closed->port, GET => $mount)->{status}, 403, 'nobody has named a user';
    my $now = auto($closed);
    is_deeply [ @$now{qw(Requests RequestsRefused ErrorsJS0300 DocumentsWhole)} ], [ 1, 1, 1, 0 ], 'is counted';
};

done_testing;
