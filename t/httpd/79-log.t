# SPDX-License-Identifier: Apache-2.0
# What the log tells of a request: nothing at the default level; at debug what it was for, what its
# conditions came to and what was sent; at trace1 the finer steps. Each line has a number of its own.

use v5.36;
use File::Temp qw(tempdir);
use Test::More;
use JobSessions::Httpd;
use JobSessions::Test qw(decode_json http jobsessions slurp);

my $db = tempdir(CLEANUP => 1) . '/db';
my $import = jobsessions($db, 'import', { stdin => slurp('t/data/sessions-example.ndjson') });
is $import->{exit}, 0, 'a database' or diag $import->{err};

my $mount = '/api/v1/jobSessions';
my $tag;

# What is logged under a level for requests, and the responses. A start has a line whatever the level.
sub logged ($level, @requests) {
    my $httpd = JobSessions::Httpd->new(serves => $db, single => 1, config => "LogLevel jobsessions:$level\n")->start;
    my @responses = map {
        my ($method, $path, %options) = @$_;
        http($httpd->port, $method => "$mount$path", %options)
    } @requests;
    $httpd->stop;
    return (join('', grep { /\[jobsessions:/ && !/JS0112/ } map { "$_\n" } split /\n/, $httpd->error_log), @responses);
}

subtest 'at the default level' => sub {
    my ($log, @responses) = logged(warn => [ GET => '' ], [ POST => '/export' ], [ GET => '/6' ]);
    is_deeply [ map { $_->{status} } @responses ], [ 200, 200, 200 ], 'requests';
    is $log, '', 'nothing';
    $tag = $responses[0]{headers}{etag};
};

subtest 'at debug' => sub {
    my ($log, $page, $export, $some) = logged(debug =>
        [ GET  => '?Limit=2' ], [ POST => '/export' ],
        [ POST => '/export', body => '{"jobSessionIds":["6"]}' ],
        [ GET => '', headers => { 'If-None-Match' => '*' } ], [ GET => '', headers => { 'If-Match' => '"other"' } ], [ GET => '/6/log' ]);
    my $count = decode_json($export->{body})->{totalCount};
    my $bytes = sub ($response) { length $response->{body} };
    like $log, qr/JS0350: GET \Q$mount\E: the list of sessions, mounted at/, 'what a request is for';
    like $log, qr/JS0350: GET \Q$mount\E\/6\/log: a session's log/, 'whatever it is';
    like $log, qr/JS0330: the list of sessions: $count match, 2 of them are sent as json, ${\$bytes->($page)} bytes/, 'a page of the list';
    like $log, qr/JS0330: the export: $count match, $count of them are sent as json, ${\$bytes->($export)} bytes/, 'a whole export';
    like $log, qr/JS0330: the export: 1 match, 1 of them are sent as json, ${\$bytes->($some)} bytes/, 'what a filter does';
    like $log, qr/JS0340: conditions: tag "[^"]+", so the request goes on/, 'conditions that are met';
    like $log, qr/JS0340: conditions: tag "[^"]+", so it is answered 304/, 'an answer that is known';
    like $log, qr/JS0340: conditions: tag "[^"]+", so it is answered 412/, 'conditions that are not met';
    unlike $log, qr/:trace/, 'nothing finer';
};

subtest 'at trace1' => sub {
    my ($log) = logged(trace1 => [ GET => '' ]);
    my ($version) = $tag =~ /^"(.+)-[^-]+-json"$/;
    like $log, qr/JS0301: access granted: JobSessionsAnonymous is On/, 'access';
    like $log, qr/JS0201: database opened: device \d+, inode \d+/, 'a database is opened';
    like $log, qr/JS0201: database closed: device \d+, inode \d+/, 'and closed';
    like $log, qr/JS0323: \Q$db\E: snapshot of version \Q$version\E$/m, 'the snapshot has the version of the tag';
};

subtest 'every line has a number of its own' => sub {
    my (%numbers, @without);
    for my $file (glob 'mod_jobsessions/module/*.c mod_jobsessions/module/*/*.c') {
        my $code = slurp($file);
        while ($code =~ /\bap_log_r?error\((.*?)\);/gs) {
            my $call = $1;
            push @without, "$file: $call" unless $call =~ /JSLOGNO\(\d{4}\)/;
        }
        $numbers{$1}++ while $code =~ /JSLOGNO\((\d{4})\)/g;
    }
    is_deeply \@without, [], 'none is without';
    is_deeply [ grep { $numbers{$_} > 1 } sort keys %numbers ], [], 'no number is given twice';
};

done_testing;
