# SPDX-License-Identifier: Apache-2.0
# Sessions under a UUID of their worker's: it is their id wherever an id stands, in the order in which they came, and
# every length is what was announced.

use v5.36;
use Test::More;
use File::Path qw(remove_tree);
use JobSessions::Test qw(database_dir decode_json error_log_mark error_log_since http jobsessions port slurp);

my $mount = '/api/v1/jobSessions';
my $here = 'http://127.0.0.1:' . port('lists') . $mount;
my $db = database_dir('lists');
my ($first, $second, $third) = map { "${_}1234567-89ab-4cde-8f01-23456789abcd" } qw(f a 0);
remove_tree($db);
my @puts = ('{"status":"Success"}', map { qq({"id":"$_","status":"Success"}) } uc $first, $second, $third);
is jobsessions($db, 'put', { stdin => join '', map { "$_\n" } @puts, '{"status":"Success"}' })->{out}, join('', map { "$_\n" } 1, $first, $second, $third, 5),
    'numbers and UUIDs, in lower case';
my @ids = (5, $third, $second, $first, 1);    # newest first

sub request ($method, $resource, %more) {
    my $response = http('lists', $method => "$mount$resource", headers => { Host => '127.0.0.1:' . port('lists'), %{ $more{headers} // {} } }, $more{body} ? (body => $more{body}) : ());
    is $response->{headers}{'content-length'}, length $response->{body}, "$method $resource: Content-Length" if $response->{headers}{'content-length'};
    return $response;
}
sub get ($resource, %headers) { return request(GET => $resource, headers => \%headers) }
sub ids_of ($response) { return [ map { $_->{id} } @{ decode_json($response->{body})->{results} } ] }

subtest 'the export' => sub {
    my $document = request(POST => '/export');
    is $document->{status}, 200, 'is there';
    is_deeply ids_of($document), \@ids, 'in the order they came';
    for my $session (@{ decode_json($document->{body})->{results} }) {
        is_deeply $session->{_links}, { self => { href => "$here/$session->{id}" }, log => { href => "$here/$session->{id}/log" } }, "links of $session->{id}";
    }
    for my $accept ('application/x-ndjson', 'text/csv', 'application/xml') {
        my $other = request(POST => '/export', headers => { Accept => $accept });
        is $other->{status}, 200, $accept;
        like $other->{body}, qr/\Q$_\E/, 'has it' for $first, $second, $third;
        like $other->{body}, qr{\Q$here/$first/log\E}, 'and its link' if $accept !~ /csv/;
    }
    for my $wanted ([ $second, 1 ], [ uc $third ], [ $first, $first, $second ]) {
        my %wanted = map { lc $_ => 1 } @$wanted;
        my $some = request(POST => '/export', body => '{"jobSessionIds":[' . join(',', map { qq("$_") } @$wanted) . ']}');
        is_deeply ids_of($some), [ grep { $wanted{$_} } @ids ], "options: @$wanted";
    }
    is_deeply ids_of(request(POST => '/export', body => qq({"jobSessionIds":["$_"]}))), [], "nobody is $_" for 3, 99, 'ffffffff-ffff-4fff-8fff-ffffffffffff';
};

subtest 'a session' => sub {
    my $one = get("/$second");
    is $one->{status}, 200, 'by its UUID';
    is $one->{body}, qq({"id":"$second","status":"Success","usn":3,"_links":{"self":{"href":"$here/$second"},"log":{"href":"$here/$second/log"}}}), 'as it is';
    is get('/' . uc $second)->{body}, $one->{body}, 'in any case';
    is get("/$_")->{status}, 404, "there is no $_" for 3, 2, 'ffffffff-ffff-4fff-8fff-ffffffffffff';
    is get("/$_")->{status}, 404, "$_ is no id" for "${second}0", $second =~ s/-//gr;
    is jobsessions($db, 'log', $second, '--add', { stdin => qq({"message":"a"}\n) })->{exit}, 0, 'a line of log';
    is jobsessions($db, 'items', uc $second, 'protectedItems', '--add', { stdin => qq({"name":"disk"}\n) })->{exit}, 0, 'an item';
    is get("/$second/log")->{body}, qq({"jobSessionId":"$second","log":[{"message":"a"}]}), 'its log';
    is_deeply decode_json(get("/$second/protectedItems")->{body})->{results}, [ { name => 'disk' } ], 'its items';
    is get('/3/log')->{status}, 404, 'not by its number';
};

subtest 'pages' => sub {
    my @met;
    my $next = "$here?limit=2";
    while ($next) {
        my $page = decode_json(get($next =~ s/\Q$here\E//r)->{body});
        push @met, map { $_->{id} } @{ $page->{results} };
        $next = $page->{_links}{next}{href} && $page->{_links}{next}{href} =~ s/:443//r;
    }
    is_deeply \@met, \@ids, 'walked';
    is_deeply ids_of(get("?MaxId=$second")), [ @ids[ 2 .. 4 ] ], 'MaxId';
    is_deeply ids_of(get("?BeforeId=$third")), [ @ids[ 2 .. 4 ] ], 'BeforeId';
    is_deeply ids_of(get('?AfterId=' . uc($second) . '&Sort=IdAsc')), [ $third, 5 ], 'AfterId';
    is get('?MaxId=ffffffff-ffff-4fff-8fff-ffffffffffff')->{status}, 404, 'of nobody';
    is get('?MaxId=ffffffff')->{status}, 400, 'of what is no id';
    is_deeply ids_of(get("?Sort=$_")), [ reverse @ids ], $_ for qw(IdAsc UsnAsc);
};

subtest 'places' => sub {
    my @wanted = (1, undef, $first, 2, $second, 3, $third, 4, 5, undef);
    my $place = sub ($session) { return ($session->{id}, ($session->{_links}{place}{href} // '') =~ /^\Q$here\E\?maxId=(\d+)\z/ ? $1 : undef) };
    my $changes = decode_json(get('?SinceUsn=0')->{body});
    is_deeply [ map { $place->($_) } @{ $changes->{results} } ], \@wanted, 'changes tell where in the order of creation a UUID stands';
    is_deeply ids_of(get('?maxId=3')), [ $second, $first, 1 ], 'and its link leads there';
    my $lines = get('?SinceUsn=0', Accept => 'application/x-ndjson')->{body};
    is_deeply [ map { $place->(decode_json($_)) } split /\n/, $lines ], \@wanted, 'lines, too';
    is_deeply [ grep { $_->{_links}{place} } @{ decode_json(get('')->{body})->{results} } ], [], 'other lists do not';
};

subtest 'what was removed' => sub {
    is jobsessions($db, 'rm', $first)->{exit}, 0, 'by its UUID';
    is get("/$first")->{status}, 404, 'is gone';
    my $changes = get('?SinceUsn=4');
    is_deeply [ map { $_->{deleted} ? [ @$_{qw(id usn)} ] : () } @{ decode_json($changes->{body})->{results} } ], [ [ $first, 6 ] ], 'and followers are told so';
    like jobsessions($db, 'put', { stdin => qq({"id":"$first","status":"Success"}\n) })->{err}, qr/session "$first" was removed; a late write does not bring it back/, 'it does not come back';
    is jobsessions($db, 'import', { stdin => qq({"id":"$first","status":"Success"}\n) })->{exit}, 0, 'but by an import';
    is_deeply ids_of(request(POST => '/export')), \@ids, 'in its place';
    is jobsessions($db, 'verify')->{exit}, 0, 'sound';
};

# Write into data.mdb wherever something stands.
sub damage ($what) {
    my $bytes = slurp("$db/data.mdb");
    open my $file, '+<:raw', "$db/data.mdb" or die $!;
    while ($bytes =~ /$what/g) {
        seek $file, $-[0], 0;
        print {$file} 'X';
    }
    close $file;
    return error_log_mark();
}

subtest 'what is damaged' => sub {
    is jobsessions($db, 'log', $third, '--add', { stdin => join '', map { qq({"message":"line $_"}\n) } 1 .. 3 })->{exit}, 0, 'a log of three lines';
    my $mark = damage(qr/"message":"line 3\K"/);
    is get("/$third/log")->{status}, 200, 'the third of them damaged';
    my $log = error_log_since($mark);
    like $log, qr/item 3 of the log of session $third is damaged on disk/, 'is named as such';
    unlike $log, qr/$second/, 'not by the session that has its number';
    $mark = damage(qr/\{"id":"\Q$second\E","status":"\K/);
    my $document = request(POST => '/export');
    is_deeply ids_of($document), \@ids, 'is still known by its UUID';
    my ($one) = grep { $_->{damaged} } @{ decode_json($document->{body})->{results} };
    is $one->{_links}{self}{href}, "$here/$second", 'and so are its links';
    like error_log_since($mark), qr/session $second is damaged on disk/, 'it is named';
    is decode_json(get("/$second")->{body})->{id}, $second, 'alone';
    like request(POST => '/export', headers => { Accept => 'application/xml' })->{body}, qr{<href>\Q$here/$second\E</href>}, 'in XML';
};

remove_tree($db);
done_testing;
