# SPDX-License-Identifier: Apache-2.0
# The export's options, in the request's body: what is exported is what a naive reference finds.

use v5.36;
use utf8;
use Test::More;
use File::Path qw(remove_tree);
use JSON::XS ();
use JobSessions::Reference qw(exported generated_sessions matching page results_of);
use JobSessions::Test qw(database_dir decode_json http http_all jobsessions port test_vars);

my $export = '/api/v1/jobSessions/export';
my $json = JSON::XS->new->utf8->canonical;
my $whole_matrix = test_vars('t_logs') =~ /-event$/;    # a slice of it under the other MPMs

my $db = database_dir('lists');
remove_tree($db);
my $import = jobsessions($db, 'import', { stdin => join "\n", generated_sessions(1500) });
is $import->{exit}, 0, 'generated sessions' or diag $import->{err};
my $here = 'http://127.0.0.1:' . port('lists');
my $all = exported($db, $here);

sub post ($body, $path = $export, %headers) {
    return http('lists', POST => $path, headers => { 'Content-Type' => 'application/json', %headers }, body => $body);
}

# An option's values: [as it is sent, what is asked of the reference].
my %values = (
    jobSessionIds => [
        [ [qw(0 100 101 4095 9223372036854775807)], ids => [qw(0 100 101 4095 9223372036854775807)] ],
        [ [qw(101 7 100 101 99999999 100)], ids => [ 100, 101 ] ],
        [ '102', ids => [102] ],
        [ [ map { "$_" } 1 .. 3000 ], ids => [ 1 .. 3000 ] ],
        [ ['99999999'], ids => ['99999999'] ],
    ],
    policyId => [
        [ '4E096BA7-8125-4d5d-804b-581f4e6c8440', policyId => '4e096ba7-8125-4d5d-804b-581f4e6c8440' ],
        [ '00000000-0000-4000-8000-00000000000c', policyId => '00000000-0000-4000-8000-00000000000c' ],
    ],
    filter => [ map { [ $_, filter => $_ ] } '*o*', 'Zürich*', "*\n", '*\\*', 'a "quoted" name', '*' ],
    status => [
        [ [qw(Success Warning Success)], status => [qw(Success Warning)] ],
        [ 'Running', status => ['Running'] ],
    ],
    sessionTypes => [
        [ [ 'PolicyBackup', 'a type of 2030', 'Unheard,of' ], types => [ 'PolicyBackup', 'a type of 2030' ] ],
        [ 'CaféBackup', types => ['CaféBackup'] ],
        [ [''], types => [] ],
    ],
    fromUtc => [ [ '2020-02-10T01:00:00Z', fromUtc => '2020-02-10T01:00:00Z' ] ],
    toUtc   => [ [ '2020-02-20T03:00:00+02:00', toUtc => '2020-02-20T01:00:00Z' ] ],
);
my @names = sort keys %values;

sub check_options (@cases) {
    while (my @some = splice @cases, 0, 50) {
        my @responses = http_all(map {
            [ 'lists', POST => $export, headers => { 'Content-Type' => 'application/json' }, body => $json->encode($_->[0]) ]
        } @some);
        for my $at (0 .. $#some) {
            my ($options, %reference) = @{ $some[$at] };
            my $name = substr $json->encode($options), 0, 100;
            my $expected = page([ matching($all, %reference) ])
                . qq(,"_links":{"self":{"href":"$here/api/v1/jobSessions?offset=0&limit=-1&display=Full"}}});
            my $response = $responses[$at];
            ok $response->{body} eq $expected, $name
                or diag "$response->{status}, ", substr($response->{body}, 0, 300), "\nexpected ", substr $expected, 0, 300;
            is $response->{headers}{'content-length'}, length $response->{body}, "$name: Content-Length";
        }
    }
}

sub case_of (@options) {
    my (%sent, %reference);
    while (my ($name, $value) = splice @options, 0, 2) {
        $sent{$name} = $value->[0];
        $reference{ $value->[1] } = $value->[2];
    }
    return [ \%sent, %reference ];
}

subtest 'each option' => sub {
    check_options(map { my $name = $_; map { case_of($name => $_) } @{ $values{$name} } } @names);
};

subtest 'pairs, and all' => sub {
    my @cases;
    for my $first (0 .. $#names) {
        for my $second ($first + 1 .. $#names) {
            for my $one (@{ $values{ $names[$first] } }) {
                push @cases, map { case_of($names[$first] => $one, $names[$second] => $_) } @{ $values{ $names[$second] } };
            }
        }
    }
    my $step = $whole_matrix ? 1 : 10;
    check_options(@cases[ grep { $_ % $step == 0 } 0 .. $#cases ]);
    check_options(case_of(map { $_ => $values{$_}[0] } @names), case_of(map { $_ => $values{$_}[-1] } @names));
};

subtest 'no options' => sub {
    my $document = http('lists', POST => $export)->{body};
    ok results_of($document) eq page($all), 'everything';
    my %nothing = (
        'an empty object'       => '{}',
        'nothing but nulls'     => '{"status":null,"policyId":null,"jobSessionIds":null}',
        'lists with nothing'    => '{"status":[],"jobSessionIds":[],"sessionTypes":[]}',
        'unknown options'       => '{"later":{"than":["us"]},"nobody":["Error"]}',
        'blanks'                => " \r\n\t",
        'blanks around it'      => " \r\n {} \n",
    );
    ok post($nothing{$_})->{body} eq $document, $_ for sort keys %nothing;
    my $untyped = http('lists', POST => $export, headers => { 'Content-Type' => undef }, body => '{"jobSessionIds":["0"]}');
    is decode_json($untyped->{body})->{totalCount}, 1, 'options without a Content-Type are options';
    ok http('lists', POST => $export, body => 'a=b')->{body} eq $document, 'a form is none';
};

subtest 'formats' => sub {
    my $options = '{"jobSessionIds":["100","101"]}';
    my %formats = (
        'application/json'     => [ 'application/json; charset=utf-8',     'json',   qr/^\{"offset":0,.*"totalCount":2,/ ],
        'text/csv'             => [ 'text/csv; charset=utf-8; header=present', 'csv', qr/^id,type,.*\r\n101,.*\r\n100,.*\r\n\z/ ],
        'application/xml'      => [ 'application/xml; charset=utf-8',      'xml',    qr{^<\?xml .*<id>101</id>.*<id>100</id>.*</jobSessions>\n\z}s ],
        'application/x-ndjson' => [ 'application/x-ndjson; charset=utf-8', 'ndjson', qr/^\{"id":"101",.*\}\n\{"id":"100",.*\}\n\z/ ],
    );
    for my $type (sort keys %formats) {
        my ($content_type, $suffix, $body) = @{ $formats{$type} };
        my $response = post($options, $export, Accept => $type);
        is $response->{headers}{'content-type'}, $content_type, $type;
        is $response->{headers}{'content-disposition'}, qq(attachment; filename="jobSessions.$suffix"), 'a file to keep';
        is $response->{headers}{vary}, 'Accept', 'Vary';
        like $response->{body}, $body, 'those sessions';
        my $none = post('{"jobSessionIds":["99999999"]}', $export, Accept => $type);
        unlike $none->{body}, qr/99999999/, 'and none where none matches';
        is $none->{status}, 200, 'which is no error';
        my $everything = http('lists', POST => $export, headers => { Accept => $type });
        cmp_ok scalar(() = $everything->{body} =~ /"?(?:jobSessions\/\d+"|jobSessions\/\d+<|^\d+,)/mg), '==', 1500, 'without options all of them';
    }
};

subtest 'bad options' => sub {
    my %bad = (
        '{"jobSessionIds":["1","x"]}'     => { jobSessionIds => qr/^jobSessionIds x is not the id/ },
        '{"jobSessionIds":[1]}'           => { jobSessionIds => qr/ is not a string$/ },
        '{"jobSessionIds":["01"]}'        => { jobSessionIds => qr/01 is not the id/ },
        '{"jobSessionIds":{}}'            => { jobSessionIds => qr/ is not a string$/ },
        '{"policyId":"nonsense"}'         => { policyId      => qr/ is not a uuid$/ },
        '{"policyId":["4e096ba7-8125-4d5d-804b-581f4e6c8440"]}' => { policyId => qr/ is not a string$/ },
        '{"status":["Successful"]}'       => { status        => qr/Successful is not a status$/ },
        '{"status":7}'                    => { status        => qr/ is not a string$/ },
        '{"sessionTypes":[null]}'         => { sessionTypes  => qr/ is not a string$/ },
        '{"filter":true}'                 => { filter        => qr/ is not a string$/ },
        '{"fromUtc":"yesterday"}'         => { fromUtc       => qr/^fromUtc / },
        '{"toUtc":20200207}'              => { toUtc         => qr/ is not a string$/ },
        '{"toUtc":"x","status":["y","z"]}' => { toUtc        => qr/^toUtc /, status => qr/^status y is not a status$/ },
    );
    for my $body (sort keys %bad) {
        my $response = post($body);
        my $problem = decode_json($response->{body});
        is $response->{status}, 400, $body;
        is_deeply [ sort keys %{ $problem->{errors} } ], [ sort keys %{ $bad{$body} } ], 'names what is wrong';
        like $problem->{errors}{$_}[0], $bad{$body}{$_}, "and how: $_" for sort keys %{ $bad{$body} };
    }
    for my $body ('{', '[]', '"x"', '7', '{"status":[}', '{"a":1,"a":2}', "{\"filter\":\"\xff\"}", '{"filter":"\\u0000"}', '{} {}', '{"a":' . '[' x 5000) {
        my $response = post($body);
        is $response->{status}, 400, 'not a JSON object: ' . substr $body, 0, 20;
        like decode_json($response->{body})->{detail}, qr/not a JSON object/, 'is what it says';
    }
    my $strict = '/strict/jobSessions/export';
    is_deeply decode_json(post('{"later":1}', $strict)->{body})->{errors}, { later => ['later is not an option of the export'] },
        'JobSessionsStrictQuery: an unknown option';
    is post('{"status":["Error"]}', $strict)->{status}, 200, 'and a known one';
    is_deeply decode_json(post('', "$strict?later=1")->{body})->{errors}, { later => ['later is not a parameter of this resource'] },
        'an unknown parameter';
    is post('{}', $export, 'Content-Encoding' => 'gzip')->{status}, 415, 'compressed options are not read';
};

remove_tree($db);
done_testing;
