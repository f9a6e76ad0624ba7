# SPDX-License-Identifier: Apache-2.0
package JobSessions::TokenTable;

use v5.36;
use JobSessions::Test qw(slurp spew);

=head1 NAME

JobSessions::TokenTable - conf/examples/TOKENS.md, read and written

=head1 SYNOPSIS

    my $table = JobSessions::TokenTable->read('conf/examples/TOKENS.md');
    is $answer, $table->expected('without exp', 'oauth2-shared-key') if $table->release;
    $table->measured('without exp', 'oauth2-shared-key', $answer);
    $table->write('build/TOKENS.md', [ 'Tokens' => \@rows, \@columns ]);

A cell has the answer of each release, one number where all are the same. Who writes replaces the answers of the
release at hand and keeps those of the others.

=over

=item read($file)

A file that is missing is an empty table.

=cut

my @releases = qw(bookworm trixie forky);
my %titles = (bookworm => 'Debian 12', trixie => 'Debian 13', forky => 'testing');

sub read ($class, $file) {
    my ($here) = slurp('/etc/os-release') =~ /^VERSION_CODENAME=(\w+)$/m;
    my ($index) = grep { $releases[$_] eq ($here // '') } 0 .. $#releases;
    my $self = bless { index => $index, cells => {} }, $class;
    my @columns;
    for my $line (-e $file ? split /\n/, slurp($file) : ()) {
        my ($row, @cells) = $line =~ /^\|/ ? map { s/^ +| +$//gr } split /\|/, $line =~ s/^\|//r : next;
        @columns = @cells if $row =~ /^(?:token|way)$/;
        next if $row =~ /^-|^(?:token|way)$/;
        $self->{cells}{$row}{ $columns[$_] } = [ split_cell($cells[$_]) ] for 0 .. $#cells;
    }
    return $self;
}

sub split_cell ($cell) {
    my @answers = split /, /, $cell =~ s/\*//gr;
    return @answers == @releases ? @answers : ($answers[0]) x @releases;
}

=item release()

The release at hand as the table calls it; undef for one that it does not have.

=cut

sub release ($self) {
    return defined $self->{index} ? $titles{ $releases[ $self->{index} ] } : undef;
}

=item expected($row, $column), measured($row, $column, $answer)

Of the release at hand.

=cut

sub expected ($self, $row, $column) {
    my $cell = $self->{cells}{$row}{$column} // return 'no such cell';
    return $cell->[ $self->{index} ];
}

sub measured ($self, $row, $column, $answer) {
    my $cell = $self->{cells}{$row}{$column} //= [ ('?') x @releases ];
    $cell->[ $self->{index} ] = $answer;
}

=item all($row, $column)

Of every release, in their order.

=cut

sub all ($self, $row, $column) { return @{ $self->{cells}{$row}{$column} // [] } }

=item write($file, [ $title, $heading, \@rows, \@columns ], ...)

=back

=cut

sub write ($self, $file, @sections) {
    spew($file, join "\n", preface(), map { $self->section(@$_) } @sections);
}

sub section ($self, $title, $heading, $rows, $columns) {
    my @lines = map { my $row = $_; [ $row, map { join_cell($self->{cells}{$row}{$_}) } @$columns ] } @$rows;
    return join "\n", "## $title", '', map({ '| ' . join(' | ', @$_) . ' |' }
        [ $heading, @$columns ], [ ('---') x (1 + @$columns) ], @lines), '';
}

sub join_cell ($answers) {
    my %different = map { $_ => 1 } @$answers;
    return keys %different == 1 ? $answers->[0] : '**' . join(', ', @$answers) . '**';
}

sub preface { return <<~'TEXT' }
    # What each example answers to each token

    Measured by `t/httpd/70-token-table.t` with `POST {mount}/export` over TLS, and held against this table by every
    `check`; `make -f Makefile.apxs tokens` measures anew for the release of Debian it runs on, and keeps what it
    says of the others. Where releases differ there are three **bold** answers, of Debian 12, 13 and testing. Only 200 has
    data. A dash: the example has no such token.
    TEXT

1;
