# SPDX-License-Identifier: Apache-2.0
# The probe for a load balancer: 200 or 503, to anybody, and never anything else. What is served beside the API cannot
# be configured so that it answers in the API's place.

use v5.36;
use Test::More;
use Cwd qw(getcwd);
use File::Temp qw(tempdir);
use JobSessions::Httpd;
use JobSessions::Test qw(http jobsessions slurp);

my $mount = '/api/v1/jobSessions';
my $scratch = tempdir(CLEANUP => 1);
my $import = jobsessions("$scratch/db", 'import', { stdin => slurp('t/data/sessions-example.ndjson') });
is $import->{exit}, 0, 'a database' or diag $import->{err};

# The API asks for a user, whom nobody can name here.
my $config = "Define JOBSESSIONS_MONITORS 127.0.0.1\nInclude " . getcwd . "/conf/examples/monitoring.conf\nJobSessionsDatabase $scratch/db\n"
    . "<Location \"$mount\">\nSetHandler jobsessions\n</Location>\n";
my $httpd = JobSessions::Httpd->new(modules => ['authz_host'], config => $config)->start;

sub probe_is ($status, $name, $path = '/jobsessions-probe') {
    my $response = http($httpd->port, GET => $path);
    is_deeply [ @$response{qw(status body)} ], [ $status, '' ], "$name: $status, and no body";
    is_deeply [ grep { !/^(?:date|server|connection|content-length|cache-control)$/ } sort keys %{ $response->{headers} } ], [], 'nothing in the head';
    return $response;
}

subtest 'what it tells' => sub {
    is probe_is(200, 'a database that can be read')->{headers}{'cache-control'}, 'no-store', 'nobody keeps it';
    is http($httpd->port, HEAD => '/jobsessions-probe')->{status}, 200, 'HEAD';
    rename "$scratch/db", "$scratch/away" or die $!;
    probe_is(503, 'one that cannot');
    is http($httpd->port, HEAD => '/jobsessions-probe')->{status}, 503, 'HEAD';
    unlike $httpd->error_log, qr/JS0501/, 'which does not fill the log';
    rename "$scratch/away", "$scratch/db" or die $!;
    probe_is(200, 'one that is back');
};

subtest 'it is no way to the data' => sub {
    for my $path ('/jobsessions-probe/', '/jobsessions-probe/6', '/jobsessions-probe/export', "/jobsessions-probe$mount",
        '/jobsessions-probe?Limit=-1&display=Full') {
        probe_is(200, $path, $path);
    }
    for my $path ("/jobsessions-probe/..$mount", "/jobsessions-probe/%2e%2e$mount/6", "//jobsessions-probe/../$mount/export") {
        is http($httpd->port, GET => $path)->{status}, 403, "$path is the API's, which asks for a user";
    }
    is http($httpd->port, $_ => '/jobsessions-probe/export', body => '{}')->{status}, 405, "$_ is not known" for qw(POST PUT DELETE);
    like http($httpd->port, OPTIONS => '/jobsessions-probe')->{headers}{allow}, qr/GET/, 'it says what is';
};

subtest 'it does not get into the API\'s way' => sub {
    for my $case ([ '/', 'jobsessions-probe' ], [ '/api', 'jobsessions-metrics' ], [ $mount, 'jobsessions-probe' ], [ '/api/v1/', 'jobsessions-probe' ]) {
        my ($path, $handler) = @$case;
        my $check = JobSessions::Httpd->new(serves => "$scratch/db", config => "<Location \"$path\">\nSetHandler $handler\n</Location>\n")->check;
        isnt $check->{exit}, 0, "$handler at $path is refused";
        like $check->{err}, qr/JS0103: .*<Location "\Q$path\E"> would answer in the place of the API at \Q$mount\E; give them a path of their own/, 'with what to do';
    }
    for my $path ("$mount/health", '/health', '/api/v1/jobSessionsHealth') {
        my $check = JobSessions::Httpd->new(serves => "$scratch/db", config => "<Location \"$path\">\nSetHandler jobsessions-probe\n</Location>\n")->check;
        is $check->{exit}, 0, "$path is fine" or diag $check->{err};
    }
    my $check = JobSessions::Httpd->new(config => "<Location \"/x\">\nSetHandler jobsessions-metric\n</Location>\n")->check;
    like $check->{err}, qr/JS0122: SetHandler jobsessions-metric: no module has this handler; write SetHandler jobsessions, jobsessions-metrics or jobsessions-probe/,
        'a slip in the name is refused';
};

done_testing;
