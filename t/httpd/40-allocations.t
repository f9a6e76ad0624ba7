# SPDX-License-Identifier: Apache-2.0
# Between the first byte of an export's request and the last of its response, nothing of ours calls
# malloc(), and jansson is not used: whatever it does begins with making a value, which it allocates.
# A shim in the server counts who allocates.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use JobSessions::Httpd;
use JobSessions::Sanitizer qw(sanitized);
use JobSessions::Sessions qw(plain_sessions rich_sessions);
use JobSessions::Test qw(build_file decode_json http_all jobsessions run_command slurp spew);

plan skip_all => 'a sanitizer has a malloc() of its own, before that of the shim' if sanitized();

my $scratch = tempdir(CLEANUP => 1);
my $db = "$scratch/db";
my @sessions = (rich_sessions(), plain_sessions(3000, 3000));
my $import = jobsessions($db, 'import', { stdin => join "\n", @sessions });
is $import->{exit}, 0, 'sessions of every kind' or diag $import->{err};

spew("$scratch/counters", '');
my $httpd = JobSessions::Httpd->new(
    single => 1,
    serves => $db,
    env    => { LD_PRELOAD => build_file('t/support/allocations.so'), ALLOCATIONS => "$scratch/counters" }
)->start;

my @names = ('mod_jobsessions', 'LMDB', 'jansson');
sub allocations { return unpack 'Q3', slurp("$scratch/counters") }

sub exports ($count) {
    return http_all(([ $httpd->port, POST => '/api/v1/jobSessions/export' ]) x $count);
}

my ($first) = exports(1);
is $first->{status}, 200, 'the first export';
my $document = $first->{body};
is decode_json($document)->{totalCount}, scalar @sessions, 'all sessions';
my @warm = allocations();
is scalar @warm, @names, 'the shim counts';
cmp_ok $warm[0], '>', 0, 'what it set up was counted: mod_jobsessions';
cmp_ok $warm[1], '>', 0, 'and LMDB';

is scalar(grep { $_->{body} eq $document } exports(50)), 50, '50 exports more';
my @after = allocations();
is $after[$_] - $warm[$_], 0, "no allocation by $names[$_]" for 0 .. 2;

my $change = jobsessions($db, 'import', '--merge', { stdin => qq({"id":"3000","usn":3000,"note":"changed"}\n{"id":"2999","usn":2999}\n) });
is $change->{exit}, 0, 'a change' or diag $change->{err};
my ($changed) = exports(1);
is decode_json($changed->{body})->{totalCount}, @sessions + 1, 'is seen';
my @later = allocations();
is $later[$_] - $warm[$_], 0, "still no allocation by $names[$_]" for 0 .. 2;

# what allocates would be seen: a body with a filter is JSON that has to be parsed
my ($filtered) = http_all([ $httpd->port, POST => '/api/v1/jobSessions/export', body => '{"status":["Failed"]}' ]);
is decode_json($filtered->{body})->{totalCount}, 1, 'an export with a filter in its body';
my @parsed = allocations();
cmp_ok $parsed[2], '>', $later[2], 'is where jansson is used, and counted';

my $symbols = run_command([ qw(nm --dynamic --undefined-only), build_file('mod_jobsessions.so') ]);
my @needed = $symbols->{out} =~ /\b(mdb_\w+)/g;
is_deeply [ grep { /^mdb_(put|del|drop|cursor_put|cursor_del|env_sync|env_copy)/ } @needed ], ['mdb_put'],
    'of LMDB\'s functions that write the module has only the one js_open() sets a new database up with';
cmp_ok scalar @needed, '>', 5, 'though it reads one';

done_testing;
