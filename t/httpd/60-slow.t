# SPDX-License-Identifier: Apache-2.0
# No client, however slow, holds a snapshot: the rest of its document waits in a file. No client that
# leaves does either.

use v5.36;
use Test::More;
use File::Path qw(remove_tree);
use File::Temp ();
use IPC::Open3 qw(open3);
use Time::HiRes qw(time);
use JobSessions::Sanitizer qw(patience);
use JobSessions::Sessions qw(session_of_size);
use JobSessions::SlowClient;
use JobSessions::Test
    qw(database_dir error_log_mark error_log_since http httpd_children jobsessions port readers run_command slurp test_vars undisturbed wait_until);

my ($mpm) = test_vars('t_logs') =~ /-(\w+)$/;
my $db = database_dir('slow');
my $spool = test_vars('serverroot') . '/spool';
my $export = '/api/v1/jobSessions/export';

remove_tree($db, $spool);
mkdir $spool;
# more than sockets buffer
my $import = jobsessions($db, 'import', { stdin => join "\n", map { session_of_size($_, 1024 * 1024) } 1 .. 24 });
is $import->{exit}, 0, '24 MB of sessions' or diag $import->{err};

sub active { return grep { $_->{active} } readers($db) }
sub spool_files { return map { s/.*\///r } glob "$spool/* $spool/.??*" }

# Bytes in deleted files that httpd's children have open in the spool directory.
sub spooled {
    my $bytes = 0;
    for my $child (httpd_children()) {
        for my $fd (glob "/proc/$child/fd/*") {
            $bytes += -s $fd if (readlink $fd // '') =~ m{^\Q$spool\E/.* \(deleted\)$};
        }
    }
    return $bytes;
}

# How many files that is, for the child that has most.
sub most_spools {
    my @counts = (0);
    for my $child (httpd_children()) {
        my %files = map { (stat)[1] // 0 => 1 }
            grep { (readlink // '') =~ m{^\Q$spool\E/.* \(deleted\)$} } glob "/proc/$child/fd/*";
        push @counts, scalar keys %files;
    }
    return (sort { $b <=> $a } @counts)[0];
}

# Clients whose rest waits in files.
sub clients_that_wait ($count) {
    return undisturbed(sub { error_log_since(0) }, sub {
        my ($before, $begin) = (spooled(), time);
        my @clients = map { JobSessions::SlowClient->new('slow') } 1 .. $count;
        $_->has_begun for @clients;
        my $spooled = wait_until { spooled() > $before } 2;
        my $ended = wait_until { !active() } $begin + 2 * patience() - time;
        return ($spooled, $ended, @clients);
    });
}

my $fast = http('slow', POST => $export);
is $fast->{headers}{'content-length'}, length $fast->{body}, 'a fast client gets everything';
cmp_ok length $fast->{body}, '>', 25_000_000, 'which is much';
is spooled(), 0, 'and nothing was spooled for it';

subtest 'clients that do not read' => sub {
    my ($spooled, $ended, @clients) = clients_that_wait(3);
    is scalar @clients, 3, 'three exports have begun';
    ok $spooled, 'their rest goes to a file';
    ok $ended, 'within 2 seconds nobody holds a snapshot';
    cmp_ok spooled(), '>', 10_000_000, 'what they wait for is in the spool directory';
    is_deeply [spool_files()], [], 'in files without a name';
    is most_spools(), 1, 'one for all clients of a child, as they have asked for the same';

    # what they get is what they asked for, whatever happened since
    my $change = jobsessions($db, 'put', { stdin => qq({"id":"1","padding":"changed"}\n{"id":"24","padding":"changed"}\n) });
    is $change->{exit}, 0, 'the database changes' or diag $change->{err};
    for my $client (@clients) {
        my $response = $client->read_on;
        is $response->{status}, 200, 'a client reads on';
        is length $response->{body}, $response->{headers}{'content-length'}, 'to the end';
        ok $response->{body} eq $fast->{body}, 'of the document as it was';
    }
    ok +(wait_until { spooled() == 0 }), 'the files are gone';
    isnt http('slow', POST => $export)->{body}, $fast->{body}, 'a new client gets it as it is';
};

subtest 'clients of different documents' => sub {
    my ($spooled, $ended, @clients) = clients_that_wait(2);
    ok $spooled && $ended, 'one waits';
    my $change = jobsessions($db, 'put', { stdin => qq({"id":"2","padding":"changed"}\n) });
    is $change->{exit}, 0, 'the database changes' or diag $change->{err};
    (undef, $ended, my @others) = clients_that_wait(2);
    ok $ended, 'others wait, too';
    push @clients, @others;
    my $now = http('slow', POST => $export)->{body};
    my @bodies = map { $_->read_on->{body} } @clients;
    isnt $bodies[0], $now, 'the first gets what there was';
    ok $bodies[1] eq $bodies[0], 'and the second';
    is_deeply [ map { length } @bodies[ 2, 3 ] ], [ (length $now) x 2 ], 'the others';
    ok $bodies[2] eq $now && $bodies[3] eq $now, 'get what there is';
    ok +(wait_until { spooled() == 0 }), 'the files are gone';
};

subtest 'clients that leave' => sub {
    { my @clients = map { JobSessions::SlowClient->new('slow') } 1 .. 5; wait_until { active() } 2 }
    ok +(wait_until { !active() } 2), 'at once: no snapshot stays';
    {
        my ($spooled, $ended, @clients) = clients_that_wait(3);
        ok $spooled && $ended, 'after their rest was spooled: nor then';
    }
    ok +(wait_until { spooled() == 0 }), 'and no file';
    is_deeply [spool_files()], [], 'none with a name either';
    is http('slow', POST => $export)->{status}, 200, 'the server goes on';
};

SKIP: {
    skip 'mod_http2 does not work under prefork', 1 if $mpm eq 'prefork';
    subtest 'HTTP/2' => sub {
        my $whole = http('slow', POST => $export, headers => { Host => 'a' })->{body};
        my $body = File::Temp->new;
        my $begin = time;
        my $pid = open3(my $in, my $out, undef,
            qw(curl -q --silent --insecure --noproxy * --http2 --max-time 60 --limit-rate 6M --request POST --header), 'Host: a',
            '--output', $body->filename, '--write-out', '%{http_version} %{http_code} %{exitcode}',
            'https://127.0.0.1:' . port('slow_tls') . $export);
        ok +(wait_until { active() } 2), 'an export has begun';
        ok +(wait_until { !active() } $begin + 2.5 - time), 'its snapshot ends soon';
        ok kill(0 => $pid), 'before the client is done';
        is readline $out, '2 200 0', 'which gets its response in full';
        waitpid $pid, 0;
        my $port = port('slow_tls');
        is slurp($body->filename), $whole =~ s{http://a:\d+/}{https://a:$port/}gr, 'and as it should be';
    };
}

subtest 'no place to spool' => sub {
    my $mark = error_log_mark();
    my $client = JobSessions::SlowClient->new('slow_no_spool');
    my @others = map { http('slow_no_spool', POST => $export) } 1 .. 3;
    is_deeply [ grep { length $_->{body} != $_->{headers}{'content-length'} || $_->{exit} != 0 } @others ], [],
        'clients that keep up are served';
    ok +(wait_until { error_log_since($mark) =~ /jobsessions:warn/ } 3), 'the one that does not is noticed';
    like error_log_since($mark), qr/\[jobsessions:warn\] .*a slow client is disconnected: .* JobSessionsSpoolLimit/,
        'and the log says where to look';
    ok !active(), 'it holds no snapshot';
    my $response = $client->read_on;
    cmp_ok length $response->{body}, '<', $response->{headers}{'content-length'}, 'it can tell that its response is not whole';
    ok index($others[0]{body}, substr $response->{body}, 0, 10_000) == 0, 'but had the right beginning';
    is http('slow_no_spool', POST => $export)->{exit}, 0, 'and others do not suffer';
};

remove_tree($db, $spool);
done_testing;
