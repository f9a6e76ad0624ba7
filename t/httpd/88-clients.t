# SPDX-License-Identifier: Apache-2.0
# Clients in the field: a collector for Grafana, and what is generated from an OpenAPI file and refuses
# members it does not know.

use v5.36;
use Test::More;
use File::Path qw(remove_tree);
use JSON::XS ();
use JobSessions::Sessions qw(rich_sessions statuses);
use JobSessions::Test qw(database_dir decode_json http jobsessions make_database port run_command);

my $mount = '/api/v1/jobSessions';
my $here = 'http://127.0.0.1:' . port('lists') . $mount;
my $db = database_dir('lists');
remove_tree($db);

subtest 'the Grafana collector' => sub {
    mkdir $db;
    make_database($db, 't/data/sessions-example.ndjson');
    my $put = jobsessions($db, 'put', { stdin => join '', map { "$_\n" }
        '{"type":"PolicyBackup","status":"Failed","executionStartTime":"2026-11-23T06:00:00Z","executionStopTime":"2026-11-23T07:02:03.5Z","backupJobInfo":{"policyId":"00000000-0000-4000-8000-000000000001","policyName":"Nightly \\"full\\", all VMs"}}',
        '{"type":"PolicySnapshot","status":"Success"}' });
    is $put->{exit}, 0, 'sessions' or diag $put->{err};
    # what it does, a value at a time
    my $script = <<~'SCRIPT';
        set -eu
        token=$1 url=$2
        sessions=$(curl -q -sS --noproxy '*' --max-time 20 -X GET -H "Authorization: Bearer $token" -H "accept: application/json" "$url/jobSessions?Types=PolicyBackup")
        count=$(echo "$sessions" | jq -r '.results[].id' | wc -l)
        i=0
        while [ "$i" -lt "$count" ]; do
            id=$(echo "$sessions" | jq --raw-output ".results[$i].id")
            status=$(echo "$sessions" | jq --raw-output ".results[$i].status")
            type=$(echo "$sessions" | jq --raw-output ".results[$i].type")
            duration=$(echo "$sessions" | jq --raw-output ".results[$i].executionDuration")
            hours=$(echo "$duration" | awk -F: '{print $1}')
            minutes=$(echo "$duration" | awk -F: '{print $2}')
            seconds=$(echo "$duration" | awk -F: '{print $3}' | cut -d. -f1)
            total=$(echo "$hours $minutes $seconds" | awk '{print $1 * 3600 + $2 * 60 + $3}')
            stop=$(echo "$sessions" | jq --raw-output ".results[$i].executionStopTime")
            stopped=$(date -d "$stop" +"%s")
            policy=$(echo "$sessions" | jq --raw-output ".results[$i].backupJobInfo.policyId")
            name=$(echo "$sessions" | jq --raw-output ".results[$i].backupJobInfo.policyName")
            echo "$id|$status|$type|$total|$stopped|$policy|$name"
            i=$((i + 1))
        done
        SCRIPT
    my $run = run_command([ 'sh', '-c', $script, 'collector', 'a.b.c', $here =~ s{/jobSessions$}{}r ]);
    is $run->{exit}, 0, 'it runs through' or diag $run->{err};
    is $run->{err}, '', 'without complaint';
    is_deeply [ split /\n/, $run->{out} ], [
        '7|Failed|PolicyBackup|3723|' . '1795417323' . '|00000000-0000-4000-8000-000000000001|Nightly "full", all VMs',
        '4|Success|PolicyBackup|985|1581063808|4e096ba7-8125-4d5d-804b-581f4e6c8440|Backup Policy',
    ], 'and has every value';
};

# ---- The shapes of the facts about the API -------------------------------------------------------

my $date = qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{0,6}[1-9])?Z$/;
my $span = qr/^(?:\d+\.)?\d\d:\d\d:\d\d(?:\.\d{7})?$/;
my $status = do { my $names = join '|', statuses(); qr/^(?:$names)$/ };
my $link = { href => qr{^https?://\S+$} };
my %session = (
    '!id' => qr/^(?:0|[1-9]\d{0,19})$/, type => qr/./, localizedType => qr//, executionStartTime => $date, executionStopTime => $date,
    executionDuration => $span, status => $status, '!usn' => 'integer',
    backupJobInfo => { policyId => qr//, policyName => qr//, policyType => qr/./, protectedInstancesCount => 'integer', policyRemoved => 'boolean' },
    healthCheckJobInfo => { policyId => qr/./, policyName => qr//, checkedInstancesCount => 'integer', policyRemoved => 'boolean' },
    restoreJobInfo => { reason => qr//, items => ['any'], backupPolicyDisplayName => qr// },
    fileLevelRestoreJobInfo => { reason => qr//, vmId => qr//, flrLink => { url => qr//, thumbprint => qr// }, initiator => qr//, vmName => qr//,
        backupPolicyDisplayName => qr//, restorePointCreatedDateUtc => $date, isFlrSessionReady => 'boolean' },
    fileShareFileLevelRestoreJobInfo => { reason => qr//, flrLink => { url => qr//, thumbprint => qr// }, initiator => qr//, fileShareId => qr//,
        fileShareName => qr//, backupPolicyDisplayName => qr//, restorePointCreatedDateUtc => $date },
    repositoryJobInfo => { repositoryId => 'integer', repositoryUid => qr/./, repositoryName => qr//, repositoryRemoved => 'boolean' },
    restorePointDataRetrievalJobInfo => { map({ $_ => qr/./ } qw(restorePointId sqlRestorePointId cosmosDbRestorePointId initiator instanceName dataRetrievalPriority)), daysToKeep => 'integer' },
    retentionJobInfo => { deletedRestorePointsCount => 'integer' },
    '!_links'               => { '!self' => $link, '!log' => $link },
);
my %page_links = (_links => { self => $link, map { $_ => $link } qw(first prev next last) });
my %page = ('!offset' => 'integer', '!limit' => 'integer', '!totalCount' => 'integer', '!results' => [ \%session ], '!_links' => $page_links{_links});
my %log = ('!jobSessionId' => $session{'!id'}, '!log' => [ { logTime => $date, status => $status, message => qr//, executionStartTime => $date, executionDuration => $span } ]);
my %problem = ('!type' => qr/./, '!title' => qr/./, '!status' => 'integer', '!detail' => qr/./, '!traceId' => qr/./, errors => 'any');

# What of a value is not of a shape: a pattern for strings, a type, [element], or {members}, those with
# a ! required and no others allowed.
sub misshapen ($value, $shape, $at = '') {
    if (ref $shape eq 'Regexp') {
        return !defined $value || ref $value || JSON::XS->new->allow_nonref->encode($value) !~ /^"/ || $value !~ $shape ? "$at is no such string" : ();
    } elsif (ref $shape eq 'ARRAY') {
        return ref $value eq 'ARRAY' ? map { misshapen($value->[$_], $shape->[0], "$at\[$_]") } 0 .. $#$value : "$at is no array";
    } elsif (ref $shape eq 'HASH') {
        return "$at is no object" unless ref $value eq 'HASH';
        my %shapes = map { s/^!//r => $shape->{$_} } keys %$shape;
        return (map({ my $name = s/^!//r; exists $value->{$name} ? () : "$at has no $name" } grep { /^!/ } keys %$shape),
            map { $shapes{$_} ? misshapen($value->{$_}, $shapes{$_}, "$at.$_") : "$at has an unknown $_" } keys %$value);
    }
    return () if $shape eq 'any';
    return JSON::XS::is_bool($value) ? () : "$at is no boolean" if $shape eq 'boolean';
    return JSON::XS->new->allow_nonref->encode($value) =~ /^-?\d+$/ ? () : "$at is no integer";
}

subtest 'shapes' => sub {
    remove_tree($db);
    # those with members of their own are for others
    my @sessions = grep { !/later|zeta|escapes|key|padding/ } rich_sessions();
    my $import = jobsessions($db, 'import', { stdin => join "\n", @sessions });
    is $import->{exit}, 0, 'sessions with every member' or diag $import->{err};
    is jobsessions($db, 'log', 1, '--add', { stdin => qq({"logTime":"2020-02-07T08:43:30.5Z","status":"Success","message":"m","executionStartTime":"2020-02-07T08:43:30Z","executionDuration":"00:00:01"}\n{}\n) })->{exit}, 0, 'a log';
    is jobsessions($db, 'items', 1, 'protectedItems', '--add', { stdin => qq({"name":"vm","size":1}\n) })->{exit}, 0, 'an item';
    my @cases = (
        [ GET => $mount, \%page ], [ GET => "$mount?Limit=3&Offset=6", \%page ], [ GET => "$mount?Limit=-1&Sort=StartTimeAsc", \%page ], [ POST => "$mount/export", \%page ],
        [ GET => "$mount?Status=Failed", \%page ], [ GET => "$mount/1", \%session ], [ GET => "$mount/9223372036854775807", \%session ], [ GET => "$mount/1/log", \%log ],
        [ GET => "$mount/0/log", \%log ], [ GET => "$mount/1/protectedItems", { %page, '!results' => [ { '!name' => qr//, size => 'integer' } ] } ],
        [ GET => "$mount/1/restoredItems", { %page, '!results' => [ {} ] } ],
        [ GET => "$mount/9999", \%problem ], [ GET => "$mount?Limit=x", { %problem, '!errors' => { '!Limit' => [ qr/./ ] } } ], [ PUT => $mount, \%problem ],
    );
    for my $case (@cases) {
        my ($method, $path, $shape) = @$case;
        my @wrong = misshapen(decode_json(http('lists', $method => $path)->{body}), $shape);
        is_deeply \@wrong, [], "$method $path";
    }
    unlike http('lists', POST => "$mount/export")->{body}, qr/:null/, 'absent is absent, never null';
    is_deeply [ sort { $a cmp $b } misshapen({ id => 7, x => 1 }, { '!id' => qr/./, '!y' => 'any' }) ], [ ' has an unknown x', ' has no y', '.id is no such string' ], 'the check finds what is wrong';
};

remove_tree($db);
done_testing;
