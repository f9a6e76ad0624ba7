# SPDX-License-Identifier: Apache-2.0
# 200 exports in parallel while four workers write without pause: each is one moment of the database.

use v5.36;
use Test::More;
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use IPC::Open2 qw(open2);
use List::Util qw(max sum);
use POSIX ();
use JobSessions::Test qw(build_file database_dir decode_json jobsessions port run_command slurp wait_until);

my $exports = 200;
my $workers = 4;
my $history = 1500;

my $db = database_dir('parallel');
remove_tree($db);
# "twin" is always written together with "number": who sees one without the other sees half a write
my $put = jobsessions($db, 'put', { stdin => join '', map { qq({"status":"Success","number":$_,"twin":{"number":$_}}\n) } 1 .. $history });
is $put->{exit}, 0, 'a history' or diag $put->{err};

# A process that creates a session, updates it and one of the history, and again, until told to stop.
# Prints how many writes were acknowledged.
sub start_worker ($name) {
    pipe my $report, my $reporter or die "pipe: $!";
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        close $report;
        my $stopped = 0;
        $SIG{TERM} = sub { $stopped = 1 };
        $SIG{PIPE} = 'IGNORE';
        my $tool = open2(my $from, my $to, build_file('jobsessions'), '-d', $db, 'put');
        my $writes = 0;
        my $write = sub ($id, $number) {
            my $member = defined $id ? qq("id":"$id",) : '';
            syswrite $to, qq({$member"status":"Running","worker":"$name","number":$number,"twin":{"number":$number}}\n);
            chomp(my $acknowledged = readline $from // die 'no id');
            $writes++;
            return $acknowledged;
        };
        eval {
            until ($stopped) {
                my $id = $write->(undef, $writes);
                $write->($id, $writes);
                $write->(1 + int rand $history, $writes);
            }
        };
        close $to;
        waitpid $tool, 0;
        syswrite $reporter, "$writes $?\n";
        POSIX::_exit(0);
    }
    close $reporter;
    return { pid => $pid, report => $report };
}

my @workers = map { start_worker("worker $_") } 1 .. $workers;
END { kill TERM => map { $_->{pid} } @workers }

my $all_write = wait_until {
    my %seen = map { ($_->{worker} // '') => 1 } @{ decode_json(jobsessions($db, 'export')->{out})->{results} };
    keys %seen > $workers
} 20;
ok $all_write, 'all workers write';

my $bodies = tempdir(CLEANUP => 1);
my $url = 'http://127.0.0.1:' . port('parallel') . "/api/v1/jobSessions/export?[1-$exports]";

# Equal exports are shared while nothing changes: on a busy machine two hundred may be of few moments, so there are more.
my (@transfers, %moments);
for my $round (1 .. 10) {
    my $curl = run_command([
        qw(curl -q --silent --show-error --noproxy * --max-time 120 --parallel --parallel-max 50 --request POST),
        '--output', "$bodies/$round-#1", '--write-out', '%{http_code} %{exitcode} %{size_download} %header{content-length} %{filename_effective}\n', $url
    ]);
    is $curl->{exit}, 0, 'curl is content' or diag $curl->{err};
    my @round = map { [split] } split /\n/, $curl->{out};
    is scalar @round, $exports, "$exports exports";
    push @transfers, @round;
    $moments{ max slurp($_->[4]) =~ /"usn":(\d+)/g }++ for @round;
    last if $curl->{exit} || keys %moments > 5;
}

kill TERM => map { $_->{pid} } @workers;
my @writes;
for my $worker (@workers) {
    my ($count, $status) = split ' ', readline($worker->{report}) // 'none';
    waitpid $worker->{pid}, 0;
    is $status, 0, 'a worker wrote to the end';
    push @writes, $count;
}
@workers = ();

is_deeply [ grep { $_->[0] != 200 || $_->[1] != 0 } @transfers ], [], 'all of them answered in full';
is_deeply [ grep { $_->[2] != $_->[3] || $_->[2] != -s $_->[4] } @transfers ], [], 'Content-Length is true of each';

my (%wrong, @usns);
for my $file (map { $_->[4] } @transfers) {
    my $document = eval { decode_json(slurp($file)) };
    if (!$document) {
        $wrong{'is no JSON'}++;
        next;
    }
    my @results = @{ $document->{results} };
    my @ids = map { $_->{id} } @results;
    my %usn = map { $_->{usn} => 1 } @results;
    $wrong{'totalCount is not the number of results'}++ if $document->{totalCount} != @results;
    $wrong{'ids do not descend'}++ if grep { $ids[ $_ - 1 ] <= $ids[$_] } 1 .. $#ids;
    $wrong{'a usn comes twice'}++ if keys %usn != @results;
    $wrong{'ids are missing'}++ if $ids[0] != @results;
    $wrong{'half a write'}++ if grep { $_->{number} != $_->{twin}{number} } @results;
    $wrong{'an update that was never made'}++ if grep { $_->{usn} < $_->{id} } @results;
    push @usns, max keys %usn;
}
is_deeply \%wrong, {}, 'each is one moment of the database';

my $writes = sum @writes;
cmp_ok $_, '>', 0, 'each worker wrote' for @writes;
cmp_ok max(@usns), '<=', $history + $writes, 'no usn is higher than there were writes';
cmp_ok max(@usns), '>', $history, 'and they went on during the exports';
cmp_ok scalar keys %moments, '>', 5, 'which saw several moments of them';
is decode_json(jobsessions($db, 'export')->{out})->{totalCount}, $history + sum(map { int(($_ + 2) / 3) } @writes),
    'in the end every session that was acknowledged is there';

remove_tree($db);
done_testing;
