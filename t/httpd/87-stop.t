# SPDX-License-Identifier: Apache-2.0
# POST {mount}/{id}/stop: the worker learns of it, whoever is killed meanwhile; who may is a right of its own.

use v5.36;
use Cwd qw(getcwd);
use File::Temp qw(tempdir);
use JSON::XS ();
use List::Util qw(shuffle);
use MIME::Base64 qw(encode_base64);
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);
use JobSessions::Httpd;
use JobSessions::Test qw(build_file decode_json http http_all jobsessions quick_or_long run_command slurp spew wait_until);
use JobSessions::Token qw(claims jwt password);

my $here = getcwd;
my $scratch = tempdir(CLEANUP => 1);
my ($db, $requests) = ("$scratch/db", "$scratch/stops");
mkdir $requests, 0770 or die $!;
my $mount = '/api/v1/jobSessions';

sub put (@lines) { return split /\n/, jobsessions($db, 'put', { stdin => join '', map { "$_\n" } @lines })->{out} }
sub take (@ids) { return jobsessions($db, 'stop', '--requests', $requests, '--take', @ids) }
sub session ($id) { return decode_json(jobsessions($db, 'get', $id)->{out}) }
sub log_of ($id) { return map { decode_json($_)->{message} } split /\n/, jobsessions($db, 'log', $id)->{out} }
sub files () { return map { s{.*/}{}r } glob "$requests/* $requests/.new-*" }

my ($runs, $waits, $done, $other) = put('{"status":"Running"}', '{"status":"Pending"}', '{"status":"Success"}', '{"status":"Running"}');

my $config = <<~CONFIG;
    JobSessionsDatabase $db
    Include $here/t/tokens/tokens.conf
    Define JOBSESSIONS_TOKEN_CERTIFICATE rsa#$here/t/tokens/rsa.pem
    Include $here/conf/examples/openidc-public-key.conf
    <Location "/open/jobSessions">
        SetHandler jobsessions
        JobSessionsAnonymous On
        JobSessionsStrictQuery On
    </Location>
    <Location "/basic/jobSessions">
        SetHandler jobsessions
        AuthType Basic
        AuthName "Job sessions"
        AuthBasicProvider file
        AuthUserFile $here/t/tokens/passwords
        Require valid-user
    </Location>
    CONFIG
my @modules = qw(authn_core authn_file auth_basic authz_user socache_shmcb auth_openidc headers http2);
my $httpd = JobSessions::Httpd->new(modules => \@modules, config => "OIDCCacheShmMax 256\n$config");
$httpd->start;

my %tokens = map { $_->[0] => jwt('RS256', claims(sub => 'ann', role => $_->[1])) } [ admin => 'admin' ], [ operator => [qw(admin operator)] ], [ guest => 'operator' ];
my $basic = 'Basic ' . encode_base64('console:' . password(), '');

sub ask ($path, $who = 'operator', $method = 'POST', %headers) {
    $headers{Authorization} //= "Bearer $tokens{$who}" if defined $who;
    return http($httpd->port, $method => $path =~ m{^/(?:open|basic|api)/} ? $path : $mount . $path, headers => \%headers);
}
sub says ($response, $status, $detail, $what) {
    is $response->{status}, $status, $what;
    is $response->{headers}{'content-type'}, 'application/problem+json', 'as a problem';
    like decode_json($response->{body})->{detail}, $detail, 'that says why';
}

subtest 'off unless it is turned on' => sub {
    says(ask("/$runs/stop"), 404, qr/^There is no such resource\.$/, 'POST');
    is ask("/$runs/stop", 'operator', 'OPTIONS')->{status}, 404, 'OPTIONS';
    unlike ask('/openapi.json', 'admin', 'GET')->{body}, qr{/stop}, 'nor described';
};

$httpd->stop;
$httpd = JobSessions::Httpd->new(modules => \@modules, config => <<~CONFIG)->start;
    OIDCCacheShmMax 256
    $config
    Protocols h2c http/1.1
    Define JOBSESSIONS_STOPS $requests
    Include $here/conf/examples/stop.conf
    CONFIG

subtest 'a session that runs' => sub {
    my $response = ask("/$runs/stop");
    is $response->{status}, 204, 'is stopped';
    is $response->{body}, '', 'of which there is no more to say';
    is $response->{headers}{'content-type'}, undef, 'and no type';
    is session($runs)->{status}, 'Running', 'httpd writes nothing';
    is ask("/$runs/stop")->{status}, 204, 'twice is once';
    is scalar files(), 1, 'one file';
    my $run = take($runs);
    is $run->{exit}, 0, 'the worker learns of it' or diag $run->{err};
    like $run->{out}, qr/^$runs \S+Z ann$/, 'and of who asks';
    is session($runs)->{status}, 'Canceling', 'it says so';
    like join('|', log_of($runs)), qr/^ann asked at \S+Z that the session be stopped$/, 'and so does the log';
    is ask("/$runs/stop")->{status}, 204, 'one that is being stopped';
    is scalar files(), 0, 'needs no more';
    is ask("/$waits/stop")->{status}, 204, 'one that waits to run';
    is take($waits)->{exit}, 0, 'likewise';
    like $httpd->error_log, qr/JS0112/, 'and httpd has said that it serves';
    my $large = http($httpd->port, POST => "$mount/$waits/stop", version => '2-prior-knowledge', body => 'x' x 1_000_000,
        headers => { Authorization => "Bearer $tokens{operator}" });
    is $large->{status}, 204, 'a body that nobody reads comes before the answer, over HTTP/2, too';
};

subtest 'what cannot be stopped' => sub {
    says(ask('/999/stop'), 404, qr/^There is no such session\.$/, 'a session that is not there');
    says(ask("/$done/stop"), 409, qr/^The session is finished; there is nothing to stop\.$/, 'one that is finished');
    my $response = ask("/$other/stop", 'operator', 'GET');
    says($response, 405, qr/no method GET; it has POST, OPTIONS/, 'another method');
    is $response->{headers}{allow}, 'POST, OPTIONS', 'and what there is';
    is ask("/$other/stop", 'operator', 'OPTIONS')->{headers}{allow}, 'POST, OPTIONS', 'as OPTIONS says';
    is ask("/open/jobSessions/$other/stop?now=1", undef)->{status}, 403, 'of a user who is nobody';
    is scalar files(), 0, 'leaves nothing';
};

subtest 'a right of its own' => sub {
    is ask("/$other", 'admin', 'GET')->{status}, 200, 'who may look';
    for my $path ("/$other/stop", "/$other/STOP", "/$other/stop/") {
        is ask($path, 'admin')->{status}, 403, "may not stop: $path";
        is ask($path, 'guest')->{status}, 403, 'nor may who has that right alone';
        is ask($path, undef)->{status}, 401, 'nor may nobody';
    }
    is ask("/$other/stop", 'admin', 'OPTIONS')->{status}, 403, 'which OPTIONS tells, too';
    says(ask("/open/jobSessions/$other/stop", undef), 403, qr/^Only a user who is named/, 'where anybody may look nobody may stop');
    is scalar files(), 0, 'nothing is asked';
    is ask("/$other/STOP/")->{status}, 204, 'who may, in any case';
    is take($other)->{exit}, 0, 'may';
};

subtest 'a page of another site' => sub {
    my ($id) = put('{"status":"Running"}');
    my $path = "/basic/jobSessions/$id/stop";
    for my $site (qw(cross-site same-site)) {
        says(ask($path, undef, 'POST', Authorization => $basic, 'Sec-Fetch-Site' => $site), 403, qr/^A page of another site/, "$site: what the browser sends by itself is not enough");
    }
    is scalar files(), 0, 'nothing is asked';
    is ask($path, undef, 'POST', Authorization => $basic, 'Sec-Fetch-Site' => $_)->{status}, 204, $_ for qw(same-origin none);
    is ask($path, undef, 'POST', Authorization => $basic)->{status}, 204, 'no browser';
    is ask("/$id/stop", 'operator', 'POST', 'Sec-Fetch-Site' => 'cross-site')->{status}, 204, 'a token is';
    like take($id)->{out}, qr/ console$/, 'the first who asked';
};

# What is not as the description says.
sub described (@cases) {
    my $description = decode_json(ask('/openapi.json', 'admin', 'GET')->{body});
    my $checked = decode_json(run_command([ 'python3', 't/validate.py' ], JSON::XS->new->utf8->encode({ description => $description, cases => \@cases }))->{out});
    return [ @{ $checked->{faults} }, grep { $_ eq 'post /jobSessions/{id}/stop' } @{ $checked->{met} } ? () : 'no stop was looked at' ];
}

subtest 'the description' => sub {
    my ($id) = put('{"status":"Running"}');
    my @cases = map {
        my $answer = ask($_->[2] // $_->[0], $_->[1]);
        +{ name => $_->[0], method => 'post', path => "/jobSessions$_->[0]", status => 0 + $answer->{status}, type => $answer->{headers}{'content-type'} // '', body => $answer->{body} }
    } [ "/$id/stop", 'operator' ], [ "/$done/stop", 'operator' ], [ '/999/stop', 'operator' ], [ "/$id/stop", 'admin' ], [ "/$id/stop", undef ], [ "/$id/stop", undef, "/open/jobSessions/$id/stop" ];
    is_deeply [ map { $_->{status} } @cases ], [ 204, 409, 404, 403, 401, 403 ], 'each answer there is';
    is_deeply described(@cases), [], 'is as it is described';
    take($id);
};

subtest 'a directory that is away' => sub {
    my ($id) = put('{"status":"Running"}');
    rename $requests, "$requests.away" or die $!;
    my $response = ask("/$id/stop");
    says($response, 503, qr/^The worker cannot be asked at the moment/, 'nobody is told that it is done');
    is_deeply described({ name => 'away', method => 'post', path => "/jobSessions/$id/stop", status => 503, type => $response->{headers}{'content-type'}, body => $response->{body} }), [], 'as it is described';
    is $response->{headers}{'retry-after'}, 5, 'but to try again';
    like $httpd->error_log, qr{JS0361: \Q$requests\E: open it: No such file}, 'the log says why';
    like ask('/metrics', 'admin', 'GET')->{body}, qr/^jobsessions_errors_total\{[^}]*message="JS0361"\} 1$/m, 'and the metrics';
    like ask('/metrics', 'admin', 'GET')->{body}, qr/^jobsessions_requests_total\{[^}]*resource="stop",status="2xx"\} [1-9]/m, 'which count stops';
    rename "$requests.away", $requests or die $!;
    is ask("/$id/stop")->{status}, 204, 'once it is back';
    is take($id)->{exit}, 0, 'it is asked';
};

subtest 'a database that was restored' => sub {
    my ($id) = put('{"status":"Running"}');
    is jobsessions($db, 'backup', "$scratch/backup")->{exit}, 0, 'a backup';
    is ask("/$id/stop")->{status}, 204, 'a request';
    is jobsessions($db, 'restore', "$scratch/backup")->{exit}, 0, 'a restore';
    is take($id)->{exit}, 1, 'what was asked of the other one is not taken up';
    is ask("/$id/stop")->{status}, 204, 'what is asked of this one';
    is take($id)->{exit}, 0, 'is';
    is scalar files(), 1, 'the old request stays for a day';
    unlink glob "$requests/*";
};

# Ask for each of the sessions, from so many clients at once. Returns the ids that got 204.
sub ask_all ($clients, @ids) {
    my @lists = map { my $client = $_; [ @ids[ grep { $_ % $clients == $client } 0 .. $#ids ] ] } 0 .. $clients - 1;
    for my $client (0 .. $clients - 1) {
        next if fork // die $!;
        my @paths = @{ $lists[$client] };
        my @answers = http_all(map { [ $httpd->port, POST => "$mount/$_/stop", headers => { Authorization => "Bearer $tokens{operator}" } ] } @paths);
        spew("$scratch/asked.$client", join ' ', map { $answers[$_]{status} eq '204' ? $paths[$_] : () } 0 .. $#paths);
        POSIX::_exit(0);
    }
    1 while wait > 0;
    return map { split / /, slurp("$scratch/asked.$_") } 0 .. $clients - 1;
}

subtest 'a thousand at once' => sub {
    my @ids = put(('{"status":"Running"}') x 1000);
    is scalar ask_all(4, shuffle @ids), 1000, 'all are asked';
    is scalar files(), 1000, 'a file each';
    my $run = take(@ids);
    is $run->{exit}, 0, 'all are taken up';
    is scalar(() = $run->{out} =~ /\n/g), 1000, 'each';
    is scalar files(), 0, 'nothing is left';
};

# Children of httpd and the worker are killed at any moment.
subtest 'kills' => sub {
    for my $round (1 .. quick_or_long(3, 60)) {
        my @ids = put(('{"status":"Running"}') x 60);
        my $killer = fork // die $!;
        if (!$killer) {
            while (1) { sleep 0.02 + rand 0.1; my ($child) = shuffle $httpd->children; kill KILL => $child if $child }
        }
        my $worker = fork // die $!;
        if (!$worker) {
            while (1) {
                my $taking = fork // POSIX::_exit(1);
                if (!$taking) { open STDOUT, '>', '/dev/null'; open STDERR, '>&', \*STDOUT; exec build_file('jobsessions'), '-d', $db, 'stop', '--requests', $requests, '--take', @ids; }
                sleep rand 0.05;
                kill KILL => $taking;
                waitpid $taking, 0;
            }
        }
        my @asked = eval { ask_alone(@ids) };
        kill KILL => $killer, $worker;
        waitpid $_, 0 for $killer, $worker;
        wait_until { ask('', 'admin', 'GET')->{status} == 200 };
        take(@ids);
        cmp_ok scalar @asked, '>', 0, "round $round: " . @asked . ' are asked';
        is_deeply [ grep { session($_)->{status} ne 'Canceling' } @asked ], [], 'what was answered 204 is taken up';
        is_deeply [ grep { log_of($_) != 1 } @asked ], [], 'and logged once';
        is_deeply [ grep { !/^\.new-/ } files() ], [], 'no request is left';
    }
    is jobsessions($db, 'verify')->{exit}, 0, 'the database is sound';
};

# One after the other, as curl gives up all that follow when a connection breaks.
sub ask_alone (@ids) { return grep { ask("/$_/stop")->{status} eq '204' } @ids }

subtest 'the example worker' => sub {
    open my $worker, '-|', build_file('worker'), '-d', $db, '--seconds', 30, '--requests', $requests or die $!;
    my ($id) = <$worker> =~ /^session (\d+) has started$/;
    is ask("/$id/stop")->{status}, 204, 'is asked';
    is join('', <$worker>), "session $id is asked to stop by ann\nsession $id has finished: Canceled\n", 'and stops';
    close $worker;
    is session($id)->{status}, 'Canceled', 'as the session says';
};

subtest 'directories that are refused' => sub {
    mkdir "$scratch/$_" or die $! for qw(all mine);
    chmod 0777, "$scratch/all" or die $!;
    chmod 0500, "$scratch/mine" or die $!;
    spew("$scratch/file", '');
    mkdir "$db/stops" or die $!;
    my $served = JobSessions::Httpd->new(serves => $db);
    mkdir $served->directory . '/htdocs/stops' or die $!;
    symlink $served->directory . '/htdocs/stops', "$scratch/link" or die $!;
    my $use = qr/JS0104: JobSessionsStopRequests \S+: httpd's user cannot use it; make it a directory of a group/;
    my @refused = (
        [ "$scratch/none",  qr/No such file.*$use/ ], [ "$scratch/file", qr/Not a directory.*$use/ ], [ "$scratch/mine", qr/Permission denied.*$use/ ],
        [ "$scratch/all",   qr/JS0105: .*lets everybody ask in anybody's name: chmod o-w it/ ],
        [ "$scratch/link",  qr/JS0105: .*lies in a DocumentRoot/ ], [ $served->directory . '/htdocs', qr/JS0105: .*lies in a DocumentRoot/ ],
        [ "$db/stops",      qr/JS0105: .*lies in the database's directory, which a restore exchanges/ ], [ $db, qr/JS0105: .*in the database's directory/ ],
    );
    for (@refused) {
        my ($directory, $message) = @$_;
        $served->{config} = "JobSessionsStopRequests $directory\n";
        my $run = $served->check;
        isnt $run->{exit}, 0, $directory;
        like $run->{err}, $message, 'and what to do';
    }
    $served->{config} = "JobSessionsStopRequests $requests\n";
    is $served->check->{exit}, 0, 'one that can be used';
    rmdir "$db/stops";
};

done_testing;
