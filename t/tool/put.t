# SPDX-License-Identifier: Apache-2.0
# jobsessions put: one session a line, created or updated; its id is printed once it is durable.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use IO::Select;
use IPC::Open3 qw(open3);
use JobSessions::Sanitizer qw(preload);
use JobSessions::Sessions qw(session_of_size statuses);
use JobSessions::Test qw(build_file decode_json jobsessions run_command wait_until);

my $scratch = tempdir(CLEANUP => 1);
my $databases = 0;

sub new_database { return "$scratch/" . ++$databases }
sub put ($db, @lines) { return jobsessions($db, 'put', { stdin => join '', map { "$_\n" } @lines }) }
sub get ($db, $id) { return jobsessions($db, 'get', $id)->{out} }

subtest 'create' => sub {
    my $db = new_database();
    my $put = put($db, '{"type":"PolicyBackup","status":"Running"}', '{"status":"Success"}');
    is $put->{exit}, 0, 'done';
    is $put->{out}, "1\n2\n", 'the ids that were given';
    is $put->{err}, '', 'no word besides';
    is get($db, 1),
        qq({"id":"1","type":"PolicyBackup","localizedType":"Policy Backup","status":"Running","usn":1}\n),
        'canonical: id, usn and localizedType added';
    is get($db, 2), qq({"id":"2","status":"Success","usn":2}\n), 'but for the status no member is required';

    is put($db, '{"status":"Success","id":"100"}')->{out}, "100\n", 'an id that does not exist creates that session';
    is put($db, '{"status":"Success"}')->{out}, "101\n", 'the next id comes after the highest';
    is put($db, '{"status":"Success","id":"50"}', '{"status":"Success"}')->{out}, "50\n102\n", 'and stays so when a lower one is taken';
    is get($db, 50), qq({"id":"50","status":"Success","usn":5}\n), 'usn counts changes, not ids';
};

subtest 'the ends of the ids' => sub {
    my $db = new_database();
    my $put = put($db, '{"status":"Success","id":"0"}', '{"status":"Success","id":"9223372036854775807"}', '{"status":"Success"}', '{"status":"Success","id":"7"}');
    is $put->{out}, "0\n9223372036854775807\n9223372036854775808\n7\n", 'both are ids';
    is_deeply [ @$put{qw(exit err)} ], [ 0, '' ], 'and there are others after the highest that can be given';
    for my $id ('01', '-1', '1.0', '18446744073709551616', '', 'a', '1 ') {
        my $refused = put($db, qq({"status":"Success","id":"$id"}));
        is_deeply [ @$refused{qw(exit out)} ], [ 1, '' ], qq("$id" is none);
        like $refused->{err}, qr/^jobsessions: line 1: id: "\Q$id\E" is not a decimal number /, 'which is said';
    }
    like put($db, '{"id":7,"status":"Success"}')->{err}, qr/line 1: id: expected a string of decimal digits or a uuid, found an integer/,
        'a number is none either';
};

subtest 'update: JSON merge patch' => sub {
    my $db = new_database();
    put($db, '{"type":"RestoreVms","status":"Running","executionStartTime":"2026-11-23T08:00:00Z",'
            . '"restoreJobInfo":{"reason":"r","items":[{"a":1}],"extra":{"x":1,"y":2}},"note":"n"}');
    my $update = sub ($patch, $expected, $why) {
        is put($db, $patch)->{out}, "1\n", "$why: the id is printed again";
        is get($db, 1), "$expected\n", $why;
    };
    my $start = '{"id":"1","type":"RestoreVms","localizedType":"Restore Vms","executionStartTime":"2026-11-23T08:00:00Z"';
    $update->('{"id":"1","restoreJobInfo":{"extra":{"y":3,"z":4}}}',
        qq($start,"status":"Running","usn":2,"restoreJobInfo":{"reason":"r","items":[{"a":1}],"extra":{"x":1,"y":3,"z":4}},"note":"n"}),
        'objects are merged');
    $update->('{"id":"1","note":null,"restoreJobInfo":{"reason":null,"items":[{"b":2}],"extra":7}}',
        qq($start,"status":"Running","usn":3,"restoreJobInfo":{"items":[{"b":2}],"extra":7}}),
        'null removes, arrays and values are replaced');
    $update->('{"id":"1","usn":999,"_links":{"self":1}}',
        qq($start,"status":"Running","usn":4,"restoreJobInfo":{"items":[{"b":2}],"extra":7}}),
        'usn is the store\'s, _links are ignored, and nothing changed is a change');
    $update->('{"id":"1","status":"Success","executionStopTime":"2026-11-23T10:00:00.5+02:00","restoreJobInfo":null}',
        '{"id":"1","type":"RestoreVms","localizedType":"Restore Vms","executionStartTime":"2026-11-23T08:00:00Z",'
            . '"executionStopTime":"2026-11-23T08:00:00.5Z","executionDuration":"00:00:00.5000000","status":"Success","usn":5}',
        'the duration is derived, the time is in UTC');
    $update->('{"id":"1","executionStopTime":"2026-11-24T09:00:00Z","type":"RepositoryCreation"}',
        '{"id":"1","type":"RepositoryCreation","localizedType":"Create Repository","executionStartTime":"2026-11-23T08:00:00Z",'
            . '"executionStopTime":"2026-11-24T09:00:00Z","executionDuration":"1.01:00:00","status":"Success","usn":6}',
        'and anew, as is localizedType');
};

subtest 'refused lines' => sub {
    my $db = new_database();
    put($db, '{"status":"Running","note":"as it was"}');
    my %refused = (
        '{"id":"1","status":"Done"}' => 'status: "Done" is not a status; allowed: ' . join(', ', statuses()),
        '{"type":5}'                 => 'type: expected a string, found an integer',
        '{"executionStartTime":"yesterday"}' =>
            'executionStartTime: "yesterday" is not a date and time such as 2020-02-07T08:43:30.892836Z',
        '{"executionDuration":"5 minutes"}' =>
            'executionDuration: "5 minutes" is not a time-span such as 00:01:10.1877340 or 1.02:03:04',
        '{"backupJobInfo":{"protectedInstancesCount":-1}}' => 'backupJobInfo.protectedInstancesCount: -1 is negative',
        '{"backupJobInfo":{"policyRemoved":"no"}}' =>
            'backupJobInfo.policyRemoved: expected true or false, found a string',
        '{"restoreJobInfo":{"items":[{},7]}}' => 'restoreJobInfo.items.1: expected an object, found an integer',
        '{"fileLevelRestoreJobInfo":{"flrLink":{"url":1}}}' =>
            'fileLevelRestoreJobInfo.flrLink.url: expected a string, found an integer',
        '{"repositoryJobInfo":{"repositoryId":true}}' =>
            'repositoryJobInfo.repositoryId: expected an integer or a string, found true',
        '{"backupJobInfo":{"policyType":"Machines"}}' =>
            'backupJobInfo.policyType: "Machines" is not one of: VirtualMachines, AzureSql, FileShares, Unknown, CosmosDb, ProtectionVmPolicy, Vnet',
        '{"healthCheckJobInfo":{"policyId":"7"}}' => 'healthCheckJobInfo.policyId: "7" is not a uuid',
        '{"type":"' . 'x' x 129 . '"}' => 'type: 129 bytes long, at most 128 are allowed',
        '[]'                           => q(a JSON object is expected, this is an array: take it apart (jq -c '.[]'), or import one of sessions),
        '{"a":1,"a":2}'                => qr/not JSON at byte \d+: duplicate object key/,
        '{"a":1} {"b":2}'              => qr/not JSON at byte \d+: end of file expected/,
        '{"a":'                        => qr/not JSON at byte \d+: /,
        qq({"note":"\xff"})            => qr/not JSON at byte \d+: unable to decode byte 0xff/,
    );
    for my $line (sort keys %refused) {
        my $message = $refused{$line};
        my $put = put($db, $line);
        is_deeply [ @$put{qw(exit out)} ], [ 1, '' ], substr $line, 0, 60;
        like $put->{err}, ref $message ? qr/^jobsessions: line 1: $message/ : qr/^jobsessions: line 1: \Q$message\E$/,
            'which line, which member, why';
    }
    my $mixed = put($db, '{"status":"Success","a":1}', '{"status":"Success","type":1}', '{"status":"Success","b":2}', 'x', '{"status":"Success","c":3}');
    is $mixed->{exit}, 1, 'among others: the data was refused';
    is $mixed->{out}, "2\n3\n4\n", 'those others are stored';
    is_deeply [ $mixed->{err} =~ /line (\d+)/g ], [ 2, 4 ], 'the refused lines are numbered';
    is get($db, 1), qq({"id":"1","status":"Running","usn":1,"note":"as it was"}\n), 'a refused update changes nothing';
    is get($db, 4), qq({"id":"4","status":"Success","usn":4,"c":3}\n), 'and takes no usn';
};

subtest 'lines' => sub {
    my $db = new_database();
    my $put = jobsessions($db, 'put', { stdin => qq({"status":"Success","a":1}\n\n \t \n{"status":"Success","b":2}\r\n\r\n{"status":"Success","type":0}\n{"status":"Success","c":3}) });
    is $put->{out}, "1\n2\n3\n", 'blank lines count for nothing, CRLF and a missing last newline do not matter';
    like $put->{err}, qr/^jobsessions: line 6: type: /, 'but they are counted';
    is_deeply [ @{ jobsessions($db, 'put') }{qw(exit out err)} ], [ 0, '', '' ], 'no input, nothing to do';
};

subtest 'sizes' => sub {
    my $db = new_database();
    my ($limit, $line_limit) = (1024 * 1024, 8 * 1024 * 1024);
    my $largest = session_of_size(1, $limit);
    is put($db, $largest)->{out}, "1\n", 'a session of 1 MiB';
    is get($db, 1), "$largest\n", 'is stored';
    my $larger = put($db, session_of_size(2, $limit + 1));
    is $larger->{exit}, 1, 'one byte more';
    is $larger->{err}, "jobsessions: line 1: the session takes 1048577 bytes, at most 1048576 are allowed\n",
        'is refused';

    my $spaced = '{"status":"Success","note":"spaces do not count"' . ' ' x ($line_limit - 49) . '}';
    is length $spaced, $line_limit, 'a line of 8 MiB';
    my $put = put($db, $spaced, "$spaced ", '{"status":"Success","after":1}');
    is $put->{exit}, 1, 'one longer is refused';
    is $put->{out}, "2\n3\n", 'the lines around it are stored';
    is $put->{err}, "jobsessions: line 2: longer than 8388608 bytes\n", 'it is named';
    my $last = jobsessions($db, 'put', { stdin => qq({"status":"Success"}\n) . ' ' x (2 * $line_limit) });
    is $last->{err}, "jobsessions: line 2: longer than 8388608 bytes\n", 'also without an end of line';
};

subtest 'many at once' => sub {
    my $db = new_database();
    my $put = put($db, map { qq({"status":"Success","number":$_}) } 1 .. 2500);
    is $put->{exit}, 0, 'more than one commit holds';
    is $put->{out}, join('', map { "$_\n" } 1 .. 2500), 'ids in the order of the lines';
    is get($db, 2500), qq({"id":"2500","status":"Success","usn":2500,"number":2500}\n), 'to the last';
};

# What follows talks to a put that keeps running.
sub start_put ($db) {
    my $pid = open3(my $to, my $from, undef, build_file('jobsessions'), '-d', $db, 'put');
    $to->autoflush(1);
    return { pid => $pid, to => $to, from => $from };
}

sub tell_put ($put, $bytes) {
    print { $put->{to} } $bytes;
}

sub next_id ($put, $seconds = 10) {
    IO::Select->new($put->{from})->can_read($seconds) or return 'nothing';
    sysread $put->{from}, my $ids, 4096;
    return $ids;
}

subtest 'a line is committed without waiting for the next' => sub {
    my $db = new_database();
    my $put = start_put($db);
    tell_put($put, qq({"status":"Success","a":1}\n));
    is next_id($put), "1\n", 'the id comes while the pipe stays open';
    is get($db, 1), qq({"id":"1","status":"Success","usn":1,"a":1}\n), 'and others see the session';
    tell_put($put, qq({"id":"1","a":2}\n{"status":"Success","b"));
    is next_id($put), "1\n", 'half a line more does not hold it up';
    my $other = run_command([ 'timeout', 20, build_file('jobsessions'), '-d', $db, 'put' ], '{"status":"Success","c":3}');
    is $other->{out}, "2\n", 'nor does the half line keep another writer waiting';
    tell_put($put, qq(:4}\n));
    is next_id($put), "3\n", 'the line is taken up where it broke off';
    close $put->{to};
    waitpid $put->{pid}, 0;
    is $?, 0, 'end of input, done';
};

subtest 'an id that was printed is kept' => sub {
    my $db = new_database();
    my $put = start_put($db);
    tell_put($put, qq({"status":"Success","a":1}\n));
    is next_id($put), "1\n", 'the id';
    kill KILL => $put->{pid};
    waitpid $put->{pid}, 0;
    is get($db, 1), qq({"id":"1","status":"Success","usn":1,"a":1}\n), 'the session outlives a killed process';

    my $broken = run_command(
        [ 'env', 'LD_PRELOAD=' . preload(build_file('t/support/failing_sync.so')), build_file('jobsessions'), '-d', $db, 'put' ],
        qq({"status":"Success","b":2}\n{"status":"Success","c":3}\n));
    is $broken->{out}, '', 'no id is printed where a commit cannot be made durable';
    is $broken->{exit}, 3, 'the database could not be used';
    like $broken->{err}, qr/^jobsessions: \Q$db\E: commit: .*Input\/output error/, 'as it says';
    like $broken->{err}, qr/the last 2 sessions were not stored; 0 before them were/, 'and what that means';
    is jobsessions($db, 'get', 2)->{exit}, 1, 'they were not';
};

subtest 'updates alone' => sub {
    my $db = new_database();
    put($db, '{"status":"Running"}');
    my $run = jobsessions($db, 'put', '--update', { stdin => qq({"id":"1","status":"Success"}\n{"id":"0","status":"Success"}\n{"status":"Success"}\n{"id":"1","n":1}\n) });
    is_deeply [ @$run{qw(exit out)} ], [ 1, "1\n1\n" ], 'what is there is updated, and told';
    is $run->{err}, qq(jobsessions: line 2: $db: there is no session "0", or it was removed; an update makes none\n)
        . "jobsessions: line 3: id: is missing; an update says which session it is of\n", 'what is not is refused';
    is get($db, 1), qq({"id":"1","status":"Success","usn":3,"n":1}\n), 'the lines after it are read';
    is jobsessions($db, 'import', '--update')->{exit}, 2, 'it goes with put alone';
};

subtest 'many processes' => sub {
    my $db = new_database();
    my @puts = map { start_put($db) } 1 .. 4;
    for my $round (1 .. 25) {
        tell_put($_, qq({"status":"Success","round":$round}\n)) for @puts;
    }
    close $_->{to} for @puts;
    my %ids;
    for my $put (@puts) {
        local $/ = undef;
        $ids{$_}++ for split /\n/, readline $put->{from};
        waitpid $put->{pid}, 0;
        is $?, 0, 'each is done';
    }
    is_deeply [ sort { $a <=> $b } keys %ids ], [ 1 .. 100 ], 'every id was given once';
    my $export = decode_json(jobsessions($db, 'export')->{out});
    is_deeply [ sort { $a <=> $b } map { $_->{usn} } @{ $export->{results} } ], [ 1 .. 100 ], 'so was every usn';
};

subtest 'no place for the output, or the database' => sub {
    my $db = new_database();
    my $put = run_command([ 'sh', '-c', 'exec "$0" -d "$1" put >/dev/full', build_file('jobsessions'), $db ], qq({"status":"Success"}\n));
    is $put->{exit}, 3, 'the ids cannot be written';
    like $put->{err}, qr/^jobsessions: the ids could not be printed; the sessions are stored$/, 'as it says';
    is get($db, 1), qq({"id":"1","status":"Success","usn":1}\n), 'they are';

    my $small = new_database();
    my $full = jobsessions($small, '--map-size', '256K', 'put', { stdin => session_of_size(1, 500_000) });
    is_deeply [ @$full{qw(exit out)} ], [ 3, '' ], 'a full map';
    like $full->{err}, qr/has reached the size it was opened for; open it with a larger map/, 'and the remedy';
    is put($small, '{"status":"Success"}')->{out}, "1\n", 'which helps';

    my $nowhere = put("$scratch/no/where", '{"status":"Success"}');
    is $nowhere->{exit}, 3, 'only the last component of the directory is made';
    like $nowhere->{err}, qr{^jobsessions: \Q$scratch\E/no/where: }, 'the message names it';
};

done_testing;
