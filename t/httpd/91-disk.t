# SPDX-License-Identifier: Apache-2.0
# What disks and maps do to a database that is in use: they fill up, grow, become read-only, go away and come
# back. Worker and client are told what it is, nothing that was acknowledged is lost, and all goes on without
# a restart.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use IPC::Open2 qw(open2);
use IPC::Open3 qw(open3);
use POSIX ();
use Time::HiRes qw(sleep);
use JobSessions::Httpd;
use JobSessions::Sessions qw(plain_sessions);
use JobSessions::Test
    qw(build_file decode_json http jobsessions quick_or_long raw_http responses run_command slurp spew wait_until);

plan skip_all => 'root may read and write everything' if $> == 0;

my $rounds = quick_or_long(2, 100);
my $fillings = quick_or_long(1, 20);    # each leaves 2 MB more to export
my $growths = quick_or_long(3, 20);
my $scratch = tempdir(CLEANUP => 1);
my $padding = 'x' x 1000;
my $full = qr/the file system is full; free space and try again/;
my $unavailable = qr/error log says why/;

# ---- Workers and clients -------------------------------------------------------------------------

sub export ($httpd) { return http($httpd->port, POST => '/api/v1/jobSessions/export') }

sub import_sessions ($db, @sessions) {
    my $import = jobsessions($db, 'import', { stdin => join "\n", @sessions });
    die $import->{err} if $import->{exit} != 0;
}

# The sessions of an export by id; none, and a failure, when it is not whole.
sub sessions_of ($response, $name) {
    is $response->{status}, 200, "$name: 200";
    my $document = eval { decode_json($response->{body}) };
    ok $document && $document->{totalCount} == @{ $document->{results} }, "$name: a whole document" or return;
    return map { $_->{id} => $_ } @{ $document->{results} };
}

# A 503 as clients may expect it.
sub is_unavailable ($response) {
    return $response->{status} == 503 && ($response->{headers}{'retry-after'} // '') =~ /^[1-9]\d*$/
        && $response->{headers}{'content-type'} eq 'application/problem+json' && $response->{body} =~ $unavailable;
}

my @running;    # clients
END { kill TERM => @running }

# Clients that export again and again until told to stop. `judge` finds the word for a response; they tell
# it, and 'broken' for those that did not come whole, line by line.
sub start_clients ($httpd, $count, $judge) {
    return map { start_client($httpd, $judge) } 1 .. $count;
}

sub start_client ($httpd, $judge) {
    pipe my $report, my $reporter or die "pipe: $!";
    my $stopped = 0;
    local $SIG{TERM} = sub { $stopped = 1 };
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        $reporter->autoflush;
        my $request = "POST /api/v1/jobSessions/export HTTP/1.1\r\nHost: 127.0.0.1:${\$httpd->port}\r\nConnection: close\r\n\r\n";
        until ($stopped) {
            my ($response) = eval { responses(raw_http($httpd->port, $request, 20)) };
            last if $stopped;    # in the middle of it
            my $whole = $response && $response->{status}
                && length $response->{body} == ($response->{headers}{'content-length'} // -1);
            say $reporter $whole ? $judge->($response) : 'broken';
            sleep 0.1;    # leave some of the machine to the workers
        }
        POSIX::_exit(0);
    }
    close $reporter;
    push @running, $pid;
    return { pid => $pid, report => $report, counts => {} };
}

# The next word of a client; undef when it has told its last.
sub next_word ($client) {
    my $word = readline($client->{report}) // return;
    chomp $word;
    $client->{counts}{$word}++;
    return $word;
}

# Whether each of them gets a response of this word.
sub all_see ($expected, @clients) {
    for my $client (@clients) {
        my $tries = 200;
        while ((next_word($client) // return 0) ne $expected) {
            return 0 if !--$tries;
        }
    }
    return 1;
}

# How often each word was told by all of them.
sub stop_clients (@clients) {
    my %sum;
    kill TERM => map { $_->{pid} } @clients;
    for my $client (@clients) {
        1 while defined next_word($client);
        waitpid $client->{pid}, 0;
        @running = grep { $_ != $client->{pid} } @running;
        $sum{$_} += $client->{counts}{$_} for keys %{ $client->{counts} };
    }
    return \%sum;
}

# ---- A place with disks of its own ---------------------------------------------------------------

# A process in a user and mount namespace, in which this user may mount; undef where the system forbids that.
sub enter_stage ($place) {
    my $pid = open3(my $to, my $from, undef, qw(unshare --user --map-root-user --mount sh -c),
        "mount -t tmpfs -o size=8m none '$place' && echo ready && exec cat");
    my $line = readline($from) // '';
    return { pid => $pid, to => $to } if $line eq "ready\n";
    waitpid $pid, 0;
    return { why => $line };
}

my $place = "$scratch/place";
mkdir $place;
my $stage = enter_stage($place);
# Who may mount there is root there; whatever else runs is not, and under the same name as outside.
my @mounter = $stage->{pid} ? ('nsenter', "--target=$stage->{pid}", qw(--user --mount --preserve-credentials)) : ();
my @inside = @mounter ? (@mounter, qw(unshare --user), "--map-user=$>", '--map-group=' . (0 + $))) : ();
END { close $stage->{to} if $stage && $stage->{to} }

sub inside (@command) {
    my $stdin = ref $command[-1] ? ${ pop @command } : '';
    return run_command([ @inside, @command ], $stdin);
}

sub remount (@options) {
    my $mount = run_command([ @mounter, 'mount', '-t', 'tmpfs', '-o', join(',', 'remount', @options), 'none', $place ]);
    is $mount->{exit}, 0, "the disk is now @options" or diag $mount->{err};
}

sub tool ($db, $verb, $stdin = '') { return inside(build_file('jobsessions'), '-d', $db, $verb, \$stdin) }

sub lines ($from, $to, $padding) { return join '', map { qq({"status":"Success","number":$_,"padding":"$padding"}\n) } $from .. $to }

# Workers at one time, each with lines of its own; what became of them.
sub work ($db, @inputs) {
    my @workers = map {
        my ($name, $input) = ("$scratch/worker$_", $inputs[$_]);
        spew("$name.in", $input);
        my $pid = fork // die "fork: $!";
        if ($pid == 0) {
            open STDIN, '<', "$name.in" and open STDOUT, '>', "$name.out" and open STDERR, '>', "$name.err" or POSIX::_exit(99);
            exec @inside, build_file('jobsessions'), '-d', $db, 'put' or POSIX::_exit(99);
        }
        { pid => $pid, name => $name }
    } 0 .. $#inputs;
    return map {
        waitpid $_->{pid}, 0;
        my $exit = $? >> 8;
        +{ exit => $exit, ids => [ split /\n/, slurp("$_->{name}.out") ], err => slurp("$_->{name}.err") }
    } @workers;
}

SKIP: {
    if (!@inside) {
        skip "no mount without privileges here: $stage->{why}", 1;
    }
    my $db = "$place/db";
    my %told;    # number by id, of what workers were told is stored

    # What a worker was told of lines that begin with a number.
    my $note = sub ($worker, $from) {
        $told{$_} = $from++ for @{ $worker->{ids} };
    };
    my $nothing_lost = sub ($httpd, $name) {
        my %is = sessions_of(export($httpd), $name);
        my $count = keys %told;
        is_deeply [ grep { !$is{$_} || $is{$_}{number} != $told{$_} } keys %told ], [],
            "$name: all $count sessions that workers were told of are there";
        is scalar(keys %is), $count, "$name: and no others";
        is tool($db, 'verify')->{out}, "$db: no faults\n", "$name: verify finds nothing";
    };

    subtest 'a file system that fills up while workers write' => sub {
        $note->((work($db, lines(1, 20, 'begin')))[0], 1);
        my $httpd = JobSessions::Httpd->new(serves => $db, under => \@inside)->start;
        for my $round (1 .. $fillings) {
            my @clients = start_clients($httpd, 2, sub ($response) { $response->{status} });
            my $first = 1000 * $round;
            my @firsts = map { $first + 1_000_000 * $_ } 0 .. 2;
            for my $worker (work($db, map { lines($_, $_ + 5999, $padding) } @firsts)) {
                is $worker->{exit}, 3, 'a worker cannot use the database';
                like $worker->{err}, qr/^jobsessions: \Q$db\E: .*$full/, 'and is told why, and what to do';
                $note->($worker, shift @firsts);
            }
            my $count = keys %told;
            cmp_ok $count, '>', 1000, "after $count sessions";
            ok all_see(200, @clients), 'clients get their exports';
            my $counts = stop_clients(@clients);
            is_deeply [ keys %$counts ], [200], "$counts->{200} exports meanwhile, all answered";
            $nothing_lost->($httpd, "full, $round");
            my $size = 8 + 2 * $round;
            remount("size=${size}m");
            my ($again) = work($db, lines($first, $first + 9, 'room'));
            is_deeply [ @$again{qw(exit err)} ], [ 0, '' ], 'the same works when there is room';
            $note->($again, $first);
            $nothing_lost->($httpd, "room, $round");
        }
        unlike $httpd->error_log, qr/exit signal|jobsessions:(?:error|crit)/, 'no child had trouble';
    };

    subtest 'a full file system on which the lock file is to be made' => sub {
        inside('rm', "$db/lock.mdb");
        inside('sh', '-c', "cat /dev/zero >'$place/ballast'");
        my $get = tool($db, 'export');
        is $get->{exit}, 3, 'a reader cannot use the database';
        like $get->{err}, qr/^jobsessions: \Q$db\E: .*$full/, 'and is told why';
        inside('sh', '-c', "cat /dev/zero >>'$place/ballast'");
        my $httpd = JobSessions::Httpd->new(serves => $db, under => \@inside)->start;
        ok is_unavailable(export($httpd)), 'a client gets 503';
        like $httpd->error_log, qr/jobsessions:error\].*\Q$db\E: .*$full/, 'the log says why';
        unlike $httpd->error_log, qr/exit signal/, 'no child dies of it';
        inside('rm', "$place/ballast");
        $nothing_lost->($httpd, 'room again');
    };

    subtest 'a read-only file system' => sub {
        remount('ro');
        my $httpd = JobSessions::Httpd->new(serves => $db, under => \@inside)->start;
        $nothing_lost->($httpd, 'read-only');
        my ($worker) = work($db, lines(1, 1, ''));
        is_deeply [ $worker->{exit}, @{ $worker->{ids} } ], [3], 'a worker cannot use the database';
        like $worker->{err}, qr/^jobsessions: \Q$db\E: .*the file system is read-only; mount it writable/, 'and is told why';
        $nothing_lost->($httpd, 'read-only, after the worker');
        remount('rw');
        ($worker) = work($db, lines(1, 5, 'writable'));
        is_deeply [ @$worker{qw(exit err)} ], [ 0, '' ], 'the same works when it is writable';
        $note->($worker, 1);
        $nothing_lost->($httpd, 'writable');
        my $table = inside('mdb_stat', '-r', $db)->{out};
        my %pids = map { $_ => 1 } $httpd->children;
        ok +(grep { $pids{$_} } $table =~ /^ *(\d+) +\w+ +(?:\d+|-)$/mg), 'where readers announce themselves again';
    };
}

# ---- The map -------------------------------------------------------------------------------------

subtest 'a full map, and one that a worker grows while 50 clients export' => sub {
    my $db = "$scratch/map";
    my $large = 'x' x 10_000;
    my $small = sub (@numbers) { jobsessions($db, '--map-size', '1M', 'put', { stdin => lines(@numbers, $large) }) };
    my @before = split /\n/, $small->(1, 40)->{out};
    is scalar @before, 40, 'a worker writes';
    my $full = $small->(41, 200);
    is_deeply [ @$full{qw(exit out)} ], [ 3, '' ], 'a worker cannot use the database';
    like $full->{err}, qr/^jobsessions: \Q$db\E: .*has reached the size it was opened for; open it with a larger map/,
        'and is told what to do';
    my $httpd = JobSessions::Httpd->new(serves => $db)->start;
    my %is = sessions_of(export($httpd), 'full');
    is_deeply [ sort { $a <=> $b } keys %is ], \@before, 'all sessions of which it was told';

    my @clients = start_clients($httpd, 50, sub ($response) {
        my $document = eval { decode_json($response->{body}) } // return "$response->{status}, not JSON";
        return $response->{status} == 200 && $document->{totalCount} == @{ $document->{results} }
            && !grep({ ($_->{number} // 0) != $_->{id} } @{ $document->{results} }) ? 'right' : "$response->{status}, wrong";
    });
    my $pid = open2(my $told, my $to, build_file('jobsessions'), '-d', $db, '--map-size', '1M', 'put');
    my $number = @before;
    my $size = 2;
    for (1 .. $growths) {
        $size = $size < 1000 ? $size * 4 : $size + 500;
        my $put = jobsessions($db, '--map-size', "${size}M", 'put', { stdin => lines($number + 1, $number + 40, $large) });
        is_deeply [ @$put{qw(exit err)} ], [ 0, '' ], "while they export: a worker with a map of $size MiB";
        is $put->{out}, join('', map { "$_\n" } $number + 1 .. $number + 40), 'stores what it is given';
        $number += 41;
        syswrite $to, lines($number, $number, 'small');
        is readline($told), "$number\n", 'and one with the small map goes on';
    }
    close $to;
    waitpid $pid, 0;
    is $?, 0, 'to its end';
    my $counts = stop_clients(@clients);
    is_deeply [ keys %$counts ], ['right'], "$counts->{right} exports of 50 clients, all whole and right" or diag explain $counts;
    %is = sessions_of(export($httpd), 'grown');
    is scalar(keys %is), $number, 'every session is there';
    unlike $httpd->error_log, qr/exit signal|jobsessions:(?:error|crit)/, 'no child had trouble';
};

# ---- The directory -------------------------------------------------------------------------------

# The word for a response: the first session's policy, or a good 503.
sub whose ($response) {
    return 'unavailable' if is_unavailable($response);
    my $document = eval { decode_json($response->{body}) } // return "$response->{status}, not JSON";
    my %names = map { $_->{backupJobInfo}{policyName} =~ s/ .*//r => 1 } @{ $document->{results} };
    return $response->{status} == 200 && keys %names == 1 && @{ $document->{results} } == $document->{totalCount}
        ? join('', keys %names) . ' ' . $document->{totalCount} : "$response->{status}, mixed";
}

subtest 'replaced by a restored copy while clients export' => sub {
    my $db = "$scratch/replaced";
    my $sessions_of = sub ($copy) { return map { s/policy of/copy$copy of/r } plain_sessions(1000 + $copy) };
    import_sessions($db, $sessions_of->(0));
    my $httpd = JobSessions::Httpd->new(serves => $db)->start;
    my @clients = start_clients($httpd, 4, \&whose);
    my ($at_once, $seen) = (0, 0);
    for my $copy (1 .. $rounds) {
        import_sessions("$db.next", $sessions_of->($copy));
        rename $db, "$db.$copy" or die $!;
        rename "$db.next", $db or die $!;
        my $restored = "copy$copy " . (1000 + $copy);
        $at_once += whose(export($httpd)) eq $restored;
        $seen += all_see($restored, @clients);
    }
    my %expected = map { $_ => 1 } 'unavailable', map { "copy$_ " . (1000 + $_) } 0 .. $rounds;
    is $at_once, $rounds, "after each of $rounds times the next export is of the restored copy";
    is $seen, $rounds, 'and each client got it in its turn';
    my $counts = stop_clients(@clients);
    is_deeply [ grep { !$expected{$_} } keys %$counts ], [], 'each export is wholly of one copy, or 503 to be tried again'
        or diag explain $counts;
    unlike $httpd->error_log, qr/exit signal/, 'no child died';
};

subtest 'removed and brought back while clients export' => sub {
    my $db = "$scratch/removed";
    import_sessions($db, map { s/policy of/good of/r } plain_sessions(2000));
    my $httpd = JobSessions::Httpd->new(serves => $db)->start;
    my @clients = start_clients($httpd, 4, \&whose);
    for my $round (1 .. $rounds) {
        rename $db, "$db.away" or die $!;
        ok is_unavailable(export($httpd)), 'removed: 503, to be tried again';
        is jobsessions($db, 'export')->{exit}, 3, 'nor can the tool use it';
        ok all_see('unavailable', @clients), 'each client gets 503 in its turn';
        rename "$db.away", $db or die $!;
        is whose(export($httpd)), 'good 2000', 'brought back: all is there';
        ok all_see('good 2000', @clients), 'and each client gets it';
    }
    my $counts = stop_clients(@clients);
    is_deeply [ sort keys %$counts ], [ 'good 2000', 'unavailable' ],
        "$counts->{'good 2000'} exports were whole, $counts->{unavailable} got 503" or diag explain $counts;
    like $httpd->error_log, qr/jobsessions:error\].*\Q$db\E: .*name the right directory/, 'the log names it';
    unlike $httpd->error_log, qr/exit signal/, 'no child died';
};

subtest 'permissions taken away and given back while clients export' => sub {
    my $db = "$scratch/permissions";
    my $permission = qr/no permission; the user needs to enter the directory/;
    import_sessions($db, map { s/policy of/good of/r } plain_sessions(2000));
    my $httpd = JobSessions::Httpd->new(serves => $db)->start;
    my @clients = start_clients($httpd, 4, \&whose);
    for my $round (1 .. $rounds) {
        for ([ '', 0700 ], [ '/data.mdb', 0600 ], [ '/lock.mdb', 0600 ]) {
            my ($file, $right) = @$_;
            chmod 0000, "$db$file";
            my $put = jobsessions($db, 'put', { stdin => '{"type":"never","status":"Success"}' });
            is_deeply [ @$put{qw(exit out)} ], [ 3, '' ], "nobody may use .$file: a worker cannot use the database";
            like $put->{err}, $permission, 'and is told why';
            ok is_unavailable(export($httpd)), 'and a client gets 503' if $file eq '';
            chmod $right, "$db$file";
            is whose(export($httpd)), 'good 2000', 'given back: all is there';
        }
        chmod 0400, "$db/data.mdb";
        my $put = jobsessions($db, 'put', { stdin => '{"type":"never","status":"Success"}' });
        is_deeply [ @$put{qw(exit out)} ], [ 3, '' ], 'data.mdb may only be read: a worker cannot use it';
        like $put->{err}, $permission, 'and is told why';
        is whose(export($httpd)), 'good 2000', 'but httpd needs no more';
        chmod 0600, "$db/data.mdb";
    }
    my $counts = stop_clients(@clients);
    delete $counts->{unavailable};
    is_deeply [ keys %$counts ], ['good 2000'], 'each export is whole, or 503 to be tried again' or diag explain $counts;
    like $httpd->error_log, qr/jobsessions:error\].*\Q$db\E: .*$permission/, 'the log says why';
    unlike $httpd->error_log, qr/exit signal/, 'no child died';
};

done_testing;
