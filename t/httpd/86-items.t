# SPDX-License-Identifier: Apache-2.0
# The log of a session and its lists of items: in order, by pages, found by name, and never lost to
# what becomes of the session.

use v5.36;
use utf8;
use Test::More;
use File::Path qw(remove_tree);
use JSON::XS ();
use JobSessions::Sessions qw(item_lists);
use JobSessions::Test qw(database_dir decode_json http http_all jobsessions port test_vars);

my $mount = '/api/v1/jobSessions';
my $here = 'http://127.0.0.1:' . port('lists') . $mount;
my $whole = test_vars('t_logs') =~ /-event$/;    # fewer items under the other MPMs
my $many = $whole ? 100_000 : 5_000;

my $db = database_dir('lists');
remove_tree($db);
is jobsessions($db, 'put', { stdin => qq({"status":"Success"}\n) x 4 })->{exit}, 0, 'four sessions';

sub add ($verb, @lines) {
    my ($name, @arguments) = split / /, $verb;
    my $run = jobsessions($db, $name, @arguments, '--add', { stdin => join '', map { "$_\n" } @lines });
    is $run->{exit}, 0, scalar @lines . " more: $verb" or diag $run->{err};
}
sub get ($resource) {
    my $response = http('lists', GET => "$mount$resource");
    is $response->{status}, 200, "GET $resource" or diag $response->{body};
    is $response->{headers}{'content-length'}, length $response->{body}, 'Content-Length';
    return $response->{body};
}

subtest 'a log' => sub {
    is get('/1/log'), '{"jobSessionId":"1","log":[]}', 'an empty one';
    my @items = (
        '{"logTime":"2020-02-07T08:43:30.892836Z","status":"Success","message":"A \\"snapshot\\" – 東京 \\n","executionStartTime":"2020-02-07T08:43:30Z","executionDuration":"00:00:01.1000000"}',
        '{"message":""}',
        '{"logTime":"2019-01-01T00:00:00Z","later":{"x":[1]}}',
        '{}',
    );
    utf8::encode($_) for @items;
    add('log 1', @items);
    is get('/1/log'), '{"jobSessionId":"1","log":[' . join(',', @items) . ']}', 'items in the order they came, not of their times';
    add('log 1', '{"executionDuration":"1.00:00:00","message":"last","status":"Warning","logTime":"2020-02-07T10:43:30+02:00"}');
    push @items, '{"logTime":"2020-02-07T08:43:30Z","status":"Warning","message":"last","executionDuration":"1.00:00:00"}';
    my @log = @{ decode_json(get('/1/log'))->{log} };
    is_deeply $log[-1], decode_json($items[-1]), 'in canonical form';
    for my $case ([ '', 0 .. 4 ], [ 'Limit=2', 0, 1 ], [ 'offset=3', 3, 4 ], [ 'Offset=1&LIMIT=2', 1, 2 ], [ 'Offset=5' ], [ 'Offset=99999999999' ],
        [ 'Limit=0' ], [ 'Offset=2&Limit=-1', 2 .. 4 ], [ 'Offset=9223372036854775807&Limit=9223372036854775807' ])
    {
        my ($query, @places) = @$case;
        is get("/1/log?$query"), '{"jobSessionId":"1","log":[' . join(',', @items[@places]) . ']}', "?$query";
    }
    is get('/2/log'), '{"jobSessionId":"2","log":[]}', 'another session has none of it';
};

subtest 'items' => sub {
    my @kinds = item_lists();
    for my $kind (@kinds) {
        is get("/2/$kind"), qq({"offset":0,"limit":100,"totalCount":0,"results":[],"_links":{"self":{"href":"$here/2/$kind?offset=0&limit=100"}}}), 'none';
        add("items 2 $kind", map { qq({"name":"$kind $_","size":$_,"nested":{"list":[$_]}}) } 1 .. 25);
    }
    for my $kind (@kinds) {
        my $page = decode_json(get("/2/$kind?Limit=10"));
        is_deeply $page->{results}, [ map { { name => "$kind $_", size => $_, nested => { list => [$_] } } } 1 .. 10 ], "the first of the $kind";
        is_deeply [ @$page{qw(offset limit totalCount)} ], [ 0, 10, 25 ], 'of so many';
        my @names;
        while ($page) {
            push @names, map { $_->{name} } @{ $page->{results} };
            my $next = $page->{_links}{next};
            $page = $next && decode_json(get($next->{href} =~ s/^\Q$here\E//r));
        }
        is_deeply \@names, [ map { "$kind $_" } 1 .. 25 ], 'all, by the links';
    }
    my $middle = decode_json(get('/2/deletedItems?Offset=10&Limit=10'))->{_links};
    my %links = map { $_ => $middle->{$_}{href} =~ s{^\Q$here\E/2/deletedItems\?}{}r } keys %$middle;
    is_deeply \%links, { self => 'offset=10&limit=10', first => 'offset=0&limit=10', prev => 'offset=0&limit=10', next => 'offset=20&limit=10', last => 'offset=20&limit=10' }, 'the links';
};

subtest 'NameSearchPattern' => sub {
    my @names = ('vm-1', 'vm-2', 'VM-3', 'Zürich "a"', "two\nlines", "new\n", 'in the end n', 'a*b', 'C:\\new', '', "\x{1f511}", '100%&+');
    my $json = JSON::XS->new->utf8;
    add('items 3 protectedItems', map { $json->encode({ name => $_ }) } @names);
    my @cases = (
        [ '*', @names ], [ 'vm-*', 'vm-1', 'vm-2' ], [ '*-3', 'VM-3' ], [ 'vm', () ], [ '', '' ], [ '*"*', 'Zürich "a"' ], [ '*n', 'in the end n' ],
        [ "*\n", "new\n" ], [ "two\nlines", "two\nlines" ], [ 'a*b', 'a*b' ], [ 'C:\\*', 'C:\\new' ], [ "\x{1f511}", "\x{1f511}" ], [ '*%&+', '100%&+' ], [ 'nothing', () ],
    );
    for my $case (@cases) {
        my ($pattern, @expected) = @$case;
        utf8::encode(my $sent = $pattern);
        $sent =~ s/([^A-Za-z0-9-])/sprintf '%%%02X', ord $1/eg;
        my $page = decode_json(get("/3/protectedItems?namesearchpattern=$sent"));
        is_deeply [ map { $_->{name} } @{ $page->{results} } ], \@expected, "like $sent";
        is $page->{totalCount}, scalar @expected, 'and counted';
    }
    my @pages = decode_json(get('/3/protectedItems?NameSearchPattern=*e*%2A&Limit=2'));
    while (my $next = $pages[-1]{_links}{next}) {
        push @pages, decode_json(get($next->{href} =~ s/^\Q$here\E//r));
    }
    is_deeply [ map { [ map { $_->{name} } @{ $_->{results} } ] } @pages ], [ [ "two\nlines", "new\n" ], [ 'in the end n', 'C:\\new' ] ], 'by pages';
    is_deeply decode_json(get($pages[-1]{_links}{prev}{href} =~ s/^\Q$here\E//r))->{results}, $pages[0]{results}, 'and back';
};

subtest "items as the vendor's own are" => sub {
    my @items = (
        '{"resource":{"displayName":"vm-1","resourceId":"1"},"runs":[]}', '{"filePath":"/etc/vm-1"}', '{"name":"plain","filePath":"/vm-2"}',
        '{"filePath":"/later","resource":{"displayName":"vm-3"}}', '{"resource":{"id":"4"},"filePath":"vm-4"}', '{"filePath":"","resource":"vm-5"}',
    );
    add('items 3 restoredItems', @items);
    my %like = ('*' => \@items, 'vm-*' => [ @items[ 0, 3, 4 ] ], '*vm-1' => [ @items[ 0, 1 ] ], 'plain' => [ $items[2] ], '*vm-2' => [], '' => [ $items[5] ]);
    for my $pattern (sort keys %like) {
        my $page = get("/3/restoredItems?NameSearchPattern=$pattern");
        my ($results) = $page =~ /"results":\[(.*)\],"_links"/;
        is $results, join(',', @{ $like{$pattern} }), "like '$pattern'";
    }
};

subtest "$many items" => sub {
    my $started = time;
    add('log 4', map { qq({"message":"line $_"}) } 1 .. $many);
    cmp_ok time - $started, '<', 10, 'are appended in one go';
    my $line = sub ($number) { qq({"message":"line $number"}) };
    my $log = sub (@numbers) { '{"jobSessionId":"4","log":[' . join(',', map { $line->($_) } @numbers) . ']}' };
    my $last = $many - 1;
    for my $page ([ 0, 1 ], [ 0, 1000 ], [ 999, 1002 ], [ $many / 2, 100 ], [ $last, 1 ], [ $last, 100 ], [ $many, 100 ]) {
        my ($offset, $limit) = @$page;
        my $end = $offset + $limit > $many ? $many : $offset + $limit;
        ok get("/4/log?Offset=$offset&Limit=$limit") eq $log->($offset + 1 .. $end), "$limit from $offset";
    }
    ok get('/4/log') eq $log->(1 .. $many), 'all of them';
};

subtest 'what becomes of the session' => sub {
    my $log = get('/1/log');
    my $items = get('/2/protectedItems');
    my $same = sub ($name) {
        is get('/1/log'), $log, "$name: the log";
        is get('/2/protectedItems'), $items, "$name: the items";
    };
    my $before = decode_json(get('/1'))->{usn};
    jobsessions($db, 'put', { stdin => qq({"id":"$_","status":"Success","note":"new"}\n) }) for 1, 2;
    $same->('an update');
    cmp_ok decode_json(get('/1'))->{usn}, '>', $before, 'which there was';
    my $export = jobsessions($db, 'export')->{out};
    is jobsessions($db, 'import', { stdin => $export })->{exit}, 0, 'the export is imported again';
    $same->('an import');
    jobsessions($db, 'put', { stdin => qq({"id":"$_","log":[],"protectedItems":null}\n) }) for 1, 2;
    $same->('members of those names');
    is jobsessions($db, 'rm', 1, 2)->{exit}, 0, 'the sessions are removed';
    is $_->{status}, 404, 'with them goes what they had' for http_all(map { [ 'lists', GET => "$mount$_" ] } '/1', '/1/log', '/2/protectedItems', '/2/restoredItems');
    jobsessions($db, 'import', { stdin => qq({"id":"1","status":"Success"}\n{"id":"2","status":"Success"}\n) });
    is get('/1/log'), '{"jobSessionId":"1","log":[]}', 'a new session of that id has none of it';
    is decode_json(get('/2/protectedItems'))->{totalCount}, 0, 'neither';
    is decode_json(get('/3/protectedItems'))->{totalCount}, 12, 'others keep theirs';
    add('log 1', '{"message":"again"}');
    is get('/1/log'), '{"jobSessionId":"1","log":[{"message":"again"}]}', 'and it starts anew';
};

subtest 'what there is not' => sub {
    for my $path ('/99/log', '/99/protectedItems', '/x/log', '/01/log', '/18446744073709551616/log', '/3/logs', '/3/log/1', '/3/items', '/3/protecteditem', '/3/stop', '//3/protectedItems/x') {
        my $response = http('lists', GET => "$mount$path");
        is $response->{status}, 404, $path;
        is $response->{headers}{'content-type'}, 'application/problem+json', 'a problem';
    }
};

remove_tree($db);
done_testing;
