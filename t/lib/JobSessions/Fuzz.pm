# SPDX-License-Identifier: Apache-2.0
package JobSessions::Fuzz;

use v5.36;
use Cwd qw(getcwd);
use Exporter qw(import);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use Test::More;
use JobSessions::Test qw(build_file quick_or_long run_command slurp spew);

our @EXPORT_OK = qw(fuzz fuzz_in_httpd);

=head1 NAME

JobSessions::Fuzz - run a fuzz target and say how often it was executed

=head1 SYNOPSIS

    fuzz('date', 64);
    fuzz_in_httpd('query', 1100);

The quick form begins with the same numbers every time, so that it finds the same or nothing; the long form,
ten million executions, begins with others. Both begin with the inputs in t/fuzz/corpus/NAME, and know the
words in t/fuzz/corpus/NAME.dict when there is such a file. To go on with a finding:
C<build/fuzz/NAME FILE>, or FILE in the place of the folders of FuzzTarget.

=over

=item fuzz($name, $most)

Run build/fuzz/NAME with inputs of at most $most bytes.

=cut

sub fuzz ($name, $most) {
    my $corpus = tempdir(CLEANUP => 1);
    my $run = run_command([
        'env', sanitizer_options(), build_file("fuzz/$name"), arguments($name, $most), $corpus, "t/fuzz/corpus/$name"
    ]);
    judge($name, $run->{exit}, $run->{err});
}

=item fuzz_in_httpd($name, $most)

The same for a target of build/fuzz/mod_fuzz.so, in an httpd.

=cut

sub fuzz_in_httpd ($name, $most) {
    my $directory = tempdir(CLEANUP => 1);
    my ($modules, $programs, $program) = map { chomp(my $value = `apxs -q $_`); $value } qw(LIBEXECDIR SBINDIR PROGNAME);
    my ($runtime) = glob build_file('fuzz/libclang_rt.asan-*.so');
    my $port = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')->sockport;
    my $found = "$directory/found";    # of its own: what httpd writes, its process id for one, is no input
    mkdir $found or die "$found: $!\n";
    my $arguments = join ' ', arguments($name, $most), $found, "@{[getcwd]}/t/fuzz/corpus/$name";
    spew("$directory/httpd.conf", <<~CONFIG);
        LoadModule mpm_prefork_module $modules/mod_mpm_prefork.so
        LoadModule authz_core_module $modules/mod_authz_core.so
        LoadModule jobsessions_module ${\build_file('fuzz/mod_fuzz.so')}
        LoadModule fuzz_module ${\build_file('fuzz/mod_fuzz.so')}
        ServerName localhost
        Listen 127.0.0.1:$port
        ServerRoot $directory
        DefaultRuntimeDir $directory
        PidFile $directory/httpd.pid
        ErrorLog $directory/error_log
        LogLevel crit
        JobSessionsDatabase $directory/there-is-none
        <Location "/api/v1/jobSessions">
            SetHandler jobsessions
        </Location>
        FuzzTarget $name $arguments
        CONFIG
    my $run = run_command([
        'env', "LD_PRELOAD=$runtime", sanitizer_options(),
        "$programs/$program", '-X', '-f', "$directory/httpd.conf"
    ]);
    my $log = -e "$directory/error_log" ? slurp("$directory/error_log") : '';
    judge($name, $run->{exit}, $run->{err} . $log);
}

# httpd keeps much until it ends, so leaks are looked for after an execution, not at the end. Freed memory
# need not be kept for long: targets are small, and a smaller quarantine is faster.
sub sanitizer_options {
    return 'ASAN_OPTIONS=leak_check_at_exit=0:quarantine_size_mb=16:malloc_context_size=8', 'UBSAN_OPTIONS=print_stacktrace=1';
}

sub arguments ($name, $most) {
    my $findings = "@{[getcwd]}/t/fuzz/findings";
    my $dictionary = "@{[getcwd]}/t/fuzz/corpus/$name.dict";
    make_path($findings);
    return (
        "-runs=" . quick_or_long(20_000, 10_000_000), '-seed=' . quick_or_long(1, 1 + int rand 2**31), "-max_len=$most",
        '-timeout=20', '-rss_limit_mb=3000', "-artifact_prefix=$findings/$name-", -e $dictionary ? "-dict=$dictionary" : ()
    );
}

sub judge ($name, $exit, $output) {
    my ($runs) = $output =~ /^Done (\d+) runs? in/m;
    my ($finding) = $output =~ /Test unit written to (\S+)/;
    my ($reached) = $output =~ /.*\sDONE\s+cov: (\d+)/;
    my ($inputs) = $output =~ /(\d+) files found in \S+\/corpus\//;
    ok $exit == 0 && !$finding, "$name: " . ($runs // 'not all') . ' executions, no finding'
        or diag 'exit ', $exit, $finding ? "; the input is $finding" : '', "\n", substr $output, -6000;
    cmp_ok $runs // 0, '>=', quick_or_long(20_000, 10_000_000), "$name: as many as were wanted";
    cmp_ok $inputs // 0, '>', 5, "$name: from the inputs that are kept";
    cmp_ok $reached // 0, '>', 30, "$name: " . ($reached // 'no') . ' edges of the code reached';
}

=back

=cut

1;
