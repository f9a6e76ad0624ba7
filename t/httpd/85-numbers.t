# SPDX-License-Identifier: Apache-2.0
# Durations and Times: numbers in the place of texts, in every format, of the list and the export, here and in the tool.

use v5.36;
use Test::More;
use File::Path qw(remove_tree);
use JSON::XS ();
use JobSessions::Sessions qw(rich_sessions);
use JobSessions::Test qw(database_dir decode_json http jobsessions port);

my $db = database_dir('lists');
remove_tree($db);
my $mount = '/api/v1/jobSessions';
my $import = jobsessions($db, 'import', { stdin => join "\n", rich_sessions() });
is $import->{exit}, 0, 'sessions' or diag $import->{err};
my $base_url = 'http://127.0.0.1:' . port('lists');
my $encode = JSON::XS->new->canonical;

# The numbers behind texts, by another way than the store's: exact, as texts of digits.
sub milliseconds ($text) {
    my ($year, $month, $day, $hour, $minute, $second, $fraction) = $text =~ /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)(?:\.(\d+))?Z$/ or return $text;
    ($year, $month) = $month > 2 ? ($year, $month - 3) : ($year - 1, $month + 9);
    my $days = 365 * $year + int($year / 4) - int($year / 100) + int($year / 400) + int((153 * $month + 2) / 5) + $day - 1 - 719468;
    return ($days * 86400 + $hour * 3600 + $minute * 60 + $second) * 1000 + substr(($fraction // '') . '000', 0, 3);
}

sub seconds ($text) {
    my ($days, $hours, $minutes, $seconds, $fraction) = $text =~ /^(?:(\d+)\.)?(\d\d):(\d\d):(\d\d)(\.\d+)?$/ or return $text;
    return (((($days // 0) * 24 + $hours) * 60 + $minutes) * 60 + $seconds) . (($fraction // '') =~ s/0+$//r);
}

# A document's bytes with numbers where texts stand behind these names, quotes and all; spaces that fill up are left out.
sub told ($bytes, $query) {
    $bytes =~ s/"(execution(?:Start|Stop)Time|restorePointCreatedDateUtc)":"([^"]+)"/'"' . $1 . '":' . milliseconds($2)/ge if $query =~ /Times/i;
    $bytes =~ s/"executionDuration":"([^"]+)"/'"executionDuration":' . seconds($1)/ge if $query =~ /Durations/i;
    return $bytes;
}

sub without_padding ($bytes) { return $bytes =~ s/ +(?=,"_links":\{"self":\{"href":"[^"?]*"\},"log")//gr }

my @queries = ('Durations=Seconds', 'Times=UnixMilliseconds', 'times=unixmilliseconds&DURATIONS=SECONDS');

for my $query (@queries) {
    subtest $query => sub {
        my $plain = http('lists', POST => "$mount/export")->{body};
        my $export = http('lists', POST => "$mount/export?$query");
        is $export->{status}, 200, 'an export';
        is $export->{headers}{'content-length'}, length $plain, 'as long as without';
        ok without_padding($export->{body}) eq told($plain, $query), 'with numbers in the place of texts';
        is decode_json($export->{body})->{totalCount}, scalar(rich_sessions()), 'and JSON';
        my $lines = http('lists', POST => "$mount/export?$query", headers => { Accept => 'application/x-ndjson' });
        ok without_padding($lines->{body}) eq told(http('lists', POST => "$mount/export", headers => { Accept => 'application/x-ndjson' })->{body}, $query), 'lines';
        my $list = http('lists', GET => "$mount?Limit=7&$query");
        my ($page, $results) = (decode_json($list->{body}), decode_json($export->{body})->{results});
        is $encode->encode({ r => $page->{results} }), $encode->encode({ r => [ @$results[ 0 .. 6 ] ] }), 'a page of the list';
        my $next = http('lists', GET => $page->{_links}{next}{href} =~ s/^http:\/\/[^\/]*//r);
        is $encode->encode({ r => decode_json($next->{body})->{results} }), $encode->encode({ r => [ @$results[ 7 .. 13 ] ] }), 'and the next one, by its link';
        my $part = http('lists', GET => "$mount?Limit=-1&$query", headers => { Range => 'bytes=100-9999' });
        ok $part->{body} eq substr(http('lists', GET => "$mount?Limit=-1&$query")->{body}, 100, 9900), 'and a part of it';
    };
}

# Cells and elements by name, of a text in which no value has a comma that counts.
subtest 'CSV and XML' => sub {
    my $both = 'Durations=Seconds&Times=UnixMilliseconds';
    my %first = %{ (grep { $_->{id} eq '1' } @{ decode_json(http('lists', GET => "$mount?Limit=-1")->{body})->{results} })[0] };
    my ($start, $stop, $duration) = (milliseconds($first{executionStartTime}), milliseconds($first{executionStopTime}), seconds($first{executionDuration}));
    my $accept = { headers => { Accept => 'text/csv' } };
    for my $request ([ GET => "$mount?Limit=-1&$both" ], [ POST => "$mount/export?$both" ]) {
        my $csv = http('lists', @$request, headers => { Accept => 'text/csv' })->{body};
        like $csv, qr/^1,PolicyBackup,Policy Backup,$start,$stop,$duration,Success,/m, "$request->[0]: cells";
        my $sheet = http('lists', @$request, headers => { Accept => 'text/csv; profile=spreadsheet' })->{body};
        like $sheet, qr/^"=""1""",.*,$start,$stop,$duration,"=""Success""",/m, 'of a spreadsheet, as numbers';
        my $xml = http('lists', @$request, headers => { Accept => 'application/xml' })->{body};
        like $xml, qr{<executionStartTime>$start</executionStartTime><executionStopTime>$stop</executionStopTime><executionDuration>$duration</executionDuration>}, 'elements';
        is http('lists', @$request, headers => { Accept => 'text/csv' })->{body} =~ tr/\n//, http('lists', GET => "$mount?Limit=-1", headers => { Accept => 'text/csv' })->{body} =~ tr/\n//, 'no row is missing';
    }
};

subtest 'in the shape of v8.1' => sub {
    my $later = '/api/v8.1/jobSessions';
    my $plain = http('lists', POST => "$later/export")->{body};
    my $export = http('lists', POST => "$later/export?$queries[2]")->{body};
    is length $export, length $plain, 'as long as without';
    ok $encode->encode(decode_json($export)) eq $encode->encode(decode_json(told($plain, $queries[2]))), 'the same with numbers';
};

subtest 'refused' => sub {
    my %wrong = (
        'Durations=Minutes'              => [ Durations => 'Durations is not Seconds' ],
        'Times=Seconds'                  => [ Times     => 'Times is not UnixMilliseconds' ],
        'Times=UnixMilliseconds&Times=x' => [ Times     => 'Times stands more than once' ],
    );
    for my $query (sort keys %wrong) {
        my ($name, $message) = @{ $wrong{$query} };
        for my $request ([ GET => "$mount?$query" ], [ POST => "$mount/export?$query" ]) {
            my $response = http('lists', @$request);
            is_deeply [ $response->{status}, decode_json($response->{body})->{errors}{$name} ], [ 400, [$message] ], "$request->[0] $query";
        }
    }
    is http('lists', GET => "$mount?Times=")->{body}, http('lists', GET => $mount)->{body}, 'an empty value asks for nothing';
    is http('lists', GET => "$mount?SinceUsn=0&Times=UnixMilliseconds")->{status}, 400, 'a list of changes: who follows keeps what is stored';
    is http('lists', POST => "$mount/export", headers => { 'Content-Type' => 'application/json' }, body => '{"times":"UnixMilliseconds"}')->{status}, 400, 'in the body of an export';
    is http('lists', POST => "$mount/export", headers => { 'Content-Type' => 'application/x-www-form-urlencoded' }, body => 'Times=UnixMilliseconds')->{status}, 400, 'or in a form';
    is http('lists', POST => '/strict/jobSessions/export?Times=UnixMilliseconds')->{status}, 200, 'a strict mount knows them';
};

subtest 'the tool prints what is answered' => sub {
    my %types = (json => 'application/json', ndjson => 'application/x-ndjson', csv => 'text/csv', spreadsheet => 'text/csv; profile=spreadsheet', xml => 'application/xml');
    my %conditions = (
        ''                                 => [],
        '{"status":["Error","Warning"]}'   => [ '--status', 'Error,warning' ],
        '{"sessionTypes":["SqlBackup"],"status":"success"}' => [qw(--type SqlBackup --status Success)],
        '{"filter":"Backup*"}'             => [ '--policy', 'Backup*' ],
        '{"policyId":"4e096ba7-8125-4d5d-804b-581f4e6c8440"}' => [ '--policy', '4e096ba7-8125-4d5d-804b-581f4e6c8440' ],
        '{"fromUtc":"2020-01-01","toUtc":"2024-12-31T00:00:00Z"}' => [qw(--since 2020-01-01 --until 2024-12-31)],
    );
    my %numbers = ('' => [], '?Durations=Seconds&Times=UnixMilliseconds' => [qw(--durations seconds --times unixMilliseconds)]);
    for my $format (sort keys %types) {
        for my $body (sort keys %conditions) {
            for my $query (sort keys %numbers) {
                my $answer = http('lists', POST => "$mount/export$query", headers => { Accept => $types{$format}, 'Content-Type' => 'application/json' }, body => $body);
                my $printed = jobsessions($db, 'export', '--base-url', $base_url, '--format', $format, @{ $conditions{$body} }, @{ $numbers{$query} });
                ok $printed->{out} eq $answer->{body} && $answer->{status} == 200, "$format $body $query" or diag $printed->{err};
            }
        }
    }
};

remove_tree($db);
done_testing;
