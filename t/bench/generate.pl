#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Sessions by the million, one JSON object a line, oldest first, for `jobsessions import`.
# usage: generate.pl COUNT
# One a minute, whatever COUNT is, so that a range of time holds the same number in every database.
# The same COUNT gives the same sessions.
use v5.36;
use POSIX qw(strftime);

my $count = shift // die "usage: generate.pl COUNT\n";
my $first = 1_577_836_800;    # 2020-01-01

my @statuses = (('Success') x 16, 'Warning', 'Warning', 'Error', 'Canceled');
my @policies = map { sprintf '"backupJobInfo":{"policyId":"4e096ba7-8125-4d5d-804b-581f4e6c%04x",'
        . '"policyName":"%s %02d","protectedInstancesCount":%d,"policyRemoved":%s}',
    $_, ('Nightly backup', 'Büro München', '東京 本番データベース')[ $_ % 3 ], $_, 1 + $_ * 7 % 40,
    $_ % 9 ? 'false' : 'true' } 0 .. 63;
my @restores = map { qq("restoreJobInfo":{"reason":"Ticket #$_: \\"back to yesterday's state\\"",)
        . qq("items":[{"name":"erp-db-$_","type":"Disk","sizeBytes":) . $_ * 2**30 . '}]}' } 1 .. 64;
my @files = map { sprintf '"fileLevelRestoreJobInfo":{"reason":"Quarterly restore test",'
        . '"flrLink":{"url":"https://flr-%02d.console.example/","thumbprint":"%s"},"vmId":"vm-%04d"}',
    $_, sprintf('%040X', $_ * 7_919), $_ } 1 .. 64;

binmode STDOUT, ':raw';

for my $n (0 .. $count - 1) {
    my $kind = $n * 31 % 20;
    my ($type, $info) =
          $kind < 13 ? ('PolicyBackup',     ',' . $policies[ $n % @policies ])
        : $kind < 16 ? ('PolicySnapshot',   ',' . $policies[ $n * 3 % @policies ])
        : $kind < 17 ? ('RestoreDisks',     ',' . $restores[ $n % @restores ])
        : $kind < 18 ? ('FileLevelRestore', ',' . $files[ $n % @files ])
        :              ('BackupRetention',  '');
    my $start = $first + 60 * $n;
    my $stop = $start + 30 + $n % 1800;
    printf '{"type":"%s","executionStartTime":"%s.906363Z","executionStopTime":"%s.85864%dZ",'
        . qq("status":"%s"%s}\n), $type, utc($start), utc($stop), 1 + $n % 9,
        $statuses[ $n * 17 % 20 ], $info;
}

# strftime for each of ten million times would take longer than their import.
sub utc ($time) {
    state %days;
    my $seconds = $time % 86400;
    my $date = $days{ $time - $seconds } //= strftime('%Y-%m-%d', gmtime $time);
    return sprintf '%sT%02d:%02d:%02d', $date, $seconds / 3600, $seconds / 60 % 60, $seconds % 60;
}
