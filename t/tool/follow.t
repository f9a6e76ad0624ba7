# SPDX-License-Identifier: Apache-2.0
# jobsessions-follow: the databases of several appliances in one PostgreSQL, each change exactly once;
# t/httpd/83-follow-kills.t kills all that take part.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use IO::Select;
use IO::Socket::INET;
use POSIX ();
use Time::HiRes qw(sleep);
use JobSessions::Postgres;
use JobSessions::Test qw(build_file days_ago decode_json jobsessions on_terminal run_command slurp);

my $program = build_file('jobsessions-follow');
plan skip_all => 'PostgreSQL is not installed' unless -x $program && JobSessions::Postgres->is_installed;

my $scratch = tempdir(CLEANUP => 1);
my $postgres = JobSessions::Postgres->new;

sub follow (@arguments) {
    return run_command([ $program, '--to', $postgres->url, '--once', @arguments ]);
}

sub put ($name, @lines) {
    my $run = jobsessions("$scratch/$name", 'put', { stdin => join '', map { "$_\n" } @lines });
    die $run->{err} if $run->{exit};
    return split /\n/, $run->{out};
}

# What is shown of an appliance is to the byte what its database has, and nothing else is kept of it.
sub is_equal ($name, $what) {
    my @is = $postgres->rows("select document from jobsessions.session where appliance = '$name' order by id desc");
    my @wanted = split /\n/, jobsessions("$scratch/$name", 'list', '--json')->{out};
    is_deeply \@is, \@wanted, $what;
    my ($kept) = $postgres->rows('select count(*) from jobsessions.stored_session join jobsessions.appliance '
            . "using (appliance) where name = '$name'");
    is $kept, scalar @wanted, "$what: nothing else";
}

subtest 'the command line' => sub {
    for ([ [], 'say where to with --to URL' ],
        [ [ '--to', 'x' ], 'name at least one source: NAME=SOURCE' ],
        [ [ '--to', 'x', 'a' ], 'a: give NAME=SOURCE' ],
        [ [ '--to', 'x', 'a=b', 'a=c' ], 'a: two sources have that name' ],
        [ [ '--to', 'x', '--interval', '0', 'a=b' ], '--interval 0: give 1 to 3600 seconds' ])
    {
        my ($arguments, $says) = @$_;
        my $run = run_command([ $program, @$arguments ]);
        is $run->{exit}, 2, "exit status: $says";
        like $run->{err}, qr/^jobsessions: \Q$says\E$/m, 'what is wrong';
    }
};

subtest 'three appliances' => sub {
    put('a', map { sprintf '{"type":"PolicyBackup","status":"Success","executionStartTime":"20%02d-0%d-01T00:00:00.9999999Z"}',
        $_ % 30, 1 + $_ % 9 } 1 .. 200);
    put('b', '{"status":"Running"}', '{"status":"Error","backupJobInfo":{"policyName":"back\\\\slash\ttab\nline\u0000nul"},"x":"\ud83d\ude00"}',
        '{"status":"Success","executionStartTime":"1999-12-31T23:59:59.9999999Z"}',
        '{"id":"9223372036854775807","status":"Success","executionStartTime":"2100-01-01T00:00:00Z"}');
    put('c', '{"status":"Success"}');
    jobsessions("$scratch/c", 'rm', '1');
    is follow("a=$scratch/a", "b=$scratch/b", "c=$scratch/c")->{exit}, 0, 'read';
    is_equal($_, $_) for qw(a b c);
    is_deeply [ $postgres->rows("select began at time zone 'UTC' from jobsessions.session where appliance = 'b' and began is not null order by 1") ],
        [ '1999-12-31 23:59:59.999999', '2100-01-01 00:00:00' ], 'what no partition is for; no time is rounded up';
    is_deeply [ $postgres->rows("select policy_name from jobsessions.session where id = 2 and appliance = 'b'") ],
        [ "back\\slash\ttab", 'line' ], 'a name as it is, up to a NUL';
};

subtest 'progress' => sub {
    put('p', ('{"status":"Success"}') x 10);
    my $run = on_terminal("$program --once --to '" . $postgres->url . "' p=$scratch/p");
    is $run->{exit}, 0, 'read at a terminal';
    like $run->{out}, qr/^\e\[K0 of 1 sources whole, the others 0 %; \d+ changes read\r.*\e\[K$/s, 'a line, which goes';
    put('p', '{"status":"Success"}');
    is follow("p=$scratch/p")->{err}, '', 'none elsewhere';
};

subtest 'changes' => sub {
    put('a', '{"id":"7","executionStartTime":"2031-05-05T05:05:05Z","status":"Warning"}', '{"status":"Pending"}');
    jobsessions("$scratch/a", 'rm', 1 .. 5);
    is follow("a=$scratch/a")->{exit}, 0, 'read';
    is_equal('a', 'a session that moved to another month, a new one, five removed');
    my $before = join '', $postgres->rows('select * from jobsessions.generation order by 1');
    is follow("a=$scratch/a")->{exit}, 0, 'nothing new';
    is join('', $postgres->rows('select * from jobsessions.generation order by 1')), $before, 'writes nothing';
};

subtest 'rows that PostgreSQL refuses' => sub {
    $postgres->rows('create function refuse() returns trigger language plpgsql as $$ begin raise exception \'not these\'; end $$');
    $postgres->rows('create trigger refuse before insert on jobsessions.stored_session for each row when (new.policy_name = \'refused\') execute function refuse()');
    put('b', '{"status":"Success","backupJobInfo":{"policyName":"refused"}}');
    put($_, '{"status":"Success"}') for qw(a c);
    my $run = follow(map { "$_=$scratch/$_" } qw(a b c));
    is $run->{exit}, 3, 'the exit status';
    like $run->{err}, qr/not these/, 'why';
    is_equal($_, "$_ is read nevertheless") for qw(a c);
    $postgres->rows('drop function refuse cascade');
    is follow("b=$scratch/b")->{exit}, 0, 'when they are taken';
    is_equal('b', 'they are there');
};

# Of names; a hash at the end has what is no directory of ours.
sub begin_follower (@names) {
    my $where = ref $names[-1] ? pop @names : {};
    my $pid = fork // die "fork: $!";
    return $pid if $pid;
    open STDERR, '>>', "$scratch/follower.err";
    exec $program, '--to', $postgres->url, map { "$_=" . ($where->{$_} // "$scratch/$_") } @names or POSIX::_exit(127);
}

sub end_follower ($pid, $signal) {
    kill $signal, $pid;
    waitpid $pid, 0;
    return $?;
}

sub wait_for ($statement, $what) {
    for (1 .. 300) {
        return pass $what if ($postgres->rows($statement))[0] eq 't';
        sleep 0.1;
    }
    fail "$what: not within 30 seconds";
}

# A listener that takes a request and says nothing.
subtest 'a source that hangs' => sub {
    my $listener = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die "listen: $!";
    put('h', '{"status":"Success"}');
    my $follower = begin_follower('hangs', 'h', { hangs => 'http://127.0.0.1:' . $listener->sockport });
    my $connection = $listener->accept;
    put('h', '{"status":"Error"}');
    wait_for("select count(*) = 2 from jobsessions.session where appliance = 'h'", 'another one is followed');
    my $request = '';
    sysread $connection, $request, 4096, length $request until $request =~ /\r\n\r\n/;
    is_deeply [ IO::Select->new($connection)->can_read(0) ], [], 'while the request waits';
    is end_follower($follower, 'TERM'), 0, 'which is given up at the end';
    is sysread($connection, $request, 1), 0, 'whoever waits for it';
};

subtest 'retention' => sub {
    my @ids = put('e', map { qq({"status":"Success","executionStartTime":"2010-0$_-15T00:00:00Z"}) } 1 .. 3);
    my $follower = begin_follower('e');
    wait_for("select count(*) = 3 from jobsessions.session where appliance = 'e'", 'three months');
    # with those of the other appliances, of which the next subtests read one anew
    cmp_ok(($postgres->rows("select jobsessions.drop_months_before('2010-03-01')"))[0], '>=', 2, 'two are dropped');
    put('e', qq({"id":"$ids[1]","status":"Warning"}));
    wait_for("select count(*) = 2 from jobsessions.session where appliance = 'e'", 'a session that changes comes back');
    is end_follower($follower, 'TERM'), 0, 'the follower has gone on';
    is_deeply [ $postgres->rows('select count(*) from jobsessions.stored_session_2010_02') ], [1], 'to its month';
    $postgres->rows('drop table jobsessions.stored_session_2010_02');
    $postgres->rows("insert into jobsessions.stored_session (appliance, generation, id, usn, began, damaged) select appliance, generation, id, usn, '2010-02-15T00:00:00Z', true from jobsessions.stored_session join jobsessions.appliance using (appliance) where name = 'e' limit 1");
    $postgres->rows("select jobsessions.make_partition('2010-02-01')");
    is_deeply [ $postgres->rows('select count(*) from jobsessions.stored_session_2010_02') ], [1], 'what lay in the one for all others moves to its month';
};

# Whoever reads keeps no session away, and waits for nobody.
subtest 'months beside a reader' => sub {
    my $limit = "set lock_timeout = '100ms'";
    my sub try ($statement) { return run_command([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-c', $limit, '-c', "select jobsessions.$statement", $postgres->url ]) }
    is try("make_partition('2012-05-01')")->{exit}, 0, 'a month is made while nobody reads';
    open my $reader, '|-', 'psql', '-Xqo', '/dev/null', $postgres->url or die "psql: $!";
    $reader->autoflush;
    say {$reader} 'begin; select count(*) from jobsessions.session;';
    wait_for(q{select count(*) = 1 from pg_stat_activity where state = 'idle in transaction'}, 'somebody reads');
    put('e', '{"status":"Success","executionStartTime":"2012-05-15T00:00:00Z"}');
    my $run = run_command([ $program, '--once', '--to', $postgres->url . '&options=-c%20lock_timeout%3D100ms', "e=$scratch/e" ]);
    is $run->{exit}, 0, 'the follower writes to the month that is there' or diag $run->{err};
    is_deeply [ $postgres->rows('select count(*) from jobsessions.stored_session_2012_05') ], [1], 'which has the session';
    put('e', '{"status":"Success","executionStartTime":"2098-07-15T00:00:00Z"}');
    is follow("e=$scratch/e")->{exit}, 0, 'nor waits it for a month that is not';
    is_deeply [ $postgres->rows(q{select to_regclass('jobsessions.stored_session_2098_07') is null, count(*) from jobsessions.stored_session_other where began >= '2098-07-01' and began < '2098-08-01'}) ],
        ['t|1'], 'whose session is among all others';
    is_deeply [ $postgres->rows(q{select count(*) from jobsessions.session where began >= '2098-07-01' and began < '2098-08-01'}) ], [1], 'and is shown';
    like try("drop_months_before('2012-06-01')")->{err}, qr/canceling statement due to lock timeout/, 'to drop months waits';
    close $reader or die "psql: $?";
    put('e', '{"status":"Success","executionStartTime":"2098-07-16T00:00:00Z"}');
    is follow("e=$scratch/e")->{exit}, 0, 'with the next one';
    is_deeply [ $postgres->rows('select count(*) from jobsessions.stored_session_2098_07') ], [2], 'the month is made, and has both';
};

subtest 'metrics' => sub {
    my $file = "$scratch/follow.prom";
    is follow('--metrics', $file, "a=$scratch/a", "no\"ne=$scratch/none")->{exit}, 3, 'one can be read';
    my $text = slurp($file);
    my ($usn) = $postgres->rows("select usn from jobsessions.lag where appliance = 'a'");
    like $text, qr/^jobsessions_follow_$_$/m, $_ for "usn\\{appliance=\"a\"\\} $usn", "source_usn\\{appliance=\"a\"\\} $usn", 'generation\{appliance="a"\} 1',
        'lag_seconds\{appliance="a"\} \d+', 'failures_total\{appliance="a"\} 0', 'failures_total\{appliance="no\\\\"ne"\} 1';
    unlike $text, qr/lag_seconds\{appliance="no/, 'no lag of what was never read';
    unlike $text, qr/^(?!# (?:HELP|TYPE) jobsessions_follow_\w+ \S|jobsessions_follow_\w+\{appliance="(?:[^"\\]|\\.)*"\} \d+$)/m, 'each line is of the format';
    ok !-e "$file.new", 'nothing is left beside it';
    my $run = follow('--metrics', "$scratch/nowhere/x", "a=$scratch/a");
    is $run->{exit}, 3, 'a file that cannot be written';
    like $run->{err}, qr{nowhere/x cannot be written: No such file}, 'is told';
};

# Of few rows everything would be read: the question is whether an index can be used.
sub plan_of ($what, $rest) {
    my $can = 'set enable_seqscan = off; set enable_bitmapscan = off; set enable_sort = off;';
    return join "\n", $postgres->rows("$can explain select $what from jobsessions.session where $rest");
}

sub plan_of_list ($where) { return plan_of('appliance, document', "$where order by began desc nulls last, id desc, appliance limit 100") }

subtest 'indexes' => sub {
    like plan_of_list('true'), qr/Index Scan using \w+_nullif_id_idx/, 'the newest first';
    like plan_of_list(q{began >= '2010-01-01Z' and began < '2010-02-01Z'}), qr/Index Scan using \w+_nullif_id_idx.*\n *Index Cond: \(\(NULLIF\(began/, 'a range of time';
    $postgres->rows('create index stored_session_began on jobsessions.stored_session (began desc, appliance, id desc)');
    for ('once', 'again') {
        is run_command([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '--single-transaction', '-f', 'conf/fleet/indexes.sql', $postgres->url ])->{exit}, 0, "indexes.sql $_";
    }
    like plan_of('count(*)', q{status = any('{Failed}'::text[])}), qr/Index Scan using \w+_status_nullif_id_idx/, 'a status';
    like plan_of_list(q{translate(lower(policy_id collate "C"), '{}-', '') = '4e096ba7'}), qr/Index Scan using \w+_translate_nullif_id_idx/, 'a policy';
    is_deeply [ $postgres->rows(q{select count(*) from pg_indexes where indexname = 'stored_session_began'}) ], [0], 'one of before is gone';
};

# Each role may do what it is for, and nothing else.
subtest 'roles' => sub {
    $postgres->rows("create role $_ login in role jobsessions_$_") for qw(follower reader);
    my sub as ($role, $statement) { return run_command([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-c', $statement, $postgres->url =~ s/fleet\@/$role@/r ]) }
    put('g', '{"status":"Success","executionStartTime":"2011-01-01T00:00:00Z"}');
    my $run = run_command([ $program, '--once', '--to', $postgres->url =~ s/fleet\@/follower@/r, "g=$scratch/g" ]);
    is $run->{exit}, 0, 'the follower follows' or diag $run->{err};
    is as(reader => "select count(*) from jobsessions.session where appliance = 'g'")->{out}, "1\n", 'the reader reads';
    is as(reader => 'select count(*) > 0 from jobsessions.lag')->{out}, "t\n", 'and the lag';
    for ([ reader => 'select from jobsessions.stored_session' ], [ reader => 'select from jobsessions.generation' ],
        [ reader => 'delete from jobsessions.session' ], [ reader => "select jobsessions.make_partition('2012-01-01')" ],
        (map { ([ $_ => "select jobsessions.drop_months_before('2012-01-01')" ], [ $_ => 'create table jobsessions.x (y int)' ],
            [ $_ => 'drop table jobsessions.stored_session' ], [ $_ => 'insert into jobsessions.version (version) values (4)' ],
            [ $_ => 'delete from jobsessions.appliance' ], [ $_ => 'truncate jobsessions.stored_session' ]) } qw(reader follower)),
        [ follower => 'alter table jobsessions.stored_session add column x int' ])
    {
        my ($role, $statement) = @$_;
        like as($role, $statement)->{err}, qr/permission denied|must be owner|cannot delete from view/, "no $role may: $statement";
    }
};

subtest 'another history' => sub {
    jobsessions("$scratch/a", 'backup', "$scratch/backup");
    put('a', ('{"status":"Success"}') x 3);
    is follow("a=$scratch/a")->{exit}, 0, 'read';
    jobsessions("$scratch/a", 'restore', "$scratch/backup");
    put('a', '{"status":"Error"}');
    is follow("a=$scratch/a")->{exit}, 0, 'after a restore';
    is_equal('a', 'the restored one');
    my $usn = decode_json(jobsessions("$scratch/a", 'stat', '--json')->{out})->{lastUsn};
    is_deeply [ $postgres->rows("select shown, usn, complete from jobsessions.lag join jobsessions.appliance on name = lag.appliance where name = 'a'") ],
        ["2|$usn|t"], 'its second generation';
};

subtest 'forgotten removals' => sub {
    my @ids = put('a', ('{"status":"Success"}') x 3);
    is follow("a=$scratch/a")->{exit}, 0, 'read';
    jobsessions("$scratch/a", 'rm', @ids[ 0, 1 ]);
    days_ago(-200, sub { jobsessions("$scratch/a", qw(prune --tombstones-older-than 180d)) });
    for ('begins anew', 'goes on') {
        put('a', '{"status":"Error"}');
        is follow("a=$scratch/a")->{exit}, 0, "who has not seen them $_";
        is_equal('a', $_);
        is_deeply [ $postgres->rows("select shown, complete from jobsessions.lag join jobsessions.appliance on name = lag.appliance where name = 'a'") ], ['3|t'], 'its third generation';
    }
};

subtest 'what cannot be done' => sub {
    my $run = follow("none=$scratch/none", "c=$scratch/c");
    is $run->{exit}, 3, 'a source that is not there';
    like $run->{err}, qr{^jobsessions: follow: none: \Q$scratch\E/none}m, 'is named';
    put('c', '{"status":"Success"}');
    follow("none=$scratch/none", "c=$scratch/c");
    is_equal('c', 'the others are read');
    $postgres->rows('insert into jobsessions.version (version) values (99)');
    $run = follow("c=$scratch/c");
    is $run->{exit}, 1, 'a schema of another version';
    like $run->{err}, qr/the schema has version 99, and this program writes version 4/, 'is told';
    $postgres->rows('delete from jobsessions.version where version = 99');
    $run = run_command([ $program, '--to', "postgresql:///x?host=$scratch", '--once', "c=$scratch/c" ]);
    is $run->{exit}, 3, 'no PostgreSQL';
    like $run->{err}, qr/^jobsessions: follow: connect: .*\Q$scratch\E/m, 'is told on one line';
    is scalar(() = $run->{err} =~ /\n/g), 1, 'one';
};

my ($one, $two) = ('f1111111-2222-4333-8444-555555555555', 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee');

subtest 'uuids' => sub {
    put('d', '{"status":"Success"}', map { qq({"id":"$_","status":"Running"}) } $one, $two);
    put('d', '{"status":"Success"}', qq({"id":"$one","status":"Success","executionStartTime":"2026-01-01T00:00:00Z"}));
    is follow("d=$scratch/d")->{exit}, 0, 'read';
    is_equal('d', 'in the order of creation');
    is_deeply [ $postgres->rows("select id, uuid from jobsessions.session where appliance = 'd' order by id desc") ], [ '4|', "3|$two", "2|$one", '1|' ], 'by their UUIDs';
    put('d', qq({"id":"$two","status":"Failed"}));
    jobsessions("$scratch/d", 'rm', $one);
    is follow("d=$scratch/d")->{exit}, 0, 'what changed';
    is_equal('d', 'a removed one and a changed one');
};

# As the README has a database copied that cannot follow itself.
subtest 'a publication' => sub {
    $postgres->rows('create publication copied for table jobsessions.stored_session with (publish_via_partition_root)');
    put('d', qq({"id":"$two","status":"Success"}), '{"status":"Success","executionStartTime":"2031-01-01T00:00:00Z"}');
    is follow("d=$scratch/d")->{exit}, 0, 'keeps no change away';
    put('d', '{"status":"Success","executionStartTime":"2031-02-01T00:00:00Z"}');
    jobsessions("$scratch/d", 'rm', $two);
    is follow("d=$scratch/d")->{exit}, 0, 'in no month';
    is_equal('d', 'all of it');
    $postgres->rows('drop publication copied');
};

subtest 'a schema of version 1' => sub {
    my $view = q{select pg_get_viewdef('jobsessions.session')};
    my @of_schema = $postgres->rows($view);
    my $identities = q{select distinct relreplident from pg_inherits join pg_class on oid = inhrelid where inhparent = 'jobsessions.stored_session'::regclass};
    is_deeply [ $postgres->rows($identities) ], ['f'], 'of this version all rows tell who they are';
    $postgres->rows("alter table jobsessions.$_ replica identity default") for 'stored_session_other', ($postgres->rows('select relname from pg_class where relname ~ \'^stored_session_\\d{4}_\\d\\d$\''))[0];
    $postgres->rows('drop view jobsessions.session');
    $postgres->rows('alter table jobsessions.stored_session drop column uuid');
    $postgres->rows('create view jobsessions.session as select a.name as appliance, s.id, s.usn, nullif(s.began, \'-infinity\') as began, s.stopped,'
            . ' s.stopped - nullif(s.began, \'-infinity\') as duration, s.status, s.type, s.policy_id, s.policy_name, s.damaged, s.document'
            . ' from jobsessions.stored_session s join jobsessions.appliance a on a.appliance = s.appliance and a.shown = s.generation');
    $postgres->rows('grant select on jobsessions.session to jobsessions_reader');
    $postgres->rows('update jobsessions.version set version = 1');
    my $run = follow("a=$scratch/a");
    is $run->{exit}, 1, 'is refused';
    like $run->{err}, qr/the schema has version 1, and this program writes version 4/, 'and told';
    for (qw(1-to-2 2-to-3 3-to-4)) {
        is run_command([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '--single-transaction', '-f', "conf/fleet/schema-$_.sql", $postgres->url ])->{exit}, 0,
            "it is led from $_";
    }
    is_deeply [ $postgres->rows($view) ], \@of_schema, 'to the view that schema.sql makes';
    is_deeply [ $postgres->rows($identities) ], ['f'], 'and all rows tell who they are';
    put('a', qq({"id":"$one","status":"Success"}));
    is follow("a=$scratch/a")->{exit}, 0, 'and goes on';
    is_equal('a', 'where it was');
    is_deeply [ $postgres->rows("select uuid from jobsessions.session where uuid is not null and appliance = 'a'") ], [$one], 'with UUIDs';
};

# pgpool-II (4.3.5) waits for ever for what follows a COPY that came by the extended one.
subtest 'copies by the simple protocol' => sub {
    $postgres->rows(q{alter database fleet set log_statement = 'all'});
    put('a', '{"status":"Success"}');
    is follow("new=$scratch/b", "a=$scratch/a")->{exit}, 0, 'what is new and what changed';
    $postgres->rows('alter database fleet reset log_statement');
    my $log = slurp("$postgres->{folder}/log");
    like $log, qr/statement: copy $_ /, "is copied to $_" for qw(jobsessions.stored_session change);
    unlike $log, qr/execute [^:]*: copy/, 'as psql does';
};

# As at a subscriber that has taken over, which has the publisher's rows and not its sequence.
subtest 'numbers that are taken' => sub {
    $postgres->rows(q{select setval('jobsessions.appliance_appliance_seq', 1, false)});
    put('later', '{"status":"Success"}');
    is follow("later=$scratch/later", "a=$scratch/a")->{exit}, 0, 'are passed by a new appliance';
    is_equal('later', 'which is read');
    is_equal('a', 'as the others are');
};

subtest 'while a dump is restored' => sub {
    $postgres->rows('create table public.version as table jobsessions.version');
    $postgres->rows('delete from jobsessions.version');
    my $run = follow("a=$scratch/a");
    is $run->{exit}, 3, 'there is no version yet';
    like $run->{err}, qr/^jobsessions: follow: fleet: jobsessions\.version is empty, as while a dump is restored$/, 'which is told';
    $postgres->rows('insert into jobsessions.version table public.version');
    is follow("a=$scratch/a")->{exit}, 0, 'then it is followed';
};

subtest 'two who follow the same' => sub {
    my @pids = map { begin_follower(qw(a b c)) } 1 .. 2;
    put('a', ('{"status":"Success"}') x 50) for 1 .. 10;
    sleep 1.5;
    my @ends = map { end_follower($_, 'TERM') } @pids;
    is follow("a=$scratch/a")->{exit}, 0, 'read';
    is_equal('a', 'each change once');
    ok scalar(grep { $_ == 0 } @ends), 'SIGTERM ends one well';
    is scalar(grep { $_ != 0 && $_ != 1 << 8 } @ends), 0, 'the other one, too, or it has seen that it is not alone';
};

done_testing;
