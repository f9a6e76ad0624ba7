# SPDX-License-Identifier: Apache-2.0
# What workers, scripts and exports send: it is taken or refused, and never half. Each row has the report or the
# document it is from.

use v5.36;
use Test::More;
use Encode qw(encode);
use File::Temp qw(tempdir);
use JobSessions::Sessions qw(statuses);
use JobSessions::Test qw(decode_json jobsessions run_command slurp);

my $scratch = tempdir(CLEANUP => 1);
my $databases = 0;
my $export = slurp('t/data/export-example.json');
my $pretty = run_command([qw(jq .)], $export)->{out};
my $status = 'status: is missing; every session has one of: ' . join ', ', statuses();
my $document = 'results: this is the document of an export or a list, not a session; load it with jobsessions import';
my $layout = qr/not JSON at byte \d+: .*; each object stands on one line by itself \(jq -c\)/;
my $array = q{a JSON object is expected, this is an array: take it apart (jq -c '.[]'), or import one of sessions};
my $utf16 = 'the input is UTF-16, as Windows PowerShell writes it, and JSON is UTF-8; convert it (iconv -f UTF-16 -t UTF-8)';
my $running = '{"type":"PolicyBackup","status":"Running","executionStartTime":"2026-11-23T08:00:05.2Z"';

# A database with session 1, which runs, and without session 2, which was removed.
sub new_database () {
    my $db = "$scratch/" . ++$databases;
    jobsessions($db, 'put', { stdin => "$running}\n$running}\n" });
    jobsessions($db, 'rm', '--force', 2);
    return $db;
}

sub stored ($db) {
    return join "\n", map { s/,"_links".*/}/r } jobsessions($db, 'export')->{out} =~ /\{"id".*?\}\}\}/g;
}

# Words for a row: its source and the beginning of what is sent.
sub words ($source, $verb, $input) {
    return "$source: $verb " . substr($input =~ s/[^ -~]+/ /gr, 0, 70);
}

# source, verb, input, and a line of standard error that tells what is wrong and what to do
my @refused = (
    [ 'typesense/typesense#129', put    => '{"error":"invalid_token"}',        $status ],
    [ 'typesense/typesense#129', import => '{"error":"invalid_token"}',        $status ],
    [ 'RFC 9457, section 3',     put    => '{"type":"about:blank","title":"Forbidden","status":403}', 'status: expected a string, found an integer' ],
    [ 'JSON-RPC 2.0, section 5.1', import => '{"jsonrpc":"2.0","error":{"code":-32600},"id":"1"}', $status ],
    [ 'RFC 8259, section 4',     put    => '{}',                               $status ],
    [ 'RFC 8259, section 4',     import => '{}',                               $status ],
    [ 'RFC 7396, section 2',     put    => '{"id":"1","status":null}',         $status ],
    [ 'dotnet/runtime#48816',    put    => '{"Id":"7","Type":"PolicyBackup","Status":"Success"}', 'Id: is spelt "id"; names differ in case' ],
    [ 'dotnet/runtime#48816',    import => '{"id":"7","status":"Success","USN":7}', 'USN: is spelt "usn"; names differ in case' ],
    [ 'dotnet/runtime#48816',    put    => '{"id":"1","STATUS":"Success"}',    'STATUS: is spelt "status"; names differ in case' ],
    [ 'dotnet/runtime#48816',    put    => '{"status":"Success","backupJobInfo":{"PolicyName":"p"}}', 'backupJobInfo.PolicyName: is spelt "policyName"; names differ in case' ],
    [ 'dotnet/runtime#48816',    put    => '{"status":"Success","fileLevelRestoreJobInfo":{"flrLink":{"URL":"u"}}}', 'fileLevelRestoreJobInfo.flrLink.URL: is spelt "url"; names differ in case' ],
    [ 'dotnet/runtime#48816',    'log 1 --add' => '{"Message":"m"}',           'Message: is spelt "message"; names differ in case' ],
    [ 'dotnet/runtime#48816',    'items 1 protectedItems --add' => '{"name":"n","NAME":"N"}', 'NAME: is spelt "name"; names differ in case' ],
    [ 'Exporting Sessions List', put    => $export,                            $document ],
    [ 'Exporting Sessions List', put    => $pretty,                            $layout ],
    [ 'jq 1.6, --indent',        put    => qq({\n  "status": "Success"\n}\n),  $layout ],
    [ 'jq 1.6, --indent',        import => qq({\n  "status": "Success"\n}\n),  $layout ],
    [ 'jq 1.6, --join-output',   put    => '{"status":"Success"}{"status":"Success"}', $layout ],
    [ 'restic snapshots --json', put    => '[{"status":"Success"}]',           $array ],
    [ 'restic snapshots --json', 'log 1 --add' => '[{"message":"m"}]',         $array ],
    [ 'PowerShell/PowerShell#8592', put => encode('UTF-16', qq({"status":"Success"}\r\n)), $utf16 ],
    [ 'jqlang/jq#2351', import => encode('UTF-16LE', qq(\x{feff}$pretty)), $utf16 ],
    [ 'MatteoGuadrini/PSCouchDB#9', import => encode('UTF-16LE', qq(\x{feff}{"status":"Success"}\r\n)), $utf16 ],
    [ 'RFC 8259, section 8.1',   put    => encode('UTF-16LE', qq({"status":"Success"}\n)), $utf16 ],
    [ 'RFC 8259, section 8.1',   import => encode('UTF-16BE', $export),        $utf16 ],
    [ 'tdlib/td#85',             import => '{"id":"5","usn":9223372036854775807}', 'usn: 9223372036854775807 is above 9007199254740991, the highest that JavaScript holds; leave it out to get a new one' ],
    [ 'jqlang/jq#369',           import => '{"id":"5","status":"Success","usn":9007199254740992}', 'usn: 9007199254740992 is above 9007199254740991, the highest that JavaScript holds; leave it out to get a new one' ],
    [ 'tdlib/td#85',             import => '{"id":"1","usn":9007199254740992,"deleted":true}', 'usn: 9007199254740992 is above 9007199254740991, the highest that JavaScript holds; leave it out to get a new one' ],
    [ 'tdlib/td#85',             put    => '{"id":"18446744073709551615","status":"Success"}', 'id: 18446744073709551615 is above 9223372036854775807, the highest that can be given: ids have to be left for new sessions' ],
    [ 'tdlib/td#85',             import => '{"id":"9223372036854775808","status":"Success"}', 'id: 9223372036854775808 is above 9223372036854775807, the highest that can be given: ids have to be left for new sessions' ],
    [ 'tdlib/td#85',             import => '{"id":"18446744073709551615","usn":9,"deleted":true}', 'id: 18446744073709551615 is above 9223372036854775807, the highest that can be given: ids have to be left for new sessions' ],
    [ 'a page of SinceUsn',      put    => '{"id":"1","usn":9,"deleted":true}', 'deleted: it tells of a removed session; import it, or remove the session (jobsessions rm)' ],
    [ 'a damaged record in an export', put => '{"id":"1","status":"Unknown","damaged":true}', 'damaged: it stands in the place of a damaged record; take the session from a backup or an earlier export' ],
    [ 'submersion-app/submersion#309', put => '{"id":"2","status":"Success"}', qr/\S+: session "2" was removed; a late write does not bring it back, only an import does/ ],
    [ "the vendor's protectedItems", 'items 1 protectedItems --add' => '{"resource":{"id":"vm-1"},"runs":[]}', 'name: is missing; every item has one, or a resource.displayName or a filePath' ],
    [ "the vendor's protectedItems", 'items 1 protectedItems --add' => '{}',   'name: is missing; every item has one, or a resource.displayName or a filePath' ],
);

subtest 'what is no session is refused, and changes nothing' => sub {
    for my $row (@refused) {
        my ($source, $verb, $input, $why) = @$row;
        my $db = new_database();
        my $before = stored($db);
        my $run = jobsessions($db, split(/ /, $verb), { stdin => $input });
        is_deeply [ @$run{qw(exit out)} ], [ 1, '' ], words($source, $verb, $input);
        like $run->{err}, qr/^jobsessions: (?:line 1: )?${\(ref $why ? $why : quotemeta $why)}$/m, 'what, where and what to do';
        is stored($db), $before, 'nothing has changed';
        is jobsessions($db, 'items', 1, 'protectedItems')->{out} . jobsessions($db, 'log', 1)->{out}, '', 'nor has a list';
        is jobsessions($db, 'put', { stdin => '{"status":"Success"}' })->{out}, "3\n", 'the next id is the next';
    }
};

# source, verb, input, the sessions that are stored then
my $one = '{"id":"3","status":"Success","usn":4}';
my $two = qq({"id":"4","status":"Error","usn":5}\n{"id":"3","status":"Success","usn":4});
my @taken = (
    [ 'RFC 8259, section 8.1',      put    => qq(\xef\xbb\xbf{"status":"Success"}\n), $one ],
    [ 'PowerShell/PowerShell#8592', import => qq(\xef\xbb\xbf{"status":"Success"}\r\n), $one ],
    [ 'elastic/elasticsearch#7968', put    => '{"status":"Success","executionDuration":"-1.00:00:00"}', '{"id":"3","executionDuration":"00:00:00","status":"Success","usn":4}' ],
    [ 'Osterjour/line-by-line#9',   put    => qq(\xef\xbb\xbf\r\n\xef\xbb\xbf{"status":"Success"}\r\n), $one ],
    [ 'RFC 8259, section 8.1',      import => qq(\xef\xbb\xbf{"results":[{"status":"Success"}]}), $one ],
    [ 'RFC 8259, section 8.1',      import => qq(\xef\xbb\xbf[{"status":"Success"}]), $one ],
    [ 'restic, one-line array',     import => '[{"id":"3","status":"Success"},{"id":"4","status":"Error"}]', $two ],
    [ 'restic, one-line array',     import => qq(\n [\r\n  {"id":"3",\n "status":"Success"} ,{"id":"4","status":"Error"}\n]\n), $two ],
    [ 'JSON.stringify([])',         import => '[]', '' ],
    [ 'jqlang/jq#369',              import => '{"id":"3","usn":9007199254740991}', '{"id":"3","usn":9007199254740991}' ],
    [ 'tdlib/td#85',                put    => '{"id":"9223372036854775807","status":"Success"}', '{"id":"9223372036854775807","status":"Success","usn":4}' ],
    [ 'an export of an earlier version', import => '{"id":"3","usn":4}', '{"id":"3","usn":4}' ],
    [ 'RFC 3339, section 5.6',      put    => '{"status":"Running","executionStartTime":"2026-11-23 08:00:00+00:00"}', '{"id":"3","executionStartTime":"2026-11-23T08:00:00Z","status":"Running","usn":4}' ],
    [ 'util-linux/util-linux#159',  put    => '{"status":"Running","executionStartTime":"2026-11-23T08:00:00+0000"}', '{"id":"3","executionStartTime":"2026-11-23T08:00:00Z","status":"Running","usn":4}' ],
    [ 'ISO 8601, reduced precision', put    => '{"status":"Running","executionStartTime":"2026-11-23T08:00+02:00"}', '{"id":"3","executionStartTime":"2026-11-23T06:00:00Z","status":"Running","usn":4}' ],
    [ 'travis-ci/travis-api#1044', put    => '{"status":"Success","executionDuration":"-00:00:00.3000000"}', '{"id":"3","executionDuration":"00:00:00","status":"Success","usn":4}' ],
    [ 'centreon/centreon-plugins#3444', put => '{"status":"Running","executionStartTime":"2026-11-23T08:00:00Z","executionStopTime":"0001-01-01T00:00:00Z"}', '{"id":"3","executionStartTime":"2026-11-23T08:00:00Z","status":"Running","usn":4}' ],
);

subtest 'what can be understood is taken' => sub {
    for my $row (@taken) {
        my ($source, $verb, $input, $sessions) = @$row;
        my $db = new_database();
        my $before = stored($db);
        my $run = jobsessions($db, $verb, { stdin => $input });
        is $run->{exit}, 0, words($source, $verb, $input) or diag $run->{err};
        is stored($db), join("\n", grep { length } $sessions, $before), 'it is there';
        is jobsessions($db, 'verify')->{exit}, 0, 'all is sound';
    }
};

subtest 'microsoft/nni#452: a stop before the start is an end' => sub {
    my $db = new_database();
    my $put = jobsessions($db, 'put', { stdin => '{"id":"1","status":"Success","executionStopTime":"2026-11-23T08:00:04.9Z"}' });
    is $put->{out}, "1\n", 'taken';
    like stored($db), qr/"executionDuration":"00:00:00","status":"Success"/, 'it is finished';
};

subtest 'a removal among changes is a removal' => sub {
    my $db = new_database();
    is jobsessions($db, 'import', { stdin => '{"id":"1","usn":300003,"deleted":true}' })->{exit}, 0, 'import';
    is stored($db), '', 'the session is gone';
    is jobsessions($db, 'put', { stdin => '{"id":"1","status":"Success"}' })->{exit}, 1, 'and does not come back';
};

subtest q(items as the vendor's own are) => sub {
    my $db = new_database();
    my @items = ('{"resource":{"displayName":"vm-1"},"runs":[]}', '{"filePath":"/etc/passwd","size":3}', '{"name":"plain"}');
    my $add = jobsessions($db, 'items', 1, 'protectedItems', '--add', { stdin => join "\n", @items });
    is_deeply [ @$add{qw(exit err)} ], [ 0, '' ], 'are taken';
    is jobsessions($db, 'items', 1, 'protectedItems')->{out}, join('', map { "$_\n" } @items), 'as they are';
};

# Earlier versions stored sessions without a status, and ids and usns of 64 bits: a dump of one is such a database.
subtest 'a database of an earlier version' => sub {
    my @old = ('{"id":"5","type":"PolicyBackup","localizedType":"Policy Backup","usn":1}', '{"id":"6","Status":"Success","usn":2}');
    my $db = "$scratch/" . ++$databases;
    is jobsessions($db, 'import', { stdin => join "\n", '{"id":"7","status":"Failed","usn":3}', $old[0] })->{exit}, 0, 'a database';
    my $dump = jobsessions($db, 'dump')->{out};
    is jobsessions("$db-loaded", 'load', { stdin => $dump })->{exit}, 0, 'is dumped and loaded';
    for my $old ($db, "$db-loaded") {
        is stored($old), qq({"id":"7","status":"Failed","usn":3}\n$old[0]), 'it is exported as it is';
        is jobsessions($old, 'verify')->{exit}, 0, 'and sound';
    }
    my $again = "$scratch/" . ++$databases;
    is jobsessions($again, 'import', { stdin => jobsessions($db, 'export')->{out} })->{exit}, 0, 'the export is imported';
    is jobsessions($again, 'export')->{out}, jobsessions($db, 'export')->{out}, 'byte for byte';

    my $refused = jobsessions($db, 'put', { stdin => '{"id":"5","note":"x"}' });
    like $refused->{err}, qr/^jobsessions: line 1: \Q$status\E$/, 'who updates such a session gives it a status';
    my $patches = run_command([ qw(jq -c), '.results[] | select(.status == null) | {id, status: "Unknown"}' ], jobsessions($db, 'export')->{out})->{out};
    is jobsessions($db, 'put', { stdin => $patches })->{out}, "5\n", 'as the manual has it';
    is_deeply [ map { $_->{status} } @{ decode_json(jobsessions($db, 'export')->{out})->{results} } ], [qw(Failed Unknown)], 'all have one then';
};

done_testing;
