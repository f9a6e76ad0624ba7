# SPDX-License-Identifier: Apache-2.0
# conf/recipes/out: other programs take what the tool exports, and have the values that were exported.

use v5.36;
use Test::More;
use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use JobSessions::Postgres;
use JobSessions::Sessions qw(rich_sessions);
use JobSessions::Test qw(build_file decode_json jobsessions run_command slurp spew);

my $recipes = abs_path('conf/recipes/out');
my $scratch = tempdir(CLEANUP => 1);
my $db = "$scratch/db";

# Among them a job of more than a day, and the largest numbers there are.
jobsessions($db, 'import', { stdin => join "\n", rich_sessions() });
jobsessions($db, 'put', { stdin => qq({"id":"0d4c2f3a-1111-5222-8333-444444444444","status":"Success","executionDuration":"1.02:03:04.5","backupJobInfo":{"policyName":"by \\"hand\\", twice"}}\n) });
my @sessions = @{ decode_json(jobsessions($db, qw(export --times unixMilliseconds --durations seconds))->{out})->{results} };
spew("$scratch/sessions.$_", jobsessions($db, 'export', '--format', $_, qw(--times unixMilliseconds --durations seconds))->{out}) for qw(csv ndjson);

# Which of a list of programs is here.
sub program (@names) {
    my ($found) = grep { -x } map { my $name = $_; map { "$_/$name" } split /:/, $ENV{PATH} } @names;
    return $found;
}

sub in_scratch (@command) { return run_command([ 'env', "--chdir=$scratch", @command ]) }

sub policy ($session) { return $session->{backupJobInfo}{policyName} // $session->{healthCheckJobInfo}{policyName} }

# A row a session, by the texts of ids: id, type, status, start and stop in milliseconds, seconds, policy, usn.
sub expected {
    return sort map { my $s = $_; join '|', map { $_ // '' } @$s{qw(id type status executionStartTime executionStopTime)}, seconds($s->{executionDuration}), policy($s), $s->{usn} } @sessions;
}

# As an IEEE double has them.
sub seconds ($number) { return defined $number ? sprintf('%.4f', $number) : undef }

sub rows ($text) {
    utf8::decode($text);
    return sort map { my @cells = split /\|/, $_, -1; $cells[5] = seconds($cells[5]) if length $cells[5]; join '|', @cells } split /\n/, $text;
}

subtest 'SQLite' => sub {
    my $sqlite = program('sqlite3') or plan skip_all => 'sqlite3 is not installed';
    for my $time (1, 2) {
        my $run = in_scratch('sh', '-c', '"$0" sessions.db <"$1"', $sqlite, "$recipes/sqlite.sql");
        is_deeply [ @$run{qw(exit err)} ], [ 0, '' ], "time $time";
    }
    my $select = in_scratch($sqlite, 'sessions.db', 'SELECT * FROM job_session');
    is_deeply [ rows($select->{out}) ], [ expected() ], 'each value is what was exported';
    is in_scratch($sqlite, 'sessions.db', q(SELECT typeof(id), typeof(started), typeof(seconds) FROM job_session WHERE id = '1'))->{out}, "text|integer|real\n", 'and of its type';
};

subtest 'PostgreSQL' => sub {
    plan skip_all => 'PostgreSQL is not installed' unless JobSessions::Postgres->is_installed;
    my $postgres = JobSessions::Postgres->new;
    for my $time (1, 2) {
        my $run = in_scratch('psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '--single-transaction', '-f', "$recipes/postgresql.sql", $postgres->url);
        is_deeply [ $run->{exit}, $run->{err} =~ s/^.*NOTICE.*\n//mgr ], [ 0, '' ], "time $time" or diag $run->{err};
    }
    # psql drops U+10FFFF from what it prints
    my $select = run_command([ 'psql', '-XqAt', '-c', q(SELECT id, type, status, round(extract(epoch from started) * 1000), round(extract(epoch from stopped) * 1000),
        extract(epoch from duration), encode(convert_to(policy_name, 'UTF8'), 'hex'), usn FROM job_session), $postgres->url ]);
    is $select->{err}, '', 'what is there';
    is_deeply [ rows($select->{out} =~ s/([0-9a-f]*)(?=\|\d+$)/pack 'H*', $1/mger) ], [ expected() ], 'each value is what was exported';
    is run_command([ 'psql', '-XqAt', '-c', q(SELECT duration FROM job_session WHERE id = '0d4c2f3a-1111-5222-8333-444444444444'), $postgres->url ])->{out}, "26:03:04.5\n", 'a day is a day';
};

subtest 'DuckDB' => sub {
    my $duckdb = program('duckdb') or plan skip_all => 'duckdb is not installed';
    my $run = in_scratch('sh', '-c', '"$0" sessions.duckdb <"$1"', $duckdb, "$recipes/duckdb.sql");
    is $run->{exit}, 0, 'it reads them' or diag $run->{err};
    my $select = in_scratch($duckdb, '-list', '-noheader', 'sessions.duckdb', 'SELECT * REPLACE (epoch_ms(started) AS started, epoch_ms(stopped) AS stopped) FROM job_session');
    is_deeply [ rows($select->{out}) ], [ expected() ], 'each value is what was exported';
};

subtest 'ClickHouse' => sub {
    my $local = program('clickhouse-local') or plan skip_all => 'clickhouse-local is not installed';
    my $script = slurp("$recipes/clickhouse.sql") . "SET input_format_skip_unknown_fields = 1;\nINSERT INTO job_session_line FROM INFILE 'sessions.ndjson' FORMAT JSONEachRow;\n"
        . q(SELECT id, type, status, toUnixTimestamp64Milli(started), toUnixTimestamp64Milli(stopped), seconds, policy_name, usn FROM job_session FINAL)
        . q( FORMAT CustomSeparated SETTINGS format_custom_field_delimiter = '|', format_custom_escaping_rule = 'Raw', format_tsv_null_representation = '';);
    my $run = in_scratch($local, '--path', "$scratch/clickhouse", '--multiquery', '--query', $script);
    is $run->{exit}, 0, 'it reads them' or diag $run->{err};
    is_deeply [ rows($run->{out}) ], [ expected() ], 'each value is what was exported';
};

subtest 'Grafana Infinity' => sub {
    my $query = decode_json(slurp("$recipes/grafana-infinity.json"));
    my ($names) = $query->{url} =~ /\?(.*)/;
    my $parameters = decode_json(slurp('mod_jobsessions/module/request/description.json'))->{components}{parameters};
    is_deeply [ grep { !$parameters->{$_} } map { s/=.*//r } split /&/, $names ], [], 'it asks by parameters that there are';
    my ($session) = grep { $_->{id} eq '1' } @sessions;
    for my $column (@{ $query->{columns} }) {
        my $value = $session;
        $value = $value->{$_} for split /\./, $column->{selector};
        like $value, $column->{type} eq 'string' ? qr/./ : qr/^\d+(?:\.\d+)?\z/, "$column->{selector} is a $column->{type}";
    }
};

subtest 'LibreOffice Calc' => sub {
    my $office = program('soffice', 'libreoffice') or plan skip_all => 'LibreOffice is not installed';
    spew("$scratch/sheet.csv", jobsessions($db, qw(export --format spreadsheet --times unixMilliseconds --durations seconds --status Success))->{out});
    my $run = in_scratch($office, '--headless', "-env:UserInstallation=file://$scratch/profile", '--infilter=CSV:44,34,76,1', '--convert-to', 'fods', 'sheet.csv');
    my $sheet = -e "$scratch/sheet.fods" ? slurp("$scratch/sheet.fods") : '';
    like $sheet, qr/office:value-type="float" office:value="93784.5"/, 'durations are numbers that can be added up' or diag "$run->{out}$run->{err}";
    like $sheet, qr{<text:p>0d4c2f3a-1111-5222-8333-444444444444</text:p>}, 'and ids the texts that they are';
};

done_testing;
