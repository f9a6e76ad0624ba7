# SPDX-License-Identifier: Apache-2.0
package JobSessions::Sanitizer;

use v5.36;
use Cwd qw(getcwd);
use Exporter qw(import);
use JobSessions::Test qw(slurp);

our @EXPORT_OK = qw(patience preload reports sanitized sanitizer_httpd watch);

=head1 NAME

JobSessions::Sanitizer - the tests under a sanitizer

=head1 SYNOPSIS

    SKIP: {
        skip 'the sanitizer has a malloc() of its own', 1 if sanitized();
        ...
    }
    run_command([ 'env', 'LD_PRELOAD=' . preload($shim), ... ]);

"make check-sanitized" and "make check-threads" build everything with a sanitizer and name its runtime in
JOBSESSIONS_PRELOAD. Programs of ours are linked with it. httpd, which is Debian's, gets it by LD_PRELOAD:
t/support/httpd stands in its place, and httpd's own code goes unwatched. What a sanitizer has to say, in
whichever process, goes to a file, and any such file fails the run.

=over

=item sanitized()

Whether the tests run under a sanitizer: C<address>, C<thread> or an empty text.

=cut

sub sanitized { return $ENV{JOBSESSIONS_SANITIZER} // '' }

=item patience()

How many times longer rendering may take than it may otherwise: ThreadSanitizer looks at every byte.

=cut

sub patience { return sanitized() eq 'thread' ? 5 : 1 }

=item preload(@libraries)

A value for LD_PRELOAD: the libraries, behind the runtime where there is one, which has to come first.

=cut

sub preload (@libraries) {
    return join ':', grep { $_ } $ENV{JOBSESSIONS_PRELOAD}, @libraries;
}

=item sanitizer_httpd()

Arguments for Apache::Test: the httpd to use, where it is not the usual one.

=cut

sub sanitizer_httpd {
    return () unless sanitized();
    return -httpd => getcwd . '/t/support/httpd';
}

=item watch(), reports()

Have the sanitizers write to files; the files there are. t/suite calls them, first and last.

=cut

sub report_path { return getcwd . '/t/sanitizer' }

sub watch {
    return unless sanitized();
    my ($programs, $program) = map { chomp(my $value = `apxs -q $_`); $value } qw(SBINDIR PROGNAME);
    $ENV{JOBSESSIONS_HTTPD} = "$programs/$program";
    # signals are left alone: tests send them, and look for processes that end by one
    my $common = join ':', 'log_path=' . report_path(), map { "handle_$_=0" } qw(segv sigbus sigfpe sigill abort);
    $ENV{ASAN_OPTIONS} = "$common:detect_leaks=1";
    $ENV{LSAN_OPTIONS} = 'print_suppressions=0:suppressions=' . getcwd . '/t/support/leaks.supp';
    $ENV{UBSAN_OPTIONS} = "$common:print_stacktrace=1";
    # event hands connections from thread to thread by atomics that are not seen in code not built for it, and
    # at a sudden end closes them while threads still write
    $ENV{TSAN_OPTIONS} = "$common:ignore_noninstrumented_modules=1";
}

# Whose leaks were being looked for when the test killed it has none to report: it says that it could not look.
sub reports {
    return grep { slurp($_) !~ /\A==\d+==Unable to get registers from thread \d+\.\n\z/ } glob report_path() . '.*';
}

=back

=cut

1;
