# SPDX-License-Identifier: Apache-2.0
package JobSessions::Metrics;

use v5.36;
use Exporter qw(import);

our @EXPORT_OK = qw(faults samples);

=head1 NAME

JobSessions::Metrics - the formats of Prometheus, read strictly

=head1 SYNOPSIS

    is_deeply [ faults($text, 'text') ], [], 'it is well-formed';
    is samples($text)->{'jobsessions_up{database="/srv/db"}'}, 1;

=over

=item faults($text, $format)

What is wrong with it by the rules of the text format 0.0.4 (C<text>) or of OpenMetrics 1.0.0 (C<open>), as far as there
are gauges and counters: a list of sentences.

=cut

my $name = qr/[a-zA-Z_:][a-zA-Z0-9_:]*/;
my $label = qr/[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"/;

sub faults ($text, $format) {
    my (@faults, %type, %helped, %seen, $family);
    push @faults, 'it does not end with a line feed' unless $text =~ /\n\z/;
    push @faults, 'it has no end' if $format eq 'open' && $text !~ s/^# EOF\n\z//m;
    for (split /\n/, $text, -1) {
        if (/^# HELP ($name) (.+)$/) {
            push @faults, "$1 has two helps" if $helped{$1}++;
        } elsif (/^# TYPE ($name) (gauge|counter)$/) {
            push @faults, "$1 has two types" if exists $type{$1};
            push @faults, "$1 has no help before its type" unless $helped{$1};
            push @faults, "$1 is a counter by its name" if $2 eq 'counter' && $format eq 'open' && $1 =~ /_total$/;
            $type{$1} = $2;
            $family = $1;
        } elsif (/^($name)(?:\{($label(?:,$label)*)\})? (-?\d+(?:\.\d+)?)$/) {
            my ($sample, $labels) = ($1, $2 // '');
            my $of = $format eq 'open' && ($type{ $family // '' } // '') eq 'counter' ? "${family}_total" : $family;
            push @faults, "$_: it does not stand behind the type of its family" unless defined $of && $sample eq $of;
            push @faults, "$_: a counter that is not called so" if ($type{ $family // '' } // '') eq 'counter' && $sample !~ /_total$/;
            push @faults, "$sample\{$labels} is there twice" if $seen{"$sample\{$labels}"}++;
        } elsif ($_ ne '') {
            push @faults, "$_: is nothing";
        }
    }
    push @faults, 'there is nothing in it' unless %seen;
    return @faults;
}

=item samples($text)

The values by the name with its labels, as they are written.

=back

=cut

sub samples ($text) {
    return { $text =~ /^($name(?:\{.*\})?) (\d+)$/mg };
}

1;
