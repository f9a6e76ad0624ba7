# SPDX-License-Identifier: Apache-2.0
# The console in a browser, over a real httpd with tokens: what it shows and downloads is what the API says, it
# follows what changes, and it outlives tokens, databases and servers.

use v5.36;
use utf8;
use Cwd qw(getcwd);
use File::Find qw(find);
use File::Temp qw(tempdir);
use JSON::XS ();
use POSIX qw(strftime);
use Test::More;
use Time::HiRes qw(sleep);
use JobSessions::Browser;
use JobSessions::Httpd;
use JobSessions::Sanitizer qw(sanitized);
use JobSessions::Test qw(decode_json http jobsessions slurp);
use JobSessions::Token qw(claims jwt);

plan skip_all => 'a browser and a sanitizer are too slow together' if sanitized();

my $here = getcwd;
my $mount = '/api/v1/jobSessions';
my $json = JSON::XS->new->canonical;
my $many = 100_000;    # lines of a log
my $evil = q{<img src=x onerror="globalThis.fooled = 1">};
binmode Test::More->builder->$_, ':utf8' for qw(output failure_output);

# ---- The files ----

my @files;
find(sub { push @files, $File::Find::name if -f && !/\.png$/ }, 'conf/console');
my $size = 0;
$size += -s for @files;
cmp_ok $size, '<', 60_000, 'all of it is less than 60 KB';
for my $file (grep { /\.js$/ } @files) {
    my $script = slurp($file);
    like $script, qr{\A// [A-Z].+\n}, "$file says what it is for";
    unlike $script, qr/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|localStorage|sessionStorage|document\.cookie/,
        'and neither makes markup or code of text, nor keeps anything';
}

# ---- A database, and a server with the page and the API ----

sub ago ($seconds) { return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time - $seconds)) }

sub session ($status, $age, $took, $policy, %more) {
    my %session = (type => 'PolicyBackup', status => $status, executionStartTime => ago($age),
        backupJobInfo => { policyId => sprintf('00000000-0000-4000-8000-%012x', unpack '%32C*', $policy), policyName => $policy, policyRemoved => JSON::XS::false }, %more);
    $session{executionStopTime} = ago($age - $took) if defined $took;
    return \%session;
}

my $db = tempdir(CLEANUP => 1) . '/db';
my $requests = tempdir(CLEANUP => 1);

sub put (@sessions) {
    my $run = jobsessions($db, 'put', { stdin => join '', map { JSON::XS->new->utf8->encode($_) . "\n" } @sessions });
    is $run->{exit}, 0, 'put' or diag $run->{err};
    return split /\n/, $run->{out};
}

put(map { session('Success', 86400 * $_ + 600, 500, 'Nightly') } reverse 1 .. 150);
put(map { session('Success', 86400 * $_ + 900, 600, $evil) } reverse 3 .. 13);
my ($failed) = put(session('Error', 1500, 600, $evil));
my ($stuck) = put(session('Running', 4000, undef, 'Nightly'));
put({ type => 'RestoreVms', status => 'Pending' });
my $log = join '', map { qq({"message":"line $_","status":"Success","logTime":"2020-02-07T08:43:30Z"}\n) } 1 .. $many - 1;
$log .= JSON::XS->new->utf8->encode({ message => "No space left for $evil", status => 'Error' }) . "\n";
is jobsessions($db, 'log', $failed, '--add', { stdin => $log })->{exit}, 0, "a log of $many lines";
is jobsessions($db, 'items', $failed, 'protectedItems', '--add', { stdin => join '', map { qq({"name":"machine $_"}\n) } 1 .. 60 })->{exit}, 0, 'items';

my $httpd = JobSessions::Httpd->new(modules => [qw(authn_core authz_user socache_shmcb auth_openidc alias dir headers mime)], config => <<~CONFIG)->start;
    TypesConfig /dev/null
    OIDCCacheShmMax 256
    Include $here/t/tokens/tokens.conf
    Define JOBSESSIONS_TOKEN_CERTIFICATE rsa#$here/t/tokens/rsa.pem
    Define JOBSESSIONS_CONSOLE $here/conf/console
    JobSessionsDatabase $db
    Include $here/conf/examples/openidc-public-key.conf
    Define JOBSESSIONS_STOPS $requests
    Include $here/conf/examples/stop.conf
    Include $here/conf/examples/console.conf
    CONFIG
my $page = 'http://127.0.0.1:' . $httpd->port . '/jobsessions/';
my $token = jwt('RS256', claims());

sub api ($method, $path, $accept = 'application/json', $body = undef) {
    my %sent = (Accept => $accept, Authorization => "Bearer $token", defined $body ? ('Content-Type' => 'application/json') : ());
    return http($httpd->port, $method => $mount . $path, headers => \%sent, defined $body ? (body => $body) : ())->{body};
}

my $policy = http($httpd->port, GET => '/jobsessions/')->{headers}{'content-security-policy'};
is $policy, "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    . "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'", 'a policy without exceptions';

# ---- What somebody does with it ----

if (my $trouble = JobSessions::Browser->trouble('http://127.0.0.1:' . $httpd->port . '/')) {
    diag $trouble;
    SKIP: { skip $trouble, 1 }
    done_testing;
    exit;
}
my $browser = JobSessions::Browser->new(zone => 'Asia/Tokyo');

sub enter ($with = $token) {
    ok $browser->sees('document.querySelector("#token")'), 'the page asks for a token' or diag $browser->text('body');
    $browser->type('#token', $with);
    $browser->click('#notices form button');
}
sub address () { return $browser->value('decodeURIComponent(location.hash)') }
sub rows ($condition = 'true') { return $browser->value("[...document.querySelectorAll('tbody tr')].filter((row) => $condition).length") }
sub shows ($pattern, $where = 'main') {
    my $seen = $browser->sees("/$pattern/.test(document.querySelector('$where').innerText)", 30);
    diag $browser->text($where) =~ s/\n+/ | /gr unless $seen;
    return $seen;
}

subtest 'the first view answers five questions' => sub {
    $browser->go($page);
    ok shows('Unauthorized', '#notices'), "the problem's own words";
    ok $browser->value('document.activeElement.id === "token"'), 'the field has the focus';
    enter('Bearer none');
    ok $browser->sees('/traceId/.test(document.querySelector("#notices").innerText)'), 'a token that is none: the traceId to copy';
    enter();
    ok shows('No space left'), "a failure, with its log's last line of error";
    is_deeply $browser->value('[...document.querySelectorAll("h2")].map((head) => head.textContent)'),
        [ 'What failed, and why', 'Policies without a good run', 'What runs now', 'What a session did', 'Is it getting worse?' ], 'in their order';
    ok shows('not good: 1[.]', 'section[aria-labelledby=policies]'), 'the policies';
    my $policies = $browser->text('section[aria-labelledby=policies]');
    like $policies, qr/\Q$evil\E.*3 d 00:15 ago.*Error/s, 'since when there is no good run';
    shows('stuck[?]', 'section[aria-labelledby=running]');
    like $browser->text('section[aria-labelledby=running]'), qr/$stuck.*01:0\d:\d\d\s+8\.\d × 00:08:20, stuck\?/s, 'what runs for too long';
    ok shows('1 of \\d+ failed', 'section[aria-labelledby=trend]'), 'how many of each day failed';
    is rows('row.closest("section[aria-labelledby=trend]")'), 14, 'days';
    cmp_ok $browser->value('document.querySelectorAll("tr, li").length'), '<=', 200, 'no more rows than a document may have';
    like $browser->text('header'), qr/times in Asia\/Tokyo \(GMT\+09:00\)/, "the viewer's zone";
    like $browser->text('#age'), qr/^as of \d\d:\d\d:\d\d, \d+ s ago$/, 'how old this is';
};

subtest 'choices are in the address' => sub {
    $browser->value(q{const days = document.querySelector('select[aria-label=Days]'); days.value = '30'; days.dispatchEvent(new Event('change'))});
    ok $browser->sees('document.querySelectorAll("section[aria-labelledby=trend] tbody tr").length === 30'), 'thirty days';
    is address(), '#/?days=30', 'in the address';
    $browser->value('history.back()');
    ok $browser->sees('document.querySelectorAll("section[aria-labelledby=trend] tbody tr").length === 14'), 'and fourteen again';
    is $browser->value('document.querySelector("select[aria-label=Days]").value'), 14, 'which the choice says, too';
};

subtest 'text is text' => sub {
    ok !$browser->value('document.querySelector("main img") || globalThis.fooled'), 'what looks like markup';
    is_deeply [ grep { !/status of 401/ } map { $_->{entry}{text} } $browser->events('Log.entryAdded') ], [], 'the browser has nothing to complain of';
    is $browser->value('try { document.body.innerHTML = "<p>"; "taken" } catch (error) { error.name }'), 'TypeError', 'Trusted Types are on';
    is_deeply [ $browser->events('Runtime.exceptionThrown') ], [], 'and no script has failed';
};

# The bytes of a download from the menu that is there, and those of the API.
sub is_downloaded ($menu, $name, @request) {
    my %formats = (JSON => [ 'json', 'application/json' ], NDJSON => [ 'ndjson', 'application/x-ndjson' ], CSV => [ 'csv', 'text/csv' ],
        'CSV for spreadsheets' => [ 'csv', 'text/csv; profile=spreadsheet' ], XML => [ 'xml', 'application/xml' ]);
    sleep 1.5;    # a page gets ten downloads at once, and more when it was quiet for a second
    for my $format (sort keys %formats) {
        my ($ending, $accept) = @{ $formats{$format} };
        $browser->value("[...document.querySelectorAll('$menu .menu button')].find((button) => button.textContent === '$format').click()");
        my $bytes = $browser->download("$name.$ending");
        my ($method, $path, $body) = @request;
        ok defined $bytes && $bytes eq api($method, $path, $accept, $body), "$name as $format, every byte";
    }
}

subtest 'downloads of the first view' => sub {
    my ($waiting) = map { $_->{id} } @{ decode_json(api(GET => '?Status=Pending'))->{results} };
    is_downloaded('section[aria-labelledby=failed]', 'failed', POST => '/export', qq({"jobSessionIds":["$failed"]}));
    is_downloaded('section[aria-labelledby=policies]', 'policies', POST => '/export', qq({"jobSessionIds":["$failed"]}));
    is_downloaded('section[aria-labelledby=running]', 'running', POST => '/export', qq({"jobSessionIds":["$stuck","$waiting"]}));
    $browser->value(q{[...document.querySelectorAll('section[aria-labelledby=trend] .menu button')][1].click()});
    my @sessions = map { decode_json($_) } split /\n/, $browser->download('days.ndjson');
    is scalar @sessions, $browser->value('[...document.querySelectorAll("section[aria-labelledby=trend] tbody td:nth-child(2)")].reduce((sum, cell) => sum + Number(cell.textContent), 0)'),
        'the sessions of the days, as many as are counted';
};

subtest 'a list, filtered' => sub {
    $browser->click('header nav a:last-child');
    ok shows('1 to 100 of 164 sessions'), 'all sessions, by pages';
    is rows(), 100, 'of a hundred rows';
    ok $browser->value('document.activeElement.textContent === "Sessions" && document.title === "Sessions – Job sessions"'), 'whose title is read out';
    $browser->click('nav[aria-label=Pages] a[rel=next], nav[aria-label=Pages] a:nth-last-child(2)');
    ok shows('101 to 164 of 164 sessions'), 'the next page';
    $browser->click('input[value=Error]');
    $browser->click('input[value=Running]');
    $browser->click('.filters > button');
    ok shows('1 to 2 of 2 sessions'), 'by status';
    is address(), '#/sessions?Status=Error&Status=Running', 'which is in the address';
    is_downloaded('main', 'sessions', GET => '?Status=Error&Status=Running&Limit=100');
    $browser->value('history.back()');
    ok shows('101 to 164 of 164 sessions'), 'back';
    $browser->value('history.forward()');
    ok shows('1 to 2 of 2 sessions'), 'and forward';
    $browser->call('Page.reload');
    enter();
    ok shows('1 to 2 of 2 sessions'), 'a reload, which forgets the token';
    ok $browser->value('document.querySelector("input[value=Error]").checked'), 'the form says what the address does';
    $browser->value('location.hash = "#/sessions?Sort=Reason"');
    ok shows('Sort is not one of Id'), "a condition that cannot be applied, in the API's words";
};

subtest 'a session, to be sent to a colleague' => sub {
    $browser->go("$page#/sessions/$failed");
    ok shows("Lines 1 to 100 of $many"), 'its log by pages, whose number is found out';
    cmp_ok rows(), '<=', 200, 'rows';
    ok shows('1 to 50 of 60 protectedItems'), 'its items';
    $browser->value('[...document.querySelectorAll("nav a")].find((link) => link.textContent === "Last").click()');
    ok shows("Lines ${\($many - 99)} to $many of $many"), 'the last page of the log';
    ok shows('No space left for <img src=x'), 'with why it failed';
    is address(), "#/sessions/$failed?log=" . ($many - 100), 'it has an address';
    is_downloaded('main', "session-$failed", POST => '/export', qq({"jobSessionIds":["$failed"]}));
    $browser->value('[...document.querySelectorAll("button")].find((button) => /these lines/.test(button.textContent)).click()');
    is $browser->download("session-$failed-log.json"), api(GET => "/$failed/log?Offset=${\($many - 100)}&Limit=100"), 'the lines';
    $browser->go("$page#/sessions/999999");
    ok shows('There is no such session'), "one that is not there, in the API's words";
};

subtest 'a session that runs can be stopped where the mount has that' => sub {
    my $stops = sub { grep { $_->{request}{method} eq 'POST' && $_->{request}{url} =~ m{/$stuck/stop$} } $browser->events('Network.requestWillBeSent') };
    my $again = sub {
        $browser->value("location.hash = '#/'");
        ok shows('What runs now'), 'from elsewhere';
        $browser->value("location.hash = '#/sessions/$stuck'");
        ok shows('▸ Running'), 'one that runs';
    };
    $again->();
    ok $browser->sees('document.querySelector("main button[hidden]")'), 'no button for who may not stop it';
    ok !$browser->value('document.querySelector("#token")'), 'who is asked for no other token';
    $browser->answer('*/stop', { OPTIONS => [ 404, {} ] });
    $again->();
    ok $browser->sees('document.querySelector("main button[hidden]")'), 'none where there is no such resource';
    $browser->call('Fetch.disable');
    $browser->call('Page.reload');
    enter(jwt('RS256', claims(sub => 'ann', role => [qw(admin operator)])));
    ok shows('Stop …'), 'a button for who may';
    my $press = sub ($words) { $browser->value("[...document.querySelectorAll('main button')].find((button) => button.textContent === '$words').click()") };
    $press->('Stop …');
    ok $browser->value('document.querySelector("dialog").open'), 'which asks first';
    $press->('Let it run');
    is $stops->(), 0, 'nothing is stopped';
    $press->('Stop …');
    $press->('Stop it');
    ok shows("Session $stuck is asked to stop"), 'and then does it';
    is $stops->(), 1, 'once';
    is jobsessions($db, 'stop', '--requests', $requests, '--take', $stuck)->{exit}, 0, 'the worker learns of it';
    ok shows('▸ Canceling'), 'and says so';
    ok shows('ann asked at'), 'with who asked in the log';
    ok $browser->sees('document.querySelector("main button[hidden]") && !/is asked to stop/.test(document.querySelector("main").innerText)'), 'there is no more to press';
    is_deeply [ $browser->events('Runtime.exceptionThrown') ], [], 'no script has failed';
};

subtest 'live' => sub {
    $browser->go("$page#/sessions");
    ok shows('of 164 sessions'), 'the list';
    $browser->value("document.querySelector('tr a[href=\"#/sessions/$stuck\"]').focus()");
    my ($new) = put(session('Running', 30, undef, 'Fresh'));
    ok shows("$new\\s+▸ Running"), 'a new session';
    put({ id => $stuck, status => 'Warning', executionStopTime => ago(0) });
    ok shows("$stuck\\s+! Warning"), 'one that ended';
    is $browser->value('document.activeElement.textContent'), $stuck, 'the focus stays with it';
    my $quiet = sub { grep { $_->{response}{status} == 304 && $_->{response}{url} =~ /SinceUsn/ } $browser->events('Network.responseReceived') };
    ok JobSessions::Test::wait_until(sub { $quiet->() }, 30), 'nothing new is a 304';
    is jobsessions($db, 'rm', $new, '--force')->{exit}, 0, 'a session is removed';
    ok shows('of 164 sessions'), 'and gone';
};

subtest 'a phone, by keyboard, by ear' => sub {
    $browser->size(360, 740);
    for my $hash ('#/', '#/sessions', "#/sessions/$failed") {
        $browser->value("location.hash = '$hash'");
        sleep 1;
        ok $browser->value('document.scrollingElement.scrollWidth <= innerWidth'), "$hash fits";
        my @nodes = @{ $browser->call('Accessibility.getFullAXTree')->{nodes} };
        my %wanted = map { $_ => 1 } qw(button link textbox combobox checkbox heading table navigation DisclosureTriangle);
        my @nameless = grep { $wanted{ $_->{role}{value} // '' } && !$_->{ignored} && ($_->{name}{value} // '') eq '' } @nodes;
        is_deeply [ map { $_->{role}{value} } @nameless ], [], 'everything has a name';
    }
    $browser->size(1280, 900);
    $browser->value('location.hash = "#/"');
    ok shows('What failed'), 'the overview';
    $browser->value('document.querySelector(".skip").focus()');
    my @reached;
    for (1 .. 12) {
        $browser->key('Tab', 9);
        push @reached, $browser->value('document.activeElement.textContent.trim()');
    }
    like "@reached", qr/All sessions.*Download/s, 'Tab goes through it';
};

subtest 'it outlives' => sub {
    $browser->value('location.hash = "#/"');
    ok shows('No space left'), 'the overview';
    my $short = jwt('RS256', claims(exp => time + 8));
    $browser->call('Page.reload');
    enter($short);
    ok shows('No space left'), 'a token for some seconds';
    ok $browser->sees('document.querySelector("#token")', 40), 'when it ends the page asks';
    like $browser->text('#notices'), qr/Unauthorized|Forbidden/, 'and says why: by the module, or by the example that looks at the time';
    like $browser->text('main'), qr/No space left/, 'and what is shown stays';
    enter();
    ok $browser->sees('!document.querySelector("#token")'), 'with another one it goes on';

    rename $db, "$db.away";
    ok shows('Service Unavailable', '#notices'), 'a 503';
    ok shows('next try in', '#age'), 'it goes on asking, later';
    like $browser->text('main'), qr/No space left/, 'and what is shown stays';
    rename "$db.away", $db;
    $browser->click('#notices button:last-of-type');
    ok $browser->sees('!/Unavailable/.test(document.querySelector("#notices").innerText)', 60), 'until the database is back';

    my $backup = tempdir(CLEANUP => 1) . '/backup';
    is jobsessions($db, 'backup', $backup)->{exit}, 0, 'a backup';
    my ($lost) = put(session('Failed', 60, 50, 'After the backup'));
    ok shows('After the backup'), 'a failure after it';
    is jobsessions($db, 'restore', $backup)->{exit}, 0, 'a restore';
    ok shows('restored or replaced', '#notices'), 'the page says so';
    ok $browser->sees('!/After the backup/.test(document.querySelector("main").innerText)'), 'and what is no more is gone';

    $httpd->stop;
    ok shows('does not answer', '#notices'), 'a server that is gone';
    like $browser->text('main'), qr/No space left/, 'and what is shown stays';
    is $httpd->run->{exit}, 0, 'it comes back';
    ok $browser->sees('!/not answer/.test(document.body.innerText)', 60), 'and the page with it';
    is_deeply [ $browser->events('Runtime.exceptionThrown') ], [], 'no script has failed';
};

done_testing;
