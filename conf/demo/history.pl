#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# A believable year of job sessions, one JSON object a line, oldest first, for `jobsessions import`.
# usage: history.pl [NOW]
#   NOW  where the history ends, in seconds since 1970; the present moment if not given
# The same NOW gives the same history. Sessions carry neither id nor usn: the store gives them.
use strict;
use warnings;
use utf8;

use Digest::MD5 qw(md5_hex);
use Encode qw(encode_utf8);
use JSON::PP ();
use POSIX qw(strftime);

use constant { DAY => 86400, HOUR => 3600, MINUTE => 60, DAYS => 365, DAYS_WITHOUT => 2 };

my $now   = shift // time;
my $today = $now - $now % DAY;
my $json  = JSON::PP->new->utf8->canonical;
my @sessions;

# ---- Chance, the same on every run -----------------------------------------------------------

# perl's own rand() need not give the same numbers everywhere; this is the generator of POSIX.
my $seed = 20200207;

sub chance {
    $seed = ($seed * 1103515245 + 12345) % 2**31;
    return $seed / 2**31;
}

sub between { my ($low, $high) = @_; return $low + int(chance() * ($high - $low + 1)) }
sub one_of  { return $_[ between(0, $#_) ] }

sub uuid {
    my $digits = md5_hex(encode_utf8($_[0]));
    return join '-', unpack('A8', $digits), substr($digits, 8, 4), '4' . substr($digits, 13, 3),
        'a' . substr($digits, 17, 3), substr($digits, 20, 12);
}

# ---- Sessions --------------------------------------------------------------------------------

sub utc { my ($seconds) = @_; return strftime('%Y-%m-%dT%H:%M:%S', gmtime int $seconds)
        . sprintf('.%07dZ', ($seconds - int $seconds) * 1e7) }

# Most sessions go well. How much does not is a matter of the kind of work.
sub outcome {
    my ($trouble) = @_;
    my $luck = chance();
    return 'Error'    if $luck < $trouble;
    return 'Warning'  if $luck < 2.5 * $trouble;
    return 'Canceled' if $luck < 2.7 * $trouble;
    return 'Success';
}

# One session: when it starts and how long it takes, in seconds. What would start after NOW has not
# happened; what would stop after NOW is running.
sub session {
    my ($type, $start, $duration, $trouble, %info) = @_;
    $start += chance();
    $duration += chance();
    my $status = outcome($trouble);
    $duration /= 4 if $status eq 'Error' || $status eq 'Canceled';
    return if $start >= $now;
    my %session = (type => $type, executionStartTime => utc($start), %info);
    if ($start + $duration < $now) {
        $session{executionStopTime} = utc($start + $duration);
        $session{status} = $status;
    } else {
        $session{status} = $status eq 'Warning' ? 'RunningWithWarning' : 'Running';
    }
    push @sessions, [$start, \%session];
    return;
}

# ---- The site --------------------------------------------------------------------------------

# policy => kind of session it makes, hours of the day it runs at, minutes it takes, instances,
# share of failures, first and last day (counted back from today)
my @policies = (
    ['Backup Policy',            'PolicyBackup',   [22],           16, 1,  0.010, DAYS, 0],
    ['Büro München',             'PolicyBackup',   [20],           34, 12, 0.020, DAYS, 0],
    ['Büro München – Dateien',   'PolicyBackup',   [12, 23],       21, 4,  0.025, 240,  0],
    ['東京 本番データベース',    'PolicyBackup',   [15],           72, 9,  0.030, 310,  0],
    ['🛒 Web shop',              'PolicyBackup',   [1],            48, 22, 0.020, DAYS, 0],
    ['Kraków – księgowość',      'PolicyBackup',   [19],           11, 3,  0.015, 180,  0],
    ['Legacy ERP (decommissioned)', 'PolicyBackup', [3],           95, 6,  0.090, DAYS, 121],
    ['SQL gold',                 'PolicySnapshot', [0, 6, 12, 18], 2,  8,  0.008, DAYS, 0],
    ['Domain controllers',       'PolicySnapshot', [4, 16],        1,  4,  0.005, DAYS, 0],
    ['Тестовый стенд',           'PolicySnapshot', [9],            3,  15, 0.060, 150,  0],
);

# This one has had no good run for days, whenever the history ends.
my $trouble_since = 'Kraków – księgowość';

my @machines = (
    qw(erp-db-01 erp-app-02 web-fe-01 web-fe-02 shop-db-01 dc-01 file-01 build-07),
    'büro-münchen-nas', '東京-db-01',
);
my @users = ('Anna Müller', 'J. Doe', "Siobhán O'Neill", '田中 太郎', 'Łukasz "Luk" Nowak');
my @repositories = ('Backup Repository', 'Archiv Köln', 'Cold storage 🧊', '大阪リポジトリ');

sub policy_info {
    my ($policy, $count) = @_;
    my ($name, $last_day) = @{$policy}[0, 7];
    return backupJobInfo => {
        policyId                => uuid($name),
        policyName              => $name,
        protectedInstancesCount => $count,
        policyRemoved           => $last_day > 0 ? JSON::PP::true : JSON::PP::false,
    };
}

sub vm_id {
    my ($machine) = @_;
    return '/subscriptions/' . uuid('subscription')
        . "/resourceGroups/production/providers/Microsoft.Compute/virtualMachines/$machine";
}

sub reason {
    my ($machine) = @_;
    return one_of('Quarterly restore test',
        "$machine does not boot after an update",
        'Ticket #' . between(1000, 9999) . ': "please bring back yesterday\'s state"',
        "Requested by ${\ one_of(@users)}\non the phone",
        'Ransomware drill');
}

sub restore_info {
    my ($machine, $kind) = @_;
    my @names = $kind eq 'Disk' ? map { "$machine-disk-$_" } 1 .. between(1, 4) : $machine;
    my @items = map { { name => $_, type => $kind, sizeBytes => between(8, 512) * 2**30 } } @names;
    return restoreJobInfo => { reason => reason($machine), items => \@items };
}

sub file_level_info {
    my ($machine) = @_;
    my $host = 'flr-' . substr(uuid($machine . between(1, 9)), 0, 8) . '.console.example';
    my $thumbprint = uc substr(md5_hex($host) x 2, 0, 40);
    return fileLevelRestoreJobInfo => {
        reason  => reason($machine),
        flrLink => { url => "https://$host/?machine=$machine&view=list", thumbprint => $thumbprint },
        vmId    => vm_id($machine),
    };
}

sub repository_info {
    my ($number, $removed) = @_;
    return repositoryJobInfo => {
        repositoryId      => $number,
        repositoryName    => $repositories[$number - 1],
        repositoryRemoved => $removed ? JSON::PP::true : JSON::PP::false,
    };
}

# ---- What happens in a day -------------------------------------------------------------------

sub scheduled_work {
    my ($day, $ago) = @_;
    for my $policy (@policies) {
        my ($name, $type, $hours, $minutes, $instances, $trouble, $first, $last) = @{$policy};
        next if $ago >= $first || $ago < $last;
        $trouble = 1 if $ago <= DAYS_WITHOUT && $name eq $trouble_since;
        for my $hour (@{$hours}) {
            my $duration = $minutes * MINUTE * (0.7 + 0.6 * chance());
            session($type, $day + $hour * HOUR + between(0, 20), $duration, $trouble,
                policy_info($policy, $instances - (chance() < 0.03)));
        }
    }
    return;
}

sub retention {
    my ($day) = @_;
    session('BackupRetention', $day + 5 * HOUR, between(40, 400), 0.01);
    session('ObsoleteSnapshotRetention', $day + 5.5 * HOUR, between(5, 60), 0.01);
    session('OrphanedSnapshotRetention', $day + 6 * HOUR, between(3, 20), 0.02) if chance() < 0.1;
    session('InvalidSnapshotRetention', $day + 6.2 * HOUR, between(3, 20), 0.02) if chance() < 0.05;
    return;
}

# What people start, in working hours.
sub manual_work {
    my ($day) = @_;
    my $at = sub { return $day + between(8 * HOUR, 17 * HOUR) };
    session('ManualSnapshot', $at->(), between(30, 120), 0.03) for 1 .. between(0, 2);
    session('AutoBackup', $at->(), between(300, 2400), 0.02,
        policy_info(one_of(@policies[0 .. 5]), 1)) if chance() < 0.15;
    my $machine = one_of(@machines);
    session('FileLevelRestore', $at->(), between(600, 7200), 0.04, file_level_info($machine))
        if chance() < 0.30;
    session('RestoreVms', $at->(), between(900, 9000), 0.08,
        restore_info($machine, 'VirtualMachine')) if chance() < 0.12;
    session('RestoreDisks', $at->(), between(300, 4000), 0.08, restore_info($machine, 'Disk'))
        if chance() < 0.08;
    session(one_of('BackupDeletion', 'SnapshotDeletion', 'ManualSnapshotDeletion'), $at->(),
        between(5, 90), 0.02) if chance() < 0.12;
    return;
}

# Repositories come, change and go on their days (counted back from today).
my %repository_work = (
    364 => ['RepositoryCreation', 1], 300 => ['RepositoryCreation', 2],
    210 => ['RepositoryCreation', 3], 177 => ['RepositoryEdit',     1],
    140 => ['RepositoryDeletion', 2], 95  => ['RepositoryCreation', 4],
    31  => ['RepositoryEdit',     3], 2   => ['RepositoryEdit',     4],
);

for my $ago (reverse 0 .. DAYS - 1) {
    my $day = $today - $ago * DAY;
    scheduled_work($day, $ago);
    retention($day);
    manual_work($day) if (gmtime $day)[6] =~ /[1-5]/;
    if (my $work = $repository_work{$ago}) {
        my ($type, $number) = @{$work};
        session($type, $day + 9 * HOUR, between(20, 60), 0, repository_info($number, $number == 2));
    }
}

# Whatever the hour, something is running: work that was started minutes ago.
session('PolicyBackup', $now - 25 * MINUTE, 2 * HOUR, 0, policy_info($policies[3], 5));
session('RestoreVms', $now - 8 * MINUTE, HOUR, 0, restore_info('shop-db-01', 'VirtualMachine'));
session('FileLevelRestore', $now - 3 * MINUTE, HOUR, 0, file_level_info('file-01'));

print $json->encode($_->[1]), "\n" for sort { $a->[0] <=> $b->[0] } @sessions;
