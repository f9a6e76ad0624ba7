# SPDX-License-Identifier: Apache-2.0
# JobSessionsDatabase postgresql: what a fleet's mount answers is, but for links, what the appliances' own do, whose sessions
# jobsessions-follow has brought to PostgreSQL; and what it has not got it says.

use v5.36;
use utf8;
use Test::More;
use Cwd qw(getcwd);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use IO::Uncompress::Gunzip qw(gunzip);
use JSON::XS ();
use POSIX qw(strftime);
use JobSessions::Browser;
use JobSessions::Httpd;
use JobSessions::Postgres;
use JobSessions::Reference qw(generated_sessions policies);
use JobSessions::Sanitizer qw(sanitized);
use JobSessions::Test qw(build_file decode_json http jobsessions run_command slurp wait_until);

my $program = build_file('jobsessions-follow');
plan skip_all => 'PostgreSQL is not installed' unless -x $program && JobSessions::Postgres->is_installed;
chomp(my $folder = `apxs -q LIBEXECDIR`);
plan skip_all => 'mod_dbd is not installed' unless -e "$folder/mod_dbd.so";
plan skip_all => "apr-util's driver for PostgreSQL is not installed (libaprutil1-dbd-pgsql)"
    unless glob '/usr/lib/*/apr-util-1/apr_dbd_pgsql*.so /usr/lib*/apr-util-1/apr_dbd_pgsql*.so';

my $scratch  = tempdir(CLEANUP => 1);
my $mount    = '/api/v1/jobSessions';
my $front    = 'https://console.example';
my $postgres = JobSessions::Postgres->new;

# ---- Two appliances, one of them with a name that has to be encoded, and the fleet ----

my %name = (a => 'berlin', b => 'lyon "%\'_é/1');
my %sessions;
@sessions{qw(a b)} = do { my @all = generated_sessions(600); ([ @all[ 0 .. 299 ] ], [ @all[ 300 .. 599 ] ]) };
push @{ $sessions{a} },
    '{"id":"b1111111-2222-4333-8444-555555555555","status":"Success","type":"PolicyBackup"}',
    '{"status":"Error","backupJobInfo":{"policyName":"100%_of\\\\it"}}',
    '{"status":"Success","backupJobInfo":{"policyName":"it\'s; drop table jobsessions.session; --"}}';
for my $which (qw(a b)) {
    my $run = jobsessions("$scratch/$which", 'import', { stdin => join "\n", @{ $sessions{$which} } });
    die $run->{err} if $run->{exit};
}
utf8::encode(my $b_name = $name{b});
sub follow {
    my $run = run_command([ $program, '--to', $postgres->url, '--once', "berlin=$scratch/a", "$b_name=$scratch/b" ]);
    die $run->{err} if $run->{exit};
}
follow();
$postgres->rows('create role web login');
$postgres->rows('grant jobsessions_reader to web');
my ($host) = $postgres->url =~ /host=(.*)/;

sub server ($database, $more = 'JobSessionsAnonymous On') { return <<~CONFIG }
    $database
    JobSessionsBaseURL $front
    <Location "$mount">
        SetHandler jobsessions
        $more
    </Location>
    <Location "/api/v8.1/jobSessions">
        SetHandler jobsessions
        $more
    </Location>
    <Location "/probe">
        SetHandler jobsessions-probe
        JobSessionsAnonymous On
    </Location>
    CONFIG

mkdir "$scratch/cache", 0700;

sub fleet (%options) {
    return JobSessions::Httpd->new(
        single  => 1,
        modules => ['dbd'],
        config  => server("DBDriver pgsql\nDBDParams \"host=$host dbname=fleet user=web\"\nJobSessionsDatabase postgresql:\nJobSessionsCacheDirectory $scratch/cache", $options{location} // 'JobSessionsAnonymous On')
    )->start;
}
my %appliance = map { $_ => JobSessions::Httpd->new(config => server("JobSessionsDatabase $scratch/$_"))->start } qw(a b);
my $fleet = fleet();

sub encoded ($text) {
    utf8::encode($text);
    return $text =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/egr;
}

sub of_fleet ($method, $path, %options) { return http($fleet->port, $method => "$mount$path", %options) }

# What is below the appliance's own address as if it were below the mount.
sub without_appliance ($text, $which) {
    utf8::encode(my $name = $name{$which});
    $name =~ s{([^A-Za-z0-9._~!\$&'()*+,;=:@/-])}{sprintf '%%%02X', ord $1}eg;
    return $text =~ s{(/jobSessions)/\Q$name\E/}{$1/}gr;
}

# The sessions of a document in JSON, as texts.
sub results_of ($body) {
    my ($results) = $body =~ /"results":\[(.*)\],"_links":/s or return ();
    return map { s/^,//r } $results =~ /\G(.*?\/log"\}\}\})/gs;
}

# ---- What is the same ----

my ($policy) = grep { defined } map { $_->[0] } policies();
my @filters = (
    '', 'Status=Error', 'status=Success,Warning&STATUS=Running', 'Types=PolicyBackup', 'types=policybackup,POLICYSNAPSHOT',
    'types=' . encoded('CaféBackup') . '&Types=None', "PolicyId=$policy", 'PolicyId=' . uc $policy, 'FromUtc=2020-02-10T01:00:00Z',
    'ToUtc=2020-02-10T01:00:00Z', 'FromUtc=2020-01-10&ToUtc=2020-03-01&Status=Error', 'ToUtc=9999-12-31T23:59:59.9999999Z',
    'FromUtc=0001-01-01T00:00:00Z', 'SessionTypes=Backup', 'Filter=no%20such',
    map { 'Filter=' . encoded($_) } 'Backup Policy', '*', '*olicy', 'no*', '*a*e*', 'Zürich*京', "*n", "*\n", '*"*', '*\\new*', '**',
    '100%_of\\it', '100%*', '1__%*', "it's; drop table jobsessions.session; --", "*'*", '$1', '%s', "' or true --",
);

subtest 'every filter' => sub {
    for my $filter (@filters) {
        for my $which (qw(a b)) {
            my $query = join '&', grep { length } $filter, 'Sort=IdDesc', 'Limit=-1';
            my $own = http($appliance{$which}->port, GET => "$mount?$query");
            my $of_fleet = of_fleet(GET => "?$query&Appliance=" . encoded($name{$which}));
            my @wanted = results_of($own->{body});
            my @is = results_of(without_appliance($of_fleet->{body}, $which));
            is $of_fleet->{status}, 200, "$which: $filter" or diag $of_fleet->{body};
            is_deeply \@is, \@wanted, "$which: $filter: " . @wanted . ' to the byte';
            is +(decode_json($of_fleet->{body}))->{totalCount}, scalar @wanted, 'and as many';
        }
    }
};

subtest 'every order' => sub {
    for my $sort (qw(Id StopTime Status Type PolicyName Usn)) {
        for my $direction (qw(Asc Desc)) {
            my $query = "Sort=$sort$direction&Offset=7&Limit=150";
            my $own = http($appliance{a}->port, GET => "$mount?$query");
            is_deeply [ results_of(without_appliance(of_fleet(GET => "?$query&Appliance=berlin")->{body}, 'a')) ], [ results_of($own->{body}) ],
                "$sort$direction";
        }
    }
    # to the microsecond: of two that began within one the order is that of their ids
    for my $direction (qw(Asc Desc)) {
        my ($own, $is) = map { [ map { ($_->{executionStartTime} // '') =~ s/(?:\.(\d+))?Z/'.' . substr(($1 \/\/ '') . '0' x 6, 0, 6)/er } @{ decode_json($_->{body})->{results} } ] }
            http($appliance{a}->port, GET => "$mount?Sort=StartTime$direction&Limit=-1"), of_fleet(GET => "?Sort=StartTime$direction&Limit=-1&Appliance=berlin");
        is_deeply $is, $own, "StartTime$direction";
    }
};

subtest 'all of both' => sub {
    my %own = map { $_ => http($appliance{$_}->port, POST => "$mount/export") } qw(a b);
    my $export = of_fleet(POST => '/export');
    is $export->{status}, 200, 'an export';
    like $export->{body}, qr/^\{"offset":0,"limit":-1,"totalCount":603,"results":\[\{.*\}\],"_links":\{"self":\{"href":"\Q$front\E:443\Q$mount\E\?offset=0&limit=-1&display=Full"\}\}\}$/s,
        'is framed as an appliance\'s';
    is $export->{headers}{'content-disposition'}, $own{a}{headers}{'content-disposition'}, 'and named';
    my @is = results_of(without_appliance(without_appliance($export->{body}, 'a'), 'b'));
    is_deeply \@is, [ map { results_of($_->{body}) } @own{qw(b a)} ], 'has what both have, one appliance behind the other';
    my $compressed = of_fleet(POST => '/export', headers => { 'Accept-Encoding' => 'gzip' });
    is $compressed->{headers}{'content-encoding'}, 'gzip', 'compressed, too';
    gunzip(\$compressed->{body}, \my $text);
    is $text, $export->{body}, 'which is the same';
    for my $which (qw(a b)) {
        my $of_one = of_fleet(POST => '/export', body => JSON::XS->new->utf8->encode({ Appliance => $name{$which} }));
        is_deeply [ results_of(without_appliance($of_one->{body}, $which)) ], [ results_of($own{$which}{body}) ], "$which alone";
    }
    my ($one, $other) = map { decode_json($_)->{id} } @{ $sessions{a} }[ 3, 4 ];
    my $options = qq({"jobSessionIds":["$one","$other","B1111111-2222-4333-8444-555555555555","12345"],"status":[]});
    is_deeply [ sort map { $_->{id} } @{ decode_json(of_fleet(POST => '/export', body => $options)->{body})->{results} } ],
        [ sort $one, $other, 'b1111111-2222-4333-8444-555555555555' ], 'some, by their ids';
    for my $accept (qw(application/x-ndjson text/csv application/xml)) {
        my ($wanted, $got) = map { $_->{body} } http($appliance{a}->port, POST => "$mount/export", headers => { Accept => $accept }),
            of_fleet(POST => '/export', headers => { Accept => $accept, 'Content-Type' => 'application/json' }, body => '{"appliance":"berlin"}');
        is_deeply [ split /^/, without_appliance($got, 'a') ], [ split /^/, $wanted ], $accept;
    }
    my ($wanted, $got) = map { $_->{body} } http($appliance{a}->port, POST => '/api/v8.1/jobSessions/export'),
        http($fleet->port, POST => '/api/v8.1/jobSessions/export', body => '{"appliance":"berlin"}');
    is_deeply [ results_of(without_appliance($got, 'a')) ], [ results_of($wanted) ], 'v8.1';
};

subtest 'one session' => sub {
    for my $which (qw(a b)) {
        for my $session (map { decode_json($_) } @{ $sessions{$which} }[ 0 .. 2 ], $which eq 'a' ? $sessions{a}[300] : ()) {
            my $own = http($appliance{$which}->port, GET => "$mount/$session->{id}");
            my $is = of_fleet(GET => join '/', '', (map { encoded($_) } split '/', $name{$which}), $session->{id});
            is without_appliance($is->{body}, $which), $own->{body}, "$which, $session->{id}";
            is $is->{headers}{'content-length'}, length $is->{body}, 'with its length';
            my ($self) = decode_json($is->{body})->{_links}{self}{href} =~ /^\Q$front\E(.*)/;
            is http($fleet->port, GET => $self)->{body}, $is->{body}, 'where its link leads';
        }
    }
    my $id = decode_json($sessions{a}[0])->{id};
    is of_fleet(GET => $_)->{status}, 404, "$_: there is none" for "/$id", '/berlin/98765432109', "/nowhere/$id", "/%27berlin/$id", '/berlin/x', '/berlin', '/%FF/7', '/berlin/98765432109/log';
    like of_fleet(GET => "/berlin/$id/LOG/")->{body}, qr/"detail":"Here a fleet's sessions .* has not got a session's log/, 'the log';
    is of_fleet(HEAD => "/berlin/$id")->{status}, 200, 'HEAD';
};

subtest 'the summary' => sub {
    # types in the order of their names
    my $sorted = sub ($body) {
        my $all = decode_json($body);
        delete $all->{_links};
        $_->{types} = [ sort { $a->{type} cmp $b->{type} } @{ $_->{types} } ] for $all, $all->{range}, @{ $all->{range}{days} };
        return $all;
    };
    for my $query ('?FromUtc=2020-01-01&ToUtc=2020-04-30', '?FromUtc=2020-02-10&ToUtc=2020-02-10', '', '?FromUtc=1999-01-01&ToUtc=1999-01-02') {
        for my $version ($mount, '/api/v8.1/jobSessions') {
            my $own = http($appliance{a}->port, GET => "$version/summary$query");
            my $is = http($fleet->port, GET => "$version/summary" . ($query ? "$query&" : '?') . 'Appliance=berlin');
            is_deeply $sorted->($is->{body}), $sorted->($own->{body}), "$version/summary$query" or diag $is->{body};
            unlike $is->{body} =~ s/"type":"[^"]*"//gr, qr/\s/, 'and as compact';
        }
    }
    my ($all, %one) = (decode_json(of_fleet(GET => '/summary')->{body}), map { $_ => decode_json(http($appliance{$_}->port, GET => "$mount/summary")->{body}) } qw(a b));
    is $all->{totalCount}, $one{a}{totalCount} + $one{b}{totalCount}, 'of both';
    is of_fleet(GET => '/summary?Appliance=' . encoded("' or true --"))->{status}, 200, 'a piece of SQL';
    is http($appliance{a}->port, GET => "$mount/summary?Appliance=berlin")->{status}, 400, 'an appliance has none';
};

subtest 'pages' => sub {
    my ($path, @ids) = ('?Limit=50');
    while (defined $path && @ids < 1000) {
        my $page = decode_json(of_fleet(GET => $path)->{body});
        push @ids, map { $_->{_links}{self}{href} } @{ $page->{results} };
        ($path) = defined $page->{_links}{next} ? $page->{_links}{next}{href} =~ /(\?.*)/ : undef;
    }
    my @all = map { $_->{_links}{self}{href} } @{ decode_json(of_fleet(POST => '/export')->{body})->{results} };
    is_deeply [ sort @ids ], [ sort @all ], 'by next, all of them';
    my @began = map { ($_->{executionStartTime} // '') =~ s/\.\d+Z/Z/r } @{ decode_json(of_fleet(GET => '?Limit=-1')->{body})->{results} };
    is_deeply \@began, [ reverse sort @began ], 'the newest first';
    my $beyond = decode_json(of_fleet(GET => '?Offset=10000')->{body});
    is_deeply [ $beyond->{totalCount}, $beyond->{results} ], [ 603, [] ], 'beyond the last';
    my $none = decode_json(of_fleet(GET => '?Limit=0')->{body});
    is_deeply [ $none->{totalCount}, $none->{results} ], [ 603, [] ], 'none';
    my $given = 'appliance=' . encoded($name{b}) . '&status=Error';
    like +(decode_json(of_fleet(GET => "?$given&Limit=2")->{body}))->{_links}{next}{href}, qr/\?offset=2&limit=2&status=Error&appliance=lyon/, 'links say what was asked for';
    is of_fleet(GET => '?Limit=2', version => '1.0')->{headers}{'content-length'} // '', length(of_fleet(GET => '?Limit=2', version => '1.0')->{body}), 'HTTP/1.0 gets a length';
};

# ---- What is not ----

subtest 'what a fleet has not got' => sub {
    my $id = decode_json($sessions{a}[0])->{id};
    for ([ GET => '?SinceUsn=0', 'SinceUsn' ], [ GET => '?BeforeId=7', 'BeforeId' ], [ GET => '?MaxId=7', 'MaxId' ], [ GET => '?Sort=DurationAsc', 'Duration' ],
        [ GET => '?ResourceId=x', 'protected items' ],
        [ GET => '/openapi.json', 'the description' ], [ GET => "/berlin/$id/protectedItems", "a session's items" ],
        [ POST => '/export', 'protected items', '{"vmId":"x"}' ])
    {
        my ($method, $path, $names, $body) = @$_;
        my $is = of_fleet($method => $path, defined $body ? (body => $body) : ());
        is $is->{status}, 501, "$method $path";
        is $is->{headers}{'content-type'}, 'application/problem+json', 'a problem';
        like $is->{body}, qr/"detail":"[^"]*\Q$names\E/, 'which names it';
    }
    is http($appliance{a}->port, GET => "$mount?Appliance=berlin")->{status}, 400, 'nor an appliance others';
    is http($appliance{a}->port, POST => "$mount/export", body => '{"appliance":"berlin"}')->{status}, 400, 'in an export';
    is of_fleet(GET => '?Status=None')->{status}, 400, 'mistakes are told as ever';
    is of_fleet(GET => '?Appliance=%FF')->{status}, 400, 'such as what is no UTF-8';
    is decode_json(of_fleet(GET => '?Appliance=' . encoded("' or 'a'='a"))->{body})->{totalCount}, 0, 'nor a piece of SQL';
};

subtest 'only by who has a name' => sub {
    my $closed = fleet(location => 'Require all granted');
    for ([ GET => '' ], [ POST => '/export' ], [ GET => '/berlin/1' ], [ GET => '/summary' ], [ GET => '/policies' ], [ POST => '/berlin/1/stop' ]) {
        my $is = http($closed->port, $_->[0] => "$mount$_->[1]");
        is $is->{status}, 403, "@$_";
        unlike $is->{body}, qr/berlin|results/, 'shows nothing';
    }
    like $closed->error_log, qr/JS0300/, 'the log says why';
};

subtest 'an appliance that cannot read one of its sessions' => sub {
    my ($id) = $postgres->rows("select id from jobsessions.session where appliance = 'berlin' and uuid is null order by id limit 1");
    $postgres->rows("update jobsessions.stored_session set damaged = true, document = null where id = $id");
    $postgres->rows("update jobsessions.stored_session set damaged = true, document = null where uuid is not null");
    for my $damaged ($id, 'b1111111-2222-4333-8444-555555555555') {
        my $is = decode_json(of_fleet(GET => "/berlin/$damaged")->{body});
        is_deeply [ @$is{qw(id status damaged)} ], [ $damaged, 'Unknown', JSON::XS::true ], "$damaged is told to be damaged";
        is $is->{_links}{self}{href}, "$front$mount/berlin/$damaged", 'at its place';
    }
    is scalar @{ decode_json(of_fleet(POST => '/export')->{body})->{results} }, 603, 'and costs no other';
};

# Runs of these days, and what a run can lack, at an appliance of their own.
subtest 'the policies' => sub {
    my $job  = sub ($job, %session) { JSON::XS->new->utf8->encode({ status => 'Success', backupJobInfo => $job, %session }) };
    my $uuid = 'AAAAAAAA-1111-4222-8333-444444444444';
    my $at   = sub ($days, $fraction = '') { strftime('%Y-%m-%dT%H:%M:%S', gmtime(time - 86_400 * $days)) . "${fraction}Z" };
    my @runs = (
        (map { $job->({ policyId => $_ % 2 ? $uuid : lc $uuid, policyName => "Nightly \"$_\"" }, executionStartTime => $at->($_, '.1234567'),
            status => (qw(Error Failed Warning Success Canceled))[ $_ % 5 ], executionDuration => ('1.02:03:04', '00:00:10.0000007', '00:00:00', '23:59:59.9999999')[ $_ % 4 ]) } 1 .. 40),
        $job->({ policyId => $uuid, policyName => 'Nightly, now' }, status => 'Running', executionStartTime => $at->(0), executionDuration => '00:00:07'),
        $job->({ policyName => 'named' }, executionStartTime => $at->(370), executionDuration => '366.00:00:00'),
        $job->({ policyName => 'named' }, executionStartTime => $at->(20), status => 'Failed'),
        $job->({ policyName => 'named', policyId => '' }, status => 'Running'),
        $job->({ policyName => 'without a start' }),
        $job->({ policyName => 'ahead', policyId => undef }, executionStartTime => $at->(-2), executionDuration => '10:00:00'),
        $job->({ policyName => "Z\xfcrich\n%s" }, executionStartTime => $at->(1), id => 'b1111111-2222-4333-8444-000000000000'),
        $job->({ jobId => 'x' })
    );
    $name{c} = 'paris 1';
    my $run = jobsessions("$scratch/c", 'import', { stdin => join "\n", @runs });
    is $run->{err}, "jobsessions: " . @runs . " sessions imported, 0 refused\n", 'the runs';
    $run = run_command([ $program, '--to', $postgres->url, '--once', "$name{c}=$scratch/c" ]);
    is $run->{exit}, 0, 'are followed';
    $appliance{c} = JobSessions::Httpd->new(config => server("JobSessionsDatabase $scratch/c"))->start;

    # ages are those of the minute
    my $both = sub ($version, $query, $which) {
        my ($minute, @answers) = (-1);
        while ($minute != int(time / 60)) {
            $minute  = int(time / 60);
            @answers = (http($appliance{$which}->port, GET => "$version/policies?$query"),
                http($fleet->port, GET => "$version/policies?$query&Appliance=" . encoded($name{$which})));
        }
        return @answers;
    };
    for my $which (qw(a b c)) {
        for my $query ('Limit=1000', 'Limit=1000&Days=366', 'Limit=1000&Days=1', 'Limit=2&Offset=1', 'Limit=1&Offset=1000') {
            for my $version ($mount, '/api/v8.1/jobSessions') {
                my ($own, $is) = $both->($version, $query, $which);
                is $is->{status}, 200, "$version: $query at $which" or diag $is->{body};
                my ($wanted, $got) = map { decode_json($_->{body}) } $own, $is;
                is $got->{totalCount}, $wanted->{totalCount}, "of $wanted->{totalCount}";
                my ($links) = delete @$got{'_links'};
                my ($own_links) = delete @$wanted{'_links'};
                my ($results) = without_appliance($is->{body}, $which) =~ /"results":(.*),"_links":\{"self":\{"href":"[^"]*policies/s;
                my ($own_results) = $own->{body} =~ /"results":(.*),"_links":\{"self":\{"href":"[^"]*policies/s;
                is_deeply [ split /(?<=\}),(?=\{"policy)/, $results ], [ split /(?<=\}),(?=\{"policy)/, $own_results ], 'are to the byte what the appliance tells';
                is $links->{$_}{href} =~ s/&appliance=[^&]+$//r, $own_links->{$_}{href}, $_ for sort keys %$own_links;
                is_deeply decode_json(http($fleet->port, GET => $links->{self}{href} =~ s{^https://[^/]*}{}r)->{body})->{totalCount}, $got->{totalCount}, 'where the appliance is named';
            }
        }
    }
    my $all = decode_json(of_fleet(GET => '/policies?Limit=1000')->{body});
    my %of  = map { my $which = $_; $which => decode_json(http($appliance{$which}->port, GET => "$mount/policies")->{body})->{totalCount} } qw(a b c);
    is $all->{totalCount}, $of{a} + $of{b} + $of{c}, 'those of all appliances';
    is scalar @{ $all->{results} }, $all->{totalCount}, 'on one page';
    my ($now) = grep { ($_->{policyName} // '') eq 'Nightly, now' } @{ $all->{results} };
    is decode_json(http($fleet->port, GET => $now->{lastRun}{_links}{self}{href} =~ s/^\Q$front//r)->{body})->{id}, $now->{lastRun}{id}, 'whose runs are where the links lead';
    is decode_json(of_fleet(GET => '/policies?Appliance=' . encoded("' or true --"))->{body})->{totalCount}, 0, 'a piece of SQL';
    is http($appliance{a}->port, GET => "$mount/policies?Appliance=berlin")->{status}, 400, 'an appliance has none';
    is of_fleet(GET => '/policies?Limit=0')->{status}, 400, 'mistakes are told as ever';
};

# The same sessions at two appliances, of which the one hands its logs on, and the other's name has all that names may.
subtest 'the console' => sub {
    plan skip_all => 'a browser and a sanitizer are too slow together' if sanitized();
    my %name = (d => 'oslo', e => 'köln/a&b+c %');
    my $ago  = sub ($seconds) { strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time - $seconds)) };
    my $run  = sub ($status, $began, %more) {
        return { type => 'PolicyBackup', status => $status, executionStartTime => $ago->($began), backupJobInfo => { policyId => '00000000-0000-4000-8000-00000000000a', policyName => 'Nightly' }, %more };
    };
    my $put = sub ($which, @sessions) {
        return split /\n/, jobsessions("$scratch/$which", 'put', { stdin => join '', map { JSON::XS->new->utf8->encode($_) . "\n" } @sessions })->{out};
    };
    my %ids;
    for my $which (qw(d e)) {
        $ids{$which} = [ $put->($which, $run->('Success', 90_000, executionStopTime => $ago->(89_900)), $run->('Error', 1500, executionStopTime => $ago->(900)), $run->('Running', 600)) ];
        jobsessions("$scratch/$which", 'log', $ids{$which}[1], '--add', { stdin => qq({"message":"No space at $which","status":"Error"}\n) });
    }
    my $follow_both = sub {
        my $run = run_command([ $program, '--to', $postgres->url, '--once', map { utf8::encode(my $name = $name{$_}); "$name=$scratch/$_" } qw(d e) ]);
        is $run->{err}, '', 'both are followed';
    };
    $follow_both->();
    $appliance{d} = JobSessions::Httpd->new(config => server("JobSessionsDatabase $scratch/d"))->start;
    my $here  = getcwd();
    my $httpd = JobSessions::Httpd->new(modules => [qw(dbd alias dir headers mime proxy proxy_http)],
        config => server("DBDriver pgsql\nDBDParams \"host=$host dbname=fleet user=web\"\nJobSessionsDatabase postgresql:") . <<~CONFIG)->start;
            TypesConfig /dev/null
            ProxyPassMatch "^$mount/oslo/([0-9]+/(?:log|[A-Za-z]+Items|restored[A-Za-z]+))\$" "http://127.0.0.1:${\$appliance{d}->port}$mount/\$1"
            Define JOBSESSIONS_CONSOLE $here/conf/console
            Include $here/conf/examples/console.conf
            CONFIG
    my $page = 'http://127.0.0.1:' . $httpd->port . '/jobsessions/';
    if (my $trouble = JobSessions::Browser->trouble('http://127.0.0.1:' . $httpd->port . '/')) { plan skip_all => $trouble }
    my $browser = JobSessions::Browser->new;
    my $shows   = sub ($pattern, $where = 'main') {
        my $script = JSON::XS->new->ascii->allow_nonref->encode($pattern);
        $browser->sees("new RegExp($script).test(document.querySelector('$where')?.innerText)", 120) or diag $browser->text('body');
    };
    my @asked;    # requests of the page so far
    my $asked = sub ($pattern) {
        push @asked, map { $_->{request}{url} } $browser->events('Network.requestWillBeSent');
        return scalar grep { /$pattern/ } @asked;
    };
    my $number_of = sub ($pattern) { $browser->value("document.querySelector('main').innerText.split(${\JSON::XS->new->allow_nonref->encode($pattern)}).length - 1") };

    # the first view
    $browser->go($page);
    ok $shows->("Policy Backup oslo/$ids{d}[1] Nightly", 'section[aria-labelledby=failed]'), 'what failed at one appliance';
    ok $shows->("Policy Backup \Q$name{e}\E/$ids{e}[1] Nightly", 'section[aria-labelledby=failed]'), 'and at the other';
    ok $shows->('No space at d', 'section[aria-labelledby=failed]'), 'with a log that is handed on';
    ok $shows->("has not got a session's log: ask the appliance", 'section[aria-labelledby=failed]'), 'and words of the one that is not';
    is $number_of->('ask the appliance'), 1, 'once';
    my ($failures) = $browser->text('section[aria-labelledby=failed]') =~ /Failed sessions: (\d+)/;
    cmp_ok $failures, '>=', 2, 'failures';
    ok $shows->(' at berlin\\s', 'section[aria-labelledby=policies]'), 'policies of one appliance';
    ok $shows->(' at lyon "', 'section[aria-labelledby=policies]'), "and the other's";
    ok $shows->('Running or waiting: \\d+(?s:.*)berlin/\\d+\\s+▸ Pending', 'section[aria-labelledby=running]'), 'what runs';
    ok $shows->('In the last 7 days \\d+ of \\d+ failed', 'section[aria-labelledby=trend]'), 'the trend';
    $browser->value(q{[...document.querySelectorAll('section[aria-labelledby=failed] .menu button')].find((button) => button.textContent === 'NDJSON').click()});
    my @failed = map { decode_json($_)->{_links}{self}{href} } split /\n/, $browser->download('failed-oslo.ndjson') // '';
    is_deeply \@failed, ["$front$mount/oslo/$ids{d}[1]"], "an appliance's sessions are a file";
    $browser->type('#find', "berlin/b1111111-2222-4333-8444-555555555555");
    $browser->click('section[aria-labelledby=find-title] form button');
    ok $shows->('Session berlin/b1111111-2222-4333-8444-555555555555'), 'a session that somebody has the place of';

    $browser->go("$page#/");
    ok $shows->(' at berlin\\s', 'section[aria-labelledby=policies]'), 'a policy';
    $browser->value('[...document.querySelectorAll("section[aria-labelledby=policies] tbody tr")].find((row) => / at berlin/.test(row.innerText)).querySelector("a").click()');
    ok $shows->('1 to \\d+ of \\d+ sessions(?s:.*)berlin/'), 'whose runs';
    like $browser->value('location.hash'), qr/Appliance=berlin&PolicyId=/, "are the appliance's";

    # one session
    for my $which (qw(d e)) {
        $browser->go("$page#/");
        my $link = "[...document.querySelectorAll('section[aria-labelledby=failed] a')].find((link) => link.textContent.includes('" . ($which eq 'd' ? 'oslo/' : 'ln/a&b') . "'))";
        ok $browser->sees("$link !== undefined", 120), 'from elsewhere';
        $browser->value("$link.click()");
        ok $shows->("Session \Q$name{$which}\E/$ids{$which}[1]\n"), "one of $name{$which}";
        ok $shows->('backupJobInfo.policyName\\s+Nightly'), 'is read';
        if ($which eq 'd') {
            ok $shows->('Lines 1 to 1 of 1\\.(?s:.*)No space at d', 'section[aria-labelledby=log]'), 'with its log';
            is $number_of->('ask the appliance'), 0, 'and no other words';
        }
        else {
            ok $shows->("session's log: ask the appliance", 'section[aria-labelledby=log]'), 'that there is no log stands where it would';
            ok $shows->("session's items: ask the appliance", 'section[aria-labelledby=items]'), 'as of items';
            is $number_of->('ask the appliance'), 2, 'once each';
            is $browser->value('document.querySelectorAll("main section button").length'), 0, 'with nothing to press';
        }
        is $browser->value('document.querySelectorAll(".problem").length'), 0, 'no error';
    }
    $browser->value(q{[...document.querySelectorAll('.menu button')].find((button) => button.textContent === 'JSON').click()});
    my $document = $browser->download("session-$name{e}/$ids{e}[1].json" =~ tr{/}{_}r);
    is decode_json($document // '{}')->{totalCount}, 1, 'its download';

    # the list
    $browser->go("$page#/sessions?Appliance=berlin&Sort=StartTimeAsc");
    ok $shows->('1 to 100 of 303 sessions'), 'an appliance of all';
    is $browser->value('document.querySelector("input[name=Appliance]").value'), 'berlin', 'as the form says';
    unlike $browser->text('select'), qr/Id|Usn|Duration/, 'whose orders are those of a fleet';
    is $browser->value('[...document.querySelectorAll("tbody th")].filter((cell) => /^berlin\/\w/.test(cell.innerText)).length'), 100, 'sessions by their places';
    $browser->value('[...document.querySelectorAll("nav[aria-label=Pages] a")].find((link) => link.textContent === "Next").click()');
    ok $shows->('101 to 200 of 303 sessions'), 'the next page';
    $browser->click('input[value=Error]');
    $browser->click('.filters > button');
    ok $shows->('1 to \\d+ of \\d+ sessions(?s:.*)✗ Error'), 'a filter more';
    is $browser->value('location.hash'), '#/sessions?Status=Error&Appliance=berlin&Sort=StartTimeAsc', 'keeps the appliance';
    unlike $browser->text('tbody'), qr/oslo|paris/, 'and shows no other';

    # live
    $browser->go("$page#/sessions?Appliance=oslo");
    ok $shows->('1 to 3 of 3 sessions'), 'one appliance';
    my ($new) = $put->('d', $run->('Running', 5));
    $put->('d', { id => $ids{d}[2], status => 'Warning', executionStopTime => $ago->(0) });
    $follow_both->();
    ok $shows->("oslo/$new\\s+▸ Running"), 'a new session is shown by itself';
    ok $shows->("oslo/$ids{d}[2]\\s+! Warning"), 'and one that ended';
    like $browser->text('#age'), qr/^as of \d\d:\d\d:\d\d, \d+ s ago$/, 'how old this is';
    is $asked->('SinceUsn'), 1, 'changes were asked for once since the page was opened';
    is $asked->('UsnDesc|MaxId|Sort=Duration|openapi'), 0, 'and nothing else that is not there';
    $browser->value('location.hash = "#/"');
    ok $shows->('ask the appliance', 'section[aria-labelledby=failed]'), 'the first view again';
    my $logs  = $asked->('ln/.*/log');
    my $lists = $asked->('Sort=StopTimeDesc');
    ok +(wait_until { $asked->('Sort=StopTimeDesc') >= $lists + 2 } 180), 'which is asked for anew';
    is $asked->('ln/.*/log'), $logs, 'but for a log that is not there';
    $postgres->stop('fast');
    ok $shows->('Service Unavailable', '#notices'), 'without PostgreSQL the page says so';
    ok $shows->('oslo'), 'and what is shown stays';
    $postgres->start;
    $browser->click('#notices .problem > button');
    ok $shows->('of now again', '#notices'), 'until it is back';
    is_deeply [ $browser->events('Runtime.exceptionThrown') ], [], 'no script has failed';
};

# ---- Many ----

$postgres->rows(q{insert into jobsessions.appliance (name, shown) values ('bulk', 1), ('other', 1)});
$postgres->rows(q{insert into jobsessions.stored_session (appliance, generation, id, usn, began, status, damaged, document)
    select a.appliance, 1, i, i, timestamptz '2024-01-01Z' + i * interval '1 s', 'Success', false,
        format('{"id":"%s","usn":%s,"status":"Success","note":"%s"}', i, i, repeat('x', 600))::json
    from generate_series(1, 30000) i, jobsessions.appliance a where a.name in ('bulk', 'other')});

sub highest_memory { return (slurp('/proc/' . ($fleet->children)[0] . '/status') =~ /^VmHWM:\s+(\d+)/m)[0] }

subtest 'a large export' => sub {
    of_fleet(GET => '?Limit=1000') for 1 .. 3;
    my $before = highest_memory();
    my $export = of_fleet(POST => '/export', body => '{"status":["Success"],"fromUtc":"2024-01-01"}');
    is $export->{exit}, 0, 'comes to its end';
    cmp_ok length $export->{body}, '>', 45_000_000, 'megabytes';
    my $decoded = decode_json($export->{body});
    is scalar @{ $decoded->{results} }, $decoded->{totalCount}, 'all of it';
    SKIP: {
        skip 'a sanitizer keeps what was freed for a while', 1 if sanitized();
        cmp_ok highest_memory() - $before, '<', 10_000, 'and took no memory for it (KiB)';
    }
};

subtest 'what PostgreSQL keeps statistics of' => sub {
    $postgres->rows('create extension pg_stat_statements');
    of_fleet(POST => '/export', body => $_) for '{}', '{"appliance":"bulk"}', '{"appliance":"berlin"}';
    of_fleet(GET => $_) for '/summary', '/policies';
    my @queries = $postgres->rows(q{select translate(query, E'\n', ' ') from pg_stat_statements where userid = 'web'::regrole and query ~ 'jobsessions\.session|from sessions'});
    my %fetches = map { lc =~ /^fetch (\S+) from sessions/ ? ($1 => 1) : () } @queries;
    cmp_ok scalar %fetches, '>', 0, 'rows are fetched';
    is_deeply [ grep { /\d/ && !/\$/ && $_ & $_ - 1 } sort keys %fetches ], [], 'by the same few statements, however long they are';
    # pgpool-II (4.3.5) would ask a standby in the middle of a transaction: findings/pgpool-cursor-elsewhere.sh
    is_deeply [ grep { !m{^(?:/\*NO LOAD BALANCE\*/ |declare |fetch )} } @queries ], [], 'which are for the server of the transaction';
};

# Who reads slowly is cut off when PostgreSQL goes: it is so far behind that not all was read yet.
sub begin_export {
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $fleet->port) or die $!;
    print {$socket} "POST $mount/export HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    sysread $socket, my $head, 2000;
    return ($socket, $head);
}

subtest 'who goes, or reads slowly' => sub {
    for (1 .. 20) { close +(begin_export())[0] }
    is decode_json(of_fleet(GET => '?Limit=1&Appliance=bulk')->{body})->{totalCount}, 30_000, 'what was on its way to those who went reaches no one else';
    $postgres->rows(q{alter role web set statement_timeout = '1s'});
    $postgres->rows(q{select pg_terminate_backend(pid) from pg_stat_activity where usename = 'web'});
    my ($socket, $head) = begin_export();
    sleep 3;
    my $rest = do { local $/; <$socket> };
    like $rest, qr/display=Full.*\r\n0\r\n\r\n\z/s, 'a statement that has a second does not wait for a client';
    $postgres->rows('alter role web reset statement_timeout');
    $postgres->rows(q{select pg_terminate_backend(pid) from pg_stat_activity where usename = 'web'});
    my %size = (small => 'i % 50', large => 'case when i % 97 = 0 then 900000 else i % 200 end');
    for my $name (sort keys %size) {
        $postgres->rows("insert into jobsessions.appliance (name, shown) values ('$name', 1)");
        $postgres->rows(q{insert into jobsessions.stored_session (appliance, generation, id, usn, began, status, damaged, document)
            select a.appliance, 1, i, i, '-infinity', 'Success', false, format('{"id":"%s","usn":%s,"note":"%s"}', i, i, repeat('x', } . $size{$name} . q{))::json
            from generate_series(1, 1000) i, jobsessions.appliance a where a.name = '} . "$name'");
    }
    my $mixed = decode_json(of_fleet(POST => '/export')->{body})->{results};
    my %ids;
    for (@$mixed) { push @{ $ids{$1} }, $_->{id} if $_->{_links}{self}{href} =~ m{/(small|large)/} }
    is_deeply \%ids, { map { $_ => [ reverse 1 .. 1000 ] } keys %size }, 'short and long ones, each once';
    $postgres->rows("delete from jobsessions.appliance where name = '$_'") for keys %size;
};

subtest 'PostgreSQL gone' => sub {
    of_fleet(GET => '?Limit=1');
    my @backends = $postgres->rows(q{select pid from pg_stat_activity where usename = 'web'});
    my ($socket, $head) = begin_export();
    kill TERM => @backends;
    like $head, qr{^HTTP/1.1 200 .*"results":\[}s, 'an export has begun';
    my $rest = do { local $/; <$socket> };
    unlike $rest, qr/\r\n0\r\n\r\n\z/, 'it has no end';
    unlike $rest, qr/display=Full/, 'nor its last bytes';
    ok wait_until { $fleet->error_log =~ /JS0425: after \d+ bytes of the response: PostgreSQL does not answer: / }, 'the log says why';
    is of_fleet(GET => '?Limit=1')->{status}, 200, 'the next request gets another connection';
    is http($fleet->port, GET => '/probe')->{status}, 200, 'the probe is content';

    $postgres->stop('fast');
    my $is = of_fleet(GET => '');
    is $is->{status}, 503, 'without a server';
    cmp_ok $is->{headers}{'retry-after'} // 0, '>', 0, 'come again';
    is of_fleet(POST => '/export')->{status}, 503, 'nor an export';
    like $fleet->error_log, qr/JS0320: PostgreSQL (?:cannot be reached|does not answer): /, 'the log says it';
    is http($fleet->port, GET => '/probe')->{status}, 503, 'and the probe';
    $postgres->start;
    is of_fleet(GET => '?Limit=1')->{status}, 200, 'it is back';
};

subtest 'least rights' => sub {
    $postgres->rows('revoke jobsessions_reader from web');
    my $is = of_fleet(GET => '');
    is $is->{status}, 503, 'without them nothing';
    unlike $is->{body}, qr/permission/, 'of which the client is told nothing';
    like $fleet->error_log, qr/JS0320: PostgreSQL does not answer: ERROR:\s+permission denied/, 'but the log';
    $postgres->rows('grant jobsessions_reader to web');
};

subtest 'the configuration' => sub {
    my $url = JobSessions::Httpd->new(modules => ['dbd'], config => server('JobSessionsDatabase postgresql://localhost/fleet'))->check;
    like $url->{err}, qr/JS0129: JobSessionsDatabase: write postgresql: alone, and "DBDriver pgsql" and DBDParams beside it/, 'a URL';
    my $alone = JobSessions::Httpd->new(config => server('JobSessionsDatabase postgresql:'))->check;
    like $alone->{err}, qr/JS0106: JobSessionsDatabase postgresql: is read by mod_dbd's connections: load mod_dbd/, 'without mod_dbd';
};

done_testing;
