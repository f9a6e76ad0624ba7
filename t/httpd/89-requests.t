# SPDX-License-Identifier: Apache-2.0
# What clients in the field send, each row with its source: a report's repository and number, a vendor's document,
# an RFC. A condition is applied or refused, never dropped.

use v5.36;
use utf8;
use Test::More;
use File::Path qw(remove_tree);
use JSON::XS ();
use JobSessions::Httpd;
use JobSessions::Test qw(database_dir decode_json http jobsessions);

my $mount = '/api/v1/jobSessions';
my $db = database_dir('lists');
my $policy = '4e096ba7-8125-4d5d-804b-581f4e6c8440';
remove_tree($db);
my $import = jobsessions($db, 'import', { stdin => join '', map { "$_\n" }
    '{"id":"1","type":"PolicyBackup","status":"Success","executionStartTime":"2019-10-30T23:59:59Z"}',
    '{"id":"2","type":"PolicyBackup","status":"Warning","executionStartTime":"2019-10-31T00:00:00Z"}',
    '{"id":"3","type":"ManualSnapshot","status":"Running","executionStartTime":"2019-10-31T22:00:00Z"}',
    qq({"id":"4","type":"RestoreVms","status":"Success","executionStartTime":"2019-11-01T00:00:00Z","backupJobInfo":{"policyId":"$policy","policyName":"Nightly"}}),
    '{"id":"5","type":"policybackup","status":"Error","executionStartTime":"2019-11-01T00:00:00.5Z"}',
    '{"id":"6","type":"SqlRestore","status":"Success","executionStartTime":"2019-11-01T00:00:01Z"}' });
is $import->{exit}, 0, 'sessions' or diag $import->{err};
my $all = '6 5 4 3 2 1';
sub add ($id, $list, @items) {
    my @verb = $list eq 'log' ? ('log', $id) : ('items', $id, $list);
    is jobsessions($db, @verb, '--add', { stdin => join '', map { "$_\n" } @items })->{exit}, 0, "$list of session $id";
}
add(5, 'protectedItems', '{"name":"other","id":"8"}', '{"resource":{"id":"vm-1","displayName":"One"}}');
add(2, 'protectedItems', '{"name":"two","id":"7"}', '{"name":"vm-1"}', '{"name":"quoted","id":"a \"b\" & c"}');
add(1, 'protectedItems', '{"name":"x","resource":"vm-1"}', '{"name":"x","id":7}', '{"resource":{"id":"7","displayName":"Seven"}}');
add(6, 'restoredItems', '{"name":"x","id":"7"}');
add(6, 'log', '{"message":"one","resourceHashId":"7"}', '{"message":"two"}', '{"message":"three","resourceHashId":"70"}', '{"message":"four","resourceHashId":"7"}');

# What came: the ids, or the status with the names of what is wrong.
sub outcome ($response) {
    my $document = eval { decode_json($response->{body}) } // {};
    return join ' ', map { $_->{id} } @{ $document->{results} // [] } if $response->{status} == 200;
    return join ' ', $response->{status}, sort keys %{ $document->{errors} // {} };
}

my @queries = (
    # dates
    [ 'MatthewFlamm/pynws#92',        'FromUtc=2019-11-01T00:00:00',              '6 5 4' ],
    [ 'MatthewFlamm/pynws#92',        'ToUtc=2019-11-01T00:00:00',                '4 3 2 1' ],
    [ 'VeeamHub/grafana, collector',  'FromUtc=2019-10-31',                       '6 5 4 3 2' ],
    [ 'VeeamHub/grafana, collector',  'ToUtc=2019-10-31',                         '2 1' ],
    [ 'jorgedlcruz, collector',       'FromUtc=2019-11-01T00:00Z',                '6 5 4' ],
    [ 'jorgedlcruz, collector',       'FromUtc=2019-11-01T00:00',                 '6 5 4' ],
    [ 'jorgedlcruz/veeam-enterprise_manager-grafana#12', 'FromUtc=2019-10-31T00:00:00Z', '6 5 4 3 2' ],
    [ 'HeliosSoftware/hfs#1296',      'FromUtc=2019-11-01T00:00:00+02:00',        '6 5 4 3' ],
    [ 'HeliosSoftware/hfs#1296',      'FromUtc=2019-11-01T00:00:00%2B02:00',      '6 5 4 3' ],
    [ 'HeliosSoftware/hfs#1296',      'FromUtc=2019-11-01T00:00+02:00',           '6 5 4 3' ],
    [ 'RFC 3339, section 5.6',        'FromUtc=2019-11-01+00:00:00Z',             '6 5 4' ],
    [ 'RFC 3339, section 5.6',        'FromUtc=2019-11-01%2000:00:00',            '6 5 4' ],
    [ 'hapifhir/hapi-fhir#6115',      'FromUtc=',                                 $all ],
    [ 'hapifhir/hapi-fhir#6115',      'FromUtc&ToUtc=&Filter=&PolicyId=&Status=&Types=', $all ],
    [ 'hapifhir/hapi-fhir#6115',      'Offset=',                                  '400 Offset' ],
    [ 'ISO 8601, 4.2.2.4',            'FromUtc=2019-11-01T00:00:00,5Z',           '6 5' ],
    [ 'RFC 3339, section 5.7',        'FromUtc=2019-10-31T23:59:60Z',             '6 5 4' ],
    [ 'RFC 3339, section 5.7',        'FromUtc=2019-10-31T22:59:60Z',             '400 FromUtc' ],
    [ 'HabitatMap/AirCasting#242',    'FromUtc=1572566400',                       '400 FromUtc' ],
    [ 'vendor v8.1',                  'FromUtc=10/31/2019',                       '400 FromUtc' ],
    # lists
    [ 'axios/axios#2510',             'Types[]=RestoreVms',                       '4' ],
    [ 'axios/axios#2510',             'types%5B%5D=RestoreVms&types%5B%5D=ManualSnapshot', '4 3' ],
    [ 'OpenMeet-Team/openmeet-platform#407', 'Types[0]=RestoreVms',               '4' ],
    [ 'OpenMeet-Team/openmeet-platform#407', 'Types[0]=RestoreVms&Types[10]=ManualSnapshot', '4 3' ],
    [ 'nytimes/libvmod-queryfilter#9', 'Status=Running&Status[]=Error&status%5B0%5D=Warning', '5 3 2' ],
    [ 'DayMoonDevelopment/post-for-me#205', 'Status=Running,Error',               '5 3' ],
    [ 'DayMoonDevelopment/post-for-me#205', 'Status[]=Running&Status[]=Error',    '5 3' ],
    [ 'up-banking/api#61',            'Limit%5B%5D=2',                            '6 5' ],
    [ 'woocommerce/wc-api-php#118',   'filter[status]=Error',                     '400 Filter' ],
    [ 'woocommerce/wc-api-php#118',   'Status[=Error',                            '400 Status' ],
    [ 'woocommerce/wc-api-php#118',   'FromUtc[gte]=2019-11-01T00:00:00Z',        '400 FromUtc' ],
    [ 'published collector',          'Types=PolicyBackup,%20ManualSnapshot',     '5 3 2 1' ],
    [ 'published collector',          'Status=+Running+,+,Error',                 '5 3' ],
    # values in another case
    [ 'aspnet/Mvc#913',               'Types=policybackup',                       '5 2 1' ],
    [ 'aspnet/Mvc#913',               'Types=PolicyBackup',                       '5 2 1' ],
    [ 'aspnet/Mvc#913',               'Types=MANUALSNAPSHOT,restorevms',          '4 3' ],
    [ 'aspnet/Mvc#913',               'Status=success',                           '6 4 1' ],
    [ 'aspnet/Mvc#913',               'Status=RUNNING,warning',                   '3 2' ],
    [ 'aspnet/Mvc#913',               'Types=PolicyBackups',                      '' ],
    [ 'aspnet/Mvc#913',               'Status=Successful',                        '400 Status' ],
    # what a session worked on
    [ 'intuitem/ciso-assistant-community#4701', 'ResourceId=vm-1',                '5' ],
    [ 'intuitem/ciso-assistant-community#4701', 'resourceid[]=vm-1',              '5' ],
    [ 'vendor v2',                    'VmId=7',                                   '2 1' ],
    [ 'vendor v2',                    'VmId=7&Limit=1',                           '2' ],
    [ 'vendor v2',                    'VmId=7&Offset=1',                          '1' ],
    [ 'vendor v2',                    'VmId=7&Sort=IdAsc&Status=Success,Warning', '1 2' ],
    [ 'vendor v2',                    'VmId=7&FromUtc=2019-10-31',                '2' ],
    [ 'vendor v2',                    'VmId=7&Types=ManualSnapshot',              '' ],
    [ 'vendor v2',                    'VmId=7&ResourceId=7',                      '2 1' ],
    [ 'vendor v2',                    'VmId=7&ResourceId=8',                      '400 VmId' ],
    [ 'vendor v2',                    'VmId=7&SinceUsn=1',                        '400 VmId' ],
    [ 'vendor v8.1',                  'ResourceId=a%20%22b%22%20%26%20c',         '2' ],
    [ 'vendor v8.1',                  'ResourceId=v*',                            '' ],
    [ 'vendor v8.1, of the export',   'SessionTypes=Restore',                     '6 4' ],
    [ 'vendor v8.1, of the export',   'sessiontypes=restore&Types=SqlRestore',    '6' ],
    [ 'vendor v8.1, of the export',   'SessionTypes=Restore&WorkloadTypes=SQL',   '6' ],
    [ 'vendor v8.1, of the export',   'SessionTypes=Restore&WorkloadTypes=FileShares', '' ],
    [ 'vendor v8.1, of the export',   'WorkloadTypes=SQL,virtualmachine&Status=Success', '6 4 1' ],
    [ 'vendor v8.1, of the export',   'WorkloadTypes=Vm,SQL',                     '400 WorkloadTypes' ],
    [ 'vendor v8.1, of the export',   'WorkloadTypes=&SessionTypes=',             $all ],
    [ 'vendor v8.1',                  'ResourceId=',                              $all ],
    [ 'vendor v1',                    'Sort=ReasonAsc',                           '400 Sort' ],
    [ 'cloudevents/spec#869',         '_=1572566400&nobody=knows',                $all ],
    [ 'microsoftgraph/microsoft-graph-docs#2350', 'SinceUsn=10',                  '410' ],
    [ 'microsoftgraph/microsoft-graph-docs#2350', 'SinceUsn=6&Status=',           '' ],
);
for my $row (@queries) {
    my ($source, $query, $expected) = @$row;
    is outcome(http('lists', GET => "$mount?$query", curl => ['--globoff'])), $expected, "$source: ?$query";
}
like decode_json(http('lists', GET => "$mount?Sort=ReasonAsc")->{body})->{errors}{Sort}[0], qr/Id, StartTime, .*Usn/, 'names the orders there are';
is outcome(http('lists', GET => "/strict/jobSessions?ResourceId=vm-1&nobody=knows&Types[]=restorevms")), '400 nobody', 'JobSessionsStrictQuery On';

subtest 'links ask for the same' => sub {
    for my $query ('types[]=RESTOREVMS&types[]=manualsnapshot', 'FromUtc=2019-11-01T00:00:00+02:00&Status=', 'ToUtc=2019-11-01&Types=policybackup,%20RestoreVms',
        'VmId=7', 'sessionTypes=Restore&workloadTypes=VirtualMachine,SQL', 'WorkloadTypes=VirtualMachine&ResourceId=7') {
        my $page = decode_json(http('lists', GET => "$mount?Limit=1&$query")->{body});
        my ($next) = $page->{_links}{next}{href} =~ m{(/api/.*)$};
        my $second = decode_json(http('lists', GET => $next)->{body});
        is $second->{totalCount}, $page->{totalCount}, "$query: as many";
        isnt $second->{results}[0]{id}, $page->{results}[0]{id}, 'the next one';
    }
};

my @bodies = (
    [ 'dotnet/runtime#48816',    '{"Status":["Running"]}',                       '3' ],
    [ 'dotnet/runtime#48816',    '{"JobSessionIds":["4","2"]}',                  '4 2' ],
    [ 'dotnet/runtime#48816',    '{"SESSIONTYPES":["RestoreVms"],"filter":"Nightly"}', '4' ],
    [ 'dotnet/runtime#48816',    '{"status":["Running"],"Status":["Error"]}',    '400 status' ],
    [ 'vendor v8.1',             '{"workloadTypes":["VirtualMachine"]}',         '5 4 3 2 1' ],
    [ 'vendor v8.1',             '{"WorkloadTypes":["SQL"],"status":["Error"]}', '' ],
    [ 'vendor v8.1',             '{"WorkloadTypes":["SQL","CosmosDb"],"sessionTypes":["Restore"]}', '6' ],
    [ 'vendor v8.1',             '{"workloadTypes":["Machine"]}',                '400 workloadTypes' ],
    [ 'vendor v8.1',             '{"workloadTypes":[7]}',                        '400 workloadTypes' ],
    [ 'vendor v8.1, of the list', '{"resourceId":"vm-1"}',                       '5' ],
    [ 'vendor v8.1, of the list', '{"VMID":"7","status":["Success"]}',           '1' ],
    [ 'vendor v8.1, of the list', '{"vmId":"7","resourceId":"8"}',               '400 vmId' ],
    [ 'vendor v8.1, of the list', '{"vmId":7}',                                  '400 vmId' ],
    [ 'vendor v8.1, of the list', '{"vmId":""}',                                 $all ],
    [ 'vendor v8.1',             '{"workloadTypes":null,"status":["Error"]}',    '5' ],
    [ 'vendor v8.1',             '{"workloadTypes":[]}',                         $all ],
    [ 'vendor v8.1',             '{"sessionTypes":["Restore"]}',                 '6 4' ],
    [ 'vendor v8.1',             '{"sessionTypes":["restore","ManualSnapshot"]}', '6 4 3' ],
    [ 'vendor v8.1',             '{"sessionTypes":["PolicyBackup"]}',            '5 2 1' ],
    [ 'vendor v8.1',             '{"sessionTypes":["InfrastructureRescan"]}',    '' ],
    [ 'vendor v1, of the list',  '{"types":["RestoreVms"]}',                     '400 types' ],
    [ 'vendor v1, of the list',  '{"limit":1}',                                  '400 limit' ],
    [ 'vendor v8.1, nullable',   '{"filter":""}',                                $all ],
    [ 'vendor v8.1, nullable',   '{"filter":"","fromUtc":"","policyId":"","sessionTypes":"","status":["Running"]}', '3' ],
    [ 'published collector',     '{"fromUtc":"2019-11-01"}',                     '6 5 4' ],
    [ 'published collector',     '{"toUtc":"2019-10-31T00:00","sessionTypes":[" policyBackup "]}', '2 1' ],
    [ 'aspnet/Mvc#913',          '{"status":["running"," warning"]}',            '3 2' ],
    [ 'RFC 8259, section 8.1',   "\x{feff}" . '{"status":["Running"]}',           '3' ],
    [ 'vendor v1',               'a=b',                                          $all ],
    [ 'cloudevents/spec#869',    '{"nobody":"knows"}',                           $all ],
);
my $export = "$mount/export";
for my $row (@bodies) {
    my ($source, $body, $expected) = @$row;
    utf8::encode($body);
    is outcome(http('lists', POST => $export, body => $body, headers => { 'Content-Type' => 'application/json' })), $expected, "$source: $body" unless $body eq 'a=b';
    # curl -d names a form, whatever it sends
    is outcome(http('lists', POST => $export, body => $body)), $expected, "$source: $body, sent by curl -d";
}
my @other_exports = (
    [ 'a form',                    '?',             'status=Running',              'application/x-www-form-urlencoded', '400 Status' ],
    [ 'a form',                    '?',             'sessionTypes%5B%5D=Restore',  'application/x-www-form-urlencoded', '400 sessionTypes' ],
    [ 'a list of options',         '?',             '[{"status":["Running"]}]',    undef,                               '400' ],
    [ 'parameters',                '?Status=Error', '',                            undef,                               '400 Status' ],
    [ 'parameters beside options', '?types[]=a&Limit=1', '{"status":["Running"]}', 'application/json',                  '400 Limit Types' ],
    [ 'unknown parameters',        '?_=1',          '{"status":["Running"]}',      'application/json',                  '3' ],
);
for my $row (@other_exports) {
    my ($name, $query, $body, $type, $expected) = @$row;
    is outcome(http('lists', POST => "$export$query", body => $body, headers => { 'Content-Type' => $type })), $expected, "$name: $query $body";
}
is http('lists', POST => $export, body => "\x1f\x8b\x08\x00", headers => { 'Content-Type' => undef, 'Content-Encoding' => 'gzip' })->{status}, 415,
    'what is compressed is not taken for nothing';

subtest 'vendor v8.1: of one machine' => sub {
    my $messages = sub ($query) { [ map { $_->{message} } @{ decode_json(http('lists', GET => "$mount/6/log$query")->{body})->{log} } ] };
    is_deeply $messages->('?instanceId=7'), [qw(one four)], 'its lines of a log';
    is_deeply $messages->('?INSTANCEID=7&Offset=1&Limit=1'), ['four'], 'a page of them';
    is_deeply $messages->('?instanceId=x'), [], 'none';
    is_deeply $messages->('?instanceId='), [qw(one two three four)], 'any';
    is http('lists', GET => "$mount/9/log?instanceId=7")->{status}, 404, 'no session, no log';
    is http('lists', GET => "$mount/5?instanceId=$_")->{status}, 200, "a session that worked on $_" for 'vm-1', 8, '';
    is http('lists', GET => "$mount/5?instanceId=$_")->{status}, 404, "one that did not work on $_" for 'vm-2', 7;
    is http('lists', GET => "$mount/9?instanceId=7")->{status}, 404, 'nor one that is not there';
};

my $java = 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2';    # as HttpURLConnection sends
my @accepts = (
    [ 'JDK, HttpURLConnection', $java,                                             'application/json' ],
    [ 'JDK, HttpURLConnection', 'text/html, *; q=.2',                              'application/json' ],
    [ 'JDK, HttpURLConnection', 'application/xml;q=.3, *;q=.2',                    'application/xml' ],
    [ 'RFC 9110, 12.4.2',       'application/json;q=1.0000',                       'application/json' ],
    [ 'RFC 9110, 12.4.2',       'application/xml;q=0.1239, text/csv;q=0.124',      'text/csv' ],
    [ 'RFC 9110, 12.4.2',       'text/csv;q=., application/xml;q=0.1',             'application/xml' ],
    [ 'RFC 9110, 5.6.6',        'text/csv;x="a;q=0"',                              'text/csv' ],
    [ 'RFC 9110, 5.6.6',        'text/csv;x="a, application/json"',                'text/csv' ],
    [ 'RFC 9110, 5.6.6',        'text/csv;x="a,b;q=0";q=0.5, application/xml;q=0.4', 'text/csv' ],
    [ 'vendor v8.1',            'application/octet-stream',                        'application/json' ],
    [ 'vendor v8.1',            'application/octet-stream;q=0.1, text/csv',        'text/csv' ],
    [ 'RFC 7303, 9.2',          'text/xml',                                        'application/xml' ],
    [ 'dotnet/aspnetcore, formatters', 'text/json',                                'application/json' ],
    [ 'ndjson/ndjson-spec',     'application/ndjson',                              'application/x-ndjson' ],
    [ 'draft-kelly-json-hal',   'application/hal+json',                            'application/json' ],
    [ 'gogs/gogs#1029',         'application/json',                                'application/json' ],
    [ 'axios, default',         'application/json, text/plain, */*',               'application/json' ],
);
for my $row (@accepts) {
    my ($source, $accept, $expected) = @$row;
    for my $request ([ GET => $mount ], [ POST => $export ]) {
        my $response = http('lists', @$request, headers => { Accept => $accept });
        is(($response->{headers}{'content-type'} // '') =~ s/;.*//r, $expected, "$source: $request->[0], Accept: $accept") or diag $response->{status};
    }
}
# where there is JSON alone, it is what everybody gets (RFC 9110, section 12.5.1)
for my $resource ('/6', '/6/log', '/6/protectedItems') {
    for my $accept ($java, 'text/html', 'application/vnd.api+json', 'application/json;q=0') {    # devour-js/devour-client#70 the third
        my $response = http('lists', GET => "$mount$resource", headers => { Accept => $accept });
        is_deeply [ $response->{status}, $response->{headers}{'content-type'} ], [ 200, 'application/json; charset=utf-8' ], "$resource, Accept: $accept";
    }
}

subtest 'paths as the vendor takes them' => sub {
    my $same = sub ($path, $canonical, @more) {
        my ($got, $expected) = map { http('lists', GET => "$mount$_", @more) } $path, $canonical;
        is_deeply [ @$got{qw(status body)} ], [ @$expected{qw(status body)} ], "$path is $canonical";
        is $got->{headers}{etag}, $expected->{headers}{etag}, 'with its tag';
    };
    $same->(@$_) for [ '/', '' ], [ '/?Limit=2&Types=policybackup', '?Limit=2&Types=policybackup' ], [ '/6/', '/6' ], [ '/6/LOG', '/6/log' ], [ '/6/log/?Limit=1', '/6/log?Limit=1' ],
        [ '/6/protecteditems/', '/6/protectedItems' ];
    is http('lists', HEAD => "$mount/")->{headers}{'content-length'}, http('lists', HEAD => $mount)->{headers}{'content-length'}, 'HEAD';
    is outcome(http('lists', POST => "$mount$_", body => '{"status":["Running"]}')), '3', "POST $_, its body included" for '/export/', '/Export', '/EXPORT/';
    is http('lists', OPTIONS => "$mount/EXPORT/")->{headers}{allow}, 'POST, OPTIONS', 'OPTIONS';
    is http('lists', GET => "$mount/EXPORT/")->{status}, 405, 'another method';
    is http('lists', GET => "$mount$_")->{status}, 404, "$_ is none" for '/export/x', '/exportx', '/6/logs', '/x/', '/06/';
};

subtest 'a mount in another case, by mod_rewrite as the README has it' => sub {
    my $httpd = JobSessions::Httpd->new(modules => ['rewrite'], config => <<~CONFIG)->start;
        JobSessionsDatabase $db
        RewriteEngine On
        RewriteRule "(?i)^/api/v1/jobsessions(/.*)?\$" "/api/v1/jobSessions\$1" [PT]
        <Location "/api/v1/jobSessions">
            SetHandler jobsessions
            JobSessionsAnonymous On
        </Location>
        CONFIG
    my $document = decode_json(http($httpd->port, GET => '/API/v1/jobsessions/?Limit=1')->{body});
    is $document->{results}[0]{id}, '6', 'is served';
    like $document->{_links}{next}{href}, qr{:\d+/api/v1/jobSessions\?}, 'its links are canonical';
};

remove_tree($db);
done_testing;
