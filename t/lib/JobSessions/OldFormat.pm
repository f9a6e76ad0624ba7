# SPDX-License-Identifier: Apache-2.0
package JobSessions::OldFormat;

use v5.36;
use Carp qw(croak);
use Exporter qw(import);

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

my %of_counts = map { unpack('H*', $_) => 1 } qw(writers policies);
my %counts = map { $_ => 1 } qw(days runs);

sub as_format_1 ($directory) { return _made_again($directory, { %counts, uuids => 1, names => 1 }, \%values) }
sub without_counts ($directory) { return _made_again($directory, \%counts, {}) }

# From what mdb_dump prints, line by line as it may be much, without some tables, nor what is counted.
sub _made_again ($directory, $left_out, $values) {
    my @mode = map { (stat "$directory/$_")[2] & 07777 } my @files = qw(data.mdb lock.mdb);
    mkdir "$directory.made" or croak "$directory.made: $!";
    open my $from, '-|', 'mdb_dump', '-a', $directory or croak "mdb_dump: $!";
    open my $to, '|-', 'mdb_load', "$directory.made" or croak "mdb_load: $!";
    _convert($from, $to, $left_out, $values);
    close $from or croak "mdb_dump ends with $?";
    close $to or croak "mdb_load ends with $?";
    rename "$directory.made/data.mdb", "$directory/data.mdb" or croak "data.mdb: $!";
    rename "$directory.made/lock.mdb", "$directory/lock.mdb" or croak "lock.mdb: $!";
    rmdir "$directory.made";
    chmod $mode[$_], "$directory/$files[$_]" for 0 .. $#files;
    return $directory;
}

sub _convert ($from, $to, $left_out, $values) {
    my ($table, @head);
    while (my $line = <$from>) {
        if (my ($key) = $line =~ /^ (\w+)$/) {
            my ($value) = scalar(<$from>) =~ /^ (\w*)$/;
            next if $left_out->{$table} || ($table eq 'meta' && $of_counts{$key});
            $value = $values->{$table}->($key, $value) if $values->{$table};
            print {$to} " $key\n $value\n";
            next;
        }
        push @head, $line if $line !~ /^(?:db_pagesize|duplicates)=/;    # which mdb_load does not know
        $table = $1 if $line =~ /^database=(.*)$/;
        next if $line !~ /^(?:HEADER|DATA)=END$/;
        print {$to} @head if !$left_out->{$table};
        @head = ();
    }
    return;
}

=back

=cut

1;
