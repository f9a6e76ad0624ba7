# SPDX-License-Identifier: Apache-2.0
# The console while nobody does anything with it: it follows logs, stops asking while it is hidden, takes addresses
# that were typed by hand, and needs no more memory the longer it is open.

use v5.36;
use utf8;
use Cwd qw(getcwd);
use File::Temp qw(tempdir);
use JSON::XS ();
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);
use JobSessions::Browser;
use JobSessions::Httpd;
use JobSessions::Sanitizer qw(sanitized);
use JobSessions::Test qw(jobsessions quick_or_long wait_until);

plan skip_all => 'a browser and a sanitizer are too slow together' if sanitized();
binmode Test::More->builder->$_, ':utf8' for qw(output failure_output);

my $here = getcwd;
my $db = tempdir(CLEANUP => 1) . '/db';

sub put (@lines) {
    my $run = jobsessions($db, 'put', { stdin => join '', map { "$_\n" } @lines });
    die $run->{err} if $run->{exit};
    return split /\n/, $run->{out};
}
sub log_line ($id, $message) { jobsessions($db, 'log', $id, '--add', { stdin => qq({"status":"Error","message":"$message"}\n) }) }

my $now = time;
my $time = sub ($ago) { POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $now - $ago) };
my ($failed, $runs) = put(
    qq({"type":"PolicyBackup","status":"Error","executionStartTime":"${\$time->(600)}","executionStopTime":"${\$time->(300)}"}),
    qq({"type":"PolicyBackup","status":"Running","executionStartTime":"${\$time->(200)}","backupJobInfo":{"policyName":"Nightly"}}));
log_line($failed, 'The first line');

my $httpd = JobSessions::Httpd->new(serves => $db, modules => [qw(alias dir headers mime)], config => <<~CONFIG)->start;
    TypesConfig /dev/null
    Define JOBSESSIONS_CONSOLE $here/conf/console
    Include $here/conf/examples/console.conf
    CONFIG
my $page = 'http://127.0.0.1:' . $httpd->port . '/jobsessions/';
if (my $trouble = JobSessions::Browser->trouble('http://127.0.0.1:' . $httpd->port . '/')) {
    diag $trouble;
    plan skip_all => $trouble;
}

# Waits between two questions are a thousandth of what they are, and are counted.
my $hurry = <<~'SCRIPT';
    const wait = setTimeout;
    let count = 0;
    globalThis.polls = () => count;
    globalThis.setTimeout = (task, milliseconds, ...more) => wait(() => { count += 1; task(...more); }, milliseconds / 1000);
    SCRIPT

# V8 keeps more about code the more often it runs, until it has optimized it: without these that ends after some rounds.
my $plain = '--js-flags=--no-opt --no-sparkplug --no-maglev --no-lazy-feedback-allocation';
my $browser = JobSessions::Browser->new(switches => [$plain]);
$browser->go($page);

subtest 'lines of a log that come after the end' => sub {
    ok $browser->sees('/The first line/.test(document.body.innerText)'), 'why it failed';
    log_line($failed, 'The second line');
    ok $browser->sees('/The second line/.test(document.querySelector("section[aria-labelledby=failed]").innerText)'), 'and what was said later';
    $browser->value("location.hash = '#/sessions/$failed'");
    ok $browser->sees('/Lines 1 to 2 of 2/.test(document.body.innerText)'), 'the session itself';
    put(qq({"id":"$runs","backupJobInfo":{"protectedInstancesCount":1}}));
    log_line($failed, 'The third line');
    ok $browser->sees('/The third line/.test(document.body.innerText)'), 'likewise, also when another session changes at the same time';
};

subtest 'addresses typed by hand' => sub {
    for my $hash ('#/sessions/%', '#/sessions/%E4', '#/sessions/100%25', '#/?failed=constructor&days=%') {
        $browser->value('location.hash = ' . JSON::XS->new->allow_nonref->encode($hash));
        ok $browser->sees($hash =~ m{/sessions/} ? '/There is no such/.test(document.querySelector("main").innerText)' : '/Failed sessions: 1/.test(document.body.innerText)'), $hash;
    }
    is $browser->value('document.querySelector("h1").textContent'), 'Overview', 'and the view goes on';
    is_deeply [ $browser->events('Runtime.exceptionThrown') ], [], 'no script has failed';
};

# What the page asked the API since it was last looked at.
sub asked () { return scalar grep { $_->{request}{url} =~ /jobSessions/ } $browser->events('Network.requestWillBeSent') }

sub in_front ($target) { $browser->call('Target.activateTarget', { targetId => $target }) }

subtest 'a page that nobody looks at' => sub {
    my ($console) = grep { $_->{url} =~ /jobsessions/ } @{ $browser->call('Target.getTargets')->{targetInfos} };
    asked();
    ok +(wait_until { asked() } 60), 'asks while it is looked at';
    my $other = $browser->call('Target.createTarget', { url => 'about:blank' })->{targetId};
    in_front($other);
    ok $browser->sees('document.hidden'), 'it is behind another';
    sleep 1;
    asked();
    log_line($failed, 'A line that nobody sees');
    sleep 12;
    is asked(), 0, 'it asks nothing';
    unlike $browser->text('main'), qr/nobody sees/, 'and shows what it had';
    in_front($console->{targetId});
    ok $browser->sees('!document.hidden && /nobody sees/.test(document.body.innerText)', 5), 'until it is looked at again';
    cmp_ok asked(), '>', 0, 'from when on it asks';
    in_front($other);
    ok $browser->sees('document.hidden'), 'behind another once more';
    asked();
    $browser->call('Page.reload');
    $browser->sees('document.querySelector("h1")');
    sleep 5;
    is asked(), 0, 'a page that was opened there asks nothing';
    in_front($console->{targetId});
    ok $browser->sees('/nobody sees/.test(document.body.innerText)'), 'before somebody looks';
    $browser->call('Target.closeTarget', { targetId => $other });
};

# Bytes that the page's scripts hold, and nodes and listeners of its documents, once nothing is left to collect.
sub memory () {
    $browser->call('HeapProfiler.collectGarbage') for 1 .. 2;
    my $counters = $browser->call('Memory.getDOMCounters');
    return ($browser->call('Runtime.getHeapUsage')->{usedSize}, $counters->{nodes}, $counters->{jsEventListeners});
}

# Changes of a session, each followed by polls of which most find nothing new.
sub live ($changes) {
    for my $change (1 .. $changes) {
        put(qq({"id":"$runs","backupJobInfo":{"protectedInstancesCount":$change}}));
        my $polls = $browser->value('polls()');
        $browser->sees("polls() > $polls + 6", 60) or die 'the page has stopped asking';
    }
}

# The smallest thing that a script can keep is larger than a pointer, and a poll that kept anything would keep an
# answer or its text. Figures go up and down by 5 KB.
subtest 'memory' => sub {
    my $changes = quick_or_long(100, 3000);
    my $bound = 6 * $changes * 20;
    $browser->call('Page.addScriptToEvaluateOnNewDocument', { source => $hurry });
    $browser->call("$_.disable") for qw(Network Log);    # what these keep for the test is none of the page's
    for my $hash ('#/', "#/sessions/$failed") {
        $browser->go($_) for 'about:blank', $page . $hash;
        live(40);
        my ($heap, $nodes, $listeners) = memory();
        live($changes);
        my ($later, $more_nodes, $more_listeners) = memory();
        note "$hash: $heap bytes, then $later";
        cmp_ok $later - $heap, '<', $bound, "$hash: what is held grows by less than 20 bytes a poll";
        cmp_ok $more_nodes - $nodes, '<', 50, 'no nodes are left behind';
        cmp_ok $more_listeners - $listeners, '<', 10, 'nor listeners';
    }
    $browser->value('{ const kept = []; const ask = fetch; globalThis.fetch = (...asked) => { kept.push(asked); return ask(...asked); }; 1 }');
    my ($heap) = memory();
    live($changes);
    cmp_ok +(memory())[0] - $heap, '>', $bound, 'a script that keeps what it asked is found';
};

done_testing;
