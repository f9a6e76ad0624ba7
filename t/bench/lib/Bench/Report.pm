# SPDX-License-Identifier: Apache-2.0
# Rows of the table, their statistics, the terminal and the JSON file.
#
# A row holds the rounds of one measurement: `ours` and, where there is one, `peer`, round by round.
# Its ratio is ours / peer within each round, so that what disturbs the machine disturbs both sides.
# `at_least` or `at_most` is what is wanted, of the ratio where there is a peer, else of `ours`.
package Bench::Report;
use v5.36;
use utf8;
use Exporter qw(import);
our @EXPORT_OK = qw(row section rows median);

my @rows;
my @columns = (5, 54, 13, 13, 24, 8, 7);

sub median (@values) {
    my @sorted = sort { $a <=> $b } @values;
    return $sorted[ $#sorted / 2 ] if @sorted % 2;
    return ($sorted[ @sorted / 2 - 1 ] + $sorted[ @sorted / 2 ]) / 2;
}

sub statistics (@values) {
    my @sorted = sort { $a <=> $b } @values;
    return { median => median(@values), min => $sorted[0], max => $sorted[-1] };
}

sub row (%given) {
    my %row = map { $_ => $given{$_} } qw(target what unit peer_name note);
    $row{ours} = statistics(@{ $given{ours} });
    my $judged = $row{ours};
    if ($given{peer}) {
        die "$given{what}: the sides have different rounds\n" if @{ $given{ours} } != @{ $given{peer} };
        $row{peer} = statistics(@{ $given{peer} });
        if (!grep { !$_ } @{ $given{peer} }) {
            $judged = $row{ratio} =
                statistics(map { $given{ours}[$_] / $given{peer}[$_] } 0 .. $#{ $given{ours} });
        } else {
            $judged = undef;    # nothing can be a multiple of nothing
        }
    }
    for my $bound (grep { defined $given{$_} } qw(at_least at_most)) {
        $row{wanted} = { $bound => $given{$bound}, of => $given{peer} ? 'ratio' : 'ours' };
        next unless $judged;
        my $met = $bound eq 'at_least' ? $judged->{median} >= $given{$bound}
            : $judged->{median} <= $given{$bound};
        $row{reached} = $met ? \1 : \0;
    }
    push @rows, \%row;
    print_row(\%row);
    return;
}

sub rows () { return \@rows }

# ---- The terminal ----------------------------------------------------------------------------

sub short ($value, $unit = '') {
    return '' unless defined $value;
    if ($unit =~ /^(?:s|ms|us)$/) { return scaled($value, [ 1, 's' ], [ 1e-3, 'ms' ], [ 1e-6, 'µs' ]) }
    if ($unit eq 'B')   { return scaled($value, [ 2**20, 'MiB' ], [ 2**10, 'KiB' ], [ 1, 'B' ]) }
    if ($unit eq 'B/s') { return scaled($value, [ 1e6, 'MB/s' ], [ 1e3, 'kB/s' ], [ 1, 'B/s' ]) }
    my $number = scaled($value, [ 1e6, 'M' ], [ 1e4 / 10, 'k' ], [ 1, '' ]);
    return $unit eq '' ? $number : $number =~ s/ ?$//r . ($unit =~ m{^/} ? $unit : " $unit");
}

# In the first scale that leaves something before the point, with three digits.
sub scaled ($value, @scales) {
    my ($scale) = grep { abs $value >= $_->[0] } @scales;
    $scale //= $scales[-1];
    my $scaled = $value / $scale->[0];
    my $digits = $value == int $value && $scale->[0] == 1 || abs $scaled >= 100 ? 0
        : abs $scaled >= 10 ? 1 : 2;
    return sprintf "%.${digits}f%s", $scaled, $scale->[1] eq '' ? '' : " $scale->[1]";
}

sub wanted ($row) {
    my ($bound) = grep { defined $row->{wanted}{$_} } qw(at_least at_most);
    return '' unless $bound;
    my $sign = $bound eq 'at_least' ? '≥' : '≤';
    my $value = $row->{wanted}{$bound};
    return "$sign $value" if $row->{wanted}{of} eq 'ratio';
    return "$sign " . short($value, $row->{unit} =~ m{^B} ? $row->{unit} : '');
}

sub line (@cells) {
    my $text = '';
    for my $n (0 .. $#columns) {
        my $cell = $cells[$n] // '';
        my $padding = ' ' x ($columns[$n] > length $cell ? $columns[$n] - length $cell : 0);
        $text .= ($n < 2 ? $cell . $padding : $padding . $cell) . ' ';
    }
    say $text =~ s/\s+$//r;
    return;
}

sub print_row ($row) {
    my $ratio = $row->{ratio};
    my $spread = $ratio ? sprintf '%s  (%s..%s)', map { sprintf '%.3g', $_ } @{$ratio}{qw(median min max)}
        : '';
    my $reached = defined $row->{reached} ? (${ $row->{reached} } ? 'yes' : 'NO') : '';
    line($row->{target}, $row->{what}, short($row->{ours}{median}, $row->{unit}),
        $row->{peer} ? short($row->{peer}{median}, $row->{unit}) : '', $spread, wanted($row), $reached);
    line('', "      $row->{note}") if $row->{note};
    return;
}

sub section ($title) {
    say "\n$title";
    line('issue', '', 'ours', 'peer', 'ratio: median (min..max)', 'wanted', 'reached');
    return;
}

1;
