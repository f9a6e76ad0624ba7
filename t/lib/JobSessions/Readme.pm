# SPDX-License-Identifier: Apache-2.0
package JobSessions::Readme;

use v5.36;
use Exporter qw(import);
use JobSessions::Test qw(slurp);

our @EXPORT_OK = qw(blocks);

=head1 NAME

JobSessions::Readme - what the README tells people to type

=head1 SYNOPSIS

    my ($set_up, $try) = blocks('Configure');

=over

=item blocks($section)

The indented blocks below a heading, to the next one of its kind, without their indentation.

=cut

sub blocks ($section) {
    my ($text) = slurp('README.md') =~ /^## \Q$section\E\n(.*?)(?=^## |\z)/ms or die "README.md has no section $section\n";
    return map { s/^    //gmr } $text =~ /(?:^|\n)\n((?:    .*\n)+)/g;
}

=back

=cut

1;
