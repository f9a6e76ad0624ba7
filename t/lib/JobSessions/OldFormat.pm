# SPDX-License-Identifier: Apache-2.0
package JobSessions::OldFormat;

use v5.36;
use Carp qw(croak);
use Exporter qw(import);
use JobSessions::Test qw(run_command slurp spew);

our @EXPORT_OK = qw(as_format_1 without_counts);

=head1 NAME

JobSessions::OldFormat - databases as earlier versions of the library have left them

=head1 SYNOPSIS

    use JobSessions::OldFormat qw(as_format_1);

    as_format_1($db);
    without_counts($other);

=over

=item as_format_1($directory)

Make a database, in which nobody is and no session has a UUID, what the same calls of a library of format 1 would have
left: no seals in the index, no times of removals, no tables of UUIDs.

=item without_counts($directory)

The same of the first libraries of format 2: none has counted its sessions.

=cut

# What a table's values are in format 1, by the hexadecimal digits of the key.
my %values = (
    index   => sub ($key, $value) { substr($value, 0, 70) . '0' x 10 },
    removed => sub ($key, $value) { substr $value, 0, 16 },
    meta    => sub ($key, $value) { $key eq unpack('H*', 'format') ? '01000000' : $value },
);

# One of them, as mdb_dump prints it.
sub _table ($text) {
    my ($head, $lines) = $text =~ /^(.*?HEADER=END\n)(.*)\z/s;
    my ($name) = $head =~ /^database=(.*)$/m;
    my $convert = $values{$name} // return $text;
    return $head . $lines =~ s/^ (\w+)\n \K(\w+)$/$convert->($1, $2)/gemr;
}

my %of_counts = map { unpack('H*', $_) => 1 } qw(writers policies);

sub as_format_1 ($directory) { return _made_again($directory, qr/^database=(?:uuids|names)$/m, \&_table) }
sub without_counts ($directory) { return _made_again($directory, qr/^\z/, sub ($text) { $text }) }

# From what mdb_dump prints, without some tables, nor what is counted.
sub _made_again ($directory, $left_out, $convert) {
    my $dump = run_command([ qw(mdb_dump -a), $directory ]);
    croak "mdb_dump: $dump->{err}" if $dump->{exit};
    my @tables = grep { !/$left_out/ && !/^database=(?:days|runs)$/m } split /(?<=^DATA=END\n)/m, $dump->{out};
    s/^ (\w+)\n \w*\n/$of_counts{$1} ? '' : $&/gme for grep { /^database=meta$/m } @tables;
    my $text = join '', map { $convert->($_) } @tables;
    my @mode = map { (stat "$directory/$_")[2] & 07777 } my @files = qw(data.mdb lock.mdb);
    unlink map { "$directory/$_" } @files;
    spew("$directory.text", $text);
    my $load = run_command([ qw(mdb_load -f), "$directory.text", $directory ]);
    croak "mdb_load: $load->{err}" if $load->{exit};
    unlink "$directory.text";
    chmod $mode[$_], "$directory/$files[$_]" for 0 .. $#files;
    return $directory;
}

=back

=cut

1;
