# SPDX-License-Identifier: Apache-2.0
# Entity tags on every GET: the same as long as nothing changes, and 304 for who has the answer, without
# a look at the records. HEAD, OPTIONS, and the methods a resource does not have.

use v5.36;
use Test::More;
use File::Path qw(remove_tree);
use JobSessions::Test qw(database_dir error_log_mark error_log_since http http_all jobsessions make_database slurp spew);

my $mount = '/api/v1/jobSessions';
my $db = database_dir('lists');
remove_tree($db);
mkdir $db;
make_database($db, 't/data/sessions-example.ndjson');
sub change ($verb, @lines) {
    my ($name, @arguments) = split / /, $verb;
    my $run = jobsessions($db, $name, @arguments, { stdin => join '', map { "$_\n" } @lines });
    is $run->{exit}, 0, "$verb @lines" or diag $run->{err};
}
change('log 6 --add', map { qq({"message":"line $_"}) } 1 .. 5);
change('items 6 protectedItems --add', map { qq({"name":"vm $_"}) } 1 .. 5);

my @resources = (
    '', '?Limit=1', '?Limit=1&Offset=1', '?Status=Success', '?Sort=TypeAsc', '?SinceUsn=0', '/6', '/4', '/6/log', '/6/log?Limit=2',
    '/6/protectedItems', '/6/protectedItems?NameSearchPattern=vm*', '/6/deletedItems', '/6/restoredItems', '/6/fileLevelRestoredItems',
);
my @formats = ('application/json', 'application/x-ndjson', 'text/csv', 'text/csv; profile=spreadsheet', 'application/xml');

sub get ($resource, %headers) {
    return http('lists', GET => "$mount$resource", headers => \%headers);
}

my %first = map { $_ => get($_) } @resources;

subtest 'tags' => sub {
    my %tags;
    for my $resource (@resources) {
        my $response = $first{$resource};
        is $response->{status}, 200, "GET $resource";
        like $response->{headers}{etag}, qr/^"[^"]+"$/, 'a strong tag';
        $tags{ $response->{headers}{etag} }++;
        is get($resource)->{headers}{etag}, $response->{headers}{etag}, 'the same once more';
        is $response->{headers}{'cache-control'}, 'no-store', 'nobody is to keep it';
    }
    $tags{ get('', Accept => $_)->{headers}{etag} }++ for @formats[ 1 .. 3 ];
    $tags{ http('lists', GET => $mount, headers => { Host => 'other.example' })->{headers}{etag} }++;
    is_deeply [ values %tags ], [ (1) x (@resources + 4) ], 'no two answers that differ share one';
};

subtest 'If-None-Match' => sub {
    for my $resource (@resources) {
        my $tag = $first{$resource}{headers}{etag};
        for my $sent ($tag, "W/$tag", '*', qq("other", $tag), qq("a","b" , W/$tag,"c")) {
            my $response = get($resource, 'If-None-Match' => $sent);
            is $response->{status}, 304, "$resource: $sent";
            is $response->{body}, '', 'nothing is sent';
            is $response->{headers}{etag}, $tag, 'but the tag';
            is $response->{headers}{vary}, $first{$resource}{headers}{vary}, 'and what it depends on';
        }
        is http('lists', HEAD => "$mount$resource", headers => { 'If-None-Match' => $tag })->{status}, 304, 'HEAD';
        is get($resource, 'If-None-Match' => $_)->{status}, 200, "$resource: $_ is another" for '"other"', 'W/"other", "', substr($tag, 0, -2) . '"';
    }
    my $csv = get('', Accept => 'text/csv')->{headers}{etag};
    is get('', 'If-None-Match' => $csv)->{status}, 200, 'the tag of one format is none of another';
    is get('', Accept => 'text/csv', 'If-None-Match' => $csv)->{status}, 304, 'but of its own';
    is get('/7', 'If-None-Match' => '*')->{status}, 404, 'a session that is not there';
    is get('/7/log', 'If-None-Match' => '*')->{status}, 404, 'has no log';
    is get('?Limit=x', 'If-None-Match' => '*')->{status}, 400, 'a mistake stays one';
    is get('/7')->{headers}{etag}, undef, 'and has no tag';
};

subtest 'other conditions' => sub {
    my $tag = $first{''}{headers}{etag};
    is get('', 'If-Match' => $tag)->{status}, 200, 'If-Match: the tag';
    is get('', 'If-Match' => '*')->{status}, 200, 'If-Match: *';
    is get('', 'If-Match' => '"other"')->{status}, 412, 'If-Match: another';
    # RFC 9110, 13.1.3: not to be looked at where a resource has no time of modification
    is $first{''}{headers}{'last-modified'}, undef, 'there is no Last-Modified';
    for my $date ('Thu, 01 Jan 2015 00:00:00 GMT', $first{''}{headers}{date}, get('')->{headers}{date}) {
        is get('', 'If-Modified-Since' => $date)->{status}, 200, "If-Modified-Since: $date";
        is get('', 'If-Unmodified-Since' => $date)->{status}, 200, "If-Unmodified-Since: $date";
    }
};

subtest 'HEAD' => sub {
    for my $resource (@resources) {
        for my $format ($resource =~ m{^/} ? $formats[0] : @formats) {
            my ($get, $head) = http_all(map { [ 'lists', $_ => "$mount$resource", headers => { Accept => $format } ] } qw(GET HEAD));
            # what a body has, and how a connection goes on, is not told of one that is not sent
            delete @{ $_->{headers} }{qw(date connection keep-alive transfer-encoding)} for $get, $head;
            delete $get->{headers}{'content-length'} unless $head->{headers}{'content-length'};
            is_deeply [ @$head{qw(status headers)} ], [ @$get{qw(status headers)} ], "$format $resource";
            ok $head->{headers}{'content-length'} || $format =~ /csv|xml/ || $get->{status} == 406, 'with the length, where it is known';
        }
    }
};

subtest 'OPTIONS and other methods' => sub {
    for my $resource (@resources, '/7', '/7/log') {
        my $options = http('lists', OPTIONS => "$mount$resource");
        is_deeply [ @$options{qw(status body)} ], [ 204, '' ], "OPTIONS $resource";
        is $options->{headers}{allow}, 'GET, HEAD, OPTIONS', 'tells what there is';
        for my $method (qw(POST PUT DELETE PATCH PROPFIND INVENTED)) {
            my $response = http('lists', $method => "$mount$resource");
            is_deeply [ $response->{status}, $response->{headers}{allow} ], [ 405, 'GET, HEAD, OPTIONS' ], "$method $resource";
            is $response->{headers}{'content-type'}, 'application/problem+json', 'a problem';
        }
    }
    my $export = http('lists', OPTIONS => "$mount/export");
    is_deeply [ $export->{status}, $export->{headers}{allow} ], [ 204, 'POST, OPTIONS' ], 'OPTIONS /export';
    for my $method (qw(GET HEAD PUT DELETE)) {
        my $response = http('lists', $method => "$mount/export");
        is_deeply [ $response->{status}, $response->{headers}{allow} ], [ 405, 'POST, OPTIONS' ], "$method /export";
    }
    is http('lists', OPTIONS => "$mount/nothing")->{status}, 404, 'what there is not has no options';
};

subtest 'changes' => sub {
    my @changes = (
        'a new session'          => sub { change('put', '{"type":"A","status":"Success"}') },
        'an update'              => sub { change('put', '{"id":"6","status":"Warning"}') },
        'an update that changes nothing' => sub { change('put', '{"id":"6","status":"Warning"}') },
        'a line of a log'        => sub { change('log 4 --add', '{"message":"more"}') },
        'an item'                => sub { change('items 6 restoredItems --add', '{"name":"x"}') },
        'an import'              => sub { change('import', '{"id":"90","status":"Success"}') },
        'a removal'              => sub { change('rm 90') },
    );
    while (my ($what, $make) = splice @changes, 0, 2) {
        my %tags = map { $_ => get($_)->{headers}{etag} } @resources;
        is_deeply [ grep { get($_, 'If-None-Match' => $tags{$_})->{status} != 304 } @resources ], [], "before $what";
        $make->();
        is_deeply [ grep { get($_, 'If-None-Match' => $tags{$_})->{status} != 200 } @resources ], [], "after $what";
    }
    my $tag = get('')->{headers}{etag};
    remove_tree($db);
    mkdir $db;
    make_database($db, 't/data/sessions-example.ndjson');
    change('log 6 --add', map { qq({"message":"line $_"}) } 1 .. 5);
    isnt get('')->{headers}{etag}, $tag, 'a database made anew';
    isnt get('')->{headers}{etag}, $first{''}{headers}{etag}, 'even if the same was done to it';
};

# A record that would be found damaged if it was read.
subtest 'no record is read for a 304' => sub {
    my $name = 'needle in the record';
    change('put', qq({"id":"6","backupJobInfo":{"policyName":"$name"}}));
    change('items 6 protectedItems --add', map { qq({"name":"$name $_"}) } 1 .. 3);
    my $data = slurp("$db/data.mdb");
    my $hits = $data =~ s/needle in/n33dle in/g;
    cmp_ok $hits, '>=', 4, 'damage to a session and its items';
    # another file in its place: httpd has the old one open
    remove_tree($db);
    mkdir $db;
    spew("$db/data.mdb", $data);
    my $reads = qr/checksum/;
    my $log = sub ($mark) { error_log_since($mark) };
    for my $resource ('?Sort=PolicyNameAsc', '', '/6', '/6/protectedItems', '/6/protectedItems?Limit=2') {
        my $mark = error_log_mark();
        my $tag = get($resource)->{headers}{etag};
        like $log->($mark), $reads, "GET $resource meets it";
        $mark = error_log_mark();
        is get($resource, 'If-None-Match' => $tag)->{status}, 304, "304 for $resource";
        unlike $log->($mark), $reads, 'does not';
    }
};

remove_tree($db);
done_testing;
