# SPDX-License-Identifier: Apache-2.0
package JobSessions::Sessions;

use v5.36;
use Exporter qw(import);
use JobSessions::Test qw(decode_json);

our @EXPORT_OK = qw(export_document item_lists plain_sessions rich_sessions session_of_size statuses types);

=head1 NAME

JobSessions::Sessions - sessions to test with, and the document they must come out as

=head1 SYNOPSIS

    my @sessions = rich_sessions();
    jobsessions($db, 'import', { stdin => join "\n", @sessions });
    is jobsessions($db, 'export')->{out}, export_document(sessions => \@sessions);

Sessions are texts in canonical form, id and usn included. What comes of them is put together here in
Perl, from the document "Exporting Sessions List" and not from the code under test.

=over

=item statuses(), types(), item_lists()

Those of the facts about the API; the lists a session has beside its log, of which the last five are version 8.1's.

=cut

sub item_lists {
    return qw(protectedItems deletedItems restoredItems fileLevelRestoredItems checkedItems restoredDatabases
        fileLevelRestoredFileShareItems vnetRestoredItems restoredCosmosDbAccounts);
}

sub statuses {
    return qw(Canceled Canceling Error Failed NeverExecuted Pending Running RunningWithError
        RunningWithWarning Success Unknown Warning);
}

sub types {
    return qw(AutoBackup BackupRetention RestoreDisks FileLevelRestore ObsoleteSnapshotRetention
        ManualSnapshot PolicyBackup PolicySnapshot RestoreVms BackupDeletion SnapshotDeletion
        RepositoryCreation RepositoryDeletion RepositoryEdit ManualSnapshotDeletion
        InvalidSnapshotRetention OrphanedSnapshotRetention);
}

=item plain_sessions($count, $first_id)

So many finished backups, with ids and usns from $first_id (1) on.

=cut

sub plain_sessions ($count, $first = 1) {
    return map {
        sprintf '{"id":"%d","type":"PolicyBackup","localizedType":"Policy Backup",'
            . '"executionStartTime":"2020-02-07T08:%02d:%02dZ","status":"Success","usn":%d,'
            . '"backupJobInfo":{"policyName":"policy of session %d"}}', $_, $_ / 60 % 60, $_ % 60, $_, $_
    } $first .. $first + $count - 1;
}

=item session_of_size($id, $bytes)

A session that takes exactly so many bytes; its usn is its id.

=cut

sub session_of_size ($id, $bytes) {
    my $empty = sprintf '{"id":"%s","status":"Success","usn":%s,"padding":""}', $id, $id;
    return substr($empty, 0, -2) . 'x' x ($bytes - length $empty) . '"}';
}

=item rich_sessions()

All that a session can be: every member, status and type of the document and the facts, members left
out, unknown members, everything JSON can escape, the smallest and largest id, session and usn that can be given.

=cut

sub rich_sessions {
    my ($id, $usn) = (100, 2000);
    my @sessions = (
        # the smallest and the largest id, and a session with nothing else
        '{"id":"0","usn":0}',
        '{"id":"9223372036854775807","usn":9007199254740991}',
        # every member there is
        '{"id":"1","type":"PolicyBackup","localizedType":"Policy Backup",'
            . '"executionStartTime":"2020-02-07T08:43:30.892836Z",'
            . '"executionStopTime":"2020-02-07T08:44:41.08057Z","executionDuration":"00:01:10.1877340",'
            . '"status":"Success","usn":11,'
            . '"backupJobInfo":{"policyId":"4e096ba7-8125-4d5d-804b-581f4e6c8440",'
            . '"policyName":"Backup Policy","policyType":"VirtualMachines","protectedInstancesCount":1,"policyRemoved":false},'
            . '"healthCheckJobInfo":{"policyId":"00000000-0000-4000-8000-00000000000a","policyName":"Health, checked",'
            . '"checkedInstancesCount":2147483647,"policyRemoved":true},'
            . '"restoreJobInfo":{"reason":"a disk was lost","items":[{"vm":"one","disks":[0,1]},{}],"backupPolicyDisplayName":"Nightly"},'
            . '"fileLevelRestoreJobInfo":{"initiator":"admin","reason":"a file was lost",'
            . '"flrLink":{"url":"https://flr.example/?a=b&c=d","thumbprint":"AB:CD:EF"},"vmId":"vm-17","vmName":"web",'
            . '"backupPolicyDisplayName":"Nightly","restorePointCreatedDateUtc":"2020-02-06T00:00:00Z","isFlrSessionReady":true},'
            . '"fileShareFileLevelRestoreJobInfo":{"initiator":"admin","reason":"","flrLink":{},"fileShareId":"share-1",'
            . '"fileShareName":"share","backupPolicyDisplayName":"Nightly","restorePointCreatedDateUtc":"2020-02-06T00:00:00.5Z"},'
            . '"repositoryJobInfo":{"repositoryId":1,"repositoryName":"Backup Repository",'
            . '"repositoryRemoved":true},'
            . '"restorePointDataRetrievalJobInfo":{"restorePointId":"00000000-0000-4000-8000-00000000000b",'
            . '"sqlRestorePointId":"00000000-0000-4000-8000-00000000000C","cosmosDbRestorePointId":"00000000-0000-4000-8000-00000000000d",'
            . '"initiator":"admin","instanceName":"appliance","daysToKeep":7,"dataRetrievalPriority":"High"},'
            . '"retentionJobInfo":{"deletedRestorePointsCount":0}}',
        # objects with nothing in them, texts of one byte and of none
        '{"id":"2","type":"x","localizedType":"","usn":12,"backupJobInfo":{},"restoreJobInfo":{"items":[]},'
            . '"fileLevelRestoreJobInfo":{"reason":"","flrLink":{}},"repositoryJobInfo":{"repositoryId":-1},'
            . '"retentionJobInfo":{}}',
        # a repository whose id is no number
        '{"id":"11","status":"Success","usn":20,"repositoryJobInfo":{"repositoryUid":"b3f8b6a0-3c8e-4a3b-9d0e-5f0c9d3f6a11"}}',
        # a health check, as the vendor's v8.1 has them
        '{"id":"12","type":"HealthCheck","localizedType":"Health Check","usn":21,"healthCheckJobInfo":{"policyName":"Only checked"}}',
        # running: started, not stopped
        '{"id":"3","type":"RestoreVms","localizedType":"Restore Vms",'
            . '"executionStartTime":"2026-11-23T08:00:00Z","status":"Running","usn":13}',
        # the first and the last moment, a duration of days, one that is not the difference
        '{"id":"4","executionStartTime":"0001-01-01T00:00:00.0000001Z",'
            . '"executionStopTime":"9999-12-31T23:59:59.9999999Z",'
            . '"executionDuration":"3652058.23:59:59.9999999","usn":14}',
        '{"id":"5","executionStartTime":"2024-02-29T23:59:59.0000001Z","executionDuration":"1.00:00:00","usn":15}',
        # unknown members, in no order, nested, of every kind; one called as a part of the document is
        '{"id":"6","type":"SqlBackup","localizedType":"SQL-Sicherung","usn":16,"zeta":1,"alpha":[1,-2,2.5,1e+100,true,'
            . 'false,"",{"b":{"a":[[]]}}],"":"","results":[{"id":"6"}],"totalCount":7,"nested":{"_links":{},"id":1}}',
        '{"id":"7","usn":17,"backupJobInfo":{"policyName":"p","later":{"x":1}},'
            . '"fileLevelRestoreJobInfo":{"flrLink":{"url":"u","later":[]},"later":2}}',
        # what JSON escapes, what it need not, and what is longer than one UTF-16 unit
        '{"id":"8","usn":18,"escapes":"\\" \\\\ / \\b \\f \\n \\r \\t \\u0000 \\u0001 \\u000b \\u001f '
            . "\x7f </script> %s &lt;\"}",
        qq({"id":"9","usn":19,"backupJobInfo":{"policyName":"Zürich – 東京 \x{1f4be}\x{fe0f} \x{10ffff} \x{2028}e\x{301}"},)
            . qq("\x{1f511} key \\" \\n":"\x{e000}"}),
        # as large as a session may be
        session_of_size(10, 1024 * 1024)
    );
    for my $status (statuses()) {
        push @sessions, sprintf '{"id":"%d","status":"%s","usn":%d}', $id++, $status, $usn--;
    }
    my %special = (
        RepositoryCreation       => 'Create Repository',
        InvalidSnapshotRetention => 'Invalid Snapshot Deletion'
    );
    for my $type (types()) {
        my $localized = $special{$type} // $type =~ s/(?<=[a-z])(?=[A-Z])/ /gr;
        push @sessions, sprintf '{"id":"%d","type":"%s","localizedType":"%s","usn":%d}', $id++, $type,
            $localized, $usn--;
    }
    utf8::encode($_) for @sessions;
    return @sessions;
}

=item export_document(sessions => [...], links => $url, self => $url)

The document an export of these sessions must be. C<links> is where the links of sessions begin
(https://localhost/api/v1/jobSessions), C<self> the same for the collection (with :443).

=cut

sub export_document (%document) {
    my $links = $document{links} // 'https://localhost/api/v1/jobSessions';
    my $self = $document{self} // 'https://localhost:443/api/v1/jobSessions';
    my @by_id = sort { length $b->[0] <=> length $a->[0] || $b->[0] cmp $a->[0] }
        map { [ decode_json($_)->{id}, $_ ] } @{ $document{sessions} };
    my @results = map {
        my ($id, $session) = @$_;
        substr($session, 0, -1)
            . qq(,"_links":{"self":{"href":"$links/$id"},"log":{"href":"$links/$id/log"}}})
    } @by_id;
    return sprintf '{"offset":0,"limit":-1,"totalCount":%d,"results":[%s],'
        . '"_links":{"self":{"href":"%s?offset=0&limit=-1&display=Full"}}}', scalar @results,
        join(',', @results), $self;
}

=back

=cut

1;
