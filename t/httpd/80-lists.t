# SPDX-License-Identifier: Apache-2.0
# Every filter, alone, in pairs and in threes, every order and every page, over a few thousand sessions:
# what GET answers is what a naive reference finds in the tool's export.

use v5.36;
use utf8;
use Test::More;
use File::Path qw(remove_tree);
use JobSessions::Reference qw(exported generated_sessions matching page policies results_of);
use JobSessions::Test qw(database_dir decode_json http http_all jobsessions port test_vars);

my $mount = '/api/v1/jobSessions';
my $whole_matrix = test_vars('t_logs') =~ /-event$/;    # a slice of it under the other MPMs

my $db = database_dir('lists');
remove_tree($db);
my $import = jobsessions($db, 'import', { stdin => join "\n", generated_sessions($whole_matrix ? 3000 : 600) });
is $import->{exit}, 0, 'generated sessions' or diag $import->{err};
my $all = exported($db, 'http://127.0.0.1:' . port('lists'));
cmp_ok scalar @$all, '>=', 600, 'are exported';

# Percent-encoded UTF-8.
sub encoded ($text) {
    utf8::encode($text);
    return $text =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/egr;
}

# A parameter's values: [what is sent, what is asked of the reference].
my %values = (
    Status => [
        [ 'Status=Error',                                status => ['Error'] ],
        [ 'status=Success,Warning&STATUS=Running',       status => [qw(Success Warning Running)] ],
        [ 'Status=Failed&Status=Failed&Status=Canceled', status => [qw(Failed Canceled)] ],
    ],
    Types => [
        [ 'Types=PolicyBackup',                             types => ['PolicyBackup'] ],
        [ 'types=a%20type+of%202030,PolicySnapshot',        types => [ 'a type of 2030', 'PolicySnapshot' ] ],
        [ 'TYPES=' . encoded('CaféBackup') . '&Types=None', types => [ 'CaféBackup', 'None' ] ],
        [ 'types=policybackup',                             types => ['PolicyBackup'] ],
    ],
    PolicyId => [
        [ 'PolicyId=4e096ba7-8125-4d5d-804b-581f4e6c8440', policyId => '4e096ba7-8125-4d5d-804b-581f4e6c8440' ],
        [ 'policyid=4E096BA7-8125-4D5D-804B-581F4E6C8440', policyId => '4e096ba7-8125-4d5d-804b-581f4e6c8440' ],
        [ 'POLICYID=ffffffff-ffff-4fff-bfff-ffffffffffff', policyId => 'ffffffff-ffff-4fff-bfff-ffffffffffff' ],
        [ 'PolicyId=00000000-0000-0000-0000-000000000000', policyId => '00000000-0000-0000-0000-000000000000' ],
    ],
    FromUtc => [
        [ 'FromUtc=2020-02-10T01:00:00Z',                   fromUtc => '2020-02-10T01:00:00Z' ],
        [ 'fromutc=2020-03-28T04:00:00.0000001%2B02:00',    fromUtc => '2020-03-28T02:00:00.0000001Z' ],
        [ 'FROMUTC=0001-01-01T00:00:00Z',                   fromUtc => '0001-01-01T00:00:00Z' ],
    ],
    ToUtc => [
        [ 'ToUtc=2020-02-10T01:00:00Z',        toUtc => '2020-02-10T01:00:00Z' ],
        [ 'toutc=2020-01-01T00:00:00-01:00',   toUtc => '2020-01-01T01:00:00Z' ],
        [ 'toUtc=9999-12-31T23:59:59.9999999Z', toUtc => '9999-12-31T23:59:59.9999999Z' ],
    ],
    Filter => [
        (map { [ 'Filter=' . encoded($_), filter => $_ ] } 'Backup Policy', '*', '*olicy', 'no*', '*a*e*', 'Zürich*京',
            "*n", "*\n", '*"*', '*\\new*', "*\x{1f511}*", '**', '*1f', 'a line*', '*every**'),
        [ 'filter=backup+*', filter => 'backup *' ],
        [ 'Filter=',         filter => undef ],
    ],
    MaxId => [ [ 'MaxId=9000', maxId => 9000 ], [ 'maxid=18446744073709551615', maxId => '18446744073709551615' ], [ 'MAXID=0', maxId => 0 ] ],
);
my @sorts = map { ("${_}Asc", "${_}Desc") } qw(Id StartTime StopTime Status Type Duration PolicyName Usn);

# Ask for queries, each [name, query string, offset, limit, what is asked of the reference].
sub check_queries (@queries) {
    while (my @some = splice @queries, 0, 50) {
        my @responses = http_all(map { [ 'lists', GET => "$mount?$_->[1]" ] } @some);
        for my $at (0 .. $#some) {
            my ($name, $query, $offset, $limit, %reference) = @{ $some[$at] };
            my $expected = page([ matching($all, %reference) ], $offset, $limit);
            my $response = $responses[$at];
            ok $response->{status} == 200 && results_of($response->{body}) eq $expected, $name
                or diag "GET $mount?$query: $response->{status}, ", length $response->{body}, ' bytes: ',
                substr($response->{body}, 0, 200), "\nexpected ", length $expected, ' bytes: ', substr $expected, 0, 200;
            is length $response->{body}, $response->{headers}{'content-length'}, "$name: Content-Length";
        }
    }
}

sub query_of (@parts) {
    my ($text, %reference) = ('Limit=-1');
    for my $part (@parts) {
        my ($sent, $name, $value) = @$part;
        $text .= "&$sent";
        $reference{$name} = $value;
    }
    return [ $text =~ s/^Limit=-1&//r, $text, 0, -1, %reference ];
}

my @names = sort keys %values;

subtest 'each filter' => sub {
    check_queries(query_of(), map { query_of($_) } map { @{ $values{$_} } } @names);
    for my $policy (grep { defined $_->[1] } policies()) {
        my @found = matching($all, filter => $policy->[1] =~ s/\*/\x{2a}/gr);
        cmp_ok scalar @found, '>', 0, 'the generated sessions have every policy' if $policy->[1] ne '' && $whole_matrix;
    }
};

subtest 'pairs' => sub {
    my @pairs;
    for my $first (0 .. $#names) {
        for my $second ($first + 1 .. $#names) {
            for my $one (@{ $values{ $names[$first] } }) {
                push @pairs, map { query_of($one, $_) } @{ $values{ $names[$second] } };
            }
        }
    }
    my $step = $whole_matrix ? 1 : 20;
    check_queries(@pairs[ grep { $_ % $step == 0 } 0 .. $#pairs ]);
};

subtest 'threes, in every order' => sub {
    my @queries;
    my $at = 0;
    for my $first (0 .. $#names - 2) {
        for my $second ($first + 1 .. $#names - 1) {
            for my $third ($second + 1 .. $#names) {
                for my $round (1 .. ($whole_matrix ? 4 : 1)) {
                    my @parts = map { my $of = $values{ $names[$_] }; $of->[ ($at + $_) % @$of ] } $first, $second, $third;
                    my $sort = $sorts[ $at++ % @sorts ];
                    push @queries, query_of(@parts, [ "Sort=$sort", sort => $sort ]);
                }
            }
        }
    }
    check_queries(@queries);
};

subtest 'each order' => sub {
    my @queries;
    for my $sort (@sorts) {
        push @queries, query_of([ 'SORT=' . lc $sort, sort => $sort ]),
            (map { query_of($_, [ "Sort=$sort", sort => $sort ]) }
                $values{Status}[1], $values{Filter}[1], $values{FromUtc}[0], $values{MaxId}[0]);
    }
    check_queries(@queries);
};

subtest 'pages' => sub {
    my @queries;
    my $matches = sub (@reference) { scalar(() = matching($all, @reference)) };
    my $page = sub ($offset, $limit, @parts) {
        my $query = query_of(@parts);
        $query->[1] =~ s/^Limit=-1/Offset=$offset&Limit=$limit/;
        @$query[ 2, 3 ] = ($offset, $limit);
        $query->[0] .= " from $offset, $limit";
        return $query;
    };
    for my $parts ([], [ $values{Status}[1] ], [ $values{MaxId}[0] ], [ $values{FromUtc}[0] ], [ [ 'sort=idasc', sort => 'IdAsc' ] ],
        [ [ 'sort=idasc', sort => 'IdAsc' ], $values{MaxId}[0] ], [ [ 'sort=TypeAsc', sort => 'TypeAsc' ] ],
        [ [ 'sort=PolicyNameDesc', sort => 'PolicyNameDesc' ], $values{Types}[0] ],
        [ $values{ToUtc}[0], [ 'sort=StartTimeDesc', sort => 'StartTimeDesc' ] ])
    {
        my $count = $matches->(map { @$_[ 1, 2 ] } @$parts);
        for my $offset (0, 1, 7, 500, $count - 1, $count, $count + 1, 1_000_000) {
            push @queries, map { $page->($offset, $_, @$parts) } 0, 1, 100, 1_000_000, -1;
        }
    }
    for my $sort ('IdAsc', 'IdDesc') {    # passing over buckets of every size
        push @queries, map { $page->(37 * $_, 3, [ "Sort=$sort", sort => $sort ]) } 0 .. @$all / 37;
    }
    my $largest = '9223372036854775807';
    check_queries(@queries, $page->(0, $largest), $page->(3, $largest));
    is decode_json(http('lists', GET => "$mount?Offset=$largest&Limit=$largest")->{body})->{results}[0], undef, 'the largest of both';
    my $default = http('lists', GET => $mount);
    ok results_of($default->{body}) eq page($all, 0, 100), 'the first hundred unless Limit says otherwise';
    ok results_of(http('lists', GET => "$mount?display=GROUPED&Limit=2")->{body}) eq page($all, 0, 2), 'Display is taken';
    ok results_of(http('lists', GET => "$mount?&&Limit=2&&nothing&=&x=%ff")->{body}) eq page($all, 0, 2), 'what is unknown is not looked at';
};

subtest 'an empty database' => sub {
    remove_tree($db);
    is jobsessions($db, 'import')->{exit}, 0, 'made anew';
    for my $query ('', '?Limit=-1', '?Sort=TypeAsc', '?FromUtc=2020-01-01T00:00:00Z', '?Status=Error', '?MaxId=7', '?Sort=IdAsc&Offset=9', '?SinceUsn=0') {
        my $body = decode_json(http('lists', GET => "$mount$query")->{body});
        is_deeply [ @$body{qw(totalCount results)}, sort keys %{ $body->{_links} } ], [ 0, [], 'self' ], "nothing for $query";
    }
};

remove_tree($db);
done_testing;
