# SPDX-License-Identifier: Apache-2.0
# Machines whose pages have 64 KiB, or whose processes have few addresses: what is stored and printed is the same.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use JobSessions::Sanitizer qw(preload sanitized);
use JobSessions::Test qw(build_file jobsessions run_command slurp spew);

my $scratch = tempdir(CLEANUP => 1);
my @large   = ('env', 'LD_PRELOAD=' . preload(build_file('t/support/large_pages.so')));
my $input   = join '', map { qq({"id":"$_","status":"Success","type":"PolicyBackup","reason":"@{[ 'x' x (37 * $_ % 9000) ]}"}\n) } 1 .. 300;

# The tool on a machine with such pages.
sub on_large_pages ($database, @arguments) {
    my $options = ref $arguments[-1] ? pop @arguments : {};
    return run_command([ @large, build_file('jobsessions'), '-d', $database, @arguments ], $options->{stdin} // '');
}

sub page_size ($database) { return unpack 'x40 L<', slurp("$database/data.mdb") }

my ($small, $large) = ("$scratch/small", "$scratch/large");
is jobsessions($small, 'import', { stdin => $input })->{exit}, 0, 'a database with pages of 4 KiB';
is on_large_pages($large, 'import', { stdin => $input })->{exit}, 0, 'and one made where the system has 64 KiB';
is_deeply [ page_size($small), page_size($large) ], [ 4096, 32768 ], 'their pages';
for my $to (qw(put rm)) {
    my @arguments = $to eq 'rm' ? map { 3 * $_ } 1 .. 50 : { stdin => qq({"id":"7","reason":"@{[ 'y' x 70_000 ]}"}\n) };
    is on_large_pages($large, $to, @arguments)->{exit}, 0, $to;
    jobsessions($small, $to, @arguments);
}

my $export = jobsessions($small, 'export')->{out};
my @both = ([ 'where it was made', \&on_large_pages ], [ 'elsewhere', \&jobsessions ]);
for (@both) {
    my ($where, $run) = @$_;
    ok $run->($large, 'export')->{out} eq $export, "$where: the same export";
    my $verify = $run->($large, 'verify');
    is $verify->{exit}, 0, "$where: verify" or diag $verify->{err};
    my $copy = "$scratch/copy-" . $where =~ tr/ /-/r;
    is $run->($large, 'backup', $copy)->{exit}, 0, "$where: backup";
    is $run->($copy, 'compact')->{exit}, 0, "$where: compact";
    is $run->($copy, 'put', { stdin => '{"status":"Running"}' })->{out}, "301\n", "$where: put";
    is $run->($copy, 'restore', $large)->{exit}, 0, "$where: restore";
    ok $run->($copy, 'export')->{out} eq $export, "$where: and the same export";
}
ok on_large_pages($small, 'export')->{out} eq $export, 'a database with smaller pages than the system\'s';
is on_large_pages($small, 'put', { stdin => '{"status":"Running"}' })->{out}, "301\n", 'is written to as well';

# The second meta page is found where the first one, which says where, is damaged.
spew("$large/data.mdb", slurp("$large/data.mdb") =~ s/^.{4096}/"\xff" x 4096/esr);
my $damaged = on_large_pages($large, 'export');
is $damaged->{exit}, 3, 'a damaged first page';
like $damaged->{err}, qr/data\.mdb is damaged \(page 0, a meta page, is damaged\)/, 'is what is blamed';

# 39 bits of addresses, as with three levels of tables on arm64.
SKIP: {
    skip 'the sanitizer wants more address space', 1 if sanitized();
    my $few = run_command([ 'sh', '-c', 'ulimit -v $((512 * 1024 * 1024)); exec "$@"', 'sh', build_file('jobsessions'), '-d', $small, 'put' ],
        '{"status":"Running"}');
    is $few->{out}, "302\n", 'the default map fits into 39 bits of addresses' or diag $few->{err};
}

done_testing;
