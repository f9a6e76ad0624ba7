# SPDX-License-Identifier: Apache-2.0
# A follower that asks for nothing but what changed after the last usn it knows ends with the state the
# export has, whatever happens meanwhile: creates, updates, removals, imports, restarts of httpd.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use JSON::XS ();
use JobSessions::Httpd;
use JobSessions::Test qw(days_ago decode_json http jobsessions wait_until);

my $mount = '/api/v1/jobSessions';
my $db = tempdir(CLEANUP => 1) . '/db';
is jobsessions($db, 'import')->{exit}, 0, 'an empty database';
my $httpd = JobSessions::Httpd->new(config => <<~CONFIG)->start;
    JobSessionsDatabase $db
    JobSessionsBaseURL https://console.example
    <Location "$mount">
        SetHandler jobsessions
        JobSessionsAnonymous On
    </Location>
    CONFIG

sub get ($query, %headers) {
    my $response = http($httpd->port, GET => "$mount?$query", headers => \%headers);
    is $response->{status}, 200, "GET $query" if $response->{status} != 200;
    return $response;
}

# All it knows: sessions by id, the usn of the last change, and of which database that is.
my (%known, %buried, $database);
my $last = 0;
my $restarts = 0;

sub take ($session) {
    die "usn $session->{usn} after $last\n" unless $session->{usn} > $last;
    $last = $session->{usn};
    if ($session->{deleted}) {
        delete $known{ $session->{id} };
        $buried{ $session->{id} } = 1;
    } else {
        $known{ $session->{id} } = $session;
    }
}

# Polls until nothing is left, as the README says; returns how many pages it took.
sub poll ($limit) {
    my $pages = 0;
    my $query = "SinceUsn=$last&Limit=$limit" . ($database ? "&Database=$database" : '');
    while (defined $query) {
        my $response = http($httpd->port, GET => "$mount?$query");
        if ($response->{status} == 410) {    # another history: forget everything
            (%known, %buried, $database) = ();
            $last = 0;
            $restarts++;
            $query = "SinceUsn=0&Limit=$limit";
            next;
        }
        is $response->{status}, 200, "GET $query" if $response->{status} != 200;
        my $page = decode_json($response->{body});
        is $response->{headers}{'jobsessions-database'}, $page->{database}, 'header and member name the same database'
            if $response->{headers}{'jobsessions-database'} ne $page->{database};
        $database = $page->{database};
        $pages++;
        take($_) for @{ $page->{results} };
        cmp_ok scalar @{ $page->{results} }, '<=', $limit, 'no more than asked for' if @{ $page->{results} } > $limit;
        my $next = $page->{_links}{next} or last;
        ($query) = $next->{href} =~ m{^https://console\.example:443/api/v1/jobSessions\?(.*)$};
    }
    return $pages;
}

sub is_in_step ($name) {
    my $export = decode_json(http($httpd->port, POST => "$mount/export")->{body});
    my %exported = map { $_->{id} => $_ } @{ $export->{results} };
    is_deeply \%known, \%exported, $name;
}

# A random history that is the same every time.
my $state = 7;
sub chance ($below) { $state = ($state * 1103515245 + 12345) & 0x7fffffff; return ($state >> 8) % $below }

my @alive;
my ($removed, $imported, $recreated, $updated) = (0) x 4;
sub put (@lines) {
    my $run = jobsessions($db, 'put', { stdin => join '', map { "$_\n" } @lines });
    die $run->{err} if $run->{exit} != 0;
    return split /\n/, $run->{out};
}

sub import_line ($line) {
    my $import = jobsessions($db, 'import', { stdin => $line });
    die $import->{err} if $import->{exit} != 0;
    return;
}

sub something_happens {
    my $kind = chance(10);
    if ($kind < 4 || !@alive) {
        push @alive, put(map { qq({"type":"PolicyBackup","status":"Running","n":${\chance(1000)}}) } 0 .. chance(12));
    } elsif ($kind < 7) {
        my $updates = 1 + chance(10);
        put(map { qq({"id":"$alive[chance(scalar @alive)]","status":"Success","n":${\chance(1000)}}) } 1 .. $updates);
        $updated += $updates;
    } elsif ($kind < 9) {
        my ($id) = splice @alive, chance(scalar @alive), 1;
        is jobsessions($db, 'rm', '--force', $id)->{exit}, 0, "session $id is removed";
        $removed++;
        if (chance(3) == 0) {
            jobsessions($db, 'import', { stdin => qq({"id":"$id","status":"Success","again":${\chance(1000)}}) });
            push @alive, $id;
            $recreated++;
        }
    } else {
        my $id = $alive[ chance(scalar @alive) ];
        my $import = jobsessions($db, 'import', '--merge', { stdin => qq({"id":"$id","status":"Success","imported":${\chance(1000)}}) });
        is $import->{exit}, 0, "session $id is imported";
        $imported++;
    }
}

subtest 'a random history' => sub {
    my $pages = 0;
    for my $round (1 .. 120) {
        something_happens();
        $pages += poll(1 + chance(7)) if chance(3) == 0;
        if ($round % 40 == 0) {
            my %before = map { $_ => 1 } $httpd->children;
            $httpd->restart;
            ok +(wait_until { grep { !$before{$_} } $httpd->children }), 'httpd restarts';
            $pages += poll(5);
            is_in_step("and the follower goes on, round $round");
        }
    }
    poll(3);
    is_in_step('at the end it has what is exported');
    cmp_ok $_->[1], '>', 2, "there were $_->[0]" for [ removals => $removed ], [ imports => $imported ], [ recreations => $recreated ],
        [ updates => $updated ], [ pages => $pages ];
    my $late = $last;
    (%known, %buried, $last) = ();
    $last = 0;
    cmp_ok poll(10), '>', 3, 'a follower that begins now';
    is_in_step('ends with the same');
    is $last, $late, 'at the same usn';
};

# A copy or a backup that was made earlier comes back: its usns go back as well, and workers give them out again.
subtest 'restores' => sub {
    my $before = $restarts;
    for my $round (1 .. 6) {
        my @kept = @alive;
        my $by_tool = $round % 2;
        is system('cp', '-R', $db, "$db.copy"), 0, 'a copy is made' if !$by_tool;
        is jobsessions($db, 'backup', "$db.backup")->{exit}, 0, 'a backup is made' if $by_tool;
        something_happens() for 1 .. 3;
        poll(1 + chance(7));
        is_in_step("in step before restore $round");
        my $ahead = $last;
        if ($by_tool) {
            is jobsessions($db, 'restore', "$db.backup")->{exit}, 0, 'and restored';
            is http($httpd->port, GET => "$mount?SinceUsn=0&Database=$database")->{status}, 410, 'under another identity';
        } else {
            rename $db, "$db.old" or die $!;
            rename "$db.copy", $db or die $!;
        }
        system('rm', '-rf', "$db.old", "$db.backup", glob "$db.before-restore-*");
        @alive = @kept;
        my $gone = http($httpd->port, GET => "$mount?SinceUsn=$ahead");
        is $gone->{status}, 410, 'a usn that was never given here';
        my $problem = decode_json($gone->{body});
        like $problem->{detail}, qr/^The last usn of the database is \d+, and $ahead is of another history, .*: start again from 0\.$/, 'is said to be';
        poll(1 + chance(7));
        is_in_step("in step after restore $round");
    }
    is $restarts - $before, 6, 'each was noticed';
    my $other = $database =~ tr/0-9a-f/1-9a-f0/r;
    my $gone = http($httpd->port, GET => "$mount?SinceUsn=0&Database=$other");
    is $gone->{status}, 410, 'another database';
    is decode_json($gone->{body})->{detail}, 'The database was restored or replaced since: start again from 0.', 'so, too';
    is http($httpd->port, GET => "$mount?SinceUsn=0&Database=\U$database")->{status}, 200, 'its own';
    for my $malformed ('', 'x', "${database}0", $database =~ s/^./%1f/r, $database =~ s/^./%22/r) {
        my $refused = http($httpd->port, GET => "$mount?SinceUsn=0&Database=$malformed");
        is $refused->{status}, 400, "no identity: $malformed";
        like $refused->{body}, qr/"Database".*32 hexadecimal digits/, 'which is said';
    }
    my $alone = http($httpd->port, GET => "$mount?Database=$database");
    is $alone->{status}, 400, 'Database without SinceUsn';
    is http($httpd->port, GET => "$mount?SinceUsn=9223372036854775807")->{status}, 410, 'the largest usn';
};

subtest 'tombstones' => sub {
    my ($one, $other) = put('{"type":"A","status":"Success"}', '{"type":"B","status":"Success"}');
    poll(100);
    is jobsessions($db, 'rm', $one)->{exit}, 0, 'a session is removed';
    my $response = get("SinceUsn=$last");
    my $page = decode_json($response->{body});
    my $usn = $last + 1;
    is_deeply $page->{results}, [ { id => $one, usn => $usn, deleted => JSON::XS::true } ], 'its tombstone';
    is $page->{totalCount}, 1, 'is all that changed';
    is $response->{headers}{'content-length'}, length $response->{body}, 'Content-Length';
    is get("SinceUsn=$last", Accept => 'application/x-ndjson')->{body}, qq({"id":"$one","usn":$usn,"deleted":true}\n), 'as a line';
    import_line(qq({"id":"$one","type":"C","status":"Success"}));
    my $again = decode_json(get("SinceUsn=$last")->{body});
    is_deeply [ map { [ @$_{qw(id usn type deleted)} ] } @{ $again->{results} } ], [ [ $one, $usn + 1, 'C', undef ] ],
        'once more the id is there: as a session, its tombstone is gone'
        or diag explain $again;
    poll(1);
    is_in_step('who follows has the new one');
    my $new = (put('{"status":"Success"}'))[0];
    cmp_ok $new, '>', $other, 'an id of a removed session is not given again';
};

subtest 'forgotten removals' => sub {
    my @ids = put(('{"status":"Success"}') x 12);
    poll(100);
    my ($behind, $identity, $begun_anew) = ($last, $database, $restarts);
    my $forget = sub { return jobsessions($db, qw(prune --tombstones-older-than 180d))->{err} };
    jobsessions($db, 'rm', @ids[ 0 .. 3 ]);
    my $tag = get("SinceUsn=$behind")->{headers}{etag};
    is scalar(() = get("SinceUsn=$behind")->{body} =~ /"deleted":true/g), 4, 'four removals';
    put('{"status":"Success"}');
    is $forget->(), "jobsessions: 0 tombstones forgotten\n", 'which stay for a while';
    like days_ago(-200, $forget), qr/^jobsessions: [1-9]\d* tombstones forgotten$/, 'and are forgotten';
    jobsessions($db, 'rm', @ids[ 4, 5 ]);
    my $mark = $behind + 4;
    for ("SinceUsn=$behind", "SinceUsn=$behind&Database=$identity", 'SinceUsn=' . ($mark - 1), "SinceUsn=$behind&Database=$identity-" . ($mark - 1)) {
        my $gone = http($httpd->port, GET => "$mount?$_", headers => { 'If-None-Match' => $tag });
        is $gone->{status}, 410, "who has not come as far: $_";
        like decode_json($gone->{body})->{detail}, qr/^Removals up to usn $mark are forgotten, and \d+ is before that: start again from 0\.$/, 'is told';
    }
    # who has goes on, and is told the database by the name it knows
    for ("SinceUsn=$mark", "SinceUsn=$mark&Database=$identity", "SinceUsn=$mark&Database=\U$identity") {
        my $page = get($_);
        is scalar(() = $page->{body} =~ /"deleted":true/g), 2, "who has: $_";
        is $page->{headers}{'jobsessions-database'}, $identity, 'goes on as before';
    }
    # who begins anew walks through what lies before them, and needs none of them
    poll(3);
    is $restarts, $begun_anew + 1, 'a follower begins anew, once';
    is $database, "$identity-$mark", 'and remembers since when';
    is_in_step('who has begun anew');
    ok !$buried{$_}, 'of those that are forgotten it is told nothing' for @ids[ 0 .. 3 ];
    ok $buried{$_}, 'of the others it is' for @ids[ 4, 5 ];
    put('{"status":"Success"}');
    poll(3);
    is $restarts, $begun_anew + 1, 'and goes on';
    is_in_step('who goes on');
    is http($httpd->port, GET => "$mount?SinceUsn=1&Database=$identity-$mark")->{status}, 200, 'from wherever it is';
    is decode_json(get("SinceUsn=1&Database=$identity-$mark")->{body})->{database}, "$identity-$mark", 'by its name';
    # every page counts what there is, wherever the mark lies
    my $all = decode_json(get('SinceUsn=0&Limit=-1')->{body});
    my @usns = (0, map { $_->{usn} } @{ $all->{results} });
    is_deeply [ map { decode_json(get("SinceUsn=$_&Limit=1&Database=$identity-$mark")->{body})->{totalCount} } @usns ], [ reverse 0 .. $#usns ], 'as many are left behind each';
    is http($httpd->port, GET => "$mount?SinceUsn=0&Database=$identity$_")->{status}, 400, "no database: $_" for '-', '-x', '-1x', '-01';
    for my $round (1 .. 30) {
        something_happens() for 1 .. chance(4);
        my @go = map { $alive[ chance(scalar @alive) ] } 1 .. 2;
        if (@alive > 4 && chance(2)) {
            jobsessions($db, 'rm', '--force', @go);
            @alive = grep { my $id = $_; !grep { $_ == $id } @go } @alive;
        }
        days_ago(-170 - chance(20), $forget) if chance(2);
        poll(1 + chance(7)) if chance(3);
    }
    poll(1 + chance(7));
    is_in_step('after a random history');
    is jobsessions($db, 'verify')->{exit}, 0, 'and all is sound';
};

subtest 'nothing new' => sub {
    poll(100);
    my $page = get("SinceUsn=$last");
    my $body = decode_json($page->{body});
    is_deeply [ @$body{qw(totalCount results)}, sort keys %{ $body->{_links} } ], [ 0, [], 'self' ], 'an empty page';
    my $tag = $page->{headers}{etag};
    my $poll = sub { http($httpd->port, GET => "$mount?SinceUsn=$last", headers => { 'If-None-Match' => $tag })->{status} };
    is $poll->(), 304, 'a poll for nothing costs a 304';
    put('{"status":"Success"}');
    is $poll->(), 200, 'until something changes';
    is http($httpd->port, GET => "$mount?SinceUsn=0", headers => { Accept => 'text/csv' })->{status}, 406, 'changes are no table';
    my $none = decode_json(get('SinceUsn=0&Limit=0')->{body});
    cmp_ok $none->{totalCount}, '>', 10, 'Limit=0 counts them';
    is_deeply [ sort keys %{ $none->{_links} } ], ['self'], 'and leads nowhere';
    my $everything = decode_json(get('sinceusn=0&LIMIT=-1')->{body});
    is scalar @{ $everything->{results} }, $everything->{totalCount}, 'Limit=-1: all changes at once';
    my @usns = map { $_->{usn} } @{ $everything->{results} };
    is_deeply \@usns, [ sort { $a <=> $b } @usns ], 'in the order of usns';
};

done_testing;
