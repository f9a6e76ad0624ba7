# SPDX-License-Identifier: Apache-2.0
# The description of a mount, {mount}/openapi.json: it describes every operation, and every response is as it says.

use v5.36;
use Test::More;
use File::Path qw(remove_tree);
use JSON::XS ();
use JobSessions::Sessions qw(rich_sessions);
use JobSessions::Test qw(database_dir decode_json http jobsessions port run_command);

my $db = database_dir('lists');
remove_tree($db);
# the largest says nothing that the others do not
my @sessions = grep { !/^\{"id":"10"/ } rich_sessions();
my $import = jobsessions($db, 'import', { stdin => join "\n", @sessions, '{"id":"20","usn":5000,"status":"Failed","type":"AutoBackup"}' });
is $import->{exit}, 0, 'sessions' or diag $import->{err};
my @lists = qw(protectedItems deletedItems restoredItems fileLevelRestoredItems checkedItems restoredDatabases fileLevelRestoredFileShareItems vnetRestoredItems restoredCosmosDbAccounts);
is jobsessions($db, 'items', 1, $_, '--add', { stdin => qq({"name":"vm","id":"7","size":1}\n) })->{exit}, 0, $_ for @lists;
is jobsessions($db, 'log', 1, '--add', { stdin => qq({"logTime":"2020-02-07T08:43:30.5Z","status":"Failed","message":"m","resourceHashId":"7","executionDuration":"00:00:01"}\n{}\n) })->{exit}, 0, 'a log';
is jobsessions($db, 'rm', 20, '--force')->{exit}, 0, 'a removal';
jobsessions($db, 'put', { stdin => qq({"status":"Failed","type":"AutoBackup","own":1}\n) });

sub description_of ($mount) { return decode_json(http('lists', GET => "$mount/openapi.json")->{body}) }

# The names of an object's members, and of those below.
sub members_of ($schema, $at = '') {
    my $properties = $schema->{properties} // {};
    return [ map { ("$at$_", @{ members_of($properties->{$_}, "$at$_.") }) } sort { $a cmp $b } keys %$properties ];
}

# Where an object is described of which nothing is said: for openapi-typescript it is empty, and orval leaves all of it out.
sub silent_objects ($schema, $at = '') {
    return map { silent_objects($schema->[$_], "$at/$_") } 0 .. $#$schema if ref $schema eq 'ARRAY';
    return () unless ref $schema eq 'HASH';
    my $is_silent = ($schema->{type} // '') eq 'object' && !$schema->{properties} && !exists $schema->{additionalProperties};
    return ($is_silent ? $at : (), map { /^examples?$/ ? () : silent_objects($schema->{$_}, "$at/$_") } sort { $a cmp $b } keys %$schema);
}

# Every operation, its parameters, its formats and errors.
sub requests ($last) {
    my @get = ('', '?Limit=3&Offset=2&Sort=StartTimeAsc', '?Status=Error,Failed&Types=AutoBackup', '?SessionTypes=Restore&WorkloadTypes=SQL&ResourceId=7', '?VmId=7', '?SinceUsn=0',
        '?SinceUsn=0&Limit=2', '?SinceUsn=999999999', '?Limit=x&Status=y', '?Limit=3&Durations=Seconds&Times=UnixMilliseconds', '?Times=Days', '/openapi.json', '/summary', '/summary?FromUtc=2020-02-01&ToUtc=2020-02-28', '/summary?FromUtc=x', '/policies', '/policies?Days=366&Limit=1', '/policies?Limit=0', '/1', '/1?instanceId=7', '/2?instanceId=7', '/999999', '/1/log', '/1/log?instanceId=7&Limit=1', '/999999/log',
        (map { ("/1/$_", "/1/$_?NameSearchPattern=v*&Limit=1", "/2/$_", "/999999/$_") } @lists));
    return (map({ [ get => "$last$_" ] } @get), map({ [ get => $last, Accept => $_ ] } 'text/csv', 'application/xml', 'application/x-ndjson', 'image/png, text/html'),
        [ post => "$last/export" ], [ post => "$last/export?Times=UnixMilliseconds" ], [ post => "$last/export", Accept => 'text/csv' ],
        map { [ post => "$last/export", 'Content-Type' => 'application/json', body => $_ ] } '{"status":["Error"],"workloadTypes":["VirtualMachine"]}', '{"status":["x"]}', '[', '{"a":"' . 'x' x 70000 . '"}');
}

for my $mount ('/api/v1/jobSessions', '/api/v8.1/jobSessions', '/strict/jobSessions') {
    subtest $mount => sub {
        my $response = http('lists', GET => "$mount/openapi.json");
        is $response->{status}, 200, 'it is there';
        is $response->{headers}{'content-type'}, 'application/json; charset=utf-8', 'as JSON';
        my $description = decode_json($response->{body});
        my ($front, $last) = $mount =~ m{^(.*)(/[^/]*)$};
        is $description->{openapi}, '3.1.0', 'of OpenAPI 3.1';
        is_deeply $description->{servers}, [ { url => 'http://127.0.0.1:' . port('lists') . $front } ], 'on this server';
        is $description->{info}{version}, $mount =~ /v8/ ? 'v8.1' : 'v1', 'of the mount\'s version';
        unlike $response->{body}, qr/"Session(?:V|LineV)/, 'and of no other';
        # Swagger UI fills its forms with what a parameter has for its example, all of them at once
        my @filled = grep { $_->{in} eq 'query' && ($_->{example} || $_->{examples} || $_->{schema}{example}) } values %{ $description->{components}{parameters} };
        is_deeply [ map { $_->{name} } @filled ], [], 'no condition has an example that a form would take for a value';
        cmp_ok scalar(grep { $_->{schema}{examples} } values %{ $description->{components}{parameters} }), '>', 10, 'but their schemas have';
        # @hey-api/openapi-ts sends a token in the form that is named last
        is_deeply [ map { join ' ', @{$_}{qw(type scheme)} } @{ $description->{components}{securitySchemes} }{ map { keys %$_ } @{ $description->{security} } } ],
            [ 'http basic', 'http bearer' ], 'a client that was generated can be given a password, or a token';
        is_deeply $description->{security}[0], {}, 'or neither';
        # what is generated leaves out what is not described
        my $schemas = $description->{components}{schemas};
        is_deeply members_of($schemas->{SessionInNumbers}), members_of($schemas->{Session}), 'a session in numbers has the members of one';
        is_deeply members_of($schemas->{StoredSession}), members_of(description_of('/api/v1/jobSessions')->{components}{schemas}{Session}), 'one that is told as stored has those of v1';
        is_deeply [ silent_objects($description) ], [], 'objects have members, or any';
        # orval asks a number for its pattern
        is_deeply [ sort { $a cmp $b } keys %{ $schemas->{SessionInNumbers}{properties}{executionDuration} } ], [qw(anyOf description)], 'a number has nothing of a text';
        my @cases;
        for my $request (requests($last)) {
            my ($method, $path, %rest) = @$request;
            my $body = delete $rest{body};
            my $answer = http('lists', uc $method => "$front$path", headers => \%rest, defined $body ? (body => $body) : ());
            push @cases, { name => "$method $path", method => $method, path => $path =~ s/\?.*//r, status => 0 + $answer->{status},
                type => $answer->{headers}{'content-type'} // '', body => $answer->{body} };
        }
        my $checked = decode_json(run_command([ 'python3', 't/validate.py' ], JSON::XS->new->utf8->encode({ description => $description, cases => \@cases }))->{out});
        is_deeply $checked->{faults}, [], 'every response is as it is described';
        is_deeply $checked->{met}, $checked->{all}, 'and every operation was looked at';
        # what must not hold does not
        my ($one) = grep { $_->{name} eq "get $last/1" } @cases;
        my @broken = map { { %$one, body => $_ } } '{}', $one->{body} =~ s/"status":"\w+"/"status":"Done"/r, $one->{body} =~ s/"policyRemoved":\w+/"policyRemoved":7/r,
            $mount =~ /v8/ ? $one->{body} =~ s/"id"/"usn":7,"id"/r : $one->{body} =~ s/"repositoryId":1/"repositoryId":"1"/r;
        my $wrong = decode_json(run_command([ 'python3', 't/validate.py' ], JSON::XS->new->utf8->encode({ description => $description, cases => \@broken }))->{out});
        cmp_ok scalar @{ $wrong->{faults} }, '>=', 4, 'what is wrong is found';
    };
}

subtest 'as a resource' => sub {
    my $path = '/api/v1/jobSessions/openapi.json';
    my $get = http('lists', GET => $path);
    my $head = http('lists', HEAD => $path);
    is $head->{headers}{'content-length'}, length $get->{body}, 'HEAD';
    is http('lists', OPTIONS => $path)->{headers}{allow}, 'GET, HEAD, OPTIONS', 'OPTIONS';
    is http('lists', POST => $path)->{status}, 405, 'nothing else';
    is http('lists', GET => "$path/")->{body}, $get->{body}, 'a slash at its end';
    is http('lists', GET => '/api/v1/jobSessions/OpenAPI.json')->{body}, $get->{body}, 'in any case';
    is http('lists', GET => '/strict/jobSessions/openapi.json?x=1')->{status}, 400, 'no parameters';
    is description_of('/later/jobSessions')->{info}{version}, 'v8.1', 'of the version that a directive names';
    remove_tree($db);
    is http('lists', GET => $path)->{body}, $get->{body}, 'and without a database';
};

remove_tree($db);
done_testing;
