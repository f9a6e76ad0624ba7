# SPDX-License-Identifier: Apache-2.0
package JobSessions::Bindings;

use v5.36;
use Carp qw(croak);
use Exporter qw(import);
use File::Temp qw(tempdir);
use Test::More;
use JobSessions::Sanitizer qw(sanitized);
use JobSessions::Test qw(build_file jobsessions run_command slurp);

our @EXPORT_OK = qw(compile_c installed lives_as_in_c needs pkg_config scratch);

=head1 NAME

JobSessions::Bindings - what the tests of the languages share

=head1 SYNOPSIS

    needs('/usr/bin/go');
    my $program = ...;
    lives_as_in_c('Go', [$program]);

The library is installed for the test alone, as install-lib does it, and the languages find it by pkg-config and
LD_LIBRARY_PATH. Compilers keep what they keep below the test's folder.

=over

=item needs(@files)

Skip the test where one of these is not on this machine, or a sanitizer is to be loaded into what is not ours.

=cut

sub needs (@files) {
    plan skip_all => 'a sanitizer has no part in the languages' if sanitized();
    for (@files) {
        plan skip_all => "$_ is not here: make -f Makefile.apxs deps-bindings installs it where Debian has it" if !-e;
    }
}

=item scratch()

The test's folder, which goes with it.

=cut

sub scratch () {
    state $scratch = tempdir(CLEANUP => 1);
    return $scratch;
}

=item installed()

The prefix below which the library is installed.

=cut

sub installed () {
    state $prefix = install_library(scratch() . '/prefix');
    return $prefix;
}

sub install_library ($prefix) {
    delete local @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};
    my $install = run_command([ qw(make -s -f Makefile.apxs AS_BUILT=1), "PREFIX=$prefix", 'install-lib' ]);
    croak "install-lib: $install->{err}" if $install->{exit} != 0;
    $ENV{PKG_CONFIG_PATH} = "$prefix/lib/pkgconfig";
    $ENV{LD_LIBRARY_PATH} = "$prefix/lib";
    return $prefix;
}

=item pkg_config(@arguments)

What pkg-config says of the library, word by word.

=cut

sub pkg_config (@arguments) {
    installed();
    return split ' ', run_command([ 'pkg-config', @arguments, 'jobsessions' ])->{out};
}

=item compile_c($name)

The program that is made of t/bindings/programs/NAME.c.

=cut

sub compile_c ($name) {
    my $program = scratch() . "/$name-c";
    my $cc = run_command([ qw(cc -o), $program, "t/bindings/programs/$name.c", pkg_config(qw(--cflags --libs)) ]);
    croak "cc: $cc->{err}" if $cc->{exit} != 0;
    return $program;
}

=item lives_as_in_c($language, [$program, @arguments], %options)

The program lives a session in ./db, prints what t/bindings/programs/life.c prints and leaves what that leaves. Without
C<own_put>, the language cannot put within an own transaction.

=cut

sub lives_as_in_c ($language, $command, %options) {
    state $expected = life('C', [ compile_c('life') ]);
    my $life = life($language, $command);
    my $lines = $expected->{out};
    $lines =~ s/^refused 17 : db: this thread has .*\n//m if !($options{own_put} // 1);
    is $life->{exit}, 0, "$language: a session lives, and misuses are refused" or diag $life->{err};
    is_deeply [ split /\n/, $life->{out} ], [ split /\n/, $lines ], 'as in C';
    is $life->{dump}, $expected->{dump}, 'and the database has the same bytes';
    is_deeply $life->{swept}, ['4'], 'a session is swept whose worker has ended, and not one that is said to have none';
}

# Run a program in a folder of its own.
sub life ($language, $command) {
    installed();
    my $folder = scratch() . "/in-$language";
    mkdir $folder or croak "$folder: $!";
    my $run = run_command([ 'env', "--chdir=$folder", @$command ]);
    return { exit => $run->{exit}, err => $run->{err}, out => $run->{out} =~ s/\Q$folder\E/DIR/gr, dump => dump_of("$folder/db"),
        swept => [ jobsessions("$folder/db", 'sweep', '--json')->{out} =~ /"id":"(\d+)"/g ] };
}

# All but what differs from one database to the next: its identity, when a session was removed or asked to stop, and the
# sum of it all.
sub dump_of ($db) {
    my $dump = jobsessions($db, 'dump')->{out};
    return $dump =~ s/"database":"\w+"/"database":"…"/r =~ s/^(\{"removed":.*"time":)"[^"]+"/$1"…"/mgr
        =~ s/"logTime":"[^"]+"(.*"operator asked at )\S+/"logTime":"…"$1…/gr =~ s/"crc32c":"\w+"/"crc32c":"…"/r;
}

=back

=cut

1;
