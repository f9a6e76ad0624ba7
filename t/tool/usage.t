# SPDX-License-Identifier: Apache-2.0
# The command line: what it takes, what it refuses, what it says of itself.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use JobSessions::Test qw(build_file jobsessions make_database run_command slurp);

my $scratch = tempdir(CLEANUP => 1);
my $db = make_database("$scratch/db", 't/data/sessions-example.ndjson');
delete $ENV{JOBSESSIONS_DB};

sub run_tool (@arguments) {
    return run_command([ build_file('jobsessions'), @arguments ]);
}

for my $option ('--help', '-h') {
    my $help = run_tool($option);
    is_deeply [ @$help{qw(exit err)} ], [ 0, '' ], "$option is done";
    like $help->{out}, qr/^  \Q$_\E\b/m, "it tells of $_" for qw(put import export list watch get rm prune sweep heartbeat log items stop stat check verify backup restore dump load compact renumber upgrade);
    like $help->{out}, qr/\Q$_\E/, "and of $_" for qw(--database --base-url --mount --map-size JOBSESSIONS_DB);
    like $help->{out}, qr/^exit status: 0 done; 1 the data was refused; 2 usage; 3 /m, 'and of its exit status';
}
my ($version) = slurp('mod_jobsessions/store/jobsessions.h') =~ /^#define JS_VERSION "(.*)"$/m;
is run_tool($_)->{out}, "jobsessions $version\n", $_ for '--version', '-V';

my $session = qr/^\{"id":"6",/;
like run_tool('-d', $db, 'get', 6)->{out}, $session, 'the directory, by -d';
like run_tool("--database=$db", 'get', 6)->{out}, $session, 'by --database';
like run_tool('get', '-d', $db, 6)->{out}, $session, 'after the verb';
{
    local $ENV{JOBSESSIONS_DB} = $db;
    like run_tool('get', 6)->{out}, $session, 'by JOBSESSIONS_DB';
    is run_tool('-d', "$scratch/other", 'get', 6)->{exit}, 3, '-d wins';
}

my %misuse = (
    'no verb'                     => [ [ '-d', $db ], qr/^jobsessions: say what to do: put, import, export, list, watch, get, rm, prune, sweep, heartbeat, log, items, stop, stat, check, verify, backup, restore, dump, load, compact, upgrade or renumber$/m ],
    'no such verb'                => [ [ '-d', $db, 'delete' ], 'there is no verb "delete"' ],
    'no directory'                => [ ['export'], 'export: name the database\'s directory with -d DIR or JOBSESSIONS_DB' ],
    'an empty directory name'     => [ [ '-d', '', 'put' ], 'put: name the database\'s directory with -d DIR or JOBSESSIONS_DB' ],
    'get without an id'           => [ [ '-d', $db, 'get' ], 'get: name at least one session id' ],
    'a format there is not'       => [ [ '-d', $db, 'export', '--format', 'yaml' ], '--format yaml: there are json, ndjson, csv, spreadsheet and xml' ],
    'a number there is not'       => [ [ '-d', $db, 'export', '--times', 'seconds' ], '--times seconds: the one word for it is unixMilliseconds' ],
    'another one'                 => [ [ '-d', $db, 'export', '--durations', 'days' ], '--durations days: the one word for it is seconds' ],
    'an argument too many'        => [ [ '-d', $db, 'export', 'all' ], '"all" is one argument too many' ],
    'a file for import'           => [ [ '-d', $db, 'import', 'file' ], '"file" is one argument too many' ],
    'two files for load'          => [ [ '-d', $db, 'load', 'one', 'other' ], '"other" is one argument too many' ],
    'an argument for dump'        => [ [ '-d', $db, 'dump', 'file' ], '"file" is one argument too many' ],
    'an option of another verb'   => [ [ '-d', $db, 'put', '--mount', '/' ], '--mount does not go with put' ],
    'an option there is not'      => [ [ '-d', $db, 'export', '--nonsense' ], qr/unrecognized option '--nonsense'/ ],
    'an option without its value' => [ [ 'export', '-d' ], qr/option requires an argument -- 'd'/ ],
    'a base URL that is none'     => [ [ '-d', $db, 'export', '--base-url', 'a.example' ],
        'base URL "a.example" does not begin with http:// or https://; write it as https://console.example' ],
    'a base URL with a query'     => [ [ '-d', $db, 'export', '--base-url', 'http://a/?b' ],
        'base URL "http://a/?b" has a query or a fragment; write it as https://console.example' ],
    'a mount that is none'        => [ [ '-d', $db, 'export', '--mount', 'api' ], '--mount api: does not begin with a slash' ],
    'a size that is none'         => [ [ '-d', $db, '--map-size', '1X', 'export' ], '--map-size 1X: give bytes, or a number with K, M, G or T' ],
    'a size that is too large'    => [ [ '-d', $db, '--map-size', '99999999999T', 'export' ],
        '--map-size 99999999999T: give bytes, or a number with K, M, G or T' ],
);
for my $what (sort keys %misuse) {
    my ($arguments, $message) = @{ $misuse{$what} };
    my $run = run_tool(@$arguments);
    is_deeply [ @$run{qw(exit out)} ], [ 2, '' ], $what;
    like $run->{err}, ref $message ? $message : qr/^jobsessions: \Q$message\E$/m, 'what is wrong with it';
}
for my $verb (qw(put import export list watch get rm prune sweep heartbeat log items stop stat check verify backup restore dump load compact renumber upgrade)) {
    my $hint = run_tool($verb, '--nonsense')->{err};
    like $hint, qr/^Try `jobsessions --help`\.$/m, "$verb: where to look";
}

done_testing;
