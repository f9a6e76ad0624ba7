# SPDX-License-Identifier: Apache-2.0
# A follower that asks for nothing but what changed after the last usn it knows ends with the state the
# export has, whatever happens meanwhile: creates, updates, removals, imports, restarts of httpd.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use JSON::XS ();
use JobSessions::Httpd;
use JobSessions::Test qw(decode_json http jobsessions wait_until);

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

# All it knows: sessions by id, and the usn of the last change.
my (%known, %buried);
my $last = 0;

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

# Polls until nothing is left; returns how many pages it took.
sub poll ($limit) {
    my $pages = 0;
    my $query = "SinceUsn=$last&Limit=$limit";
    while (defined $query) {
        my $page = decode_json(get($query)->{body});
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
        is jobsessions($db, 'rm', $id)->{exit}, 0, "session $id is removed";
        $removed++;
        if (chance(3) == 0) {
            put(qq({"id":"$id","again":${\chance(1000)}}));
            push @alive, $id;
            $recreated++;
        }
    } else {
        my $id = $alive[ chance(scalar @alive) ];
        my $import = jobsessions($db, 'import', { stdin => qq({"id":"$id","imported":${\chance(1000)}}) });
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

subtest 'tombstones' => sub {
    my ($one, $other) = put('{"type":"A"}', '{"type":"B"}');
    poll(100);
    is jobsessions($db, 'rm', $one)->{exit}, 0, 'a session is removed';
    my $response = get("SinceUsn=$last");
    my $page = decode_json($response->{body});
    my $usn = $last + 1;
    is_deeply $page->{results}, [ { id => $one, usn => $usn, deleted => JSON::XS::true } ], 'its tombstone';
    is $page->{totalCount}, 1, 'is all that changed';
    is $response->{headers}{'content-length'}, length $response->{body}, 'Content-Length';
    is get("SinceUsn=$last", Accept => 'application/x-ndjson')->{body}, qq({"id":"$one","usn":$usn,"deleted":true}\n), 'as a line';
    put(qq({"id":"$one","type":"C"}));
    my $again = decode_json(get("SinceUsn=$last")->{body});
    is_deeply [ map { [ @$_{qw(id usn type deleted)} ] } @{ $again->{results} } ], [ [ $one, $usn + 1, 'C', undef ] ],
        'once more the id is there: as a session, its tombstone is gone'
        or diag explain $again;
    poll(1);
    is_in_step('who follows has the new one');
    my $new = (put('{}'))[0];
    cmp_ok $new, '>', $other, 'an id of a removed session is not given again';
};

subtest 'nothing new' => sub {
    poll(100);
    my $page = get("SinceUsn=$last");
    my $body = decode_json($page->{body});
    is_deeply [ @$body{qw(totalCount results)}, sort keys %{ $body->{_links} } ], [ 0, [], 'self' ], 'an empty page';
    is get('SinceUsn=9223372036854775807')->{status}, 200, 'nor after the largest usn';
    my $tag = $page->{headers}{etag};
    my $poll = sub { http($httpd->port, GET => "$mount?SinceUsn=$last", headers => { 'If-None-Match' => $tag })->{status} };
    is $poll->(), 304, 'a poll for nothing costs a 304';
    put('{}');
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
