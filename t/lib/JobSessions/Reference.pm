# SPDX-License-Identifier: Apache-2.0
package JobSessions::Reference;

use v5.36;
use Exporter qw(import);
use JSON::XS ();
use JobSessions::Sessions qw(statuses types);
use JobSessions::Test qw(decode_json jobsessions);

our @EXPORT_OK = qw(exported generated_sessions matching page policies results_of);

=head1 NAME

JobSessions::Reference - lists of sessions, made the naive way

=head1 SYNOPSIS

    my $all = exported($database, 'http://127.0.0.1:8529');
    my @found = matching($all, status => ['Error'], filter => 'Night*', sort => 'StartTimeAsc');
    is results_of($response->{body}), page(\@found, 0, 100);

Everything is loaded by the tool's C<export> and filtered and sorted in Perl, with nothing of the code
under test: what lists, filters and sorts of the API are held against.

=over

=item generated_sessions($count)

So many sessions, for C<import>, one JSON text each, always the same ones: ids that are sparse over
many thousands or lie close together, huge ids; equal and absent times, types, statuses and policies;
names that JSON escapes, that hold C<*>, or that are not ASCII.

=item policies()

Their policies: [uuid, name] each; one has no uuid, one no name.

=cut

sub policies {
    return (
        [ '4e096ba7-8125-4d5d-804b-581f4e6c8440', 'Backup Policy' ],
        [ '00000000-0000-4000-8000-000000000001', 'backup policy' ],
        [ '00000000-0000-4000-8000-000000000002', 'a "quoted" name' ],
        [ '00000000-0000-4000-8000-000000000003', 'C:\\new\\table' ],
        [ '00000000-0000-4000-8000-000000000004', "two\nlines" ],
        [ '00000000-0000-4000-8000-000000000005', "a line\n" ],
        [ '00000000-0000-4000-8000-000000000006', 'in the end n' ],
        [ '00000000-0000-4000-8000-000000000007', 'every*thing*' ],
        [ '00000000-0000-4000-8000-000000000008', "Z\x{fc}rich \x{2013} \x{6771}\x{4eac}" ],
        [ '00000000-0000-4000-8000-000000000009', "\x{1f511} keys, 100% & more+" ],
        [ '00000000-0000-4000-8000-00000000000a', "\x01\x1f" ],
        [ 'FFFFFFFF-FFFF-4FFF-BFFF-FFFFFFFFFFFF', 'in capitals' ],
        [ '00000000-0000-4000-8000-00000000000b', '' ],
        [ '00000000-0000-4000-8000-00000000000c', undef ],
        [ undef, 'no uuid' ],
        [ 'policy-17', 'not a uuid' ],
    );
}

# A sequence of numbers that looks like chance and is the same on every machine.
sub chance {
    my $state = 20200207;
    return sub ($below) {
        $state = ($state * 1103515245 + 12345) & 0x7fffffff;
        return ($state >> 8) % $below;
    };
}

# Ids close together, sparse in the first ten buckets of the index, far apart, and the largest that can be given.
sub generated_ids ($count, $pick) {
    my %ids = map { $_ => 1 } 0, 4095, 4096, 8191, '9007199254740993', '4611686018427387903',
        '4611686018427387904', '9223372036854771712', '9223372036854775806', '9223372036854775807';
    $ids{$_} = 1 for 100 .. 99 + int $count / 3;
    $ids{ 5000 + $pick->(36000) } = 1 while keys %ids < $count * 5 / 6;
    $ids{ (1 << 32) + 5000 * $pick->(4000) } = 1 while keys %ids < $count;
    return sort { length $a <=> length $b || $a cmp $b } keys %ids;
}

sub generated_time ($pick) {
    my @fractions = ('', '', '.5', '.0000001', '.892836');
    return sprintf '2020-%02d-%02dT%02d:00:00%sZ', 1 + $pick->(3), 1 + $pick->(28), $pick->(3),
        $fractions[ $pick->(5) ];
}

sub generated_sessions ($count) {
    my $pick = chance();
    my @policies = policies();
    my @types = ((types())[ 0 .. 7 ], 'SqlBackup', "Caf\x{e9}Backup", 'a type of 2030');
    my @statuses = statuses();
    my $json = JSON::XS->new->utf8->canonical;
    my $usn = 0;
    my @shuffled = map { [ $_, $pick->(1 << 20) ] } generated_ids($count, $pick);
    return map {
        my %session = (id => "$_->[0]", usn => ++$usn);
        $session{type} = $types[ $pick->(scalar @types) ] if $pick->(10);
        $session{status} = $statuses[ $pick->(scalar @statuses) ] if $pick->(10);
        $session{executionStartTime} = generated_time($pick) if $pick->(10);
        if ($pick->(4)) {
            $session{executionStopTime} = '2020-04-0' . (1 + $pick->(9)) . 'T00:00:00Z';
        } elsif ($pick->(2)) {
            $session{executionDuration} = sprintf '%02d:00:00%s', $pick->(24), $pick->(2) ? '.0000001' : '';
        }
        if ($pick->(5)) {
            my ($uuid, $name) = @{ $policies[ $pick->(scalar @policies) ] };
            $session{backupJobInfo} = {
                (defined $uuid ? (policyId   => $uuid) : ()),
                (defined $name ? (policyName => $name) : ()),
                protectedInstancesCount => $pick->(5)
            };
        }
        $session{note} = 'x' x $pick->(200) unless $pick->(5);
        $json->encode(\%session);
    } sort { $a->[1] <=> $b->[1] } @shuffled;
}

=item exported($database, $base_url)

All sessions: a reference to an array of hashes, highest id first, with the session's C<text> in the
document and the members filters and sorts look at.

=cut

sub exported ($database, $base_url = 'https://localhost') {
    my $export = jobsessions($database, 'export', '--base-url', $base_url);
    die "export $database: $export->{err}" if $export->{exit} != 0;
    return [ map { facts_of($_) } split_results($export->{out}) ];
}

# The texts of the sessions in a document: each ends with its link to the log.
sub split_results ($document) {
    my ($results) = $document =~ /"results":\[(.*)\],"_links":/s or die "no document: $document";
    return split /(?<=\/log"\}\}\}),(?=\{"id":)/, $results;
}

sub facts_of ($text) {
    my $session = decode_json($text);
    my $duration = $session->{executionDuration};
    if (defined $duration) {
        my ($days, $h, $m, $s, $fraction) = $duration =~ /^(?:(\d+)\.)?(\d\d):(\d\d):(\d\d)(?:\.(\d{7}))?$/
            or die "no time-span: $duration";
        $duration = (((($days // 0) * 24 + $h) * 60 + $m) * 60 + $s) * 10_000_000 + ($fraction // 0);
    }
    return {
        text       => $text,
        Id         => '0' x (20 - length $session->{id}) . $session->{id},
        StartTime  => time_key($session->{executionStartTime}),
        StopTime   => time_key($session->{executionStopTime}),
        Status     => $session->{status} // '',
        Type       => $session->{type} // '',
        Duration   => defined $duration ? sprintf '%020d', $duration : '',
        PolicyName => $session->{backupJobInfo}{policyName} // '',
        Usn        => sprintf('%020d', $session->{usn}),
        policyId   => lc($session->{backupJobInfo}{policyId} // ''),
        named      => defined $session->{backupJobInfo}{policyName}
    };
}

# A time in UTC as a text that sorts.
sub time_key ($time) {
    return '' unless defined $time;
    my ($seconds, $fraction) = $time =~ /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?Z$/ or die "no time: $time";
    return $seconds . substr(($fraction // '') . '0' x 7, 0, 7);
}

=item matching($sessions, %query)

Those of C<exported> that match, in order. The query: C<status>, C<types>, C<ids> (arrays), C<policyId>,
C<fromUtc>, C<toUtc> (with Z), C<filter>, C<maxId>, C<sort>.

=cut

sub matching ($sessions, %query) {
    my ($key, $direction) = ($query{sort} // 'IdDesc') =~ /^(\w+?)(Asc|Desc)$/ or die $query{sort};
    my @tests = tests_for(%query);
    my @found = grep { my $session = $_; !grep { !$_->($session) } @tests } @$sessions;
    my @ascending = sort { $a->{$key} cmp $b->{$key} || $a->{Id} cmp $b->{Id} } @found;
    return $direction eq 'Asc' ? @ascending : reverse @ascending;
}

sub tests_for (%query) {
    my @tests;
    my $any_of = sub ($member, $values) {
        my %wanted = map { $_ => 1 } @$values;
        push @tests, sub ($session) { $session->{$member} ne '' && $wanted{ $session->{$member} } };
    };
    $any_of->(Status => $query{status}) if $query{status};
    $any_of->(Type => $query{types}) if $query{types};
    $any_of->(Id => [ map { '0' x (20 - length $_) . $_ } @{ $query{ids} } ]) if $query{ids};
    if (defined $query{policyId}) {
        push @tests, sub ($session) { $session->{policyId} eq lc $query{policyId} };
    }
    if (defined $query{fromUtc}) {
        my $from = time_key($query{fromUtc});
        push @tests, sub ($session) { $session->{StartTime} ne '' && $session->{StartTime} ge $from };
    }
    if (defined $query{toUtc}) {
        my $to = time_key($query{toUtc});
        push @tests, sub ($session) { $session->{StartTime} ne '' && $session->{StartTime} le $to };
    }
    if (defined $query{filter}) {
        my $pattern = join '.*', map { quotemeta } split /\*+/, $query{filter}, -1;
        push @tests, sub ($session) { $session->{named} && $session->{PolicyName} =~ /\A$pattern\z/s };
    }
    if (defined $query{maxId}) {
        my $highest = '0' x (20 - length $query{maxId}) . $query{maxId};
        push @tests, sub ($session) { $session->{Id} le $highest };
    }
    return @tests;
}

=item page($found, $offset, $limit)

The document of a page of what C<matching> found, up to its links; a limit of -1 is none.

=item results_of($body)

The same part of a response's body.

=cut

sub page ($found, $offset = 0, $limit = -1) {
    my $last = $limit < 0 || $offset + $limit > @$found ? $#$found : $offset + $limit - 1;
    return sprintf '{"offset":%d,"limit":%d,"totalCount":%d,"results":[%s]', $offset, $limit, scalar @$found,
        join ',', map { $_->{text} } @$found[ $offset .. $last ];
}

sub results_of ($body) {
    my $end = rindex $body, '],"_links":{"self":{"href":';
    return $end < 0 ? $body : substr $body, 0, $end + 1;
}

=back

=cut

1;
