# SPDX-License-Identifier: Apache-2.0
package JobSessions::Counts;

use v5.36;
use Exporter qw(import);
use JSON::XS ();
use POSIX qw(strftime);

our @EXPORT_OK = qw(count_faults summary_of policies_of days_of sorted_summary ticks);

=head1 NAME

JobSessions::Counts - what the summary and the policies have to be, from all sessions

=head1 SYNOPSIS

    use JobSessions::Counts qw(summary_of policies_of sorted_summary);

    my $sessions = decode_json($export)->{results};
    is_deeply sorted_summary(decode_json($summary)), summary_of($sessions, '2026-10-30', '2026-11-28');
    is_deeply decode_json($policies)->{results}, policies_of($sessions, $now, 30, $mount_url);

=over

=item ticks($date), days_of($date)

A date as 100 ns since the year 1, and as days; undef: no date.

=cut

my $text = JSON::XS->new->utf8->allow_nonref;

sub days_of ($date) {
    my ($year, $month, $day) = $date =~ /^(\d+)-(\d+)-(\d+)/ or return undef;
    $year-- if $month <= 2;
    my $months = ($month + 9) % 12;
    return 365 * $year + int($year / 4) - int($year / 100) + int($year / 400) + int((153 * $months + 2) / 5) + $day - 307;
}

sub ticks ($date) {
    return undef unless defined $date;
    my ($hour, $minute, $second, $fraction) = $date =~ /T(\d+):(\d+):(\d+)(?:\.(\d+))?Z$/ or die "$date is no date";
    return ((days_of($date) * 24 + $hour) * 60 + $minute) * 600_000_000 + $second * 10_000_000 + substr(($fraction // '') . '0000000', 0, 7);
}

sub span ($text) {
    my ($days, $hour, $minute, $second, $fraction) = $text =~ /^(?:(\d+)\.)?(\d+):(\d+):(\d+)(?:\.(\d{7}))?$/ or die "$text is no time-span";
    return (((($days // 0) * 24 + $hour) * 60 + $minute) * 60 + $second) * 10_000_000 + ($fraction // 0);
}

sub span_text ($ticks) {
    my ($seconds, $fraction) = (int($ticks / 10_000_000), $ticks % 10_000_000);
    my $days = int($seconds / 86_400);
    return ($days ? "$days." : '') . sprintf('%02d:%02d:%02d', int($seconds / 3600) % 24, int($seconds / 60) % 60, $seconds % 60)
        . ($fraction ? sprintf '.%07d', $fraction : '');
}

=item summary_of(\@sessions, $from, $to), sorted_summary($summary)

What is announced, without its links; types in the order of their names, as sorted_summary() makes them of one that was
served.

=cut

sub counted ($member, %counts) {
    return [ map { +{ $member => $_, count => $counts{$_} } } sort keys %counts ];
}

sub sums ($sessions, $with_statuses) {
    my (%statuses, %types, %both);
    for (@$sessions) {
        my ($status, $type) = @$_{qw(status type)};
        $statuses{$status}++ if defined $status;
        $types{$type}++ if defined $type;
        $both{$type}{$status}++ if defined $status && defined $type;
    }
    my $types = counted('type', %types);
    $_->{statuses} = counted('status', %{ $both{ $_->{type} } // {} }) for $with_statuses ? @$types : ();
    return (totalCount => 0 + @$sessions, statuses => counted('status', %statuses), types => $types);
}

sub summary_of ($sessions, $from, $to) {
    my %days;
    for (@$sessions) {
        my ($day) = ($_->{executionStartTime} // '') =~ /^(\d{4}-\d\d-\d\d)/;
        push @{ $days{ $day // '' } }, $_;
    }
    my @days = grep { $_ ne '' && $_ ge $from && $_ le $to } sort keys %days;
    return {
        sums($sessions, 1),
        withoutStartCount => 0 + @{ $days{''} // [] },
        range => { from => $from, to => $to, sums([ map { @{ $days{$_} } } @days ], 1),
            days => [ map { +{ date => $_, sums($days{$_}, 0) } } @days ] },
    };
}

sub sorted_summary ($summary) {
    delete $summary->{_links};
    $_->{types} = [ sort { $a->{type} cmp $b->{type} } @{ $_->{types} } ] for $summary, $summary->{range}, @{ $summary->{range}{days} };
    return $summary;
}

=item policies_of(\@sessions, $now, $days, $url)

The results of all pages. C<$now> is in ticks, C<$url> that of the mount, without a port that goes without saying.

=item count_faults(\@sessions, $answer, $time, $url)

What is not as it has to be, in words, of a server that C<$answer> asks for a path below the mount, and whose clock shows
C<$time>, or a minute more or less.

=back

=cut

sub policy_key ($session) {
    my $job = $session->{backupJobInfo} // return undef;
    my ($id, $name) = map { $text->encode($job->{$_} // '') =~ s/^"|"$//gr } qw(policyId policyName);
    $id = lc $id if $id =~ /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
    my $key = $id ne '' ? "i$id" : $name ne '' ? "n$name" : return undef;
    return length $key <= 401 ? $key : substr($key, 0, 393) . sprintf '%08x', crc32c(substr $key, 1);
}

sub crc32c ($bytes) {
    my $crc = 0xffffffff;
    for my $byte (unpack 'C*', $bytes) {
        $crc ^= $byte;
        $crc = $crc & 1 ? ($crc >> 1) ^ 0x82f63b78 : $crc >> 1 for 1 .. 8;
    }
    return $crc ^ 0xffffffff;
}

sub told ($run, $url) {
    return { (map { defined $run->{$_} ? ($_ => $run->{$_}) : () } qw(id executionStartTime status)), _links => { self => { href => "$url/$run->{id}" } } };
}

my $running = qr/^(?:Canceling|Pending|Running\w*)$/;

sub policy ($runs, $now, $days, $url) {
    my @runs = sort { (ticks($a->{executionStartTime}) // -1) <=> (ticks($b->{executionStartTime}) // -1) || $a->{number} <=> $b->{number} } @$runs;
    my @window = grep { (ticks($_->{executionStartTime}) // -1) >= $now - $days * 864_000_000_000 } @runs;
    my @spans = map { span($_->{executionDuration}) } grep { defined $_->{executionDuration} && ($_->{status} // '') !~ $running } @window;
    my ($good) = grep { ($_->{status} // '') =~ /^(?:Success|Warning)$/ } reverse @runs;
    my %policy = (
        isRunning => (grep { ($_->{status} // '') =~ $running } @runs) ? JSON::XS::true : JSON::XS::false,
        runsCount => 0 + @window,
        errorsCount => 0 + (grep { ($_->{status} // '') =~ /^(?:Error|Failed)$/ } @window),
        lastRun => told($runs[-1], $url),
    );
    for (qw(policyId policyName)) {
        $policy{$_} = $runs[-1]{backupJobInfo}{$_} if defined $runs[-1]{backupJobInfo}{$_};
    }
    if (@spans) {
        my $sum = 0;
        $sum += $_ for @spans;
        use integer;
        $policy{meanDuration} = span_text($sum / @spans);
    }
    if ($good) {
        $policy{lastGoodRun} = told($good, $url);
        my $start = ticks($good->{executionStartTime});
        $policy{lastGoodRunAgeSeconds} = $start < $now ? int(($now - $start) / 10_000_000) : 0 if defined $start;
    }
    return \%policy;
}

sub policies_of ($sessions, $now, $days, $url) {
    my %runs;
    for (@$sessions) {
        my $key = policy_key($_) // next;
        push @{ $runs{$key} }, { number => $_->{id}, %$_ };
    }
    return [ map { policy($runs{$_}, $now, $days, $url) } sort keys %runs ];
}

sub count_faults ($sessions, $answer, $time, $url) {
    my $json = JSON::XS->new->utf8->canonical;
    my ($from, $to) = map { strftime('%Y-%m-%d', gmtime($time + $_ * 86_400)) } -180, 180;
    my ($is, $should) = map { $json->encode($_) } sorted_summary($answer->("/summary?fromUtc=$from&toUtc=$to")), summary_of($sessions, $from, $to);
    my @faults = $is eq $should ? () : "the summary is $is and not $should";
    my $page = $answer->('/policies?limit=1000');
    my ($policies, @others) = map { $json->encode($_) } $page->{results},
        map { policies_of($sessions, (719_162 * 1440 + int($time / 60) - $_) * 600_000_000, 30, $url) } 0, 1, -1;
    push @faults, "the policies are $policies and not $others[0]" unless grep { $_ eq $policies } @others;
    push @faults, "of policies there are $page->{totalCount}" if $page->{totalCount} != @{ $page->{results} };
    return @faults;
}

1;
