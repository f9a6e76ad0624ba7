# SPDX-License-Identifier: Apache-2.0
# Metrics for Prometheus: in its formats, by a handler with a rule of its own and below the mount for who may read
# sessions; of many databases, scraped while httpd is restarted gracefully, no counter goes back.

use v5.36;
use Test::More;
use Cwd qw(getcwd);
use File::Temp qw(tempdir);
use JobSessions::Httpd;
use JobSessions::Metrics qw(faults samples);
use JobSessions::Sanitizer qw(patience);
use JobSessions::Test qw(http http_all jobsessions quick_or_long run_command slurp wait_until);

my $mount = '/api/v1/jobSessions';
my $scratch = tempdir(CLEANUP => 1);
my $import = jobsessions("$scratch/db", 'import', { stdin => slurp('t/data/sessions-example.ndjson') });
is $import->{exit}, 0, 'a database' or diag $import->{err};
my $sessions = jobsessions("$scratch/db", 'stat', '--json')->{out} =~ /"sessions":(\d+)/ ? $1 : 'none';

my @modules = qw(authz_host);
my $example = 'Include ' . getcwd . "/conf/examples/monitoring.conf\n";
my $httpd = JobSessions::Httpd->new(serves => "$scratch/db", modules => \@modules, config => "Define JOBSESSIONS_MONITORS 127.0.0.1\n$example")->start;

sub scrape ($path = '/jobsessions-metrics', $accept = undef) {
    return http($httpd->port, GET => $path, headers => { Accept => $accept });
}

# By Prometheus's own checker, where that is installed.
sub promtool ($text) {
    my $promtool = run_command([ qw(sh -c), 'command -v promtool || exit 127; promtool check metrics' ], $text);
    SKIP: {
        skip 'promtool is not installed', 1 if $promtool->{exit} == 127;
        is $promtool->{exit}, 0, 'promtool finds nothing' or diag $promtool->{out}, $promtool->{err};
    }
}

subtest 'the formats' => sub {
    my $text = scrape();
    is $text->{headers}{'content-type'}, 'text/plain; version=0.0.4; charset=utf-8', 'text';
    is_deeply [ faults($text->{body}, 'text') ], [], 'is well-formed';
    promtool($text->{body});
    is_deeply [ @{ $text->{headers} }{qw(cache-control vary x-content-type-options)} ], [ 'no-store', 'Accept', 'nosniff' ], 'nobody keeps it';
    # what Prometheus sends
    my $open = scrape('/jobsessions-metrics', 'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,'
            . 'text/plain;version=0.0.4;q=0.3,*/*;q=0.2');
    is $open->{headers}{'content-type'}, 'application/openmetrics-text; version=1.0.0; charset=utf-8', 'OpenMetrics';
    is_deeply [ faults($open->{body}, 'open') ], [], 'is well-formed';
    is_deeply [ sort keys %{ samples($open->{body}) } ], [ sort keys %{ samples($text->{body}) } ], 'with the same series';
    for my $accept ('*/*', 'text/plain', 'text/plain,application/openmetrics-text;q=0.9', 'application/openmetrics-text;q=0', 'text/html') {
        like scrape('/jobsessions-metrics', $accept)->{headers}{'content-type'}, qr/^text\/plain; version=0\.0\.4/, "text for $accept";
    }
    is http($httpd->port, HEAD => '/jobsessions-metrics')->{status}, 200, 'HEAD';
    my $post = http($httpd->port, POST => '/jobsessions-metrics');
    is $post->{status}, 405, 'nothing else';
    like $post->{headers}{allow}, qr/GET/, 'it says what there is';
};

subtest 'what they tell' => sub {
    my $before = samples(scrape()->{body});
    my $of = qq(database="$scratch/db");
    is_deeply [ map { $before->{"jobsessions_$_\{$of}"} } qw(up sessions snapshots) ], [ 1, $sessions, 0 ], 'how the database is';
    my $length = length http($httpd->port, POST => "$mount/export")->{body};
    http($httpd->port, GET => "$mount/6/log");
    http($httpd->port, GET => "$mount/nothing");
    my $now = samples(scrape()->{body});
    my %more = map { ($now->{$_} - $before->{$_}) ? ($_ => $now->{$_} - $before->{$_}) : () } grep { /_total\{/ && !/sent_/ } keys %$now;
    is_deeply \%more, {
        qq(jobsessions_requests_total{$of,resource="export",status="2xx"}) => 1,
        qq(jobsessions_requests_total{$of,resource="log",status="2xx"})    => 1,
        qq(jobsessions_requests_total{$of,resource="other",status="4xx"})  => 1,
        qq(jobsessions_documents_total{$of,resource="export",end="whole"}) => 1,
        qq(jobsessions_documents_total{$of,resource="log",end="whole"})    => 1,
    }, 'what was done with it';
    cmp_ok $now->{"jobsessions_sent_bytes_total{$of}"} - $before->{"jobsessions_sent_bytes_total{$of}"}, '>=', $length, 'and sent';
    my $text = scrape()->{body};
    unlike $text, qr/policy|Backup|abc\.ukwest/i, 'nothing of what is in a session';
};

subtest 'below the mount' => sub {
    my $text = scrape("$mount/metrics");
    is_deeply [ faults($text->{body}, 'text') ], [], 'they are well-formed';
    promtool($text->{body});
    is samples($text->{body})->{jobsessions_sessions}, $sessions, 'of the mount\'s database';
    unlike $text->{body}, qr/\Q$scratch/, 'without its directory';
    is http($httpd->port, OPTIONS => "$mount/metrics")->{headers}{allow}, 'GET, HEAD, OPTIONS', 'GET alone';
    is http($httpd->port, POST => "$mount/metrics")->{status}, 405, 'and nothing else';
    is scrape("$mount/METRICS/")->{status}, 200, 'in any case';
};

subtest 'a directory of any name' => sub {
    for my $case ([ qq(a "b" \\ c) => q(a \"b\" \\\\ c) ], [ "d\xc3\xa9" => "d\xc3\xa9" ], [ "l\xe9" => 'l?' ]) {
        my ($name, $label) = @$case;
        my $put = jobsessions("$scratch/$name", 'put', { stdin => qq({"status":"Running"}\n) });
        is $put->{exit}, 0, 'a database' or diag $put->{err};
        my $named = JobSessions::Httpd->new(serves => q(") . "$scratch/$name" =~ s/(["\\])/\\$1/gr . q("), modules => \@modules,
            config => "Define JOBSESSIONS_MONITORS 127.0.0.1\n$example")->start;
        my $text = http($named->port, GET => '/jobsessions-metrics')->{body};
        is samples($text)->{qq(jobsessions_up{database="$scratch/$label"})}, 1, "is labelled $label";
        is_deeply [ faults($text, 'text') ], [], 'well-formed';
        promtool($text);
    }
};

subtest 'who may' => sub {
    my $handler = 'SetHandler jobsessions-metrics';
    my $closed = JobSessions::Httpd->new(serves => "$scratch/db", modules => \@modules, config => <<~CONFIG)->start;
        <Location "/bare">\n$handler\n</Location>
        <Location "/granted">\n$handler\nRequire all granted\n</Location>
        Define JOBSESSIONS_MONITORS 10.0.0.0/8
        $example
        <Location "$mount/metrics">\nJobSessionsAnonymous Off\n</Location>
        CONFIG
    for my $path ('/bare', '/granted', '/jobsessions-metrics', "$mount/metrics") {
        my $response = http($closed->port, GET => $path);
        is $response->{status}, 403, "$path: nobody has named a user, or not this address";
        unlike $response->{body}, qr/jobsessions_/, 'nothing is told';
    }
    like $closed->error_log, qr{JS0300: /bare: .*add AuthType and Require lines to <Location "/bare">}, 'the log says what to write';
};

# No counter goes back, and none is left out, in scrapes that follow each other.
sub compare ($before, $now) {
    return map { !exists $now->{$_} ? "$_ is gone" : $now->{$_} < $before->{$_} ? "$_: $before->{$_}, then $now->{$_}" : () }
        grep { /_total/ } sort keys %$before;
}

subtest 'many databases, and graceful restarts' => sub {
    my $count = quick_or_long(20, 200);
    my $config = '';
    for my $i (1 .. $count) {
        my $put = jobsessions("$scratch/many$i", 'put', { stdin => qq({"status":"Running"}\n) });
        die $put->{err} if $put->{exit} != 0;
        $config .= "<VirtualHost *:*>\nServerName host$i\nJobSessionsDatabase $scratch/many$i\nJobSessionsMapSize 16M\n"
            . "<Location \"$mount\">\nSetHandler jobsessions\nJobSessionsAnonymous On\n</Location>\n</VirtualHost>\n";
    }
    $httpd = JobSessions::Httpd->new(modules => \@modules, config => "Define JOBSESSIONS_MONITORS 127.0.0.1\n$example$config")->start;
    my $before = samples(scrape()->{body});
    is scalar(grep { /^jobsessions_up\{/ } keys %$before), $count, "$count databases are told of";
    my ($restarts, $scrapes, @back, @faults) = (0, 0);
    for my $round (1 .. 5) {
        my $starts = () = $httpd->error_log =~ /resuming normal operations/g;
        my $after = 0;
        $httpd->restart;
        $restarts++;
        wait_until {
            http_all(map { [ $httpd->port, GET => "$mount/1", headers => { Host => "host$_" } ] } 1 + $scrapes % $count, $count);
            my $text = scrape()->{body};
            my $now = samples($text);
            push @faults, faults($text, 'text');
            push @back, compare($before, $now);
            $before = $now;
            $scrapes++;
            my $now_started = () = $httpd->error_log =~ /resuming normal operations/g;
            $after++ if $now_started > $starts;
            $after == 3;
        } 20 * patience();
    }
    is_deeply \@back, [], "$restarts graceful restarts, $scrapes scrapes: no counter goes back";
    is_deeply \@faults, [], 'all of them well-formed';
    my $requests = 0;
    $requests += $before->{$_} for grep { /^jobsessions_requests_total\{.*resource="session",status="2xx"/ } keys %$before;
    is $requests, 2 * $scrapes, 'each request was counted once';
};

done_testing;
