# SPDX-License-Identifier: Apache-2.0
# Parameters that cannot be used: 400 with the name of each, and what it may be. Unknown ones: ignored, or
# refused where the configuration says so. Ids that are none: 404.

use v5.36;
use Test::More;
use File::Path qw(remove_tree);
use JobSessions::Test qw(database_dir decode_json http http_all make_database raw_http responses);

my $mount = '/api/v1/jobSessions';
my $db = database_dir('lists');
remove_tree($db);
mkdir $db;
make_database($db, 't/data/sessions-example.ndjson');

# Each query is refused, with these names in `errors`, and texts that match.
sub refused ($path, %errors) {
    my $response = http('lists', GET => $path);
    my $name = length $path > 120 ? substr($path, 0, 120) . '...' : $path;
    my $problem = eval { decode_json($response->{body}) };
    is_deeply [ $response->{status}, $response->{headers}{'content-type'} ], [ 400, 'application/problem+json' ], $name or return diag $response->{body};
    is_deeply [ sort keys %{ $problem->{errors} } ], [ sort keys %errors ], 'names it';
    for my $parameter (sort keys %errors) {
        like $problem->{errors}{$parameter}[0], qr/^\Q$parameter\E $errors{$parameter}/, 'and says what it may be';
    }
}

subtest 'values out of range' => sub {
    my $whole = sub ($least) { qr/is not a whole number of $least or more$/ };
    for my $value ('-1', 'x', '', '1x', '1.5', '0x10', '%2B1', '%201', '1%20', '1e3', '9223372036854775808', '99999999999999999999999', '-') {
        refused("$mount?Offset=$value", Offset => $whole->(0));
        refused("$mount?SinceUsn=$value", SinceUsn => $whole->(0));
        refused("$mount/6/$_?Offset=$value", Offset => $whole->(0)) for 'log', 'protectedItems';
        refused("$mount?Limit=$value", Limit => $whole->(-1)) unless $value eq '-1';
        refused("$mount/6/$_?Limit=$value", Limit => $whole->(-1)) for $value eq '-1' ? () : ('log', 'restoredItems');
    }
    refused("$mount?Limit=-2", Limit => $whole->(-1));
    refused("$mount?limit=-2&OFFSET=-1&sinceusn=-1", Limit => $whole->(-1), Offset => $whole->(0), SinceUsn => $whole->(0));
    for my $value ('Successful', 'Success,x', 'Success%2Cx', 'Succ ess', '7', '*') {
        refused("$mount?Status=" . $value =~ s/ /%20/r, Status => qr/.* is not a status$/);
    }
    refused("$mount?PolicyId=$_", PolicyId => qr/is not a uuid$/) for 'x', '4e096ba7-8125-4d5d-804b-581f4e6c844', '4e096ba781254d5d804b581f4e6c8440',
        '4e096ba7-8125-4d5d-804b-581f4e6c84400', '%7B4e096ba7-8125-4d5d-804b-581f4e6c8440%7D', '4g096ba7-8125-4d5d-804b-581f4e6c8440';
    for my $parameter (qw(FromUtc ToUtc)) {
        refused("$mount?$parameter=$_", $parameter => qr/\S/) for 'x', '2020-02', '2020-02-30', '2020-02-30T00:00:00Z', '2020-02-07T08', '2020-02-07T24:00:01Z',
            '2020-02-07T08:43:30%2B', '2020-02-07T08:43:30Zx', '1581065010', '2020-02-07T08:43:30++02:00', '2020-02-07T08:43:30+', '2020-02-07T08:43:30Z' . '0' x 90;
    }
    refused("$mount?Sort=$_", Sort => qr/is not one of Id, StartTime,.* and Usn, followed by Asc or Desc$/) for '', 'Id', 'Asc', 'IdAscDesc', 'Reason', 'ReasonAsc', 'Idasc%20', 'IdUp';
    refused("$mount?Display=$_", Display => qr/is neither Full nor Grouped$/) for '', 'x', 'Fuller';
    refused("$mount?MaxId=$_", MaxId => qr/is not the id of a session$/) for '', 'x', '-1', '01', '18446744073709551616';
    refused("$mount?Status=x&PolicyId=y&FromUtc=z&ToUtc=z&Sort=z&Display=z&MaxId=z&Limit=z&Offset=z",
        map { $_ => qr/./ } qw(Status PolicyId FromUtc ToUtc Sort Display MaxId Limit Offset));
    is_deeply decode_json(http('lists', GET => "$mount?Status=x,y")->{body})->{errors}, { Status => [ 'Status x is not a status', 'Status y is not a status' ] }, 'every value is named';
};

subtest 'how they are written' => sub {
    refused("$mount?Filter=$_", Filter => qr/is not percent-encoded UTF-8 without NUL$/) for '%', '%4', '%zz', 'a%0', 'a%00b', '%00', '%ff', '%c3', '%c3%28', '%ed%a0%80', '%f4%90%80%80', '%c0%80', 'x%';
    refused("$mount/6/protectedItems?NameSearchPattern=%fe", NameSearchPattern => qr/is not percent-encoded UTF-8 without NUL$/);
    refused("$mount?Types=%c3", Types => qr/is not percent-encoded/);
    refused("$mount?%ff=1", query => qr/has a name that is not percent-encoded UTF-8$/);
    refused("$mount?%zz", query => qr/has a name/);
    is http('lists', GET => "$mount?F%69lter=%42*%26")->{status}, 200, 'encoded where it need not be';
    my $raw = (responses(raw_http('lists', "GET $mount?Filter=\xc3\xa9 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")))[0];
    ok $raw->{status} == 400 || $raw->{status} == 200, 'UTF-8 that is not encoded is no reason to fail otherwise';

    my $single = qr/stands more than once$/;
    refused("$mount?$_=1&$_=1", $_ => $single) for qw(Offset Limit SinceUsn MaxId);
    refused("$mount?Sort=IdAsc&sort=IdAsc", Sort => $single);
    refused("$mount?filter=a&FILTER=b", Filter => $single);
    refused("$mount?PolicyId=4e096ba7-8125-4d5d-804b-581f4e6c8440&policyid=4e096ba7-8125-4d5d-804b-581f4e6c8440", PolicyId => $single);
    refused("$mount?$_=2020-02-07T08:43:30Z&$_=2020-02-07T08:43:30Z", $_ => $single) for qw(FromUtc ToUtc);
    refused("$mount?Display=Full&Display=Full", Display => $single);
    refused("$mount/6/log?Limit=1&limit=2", Limit => $single);
    refused("$mount/6/protectedItems?NameSearchPattern=1&NameSearchPattern=2", NameSearchPattern => $single);

    for my $parameter (qw(Filter Types)) {
        is http('lists', GET => "$mount?$parameter=" . 'x' x 1024)->{status}, 200, "$parameter of 1024 bytes";
        is http('lists', GET => "$mount?$parameter=" . '%78' x 1024)->{status}, 200, 'however they are written';
        refused("$mount?$parameter=" . 'x' x 1025, $parameter => qr/is longer than 1024 bytes$/);
    }
    refused("$mount/6/protectedItems?NameSearchPattern=" . '*' x 1025, NameSearchPattern => qr/is longer than 1024 bytes$/);
    is http('lists', GET => "$mount?Filter=" . '*a' x 512)->{status}, 200, 'a pattern of nothing but stars is quick';
    for my $list ([ Types => 'x' ], [ Status => 'Error' ]) {
        my ($parameter, $value) = @$list;
        is http('lists', GET => "$mount?$parameter=" . join ',', ($value) x 64)->{status}, 200, "64 values of $parameter";
        refused("$mount?$parameter=" . join(',', ($value) x 65), $parameter => qr/has 65 values, at most 64 are allowed$/);
        refused("$mount?" . join('&', ("$parameter=$value") x 65), $parameter => qr/has 65 values, at most 64 are allowed$/);
    }
    my $long = http('lists', GET => "$mount?Filter=" . 'x' x 9000);
    is $long->{status}, 414, 'a request line that httpd itself does not take';
};

subtest 'SinceUsn goes with Limit alone' => sub {
    my %others = (
        Offset => 1, Status => 'Error', Types => 'x', PolicyId => '4e096ba7-8125-4d5d-804b-581f4e6c8440', FromUtc => '2020-02-07T08:43:30Z',
        ToUtc => '2020-02-07T08:43:30Z', Filter => 'x', Sort => 'IdAsc', MaxId => 1, SessionTypes => 'Restore', WorkloadTypes => 'SQL', ResourceId => 'x', VmId => 'x',
    );
    refused("$mount?SinceUsn=1&$_=$others{$_}", $_ => qr/does not go with SinceUsn$/) for sort keys %others;
    refused("$mount?sinceusn=1&" . join('&', map { lc . "=$others{$_}" } sort keys %others), map { $_ => qr/does not go with SinceUsn$/ } keys %others);
    is http('lists', GET => "$mount?SinceUsn=1&Limit=5&x=y")->{status}, 200, 'Limit and what is unknown do';
};

subtest 'unknown parameters' => sub {
    my $same = http('lists', GET => "$mount/6")->{body};
    is http('lists', GET => "$mount/6?$_")->{body}, $same, "ignored: $_" for 'x=1', 'Limit=x', 'VmId=7&ResourceId=8', '&&', 'x', '=', 'x=%ff', 'x=%00';
    my $strict = '/strict/jobSessions';
    my $unknown = qr/is not a parameter of this resource$/;
    refused("$strict?x=1", x => $unknown);
    refused("$strict?Limit=1&VmId=7&ResourceId=8", VmId => qr/says the same as ResourceId, and names another$/);
    refused("$strict/6?Limit=1", Limit => $unknown);
    refused("$strict/6/log?NameSearchPattern=x", NameSearchPattern => $unknown);
    refused("$strict/6/protectedItems?Sort=IdAsc", Sort => $unknown);
    refused("$strict?<\"%5C>=1&Offset=-1", Offset => qr/is not a whole/, '<"\\>' => $unknown);
    is http('lists', GET => "$strict$_")->{status}, 200, "known: $_" for '', '?limit=1&OFFSET=1&display=Full&sort=idasc&maxid=9', '/6', '/6/log?limit=1', '/6/protectedItems?nameSearchPattern=x', '?SinceUsn=1';
    my $page = decode_json(http('lists', GET => "$strict?Limit=1")->{body});
    my ($next) = $page->{_links}{next}{href} =~ m{(/strict/.*)$};
    is http('lists', GET => $next)->{status}, 200, 'our own links are not refused';
    my ($after) = decode_json(http('lists', GET => "$strict?SinceUsn=1&Limit=1")->{body})->{_links}{next}{href} =~ m{(/strict/.*)$};
    is http('lists', GET => $after)->{status}, 200, 'nor those of changes';
};

subtest 'ids that are none' => sub {
    for my $id (qw(x -1 06 6x 6.0 0x6 18446744073709551616 99999999999999999999999999 +6 %206 6%20 %d9%a6 6%0a 6; * ..%2f6), '6,4', 'x' x 200, '4e096ba7-8125-4d5d-804b-581f4e6c8440', '7', '18446744073709551615') {
        for my $path ("$mount/$id", "$mount/$id/log", "$mount/$id/deletedItems") {
            is http('lists', GET => $path)->{status}, 404, substr $path, 0, 80;
        }
    }
    like http('lists', GET => "$mount/" . 'x' x 5000)->{status}, qr/^40[34]$/, 'one that is longer than a file name';
    is http('lists', GET => "$mount/6%00")->{status} =~ /^40[04]$/, 1, 'NUL in a path is refused by httpd itself';
    is http('lists', GET => "$mount/%36")->{status}, 200, 'an id is an id, however it is written';
};

is http('lists', GET => $mount)->{status}, 200, 'after all that the server answers';
remove_tree($db);
done_testing;
