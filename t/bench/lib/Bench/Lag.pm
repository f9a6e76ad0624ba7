# SPDX-License-Identifier: Apache-2.0
# How long after their commits the changes of a fleet can be seen in PostgreSQL.
package Bench::Lag;
use v5.36;
use Exporter qw(import);
use IPC::Open2 qw(open2);
use Time::HiRes qw(sleep clock_gettime CLOCK_MONOTONIC);
our @EXPORT_OK = qw(watch lags);

use constant {
    INTERVAL => 0.02,
    PATIENCE => 60,
};

# What is visible of each appliance: a row and the place of its appliance are written by one transaction.
sub ask ($to, $from) {
    say {$to} q(select name, usn from jobsessions.appliance join jobsessions.generation using (appliance) where complete;)
        . "\n\\echo end";
    my %usn;
    while (defined(my $line = readline $from)) {
        chomp $line;
        return \%usn if $line eq 'end';
        my ($name, $usn) = split /\|/, $line;
        $usn{$name} = $usn;
    }
    die "psql ended\n";
}

# watch(URL, CODE): look what can be seen until CODE, which gets that, says that it is enough. Returns for each appliance
# a list of [TIME, USN]: when an answer was whole that had this one. All is seen up to one interval late.
sub watch ($url, $is_enough) {
    my $pid = open2(my $from, my $to, 'psql', '-XqAt', $url);
    $to->autoflush;
    my $limit = clock_gettime(CLOCK_MONOTONIC) + PATIENCE;
    my (%seen, $usn);
    do {
        sleep INTERVAL;
        $usn = ask($to, $from);
        my $time = clock_gettime(CLOCK_MONOTONIC);
        die "changes do not come\n" if $time > $limit;
        for my $name (keys %$usn) {
            my $last = $seen{$name}[-1];
            push @{ $seen{$name} }, [ $time, $usn->{$name} ] if !$last || $last->[1] < $usn->{$name};
        }
    } until $is_enough->($usn);
    close $to;
    waitpid $pid, 0;
    return \%seen;
}

# Of changes [NAME, USN, TIME], of each appliance in the order of their usns, the lags, shortest first.
sub lags ($changes, $seen) {
    my (%at, @lags);
    for my $change (@$changes) {
        my ($name, $usn, $time) = @$change;
        my $of_name = $seen->{$name};
        my $at = \($at{$name} //= 0);
        $$at++ while $of_name->[$$at][1] < $usn;
        push @lags, $of_name->[$$at][0] - $time;
    }
    return sort { $a <=> $b } @lags;
}

1;
