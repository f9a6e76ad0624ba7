# SPDX-License-Identifier: Apache-2.0
# One database at mounts of two versions: each shows sessions in the members and types of its own, and finds them by what
# it shows.

use v5.36;
use Test::More;
use File::Path qw(remove_tree);
use JSON::XS ();
use JobSessions::Sessions qw(rich_sessions);
use JobSessions::Test qw(database_dir decode_json http jobsessions port slurp spew);

my ($v1, $later) = ('/api/v1/jobSessions', '/api/v8.1/jobSessions');
my $db = database_dir('lists');
remove_tree($db);

my @sessions = (
    '{"id":"1","type":"AutoBackup","localizedType":"Auto Backup","status":"Failed","usn":11,"own":{"a":1}}',
    '{"id":"2","type":"RepositoryCreation","localizedType":"Create Repository","status":"Success","usn":12,"repositoryJobInfo":{"repositoryId":1,"repositoryName":"R"}}',
    '{"id":"3","type":"x","localizedType":"x","status":"Error","usn":1,"repositoryJobInfo":{"repositoryId":2}}',
    '{"id":"4","type":"RepositoryEdit","localizedType":"Edit","status":"Running","usn":14,"repositoryJobInfo":{"repositoryUid":"b3f8b6a0-3c8e-4a3b-9d0e-5f0c9d3f6a11"}}',
    '{"id":"5","type":"RestoreVms","localizedType":"Restore","status":"Warning","usn":15,"restoreJobInfo":{"reason":"r","items":[{"vm":1}],"backupPolicyDisplayName":"p"}}',
    '{"id":"6","type":"Unknown","localizedType":"?","status":"Canceled","usn":16,"backupJobInfo":{"policyId":"nightly","policyName":"n","protectedInstancesCount":2147483648}}',
);
my %shown = (
    1 => '{"id":"1","type":"Unknown","localizedType":"Auto Backup","status":"Error"',
    2 => '{"id":"2","type":"RepositoryCreation","localizedType":"Create Repository","status":"Success","repositoryJobInfo":{"repositoryId":"1","repositoryName":"R"}',
    3 => '{"id":"3","type":"Unknown","localizedType":"x","status":"Error","repositoryJobInfo":{"repositoryId":"2"}',
    4 => '{"id":"4","type":"RepositoryEdit","localizedType":"Edit","status":"Running","repositoryJobInfo":{"repositoryId":"b3f8b6a0-3c8e-4a3b-9d0e-5f0c9d3f6a11"}',
    5 => '{"id":"5","type":"RestoreVms","localizedType":"Restore","status":"Warning","restoreJobInfo":{"reason":"r","backupPolicyDisplayName":"p"}',
    6 => '{"id":"6","type":"Unknown","localizedType":"?","status":"Canceled","backupJobInfo":{"policyName":"n"}',
);
my $import = jobsessions($db, 'import', { stdin => join "\n", @sessions });
is $import->{exit}, 0, 'sessions' or diag $import->{err};
is jobsessions($db, 'log', 1, '--add', { stdin => qq({"logTime":"2020-02-07T08:43:30Z","status":"Failed","message":"m","own":1}\n) })->{exit}, 0, 'a log';
is jobsessions($db, 'items', 1, 'protectedItems', '--add', { stdin => qq({"name":"vm","size":1}\n) })->{exit}, 0, 'an item';

sub links_of ($mount, $id) {
    my $here = 'http://127.0.0.1:' . port('lists') . "$mount/$id";
    return qq(,"_links":{"self":{"href":"$here"},"log":{"href":"$here/log"}}});
}

# As the mount of v1 has them: what is stored, to the byte.
sub stored ($mount, @ids) { return join ',', map { substr($sessions[ $_ - 1 ], 0, -1) . links_of($mount, $_) } @ids }
sub shown ($mount, @ids) { return join ',', map { $shown{$_} . ' ' x (length($sessions[ $_ - 1 ]) - 1 - length $shown{$_}) . links_of($mount, $_) } @ids }

subtest 'every document of sessions' => sub {
    for my $mount ($v1, '/strict/jobSessions', '/api/v8/earlier/jobSessions', $later, '/later/jobSessions') {
        my $make = $mount =~ /v8\.1|later/ ? \&shown : \&stored;
        my $all = $make->($mount, 6, 5, 4, 3, 2, 1);
        my %expected = (
            "GET $mount"                => [ http('lists', GET => $mount), $all ],
            "GET $mount?Limit=2"        => [ http('lists', GET => "$mount?Limit=2&Offset=1"), $make->($mount, 5, 4) ],
            "POST $mount/export"        => [ http('lists', POST => "$mount/export"), $all ],
            "POST $mount/export, some"  => [ http('lists', POST => "$mount/export", body => '{"jobSessionIds":["3","1"]}'), $make->($mount, 3, 1) ],
        );
        for my $what (sort keys %expected) {
            my ($response, $results) = @{ $expected{$what} };
            is $response->{body} =~ s/^.*?"results":\[(.*)\],"_links":\{"self".*$/$1/r, $results, $what;
            is $response->{headers}{'content-length'}, length $response->{body}, "$what: Content-Length";
        }
        is http('lists', GET => "$mount/$_")->{body}, $make->($mount, $_), "GET $mount/$_" for 1 .. 6;
        is http('lists', GET => $mount, headers => { Accept => 'application/x-ndjson' })->{body},
            join('', map { $make->($mount, $_) . "\n" } reverse 1 .. 6), "$mount as lines";
    }
};

subtest 'what is the same at both' => sub {
    for my $accept ('text/csv', 'application/xml') {
        my ($one, $other) = map { http('lists', POST => "$_/export", headers => { Accept => $accept })->{body} =~ s{/api/v8?[.1]+/}{/api/v/}gr } $v1, $later;
        is $one, $other, $accept;
    }
    my ($one, $other) = map { http('lists', GET => "$_?SinceUsn=0")->{body} =~ s{/api/v8?[.1]+/}{/api/v/}gr } $v1, $later;
    is $one, $other, 'changes, which who follows keeps as they are stored';
    is decode_json(http('lists', GET => "$later/1/protectedItems")->{body})->{results}[0]{size}, 1, 'items';
};

subtest 'a log' => sub {
    is http('lists', GET => "$v1/1/log")->{body}, '{"jobSessionId":"1","log":[{"logTime":"2020-02-07T08:43:30Z","status":"Failed","message":"m","own":1}]}', 'as it is stored';
    is http('lists', GET => "$later/1/log")->{body}, '{"jobSessionId":"1","log":[{"logTime":"2020-02-07T08:43:30Z","status":"Error","message":"m"' . ' ' x 9 . '}]}', 'and as v8.1 has it';
};

sub found ($path, @options) {
    my $response = @options ? http('lists', POST => $path, body => $options[0]) : http('lists', GET => $path);
    return join ' ', map { $_->{id} } @{ decode_json($response->{body})->{results} };
}

subtest 'sessions are found by what is shown' => sub {
    my @cases = (    # what is asked, what v1 finds, what v8.1 finds
        [ 'Status=Error',            '3',   '3 1' ],
        [ 'Status=Failed',           '1',   '1' ],
        [ 'Status=Running,Failed',   '4 1', '4 1' ],
        [ 'Types=Unknown',           '6',   '6 3 1' ],
        [ 'Types=unknown,RestoreVms', '6 5', '6 5 3 1' ],
        [ 'Types=AutoBackup',        '1',   '1' ],
    );
    for my $case (@cases) {
        my ($query, @expected) = @$case;
        is_deeply [ map { found("$_?$query") } $v1, $later ], \@expected, $query;
        my ($name, $values) = split /=/, $query;
        my $options = JSON::XS->new->encode({ ($name eq 'Types' ? 'sessionTypes' : 'status') => [ split /,/, $values ] });
        is_deeply [ map { found("$_/export", $options) } $v1, $later ], \@expected, $options;
    }
};

subtest 'tags' => sub {
    my ($stored, $shown) = map { http('lists', GET => "$_/1")->{headers}{etag} } '/api/v8/earlier/jobSessions', '/later/jobSessions';
    isnt $stored, $shown, 'differ';
    is http('lists', GET => '/later/jobSessions/1', headers => { 'If-None-Match' => $shown })->{status}, 304, 'and are held against';
    my $whole = http('lists', GET => '/later/jobSessions?Limit=-1')->{body};
    for my $first (0, 60, 120, 400, length($whole) - 3) {
        my $part = http('lists', GET => '/later/jobSessions?Limit=-1', headers => { Range => "bytes=$first-" });
        is $part->{body}, substr($whole, $first), "a part from $first on";
    }
};

# All that v8.1's description has of a session.
my %text = map { $_ => 1 } qw(reason backupPolicyDisplayName initiator vmId vmName policyName fileShareId fileShareName repositoryName repositoryId instanceName url thumbprint restorePointCreatedDateUtc
    policyId policyType restorePointId sqlRestorePointId cosmosDbRestorePointId dataRetrievalPriority);
my %members = (
    '' => [qw(id type localizedType executionStartTime executionStopTime executionDuration status _links backupJobInfo healthCheckJobInfo restoreJobInfo fileLevelRestoreJobInfo
            fileShareFileLevelRestoreJobInfo repositoryJobInfo restorePointDataRetrievalJobInfo retentionJobInfo)],
    backupJobInfo                    => [qw(policyId policyName policyType protectedInstancesCount policyRemoved)],
    healthCheckJobInfo               => [qw(policyId policyName checkedInstancesCount policyRemoved)],
    restoreJobInfo                   => [qw(reason backupPolicyDisplayName)],
    fileLevelRestoreJobInfo          => [qw(initiator reason flrLink vmId vmName backupPolicyDisplayName restorePointCreatedDateUtc isFlrSessionReady)],
    fileShareFileLevelRestoreJobInfo => [qw(initiator reason flrLink fileShareId fileShareName backupPolicyDisplayName restorePointCreatedDateUtc)],
    flrLink                          => [qw(url thumbprint)],
    repositoryJobInfo                => [qw(repositoryId repositoryName repositoryRemoved)],
    restorePointDataRetrievalJobInfo => [qw(restorePointId sqlRestorePointId cosmosDbRestorePointId initiator instanceName daysToKeep dataRetrievalPriority)],
    retentionJobInfo                 => [qw(deletedRestorePointsCount)],
);

sub strangers ($object, $name, $at) {
    my %known = map { $_ => 1 } @{ $members{$name} // [] };
    return map {
        my $value = $object->{$_};
        !$known{$_} ? "$at.$_" : $_ eq '_links' ? () : ref $value eq 'HASH' ? strangers($value, $_, "$at.$_")
            : $text{$_} && JSON::XS->new->allow_nonref->encode($value) !~ /^"/ ? "$at.$_ is no text" : ();
    } sort keys %$object;
}

subtest 'nothing that a client of v8.1 would refuse' => sub {
    remove_tree($db);
    is jobsessions($db, 'import', { stdin => join "\n", rich_sessions() })->{exit}, 0, 'all that a session can be';
    my $document = http('lists', POST => "$later/export");
    my @results = @{ decode_json($document->{body})->{results} };
    is scalar @results, scalar(my @all = rich_sessions()), 'each of them';
    is_deeply [ map { strangers($_, '', $_->{id}) } @results ], [], 'has its members alone';
    my $stored = http('lists', POST => "$v1/export")->{body} =~ s{/api/v1/}{/api/v8.1/}gr;
    my $unstated = grep { !defined $_->{status} } @{ decode_json($stored)->{results} };
    cmp_ok $unstated, '>', 0, 'some have no status';
    is scalar(grep { !defined $_->{status} } @results), 0, 'and all are shown with one';
    is length $document->{body}, length($stored) + 19 * $unstated, 'else as long as what is stored';
};

# By the vendor's description; others have all that v1's have.
subtest 'errors have the members of v8.1 alone' => sub {
    my $members = sub ($method, $path) { my $answer = http('lists', $method => $path); return ($answer->{status}, join ' ', sort keys %{ decode_json($answer->{body}) }) };
    is_deeply [ $members->(GET => "/password$later") ], [ 401, 'detail status title type' ], 'no credentials';
    for (qw(/1 /1/log /1/protectedItems /export)) {
        my $method = /export/ ? 'POST' : 'GET';
        is_deeply [ $members->($method => "/forbidden$later$_") ], [ 403, 'status title type' ], "$_ without the right";
    }
    is_deeply [ $members->(GET => "$later?Limit=x") ], [ 400, 'detail errors status title traceId type' ], 'a parameter';
    is_deeply [ $members->(GET => "$later/1/protectedItems?Limit=x&Offset=-1") ], [ 400, 'detail status title traceId type' ], '… of a list of items';
    is decode_json(http('lists', GET => "$later/1/protectedItems?Limit=x&Offset=-1")->{body})->{detail},
        'Offset is not a whole number of 0 or more. Limit is not a whole number of -1 or more.', 'which says in its detail what is wrong';
    is_deeply [ $members->(GET => "$later/999999") ], [ 404, 'detail status title traceId type' ], 'what there is not';
    is_deeply [ $members->(GET => "$v1/1/protectedItems?Limit=x") ], [ 400, 'detail errors status title traceId type' ], 'at v1 they have all';
};

# What a client that is generated from the description would refuse, and an import of what earlier versions had brings.
subtest 'a session without a status' => sub {
    my @without = ('{"id":"0","usn":0}', '{"id":"7","type":"PolicyBackup","localizedType":"Policy Backup","usn":17,"backupJobInfo":{"policyName":"has no status"},"own":{"status":"none"}}');
    my $with = '{"id":"8","type":"PolicyBackup","localizedType":"Policy Backup","status":"Success","usn":18}';
    remove_tree($db);
    is jobsessions($db, 'import', { stdin => join "\n", @without, $with })->{exit}, 0, 'two of them, and another one';
    my $check = sub ($what, %request) {
        my ($method, $path) = @request{qw(method path)};
        my ($stored, $shown) = map { http('lists', $method => "$_$path", headers => { Accept => $request{accept} // 'application/json' }) } $v1, $later;
        is $shown->{headers}{'content-length'}, length $shown->{body}, "$what: Content-Length";
        is scalar(() = $shown->{body} =~ /"status":"Unknown"/g), $request{count}, "$what: each has one";
        unlike $stored->{body}, qr/Unknown(?!","localizedType":"Damaged)(?!","damaged)/, "$what: at v1 none has";
        return $shown->{body};
    };
    $check->('an export', method => 'POST', path => '/export', count => 2);
    $check->('lines', method => 'POST', path => '/export', accept => 'application/x-ndjson', count => 2);
    $check->('a page', method => 'GET', path => '?Limit=2&Offset=1', count => 2);
    $check->('a page of some', method => 'GET', path => '?Types=PolicyBackup', count => 1);
    $check->('one', method => 'GET', path => '/0', count => 1);
    like http('lists', GET => "$v1/7")->{body}, qr/^\Q${\substr $without[1], 0, -1}\E,"_links"/, 'v1 has what is stored, to the byte';
    like http('lists', GET => "$later/7")->{body}, qr/^\{"id":"7","type":"PolicyBackup","localizedType":"Policy Backup","backupJobInfo":\{"policyName":"has no status"\} +,"status":"Unknown","_links"/, 'v8.1 shows it behind';
    is_deeply [ map { $_->{id} } @{ decode_json(http('lists', GET => "$later?Status=Unknown")->{body})->{results} } ], [ 7, 0 ], 'and finds them by what it shows';
    is decode_json(http('lists', GET => "$v1?Status=Unknown")->{body})->{totalCount}, 0, 'v1 does not';
    is_deeply decode_json(http('lists', GET => "$later/summary")->{body})->{statuses}, [ { status => 'Success', count => 1 }, { status => 'Unknown', count => 2 } ], 'the summary counts them';
    my $whole = http('lists', GET => "$later?Limit=-1")->{body};
    is http('lists', GET => "$later?Limit=-1", headers => { Range => "bytes=$_-" })->{body}, substr($whole, $_), "a part from $_ on" for 100, 300, length($whole) - 3;
    my $bytes = slurp("$db/data.mdb");
    $bytes =~ s/has no status/has n0 status/g or die 'no session';
    unlink "$db/lock.mdb";
    spew("$db/data.mdb", $bytes);
    my $damaged = $check->('one that is damaged', method => 'POST', path => '/export', count => 2);
    is scalar @{ decode_json($damaged)->{results} }, 3, 'is among the others';
};

remove_tree($db);
done_testing;
