# SPDX-License-Identifier: Apache-2.0
# conf/recipes/in: what other programs print becomes sessions, of which reading it again makes nothing new.

use v5.36;
use Test::More;
use Digest::SHA qw(sha1);
use File::Temp qw(tempdir);
use JSON::XS ();
use JobSessions::Test qw(build_file decode_json jobsessions run_command slurp spew);

my $recipes = 'conf/recipes/in';
my $data = 't/data/recipes';
my $tool = build_file('jobsessions');
plan skip_all => 'python3 3.11 is not here' if run_command([ 'python3', '-c', 'import sys; sys.exit(sys.version_info < (3, 11))' ])->{exit};

my $scratch = tempdir(CLEANUP => 1);
local $ENV{PYTHONDONTWRITEBYTECODE} = 1;
local $ENV{TZ} = 'Europe/Berlin';

sub recipe ($name, $input, @arguments) {
    my $run = run_command([ 'python3', "$recipes/$name.py", @arguments ], $input);
    is_deeply [ @$run{qw(exit err)} ], [ 0, '' ], "$name.py";
    return $run->{out};
}

sub changed ($db, $lines) { return recipe('changed', $lines, '-d', $db, '--tool', $tool) }

# RFC 9562, version 5, in the namespace of URLs.
sub uuid5 ($name) {
    my $hash = substr sha1(pack('H*', '6ba7b8119dad11d180b400c04fd430c8') . $name), 0, 16;
    substr($hash, 6, 1) = chr(ord(substr $hash, 6, 1) & 0x0f | 0x50);
    substr($hash, 8, 1) = chr(ord(substr $hash, 8, 1) & 0x3f | 0x80);
    return join '-', unpack('H8 H4 H4 H4 H12', $hash);
}

my @sources = (
    [ 'proxmox-backup', 'proxmox-backup.json' ],
    [ 'restic',         'restic-snapshots.json' ],
    [ 'restic',         'restic-backup.ndjson', 'nightly' ],
    [ 'borg',           'borg-list.json' ],
    [ 'borg',           'borg-create.json' ],
    [ 'bacula',         'bareos-console.txt', 'main' ],
    [ 'bacula',         'bacula-job.csv', 'main' ],
);

for my $source (@sources) {
    my ($name, $file, @arguments) = @$source;
    subtest $file => sub {
        my $db = "$scratch/$file";
        my $lines = recipe($name, slurp("$data/$file"), @arguments);
        is $lines, slurp("$data/$file.sessions"), 'as sessions';
        my $count = () = $lines =~ /\n/g;
        my $put = jobsessions($db, 'put', { stdin => changed($db, $lines) });
        is_deeply [ $put->{exit}, scalar(split /\n/, $put->{out}) ], [ 0, $count ], 'all are put' or diag $put->{err};
        my $dump = jobsessions($db, 'dump')->{out};
        is changed($db, $lines), '', 'a second time none would change';
        is jobsessions($db, 'put', { stdin => changed($db, $lines) })->{exit}, 0, 'and putting none';
        is jobsessions($db, 'dump')->{out}, $dump, 'leaves the database as it is';
        is jobsessions($db, 'verify')->{exit}, 0, 'which is sound';
    };
}

subtest 'a job that waits' => sub {
    my $job = sub ($time) { "jobid,job,name,type,level,jobstatus,starttime,endtime,joberrors\n8,good.1,good,B,F,C,$time,$time,0\n" };
    my $waits = recipe('bacula', $job->(''), 'main');
    is_deeply [ @{ decode_json($waits) }{qw(status executionStartTime)} ], [ 'Pending', undef ], 'has no start';
    is recipe('bacula', $job->($_), 'main'), $waits, "which may be told as $_" for '0', '0000-00-00 00:00:00', 'NULL';
};

subtest 'ids' => sub {
    my ($first) = split /\n/, slurp("$data/proxmox-backup.json.sessions");
    my $session = decode_json($first);
    is $session->{id}, uuid5("proxmox-backup:$session->{proxmox}{upid}"), 'are of what the source knows a run by';
    is recipe('bacula', slurp("$data/bacula-job.tsv"), 'main'), slurp("$data/bacula-job.csv.sessions"), 'MySQL prints the same table';
    my %other = map { decode_json($_)->{id} => 1 } split /\n/, recipe('bacula', slurp("$data/bacula-job.csv"), 'other');
    is_deeply [ grep { $other{ decode_json($_)->{id} } } split /\n/, slurp("$data/bacula-job.csv.sessions") ], [], 'another catalog has others';
};

subtest 'files that a run could not read' => sub {
    my $status = sub ($lines) { decode_json($lines)->{status} };
    my $run = slurp("$data/restic-backup.ndjson");
    my $seen = recipe('restic', "Warning: at least one source file could not be read\n$run", 'nightly');
    is $seen, slurp("$data/restic-backup.ndjson.sessions"), "what restic's standard error has beside JSON is passed over";
    my $archive = slurp("$data/borg-create.json");
    is $status->(recipe('borg', $archive, @$_[1 .. $#$_])), $_->[0], "borg's exit status @$_[1 .. $#$_] is a $_->[0]"
        for [ 'Success' ], [ 'Success', 0 ], [ 'Warning', 1 ], [ 'Warning', 107 ];
    is recipe('borg', '', 2), '', 'a run without an archive makes no session';
    my ($names, @jobs) = split /^/, slurp("$data/bacula-job.csv");
    my ($good) = grep { /,T,/ } @jobs;
    (my $holes = $good) =~ s/^((?:[^,]*,){17})0,/${1}3,/ or die "no job without errors\n";
    is $status->(recipe('bacula', $names . $_->[1], 'main')), $_->[0], "a job of Bacula with status T and $_->[2] errors is a $_->[0]"
        for [ 'Success', $good, 'no' ], [ 'Warning', $holes, 'three' ];
};

subtest 'another id for what is there' => sub {
    my $snapshots = decode_json(slurp("$data/restic-snapshots.json"));
    my $as_before = recipe('restic', slurp("$data/restic-snapshots.json"));
    my %changed = (%{ $snapshots->[1] }, id => 'c' x 64, original => $snapshots->[1]{id});
    my $json = JSON::XS->new;
    my $id = sub ($lines) { [ map { decode_json($_)->{id} } split /\n/, $lines ] };
    my $tagged = recipe('restic', $json->encode([ $snapshots->[0], \%changed ]));
    is_deeply $id->($tagged), $id->($as_before), 'a snapshot that was tagged stays the session it was';
    is decode_json((split /\n/, $tagged)[1])->{restic}{snapshot}, $changed{id}, 'and tells the id that restic knows now';
    is recipe('restic', $json->encode([ @$snapshots, { %changed, tags => ['rewrite'] } ])), $as_before, 'one rewritten beside it is no session';
};

subtest 'a text with another end of line' => sub {
    my $db = "$scratch/separator";
    my $line = qq({"id":"0d4c1e10-0000-4000-8000-000000000001","status":"Success","localizedType":"a\xe2\x80\xa8b\xc2\x85c"}\n);
    is jobsessions($db, 'put', { stdin => $line })->{exit}, 0, 'is put';
    is changed($db, $line), '', 'and read again';
};

subtest 'what has ended since' => sub {
    my $db = "$scratch/ended";
    my $tasks = decode_json(slurp("$data/proxmox-backup.json"));
    jobsessions($db, 'put', { stdin => recipe('proxmox-backup', slurp("$data/proxmox-backup.json")) });
    @{ $tasks->[0] }{qw(endtime status)} = (1763003100, 'OK');
    my $changed = changed($db, recipe('proxmox-backup', JSON::XS->new->encode($tasks)));
    is scalar(split /\n/, $changed), 1, 'is the one that changes';
    my $id = decode_json($changed)->{id};
    is jobsessions($db, 'put', { stdin => $changed })->{out}, "$id\n", 'and is put';
    my $stored = decode_json(jobsessions($db, 'get', $id)->{out});
    is_deeply [ @$stored{qw(status executionDuration)} ], [ 'Success', '00:01:40' ], 'under the id that it had';

    # a run of borg is first in a list, which has no end
    my $borg = "$scratch/borg";
    jobsessions($borg, 'put', { stdin => recipe('borg', slurp("$data/$_")) }) for 'borg-list.json', 'borg-create.json';
    is decode_json(jobsessions($borg, 'export')->{out})->{totalCount}, 2, 'borg knows an archive by the same id in both';
    is changed($borg, recipe('borg', slurp("$data/borg-list.json"))), '', 'and a list takes nothing away';
};

subtest 'what cannot be read' => sub {
    my $run = run_command([ 'python3', "$recipes/changed.py", '-d', '/proc/none', '--tool', $tool ], slurp("$data/borg-list.json.sessions"));
    is scalar(split /\n/, $run->{out}), 2, 'where there is no database yet, all would change';
    spew("$scratch/data.mdb", 'x' x 9000);
    my $broken = run_command([ 'python3', "$recipes/changed.py", '-d', $scratch, '--tool', $tool ], slurp("$data/borg-list.json.sessions"));
    is $broken->{out}, '', 'of a database that cannot be read nothing is known';
    like $broken->{err}, qr/data\.mdb is not an LMDB file/, 'which is told';
    isnt $broken->{exit}, 0, 'as a fault';
    isnt run_command([ 'python3', "$recipes/restic.py" ], "{\"message_type\":\n")->{exit}, 0, 'what is cut off is one, too';
};

done_testing;
