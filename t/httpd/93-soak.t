# SPDX-License-Identifier: Apache-2.0
# A mixed load for a long time: workers, exports, pages, conditional requests, clients that go away. Memory,
# file descriptors, reader slots and the database stay as they are. The samples are in build/soak.tsv, and
# build/soak.svg shows them where gnuplot is installed. The long form takes half an hour, under event only.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use POSIX ();
use Time::HiRes qw(sleep time);
use JobSessions::Crowd;
use JobSessions::Httpd;
use JobSessions::Sanitizer qw(sanitized);
use JobSessions::Sessions qw(plain_sessions);
use JobSessions::Test qw(build_file decode_json jobsessions quick_or_long readers run_command slurp spew test_vars);

my $seconds = quick_or_long(8, 1800);
my $every = quick_or_long(0.25, 10);
my $sessions = 2000;
my $workers = 2;
my ($mpm) = test_vars('t_logs') =~ /-(\w+)$/;
plan skip_all => 'half an hour is spent under event' if $mpm ne 'event' && $seconds > 60;

my $db = tempdir(CLEANUP => 1) . '/db';
my $import = jobsessions($db, 'import', { stdin => join "\n", plain_sessions($sessions) });
is $import->{exit}, 0, "$sessions sessions" or diag $import->{err};

my $httpd = JobSessions::Httpd->new(serves => $db, modules => ['filter', 'deflate'], config => <<~CONFIG);
    <IfModule mpm_prefork_module>
        StartServers 10
        MinSpareServers 10
        MaxSpareServers 10
        MaxRequestWorkers 10
    </IfModule>
    <IfModule !mpm_prefork_module>
        StartServers 1
        ServerLimit 1
        ThreadsPerChild 10
        MinSpareThreads 1
        MaxSpareThreads 10
        MaxRequestWorkers 10
    </IfModule>
    CONFIG
$httpd->start;

# A worker finishes sessions and begins them anew, over and over, so that their number stays.
sub start_worker ($number) {
    my $pid = fork // die "fork: $!";
    return $pid if $pid;
    open STDOUT, '>', '/dev/null' or die "/dev/null: $!";
    open my $put, '|-', build_file('jobsessions'), '-d', $db, 'put' or die "jobsessions: $!";
    $put->autoflush(1);
    local $SIG{TERM} = sub { close $put; POSIX::_exit($? >> 8) };
    for (my $round = 0; ; $round++) {
        my $id = 1 + ($round * $workers + $number) % $sessions;
        my $status = $round % 2 ? 'Success' : 'Running';
        print {$put} qq({"id":"$id","status":"$status","backupJobInfo":{"protectedInstancesCount":@{[ $round % 90 + 10 ]}}}\n);
        sleep 0.02;
    }
}

# What clients ask for, and what they must get: whole documents of as many sessions as there are.
my @requests = (
    [ POST => '/api/v1/jobSessions/export' ],
    [ POST => '/api/v1/jobSessions/export', 'Accept-Encoding' => 'gzip' ],
    [ GET => '/api/v1/jobSessions?Limit=50' ],
    [ GET => '/api/v1/jobSessions?Limit=50&Offset=500&Status=Success' ],
    [ GET => '/api/v1/jobSessions?Sort=StartTimeDesc&Limit=20' ],
    [ GET => '/api/v1/jobSessions?SinceUsn=1900&Limit=10' ],
    [ GET => '/api/v1/jobSessions/7' ],
    [ GET => '/api/v1/jobSessions/7/log' ],
    [ GET => '/api/v1/jobSessions/999999' ],
    [ GET => '/api/v1/jobSessions/7', 'If-None-Match' => '*' ],
    [ GET => '/api/v1/jobSessions', Accept => 'text/csv' ],
);

sub judge ($response) {
    my (undef, $path, %headers) = @{ $response->{request} };
    return $response->{status} == 404 if $path =~ /999999/;
    return $response->{status} == 304 if $headers{'If-None-Match'};
    return 0 if $response->{status} != 200;
    return 1 if $headers{Accept} || $headers{'Accept-Encoding'};
    my $document = eval { decode_json($response->{body}) } or return 0;
    return $path !~ /export/ || ($document->{totalCount} == $sessions && @{ $document->{results} } == $sessions);
}

sub children_files ($name) {
    return map { eval { slurp("/proc/$_/$name") } // () } $httpd->children;
}

# The samples: seconds, then what must stay flat.
my @series = (
    [ 'anonymous memory', 'kB', 2048, sub { my $sum = 0; $sum += $_ for map { /^Anonymous:\s+(\d+)/m } children_files('smaps_rollup'); $sum } ],
    [ 'file descriptors', '', 8, sub { scalar map { glob "/proc/$_/fd/*" } $httpd->children } ],
    [ 'reader slots', '', 8, sub { scalar readers($db) } ],
    [ 'the database', 'kB', 1024, sub { (-s "$db/data.mdb") >> 10 } ],
);

my @pids = map { start_worker($_) } 0 .. $workers - 1;
END { kill TERM => @pids if @pids }
my %pause = (pause => 0.2);
my @crowds = (
    JobSessions::Crowd->new($httpd->port, 4, requests => \@requests, judge => \&judge, %pause),
    JobSessions::Crowd->new($httpd->port, 1, manner => 'ambles', %pause),
    JobSessions::Crowd->new($httpd->port, 1, manner => 'leaves', %pause),
);

my @samples;
my $begin = time;
my $next = $begin;
while (time < $begin + $seconds) {
    push @samples, [ time - $begin, map { $_->[3]->() } @series ];
    $next += $every;
    sleep $next - time if $next > time;
}
my @counts = map { $_->stop } @crowds;
kill TERM => @pids;
waitpid $_, 0 for splice @pids;

is_deeply [ map { $_->{wrong} + $_->{broken} + $_->{dropped} + $_->{refused} } @counts ], [ 0, 0, 0 ],
    "$seconds s: of $counts[0]{right} answers and $counts[1]{right} slow exports none is wrong, $counts[2]{left} clients went away";
is jobsessions($db, 'verify')->{exit}, 0, 'the database is in order';

sub median (@values) { return (sort { $a <=> $b } @values)[ @values / 2 ] }

my $sixth = int(@samples / 6);
for my $column (1 .. @series) {
    my ($name, $unit, $most) = @{ $series[ $column - 1 ] };
    next if sanitized() && $name eq 'anonymous memory';    # a sanitizer keeps what was freed for a while
    my $early = median(map { $_->[$column] } @samples[ $sixth .. 2 * $sixth - 1 ]);
    my $late = median(map { $_->[$column] } @samples[ -$sixth .. -1 ]);
    cmp_ok $late, '<=', $early + $most, "$name: $early $unit in the second sixth, $late $unit in the last of " . @samples . ' samples';
}

spew('build/soak.tsv', join '', map { join("\t", map { sprintf '%.6g', $_ } @$_) . "\n" } @samples);
my $plot = run_command([ qw(gnuplot -e), join '; ',
    q(set terminal svg size 900,700; set output 'build/soak.svg'; set multiplot layout 4,1; set key left; set yrange [0:*]),
    map { "plot 'build/soak.tsv' using 1:" . ($_ + 1) . " with lines title '$series[ $_ - 1 ][0] $series[ $_ - 1 ][1]'" } 1 .. @series ])
    if grep { -x "$_/gnuplot" } split /:/, $ENV{PATH};
is $plot->{exit}, 0, 'plotted' if $plot;

done_testing;
