# SPDX-License-Identifier: Apache-2.0
# jobsessions get: sessions as they are stored, one a line.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use JobSessions::Sessions qw(rich_sessions);
use JobSessions::Test qw(build_file decode_json jobsessions run_command slurp spew);

my $scratch = tempdir(CLEANUP => 1);
my $db = "$scratch/db";
my @sessions = rich_sessions();
jobsessions($db, 'import', { stdin => join "\n", @sessions });

my $all = jobsessions($db, 'get', map { decode_json($_)->{id} } @sessions);
is $all->{exit}, 0, 'done';
ok $all->{out} eq join('', map { "$_\n" } @sessions), 'each as it is stored, in the order asked for';

my $some = jobsessions($db, 'get', 0, 77, 'x', '01', '18446744073709551616', '', 0);
is $some->{exit}, 1, 'an id that does not exist, or is none';
is $some->{out}, qq({"id":"0","usn":0}\n) x 2, 'does not stand in the way of the others';
is $some->{err}, join('', map { qq(jobsessions: $db: there is no session "$_"\n) } 77, 'x', '01', '18446744073709551616', ''),
    'and is named';

my $nowhere = jobsessions("$scratch/none", 'get', 1);
is $nowhere->{exit}, 3, 'no database';
like $nowhere->{err}, qr{^jobsessions: \Q$scratch\E/none: .*there is no database; name the right directory},
    'is named, and the remedy';

my $full = run_command([ 'sh', '-c', 'exec "$0" -d "$1" get 0 >/dev/full', build_file('jobsessions'), $db ]);
is_deeply [ @$full{qw(exit err)} ], [ 3, "jobsessions: writing the output: No space left on device\n" ], 'no place for the output';

my $data = slurp("$db/data.mdb");
substr($data, $-[0], 1) = 'b' if $data =~ /a disk was lost/;
spew("$db/data.mdb", $data);
my $damaged = jobsessions($db, 'get', 1, 0);
is $damaged->{exit}, 3, 'a damaged record';
is $damaged->{err}, "jobsessions: $db: session 1 is damaged: its checksum does not match\n", 'is named';
is $damaged->{out}, qq({"id":"0","usn":0}\n), 'and nothing of it is printed';

done_testing;
