# SPDX-License-Identifier: Apache-2.0
# {mount}/summary and {mount}/policies are what all sessions come to, whatever was done to them: after each step of a random
# history, and after all that can be done to a database.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use JSON::XS ();
use JobSessions::Counts qw(days_of policies_of sorted_summary summary_of);
use JobSessions::Damage qw(seed);
use JobSessions::Httpd;
use JobSessions::OldFormat qw(without_counts);
use JobSessions::Test qw(decode_json http jobsessions quick_or_long run_command slurp spew);

my $scratch = tempdir(CLEANUP => 1);
my $db = "$scratch/db";
my $mount = '/api/v1/jobSessions';
my $json = JSON::XS->new->utf8->canonical;
my $seed = seed();
my $steps = quick_or_long(40, 600);
srand $seed;

sub must (@arguments) {
    my $run = jobsessions($db, @arguments);
    die "@arguments[grep { !ref $arguments[$_] } 0 .. $#arguments]: $run->{err}" if $run->{exit} != 0;
    return $run->{out};
}
sub put (@sessions) { return split /\n/, must('put', { stdin => join '', map { $json->encode($_) . "\n" } @sessions }) }

put({ status => 'Running', executionStartTime => '2026-11-28T12:00:00Z' });
my $httpd = JobSessions::Httpd->new(serves => $db, config => <<~CONFIG)->start;
    <Location "/api/v8.1/jobSessions">
        SetHandler jobsessions
        JobSessionsAnonymous On
    </Location>
    <Location "/strict/jobSessions">
        SetHandler jobsessions
        JobSessionsAnonymous On
        JobSessionsStrictQuery On
    </Location>
    CONFIG
my $url = 'http://127.0.0.1:' . $httpd->port . $mount;

sub ask ($path, $method = 'GET', %headers) {
    return http($httpd->port, $method => $path =~ m{^/(?:api|strict)/} ? $path : $mount . $path, headers => \%headers);
}
sub answer ($path) {
    my $response = ask($path);
    die "$path: $response->{status} $response->{body}" if $response->{status} != 200;
    return decode_json($response->{body});
}
sub sessions () { return decode_json(must('export'))->{results} }

sub pages_of_policies ($days, $limit) {
    my ($offset, $page, @all) = (0);
    do {
        $page = answer("/policies?offset=$offset&limit=$limit&days=$days");
        push @all, @{ $page->{results} };
        $offset += $limit;
    } while @{ $page->{results} } == $limit;
    return { total => $page->{totalCount}, results => \@all };
}

# All pages of one minute, as ages are.
sub policies ($days, $limit) {
    my ($minute, $policies);
    do {
        $minute = int(time / 60);
        $policies = pages_of_policies($days, $limit);
    } while int(time / 60) != $minute;
    return $policies;
}

# As of the last full minute, which may be another one when all was asked for.
sub differs ($is, $make) {
    my @faults;
    for my $minute (int(time / 60), int(time / 60) - 1) {
        my $should = $make->((719_162 * 1440 + $minute) * 600_000_000);
        my @pairs = map { [ map { $json->encode($_ // {}) } $is->[$_], $should->[$_] ] } 0 .. (@$is > @$should ? $#$is : $#$should);
        my ($first) = grep { $_->[0] ne $_->[1] } @pairs or return '';
        push @faults, join "\nand not\n", @$first;
    }
    return $faults[0];
}

# What is not as it should be.
sub faults () {
    my $sessions = sessions();
    my ($year, $month) = (one_of(1, 2020, 2026, 2026, 9998), 1 + int rand 12);
    my ($from, $to) = (sprintf('%04d-%02d-%02d', $year, $month, 1 + int rand 28), sprintf('%04d-%02d-%02d', $year + ($month > 6), $month, 1));
    ($from, $to) = ($to, $from) if $from gt $to;
    my ($is, $should) = map { $json->encode($_) } sorted_summary(answer("/summary?fromUtc=$from&toUtc=${to}T23:00:00Z")), summary_of($sessions, $from, $to);
    my ($days, $limit) = (one_of(1, 30, 366), one_of(2, 7, 1000));
    my $policies = policies($days, $limit);
    my $other = differs($policies->{results}, sub ($now) { policies_of($sessions, $now, $days, $url) });
    my $verify = jobsessions($db, 'verify');
    return join "\n", $is ne $should ? "summary $from $to: $is\nand not\n$should" : (), $other ne '' ? "policies $days: $other" : (),
        $policies->{total} != @{ $policies->{results} } ? "$policies->{total} policies" : (), $verify->{exit} ? $verify->{out} : ();
}

sub one_of (@list) { return $list[ rand @list ] }

my @types = (qw(PolicyBackup ManualSnapshot Retention), "quoted \"\\ \x{1}", "\x{e4}" x 64, 'x' x 128);
my @names = ('Nightly', 'Nightly 2', "a \"name\" \\ \x{2}", "\x{1f4be} disks", 'n' x 392, 'n' x 400, 'n' x 401, 'n' x 1000, 'n' x 999 . 'm', 'a', 'ab', '');
my @ids = ('4e096ba7-8125-4d5d-804b-581f4e6c8440', '4E096BA7-8125-4D5D-804B-581F4E6C8440', '00000000-0000-4000-8000-00000000000a', 'no uuid', 'no uuid 2', '');
my @statuses = qw(Canceled Canceling Error Failed NeverExecuted Pending Running RunningWithError RunningWithWarning Success Success Success Unknown Warning);

sub date () {
    my @now = gmtime(time - one_of(60, 3600, 86_400, 40 * 86_400) * rand(2) + one_of(0, 0, 0, 100_000));
    return one_of('0001-01-01T00:00:00Z', '9999-12-31T23:59:59.9999999Z', '2020-02-29T23:59:59.5Z', (sprintf '%04d-%02d-%02dT%02d:%02d:%02dZ', $now[5] + 1900, $now[4] + 1, @now[3, 2, 1, 0]) x 9);
}

sub session () {
    my %session = (status => one_of(@statuses));
    $session{type} = one_of(@types) if rand > 0.1;
    $session{executionStartTime} = date() if rand > 0.1;
    $session{executionDuration} = one_of('00:00:01', '01:02:03.0000004', '3.00:00:00') if rand > 0.5;
    if (rand > 0.2) {
        $session{backupJobInfo}{policyName} = one_of(@names) if rand > 0.3;
        $session{backupJobInfo}{policyId} = one_of(@ids) if rand > 0.5;
    }
    return \%session;
}

sub patch () {
    my $session = session();
    delete $session->{$_} for grep { rand > 0.4 } qw(type executionStartTime executionDuration backupJobInfo);
    $session->{$_} = undef for grep { rand > 0.9 } qw(type executionStartTime executionStopTime executionDuration backupJobInfo);
    return $session;
}

my %do = (
    create => sub { put(map { session() } 1 .. 1 + rand 5); 'created' },
    change => sub { put(map { { %{ patch() }, id => "$_" } } some(3)); 'changed' },
    remove => sub { my @ids = some(2); must('rm', '--force', @ids); "removed @ids" },
    import => sub {
        my @lines = map { my $session = session(); $session->{id} = "$_"; $json->encode($session) . "\n" } some(2), 10_000 + int rand 100_000;
        must('import', '--merge', { stdin => join '', @lines });
        'imported';
    },
    deleted => sub { my ($id) = some(1); must('import', { stdin => qq({"id":"$id","deleted":true}\n) }); "removed $id by an import" },
    again => sub { my ($session) = grep { rand > 0.7 } @{ sessions() }; must('import', { stdin => $json->encode($session) . "\n" }) if $session; 'again' },
    batch => sub {
        my @ids = put(map { session() } 1 .. 3);
        put((map { { id => $_, status => 'Success' } } @ids), session());
        must('rm', '--force', @ids);
        'created, changed and removed';
    },
);
my @often = (qw(create change) x 4, sort keys %do);

sub some ($most) {
    my @ids = map { $_->{id} } @{ sessions() };
    my %chosen = map { one_of(@ids) => 1 } 1 .. 1 + rand $most;
    return sort keys %chosen;
}

subtest "a random history, of the seed $seed" => sub {
    put(map { session() } 1 .. 20);
    my $faults = '';
    for my $step (1 .. $steps) {
        my $what = one_of(@often);
        my $did = $do{$what}->();
        $faults = faults();
        diag "step $step, $what: $did" if $faults ne '';
        last if $faults ne '';
    }
    is $faults, '', "$steps steps";
};

subtest 'what is done to a database' => sub {
    put({ id => '01234567-89ab-7def-8123-456789abcdef', status => 'Success', executionStartTime => '2026-11-28T12:00:00Z', backupJobInfo => { policyName => 'under a uuid' } });
    is faults(), '', 'a session under a UUID';
    is answer('/policies?limit=1000')->{results}[-1]{lastRun}{_links}{self}{href} // '', "$url/01234567-89ab-7def-8123-456789abcdef", 'whose links have it'
        if answer('/policies?limit=1000')->{results}[-1]{policyName} eq 'under a uuid';
    my $dump = must('dump');
    must('backup', "$scratch/backup");
    must('compact');
    is faults(), '', 'compact';
    must('prune', '--older-than', '20d');
    is faults(), '', 'prune';
    must('restore', "$scratch/backup");
    is faults(), '', 'restore of a backup';
    must('import', '--merge', { stdin => qq({"id":"7","usn":9007199254740000,"status":"Success","type":"PolicyBackup","backupJobInfo":{"policyName":"far ahead"}}\n) });
    must('renumber');
    is faults(), '', 'renumber';
    rename $db, "$db.old" or die $!;
    must('load', { stdin => $dump });
    is faults(), '', 'load of a dump';
    without_counts($db);
    my $response = ask('/summary');
    is $response->{status}, 501, 'one that nobody has counted';
    is $response->{headers}{'content-type'}, 'application/problem+json', 'is a problem';
    like decode_json($response->{body})->{detail}, qr/`jobsessions upgrade` on the server does that/, 'that says what to do';
    is ask('/policies')->{status}, 501, 'as of policies';
    is ask('')->{status}, 200, 'all else is served';
    put({ status => 'Success', backupJobInfo => { policyName => 'written before the upgrade' } });
    is jobsessions($db, 'verify')->{exit}, 0, 'and sound';
    like jobsessions($db, 'upgrade')->{err}, qr/note: sessions are counted now with each write; earlier versions can read the database, and write to it no more\n/, 'upgrade says what it does';
    is faults(), '', 'upgraded';
    is jobsessions($db, 'upgrade')->{err}, '', 'once';
};

# Set a value that a program without this library would have written.
sub set_in ($table, $key, $value) {
    my $text = "VERSION=3\nformat=bytevalue\ndatabase=$table\ntype=btree\nHEADER=END\n " . unpack('H*', $key) . "\n " . unpack('H*', $value) . "\nDATA=END\n";
    my $run = run_command([ 'mdb_load', $db ], $text);
    die $run->{err} if $run->{exit};
}

subtest 'an upgrade that is under way' => sub {
    set_in('meta', 'upgrade', "\0" x 8);
    for ('/summary', '/policies') {
        my $response = ask($_);
        is $response->{status}, 503, $_;
    }
    like $httpd->error_log, qr/an upgrade that counts the sessions is under way, or was ended before it was done; run `jobsessions upgrade`/, 'the log says what to do';
};

subtest 'counts that are damaged' => sub {
    my $other = tempdir(CLEANUP => 1) . '/db';
    rename $db, "$db.under-way" or die $!;
    put(map { session() } 1 .. 30);
    my ($key, $count) = run_command([ qw(mdb_dump -s days), $db ])->{out} =~ /^ (f{16}\w+)\n (\w{16})\n/m;
    my $more = 1000 - unpack 'Q<', pack 'H*', $count;
    set_in('days', pack('H*', $key), pack 'Q<', 1000);
    my $verify = jobsessions($db, 'verify');
    is $verify->{exit}, 1, 'are found';
    like $verify->{out}, qr/: days: the counts lack 0 and have $more that are of no session$/m, 'and told';
    is ask('/summary')->{status}, 503, 'and not served';
    is scalar put({ status => 'Success' }), 1, 'but keep nobody from writing';
    is jobsessions($db, 'verify', '--repair')->{exit}, 0, 'are made anew';
    is faults(), '', 'as they should be';
};

# ---- As a resource -------------------------------------------------------------------------------

subtest 'to the byte' => sub {
    rename $db, "$db.repaired" or die $!;
    put({ type => 'PolicyBackup', status => 'Failed', executionStartTime => '2026-11-27T22:00:00Z', executionStopTime => '2026-11-27T23:00:00Z', backupJobInfo => { policyId => '4e096ba7-8125-4d5d-804b-581f4e6c8440', policyName => 'Nightly' } },
        { type => 'Retention', status => 'Success' });
    my $of_all = '"totalCount":2,"statuses":[{"status":"%s","count":1},{"status":"Success","count":1}],"types":[{"type":"PolicyBackup","count":1,"statuses":[{"status":"%1$s","count":1}]},{"type":"Retention","count":1,"statuses":[{"status":"Success","count":1}]}],"withoutStartCount":1';
    my $of_range = '"range":{"from":"2026-11-01","to":"2026-11-30","days":[{"date":"2026-11-27","totalCount":1,"statuses":[{"status":"%1$s","count":1}],"types":[{"type":"PolicyBackup","count":1}]}],"totalCount":1,"statuses":[{"status":"%1$s","count":1}],"types":[{"type":"PolicyBackup","count":1,"statuses":[{"status":"%1$s","count":1}]}]}';
    my $links = '"_links":{"self":{"href":"%2$s/summary?fromUtc=2026-11-01T00:00:00Z&toUtc=2026-11-30T00:00:00Z"}}';
    for ([ $mount, 'Failed' ], [ '/api/v8.1/jobSessions', 'Error' ]) {
        my ($at, $status) = @$_;
        is ask("$at/summary?FromUtc=2026-11-01&ToUtc=2026-11-30")->{body}, sprintf("{$of_all,$of_range,$links}", $status, "http://127.0.0.1:" . $httpd->port . $at), "the summary at $at";
        my $run = sprintf '{"id":"1","executionStartTime":"2026-11-27T22:00:00Z","status":"%s","_links":{"self":{"href":"http://127.0.0.1:%s%s/1"}}}', $status, $httpd->port, $at;
        my $links = join ',', map { sprintf '"%s":{"href":"http://127.0.0.1:%s%s/policies?offset=0&limit=50&days=366"}', $_, $httpd->port, $at } qw(self first last);
        is ask("$at/policies?Days=366")->{body}, qq({"offset":0,"limit":50,"totalCount":1,"days":366,"results":[{"policyId":"4e096ba7-8125-4d5d-804b-581f4e6c8440","policyName":"Nightly","isRunning":false,"runsCount":1,"errorsCount":1,"meanDuration":"01:00:00","lastRun":$run}],"_links":{$links}}), "the policies at $at";
    }
};

subtest 'as a resource' => sub {
    for my $path ('/summary', '/policies') {
        my $get = ask($path);
        is $get->{status}, 200, $path;
        is $get->{headers}{'content-type'}, 'application/json; charset=utf-8', 'JSON';
        is ask($path, 'HEAD')->{headers}{'content-length'}, length $get->{body}, 'HEAD';
        my $etag = $get->{headers}{etag};
        my $again = ask($path, 'GET', 'If-None-Match' => $etag);
        $again = ask($path, 'GET', 'If-None-Match' => $etag = ask($path)->{headers}{etag}) if $again->{status} == 200;    # a minute has begun
        is $again->{status}, 304, 'a tag';
        my $part = ask($path, 'GET', Range => 'bytes=1-20');
        is $part->{status}, 206, 'parts';
        is $part->{body}, substr($get->{body}, 1, 20), 'of its bytes';
        is ask($path, 'OPTIONS')->{headers}{allow}, 'GET, HEAD, OPTIONS', 'OPTIONS';
        is ask($path, 'POST')->{status}, 405, 'nothing else';
        is ask("/\u\L$path/" =~ s{^//}{/}r)->{body}, $get->{body}, 'in any case, and with a slash';
        put({ status => 'Success' });
        is ask($path, 'GET', 'If-None-Match' => $etag)->{status}, 200, 'another tag after a write';
        is ask("/strict/jobSessions$path?x=1")->{status}, 400, 'no other parameters';
    }
};

subtest 'what cannot be asked for' => sub {
    for (
        [ '/summary?FromUtc=yesterday', 'FromUtc', qr/./ ],
        [ '/summary?FromUtc=2026-11-02&ToUtc=2026-11-01', 'ToUtc', qr/^ToUtc is before FromUtc$/ ],
        [ '/summary?FromUtc=2024-01-01&ToUtc=2026-01-01', 'FromUtc', qr/^FromUtc is 731 days before ToUtc, or before today; 365 are the most$/ ],
        [ '/policies?Days=0', 'Days', qr/whole number of 1 or more/ ],
        [ '/policies?Days=367', 'Days', qr/^Days is above 366$/ ],
        [ '/policies?Limit=1001', 'Limit', qr/^Limit is above 1000$/ ],
        [ '/policies?Limit=-1', 'Limit', qr/whole number of 1 or more/ ],
    ) {
        my ($path, $name, $text) = @$_;
        my $response = ask($path);
        is $response->{status}, 400, $path;
        like decode_json($response->{body})->{errors}{$name}[0], $text, 'says why';
    }
    is_deeply [ @{ answer('/summary?ToUtc=0001-01-05')->{range} }{qw(from to)} ], [ '0001-01-01', '0001-01-05' ], 'no day is before the first';
    is_deeply answer('/policies?Offset=7')->{results}, [], 'nothing behind the last';
    my $range = answer('/summary')->{range};
    is days_of($range->{to}) - days_of($range->{from}), 29, 'thirty days, unless others are asked for';
};

done_testing;
