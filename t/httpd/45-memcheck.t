# SPDX-License-Identifier: Apache-2.0
# Every resource in every form, and every way to refuse a request, under valgrind's memcheck: nothing is
# read or written that must not be, and twice the requests leave no more memory behind.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use Time::HiRes qw(sleep);
use JobSessions::Httpd;
use JobSessions::Sanitizer qw(sanitized);
use JobSessions::Sessions qw(item_lists rich_sessions session_of_size);
use JobSessions::SlowClient;
use JobSessions::Test qw(build_file http http_all jobsessions quick_or_long slurp test_vars wait_until);

plan skip_all => 'two who watch memory do not go together' if sanitized();

my ($mpm) = test_vars('t_logs') =~ /-(\w+)$/;
plan skip_all => 'in the short form event stands for the others' if $mpm ne quick_or_long('event', $mpm);
my $passes = quick_or_long(1, 8);
my $mount = '/api/v1/jobSessions';

my $scratch = tempdir(CLEANUP => 1);
my $import = jobsessions("$scratch/small", 'import', { stdin => join "\n", rich_sessions() });
is $import->{exit}, 0, 'sessions of every kind' or diag $import->{err};
is jobsessions("$scratch/small", 'log', 1, '--add', { stdin => '{"message":"done"}' })->{exit}, 0, 'a log';
my @lists = item_lists();
is jobsessions("$scratch/small", 'items', 1, $_, '--add', { stdin => '{"name":"vm"}' })->{exit}, 0, $_ for @lists;
# more than sockets buffer
my $large = jobsessions("$scratch/large", 'import', { stdin => join "\n", map { session_of_size($_, 1024 * 1024) } 1 .. 7 });
is $large->{exit}, 0, '7 MB of sessions' or diag $large->{err};

# What is asked for in a pass, and the status that answers it.
my @requests = (
    [ 200, POST => '/export' ],
    [ 200, POST => '/export', body => '{"status":["Success","Failed"],"sessionTypes":["PolicyBackup"],"filter":"*o*","jobSessionIds":["1","2"]}' ],
    [ 200, GET  => '' ],
    [ 200, GET  => '?Offset=3&Limit=5&Status=Success,Warning&Types=PolicyBackup&Filter=*a*' ],
    [ 200, GET  => '?FromUtc=2020-02-07T00:00:00Z&ToUtc=2030-01-01T00:00:00Z&PolicyId=4e096ba7-8125-4d5d-804b-581f4e6c8440' ],
    [ 200, GET  => '?SinceUsn=1&Limit=5' ],
    [ 200, GET  => '/1' ],
    [ 200, GET  => '/1/log' ],
    (map { [ 200, GET  => "?Limit=7&Sort=${_}Asc" ] } qw(StartTime StopTime Status Type Duration PolicyName Usn)),
    (map { [ 200, GET  => "/1/$_?NameSearchPattern=v*" ] } @lists),
    (map { ([ 200, POST => '/export', headers => { Accept => $_ } ], [ 200, GET => '', headers => { Accept => $_ } ]) }
        qw(text/csv application/xml application/x-ndjson)),
    (map { [ 200, HEAD => $_ ] } '', '/1', '/1/log'),
    (map { [ 204, OPTIONS => $_ ] } '', '/export', '/1'),
    [ 400, GET  => '?Offset=-1&Limit=x&Status=y&PolicyId=z&FromUtc=z&Sort=z&Display=z&MaxId=z&Filter=%ff' ],
    [ 400, POST => '/export', body => '{"status":["Done"],"fromUtc":1,"policyId":"x"}' ],
    [ 400, POST => '/export', body => '{"status":' ],
    (map { [ 404, GET => $_ ] } '/no', '/99999', '/99999/log', '/1/log/2'),
    [ 405, PUT  => '' ],
    [ 406, GET  => '', headers => { Accept => 'image/png' } ],
    [ 413, POST => '/export', body => ' ' x 70_000, headers => { Expect => undef } ],
);

sub start_server () {
    my $logs = tempdir(CLEANUP => 1);
    return JobSessions::Httpd->new(
        single => 1,
        logs   => $logs,
        env    => { LD_PRELOAD => build_file('t/support/small_map.so') },
        under  => [ qw(valgrind --leak-check=full --show-leak-kinds=definite --child-silent-after-fork=no), "--log-file=$logs/%p" ],
        config => <<~CONFIG)->start;
            JobSessionsSpoolDirectory $scratch
            <VirtualHost *>
                JobSessionsDatabase $scratch/large
                <Location "$mount">
                    SetHandler jobsessions
                    JobSessionsAnonymous On
                </Location>
            </VirtualHost>
            <VirtualHost *>
                ServerName small
                JobSessionsDatabase $scratch/small
                <Location "$mount">
                    SetHandler jobsessions
                    JobSessionsAnonymous On
                </Location>
                <Location "/forgotten">
                    SetHandler jobsessions
                </Location>
            </VirtualHost>
            <VirtualHost *>
                ServerName missing
                JobSessionsDatabase $scratch/there-is-none
                <Location "$mount">
                    SetHandler jobsessions
                    JobSessionsAnonymous On
                </Location>
            </VirtualHost>
            CONFIG
}

# Ask for everything; what was not answered as expected.
sub ask_all ($port) {
    my %small = (Host => 'small');
    my @all = (
        (map { my ($status, $method, $path, %options) = @$_;
            [ $status, $method, "$mount$path", %options, headers => { %small, %{ $options{headers} // {} } } ] } @requests),
        [ 403, GET => '/forgotten/1', headers => \%small ],
        [ 503, GET => $mount, headers => { Host => 'missing' } ]);
    my @responses = http_all(map { my ($status, @request) = @$_; [ $port, @request ] } @all);
    my @wrong = map { "@{ $all[$_] }[1, 2]: $responses[$_]{status} $responses[$_]{error}" } grep { $responses[$_]{status} != $all[$_][0] } 0 .. $#all;
    my ($list) = grep { $_->{headers}{etag} } @responses;
    my $again = http($port, GET => $mount, headers => { %small, 'If-None-Match' => $list->{headers}{etag} });
    push @wrong, "If-None-Match: $again->{status}" if $again->{status} != 304;
    return @wrong;
}

# One client that leaves, and one whose rest waits in a file.
sub slow_clients ($port) {
    JobSessions::SlowClient->new($port)->has_begun;
    my $client = JobSessions::SlowClient->new($port);
    $client->has_begun;
    sleep 1.5;
    my $response = $client->read_on;
    return length $response->{body} == $response->{headers}{'content-length'} ? () : 'a slow client got less';
}

my @servers = map { start_server() } 1, 2;
ok +(wait_until { $_->children } 20), 'a server with a child' for @servers;
my @children = map { ($_->children)[0] } @servers;
for my $turn (0 .. 2) {
    my $server = $servers[ $turn > 0 ];
    my @wrong = map { (ask_all($server->port), slow_clients($server->port)) } 1 .. $passes;
    is "@wrong", '', "passes over every resource: $passes";
}
# gracefully: a child that takes its time to look for leaks is not killed
for my $server (@servers) {
    my $pid = $server->pid;
    kill WINCH => $pid;
    ok +(wait_until { !kill 0, $pid } 60), 'the server stops';
}

# What valgrind says of the child: its errors, and what is left when it ends.
my @left;
for my $i (0, 1) {
    my $log = "$servers[$i]{logs}/$children[$i]";
    ok +(wait_until { -e $log && slurp($log) =~ /ERROR SUMMARY/ }), 'the child ended in good order';
    my $report = slurp($log);
    my $requests = ($i + 1) * $passes * (@requests + 5);
    like $report, qr/ERROR SUMMARY: 0 errors/, "$requests requests: nothing was read or written that must not be, nothing is lost" or diag $report;
    push @left, $report =~ /in use at exit: ([\d,]+) bytes/ ? $1 =~ tr/,//dr : die "no summary in $report";
}
cmp_ok $left[1] - $left[0], '<', $passes * @requests, "and twice the requests leave no more: $left[0] and $left[1] bytes";

done_testing;
