# SPDX-License-Identifier: Apache-2.0
# jobsessions-follow, when what it follows is a URL: with a token, over restores, damage, pages and servers that are gone.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use JobSessions::Httpd;
use JobSessions::Postgres;
use JobSessions::Test qw(build_file days_ago jobsessions run_command slurp spew);

my $program = build_file('jobsessions-follow');
plan skip_all => 'PostgreSQL is not installed' unless -x $program && JobSessions::Postgres->is_installed;

my $scratch  = tempdir(CLEANUP => 1);
my $db       = "$scratch/db";
my $postgres = JobSessions::Postgres->new;

sub put (@lines) {
    my $run = jobsessions($db, 'put', { stdin => join '', map { "$_\n" } @lines });
    die $run->{err} if $run->{exit};
}

# texts that look like what is cut off; as many sessions as need a second page
put('{"status":"Success","x":",\"_links\":{"}', '{"status":"Error","backupJobInfo":{"policyName":"a\nb"},"_links":{"no":1}}');
put(map { qq({"status":"Success","executionStartTime":"2026-01-01T00:00:00Z","n":$_}) } 1 .. 20_500);
my $httpd = JobSessions::Httpd->new(config => <<"EOT")->start;
    JobSessionsDatabase $db
    <Location "/api/v1/jobSessions">
        SetHandler jobsessions
        JobSessionsAnonymous On
        Require expr "%{HTTP:Authorization} == 'Bearer secret'"
    </Location>
    <Location "/api/v8.1/jobSessions">
        SetHandler jobsessions
        JobSessionsAnonymous On
    </Location>
EOT
my $url = 'http://127.0.0.1:' . $httpd->port . '/api/v1/jobSessions';
mkdir "$scratch/tokens";

sub follow (@arguments) {
    return run_command([ $program, '--to', $postgres->url, '--once', '--tokens', "$scratch/tokens", @arguments ]);
}

sub is_equal ($what) {
    my @is = $postgres->rows('select document from jobsessions.session order by id desc');
    my @wanted = split /\n/, jobsessions($db, 'list', '--json')->{out};
    is scalar @is, scalar @wanted, "$what: as many";
    is join("\n", @is), join("\n", @wanted), "$what: to the byte";
}

subtest 'a token' => sub {
    my $run = follow("web=$url");
    is $run->{exit}, 3, 'none';
    like $run->{err}, qr{^jobsessions: follow: web: \Q$scratch\E/tokens/web cannot be read: No such file}, 'is told';
    spew("$scratch/tokens/web", "wrong\n");
    $run = follow("web=$url");
    is $run->{exit}, 3, 'a wrong one';
    like $run->{err}, qr{^jobsessions: follow: web: \Q$url\E\S*: 403 }, 'is told with the status';
    unlike $run->{err}, qr/wrong/, 'and not shown';
    spew("$scratch/tokens/web", "secret\n");
    is follow("web=$url")->{exit}, 0, 'the right one' or diag slurp($httpd->directory . '/error_log');
    is_equal('two pages');
};

subtest 'changes' => sub {
    put('{"id":"7","status":"Warning","executionStartTime":"2026-02-01T00:00:00Z"}', '{"status":"Pending"}');
    jobsessions($db, 'rm', 1, 20_000);
    is follow("web=$url")->{exit}, 0, 'read';
    is_equal('changed, new and removed');
    is follow("web=$url")->{exit}, 0, 'nothing new';
};

subtest 'uuids' => sub {
    my ($one, $two, $three) = map { "$_-2222-4333-8444-555555555555" } qw(f1111111 51111111 a1111111);
    put(map { qq({"id":"$_","status":"Success","x":"?maxId=1"}) } $one, $two, $three);
    put('{"status":"Success"}', qq({"id":"$two","status":"Warning"}));
    is follow("web=$url")->{exit}, 0, 'read';
    is_equal('in the order of creation');
    is_deeply [ ($postgres->rows('select uuid from jobsessions.session order by id desc limit 4'))[ 1 .. 3 ] ], [ $three, $two, $one ], 'by their UUIDs';
    jobsessions($db, 'rm', $two);
    put(qq({"id":"$one","status":"Failed"}));
    is follow("web=$url")->{exit}, 0, 'what changed';
    is_equal('a removed one and a changed one');
};

subtest 'forgotten removals' => sub {
    jobsessions($db, 'rm', 11 .. 13);
    days_ago(-200, sub { jobsessions($db, qw(prune --tombstones-older-than 180d)) });
    put('{"status":"Success"}');
    is follow("web=$url")->{exit}, 0, 'who has not seen them begins anew';
    is_equal('in pages before what is forgotten');
    put('{"status":"Success"}');
    is follow("web=$url")->{exit}, 0, 'who has goes on';
    is_equal('from there');
    is_deeply [ $postgres->rows('select generation from jobsessions.generation') ], [2], 'once';
};

subtest 'another history' => sub {
    jobsessions($db, 'backup', "$scratch/backup");
    put(('{"status":"Success"}') x 3);
    is follow("web=$url")->{exit}, 0, 'read';
    jobsessions($db, 'restore', "$scratch/backup");
    is follow("web=$url")->{exit}, 0, 'after a restore';
    is_equal('the restored one');
    is_deeply [ $postgres->rows('select shown from jobsessions.appliance') ], [3], 'the third generation';
};

subtest 'damage' => sub {
    my $bytes = slurp("$db/data.mdb");
    $bytes =~ s/"n":777\}/"n":776}/g or die 'no such session';
    spew("$db/data.mdb", $bytes);
    put('{"id":"9","status":"Success"}');
    $postgres->rows('delete from jobsessions.stored_session');
    $postgres->rows('delete from jobsessions.generation');
    is follow("web=$url")->{exit}, 0, 'read';
    is_deeply [ $postgres->rows('select id, document is null from jobsessions.session where damaged') ], ['779|t'], 'is marked';
    is_deeply [ $postgres->rows('select count(*) from jobsessions.session') ],
        [ scalar(() = jobsessions($db, 'list', '--json')->{out} =~ /\n/g) + 1 ], 'the others are there';
};

subtest 'what is no such mount' => sub {
    my $run = follow('web=http://127.0.0.1:' . $httpd->port . '/none');
    is $run->{exit}, 3, 'a path that is not served';
    like $run->{err}, qr{/none\S*: 404 $}m, 'is told';
    spew("$scratch/tokens/other", "secret\n");
    $run = follow('other=' . $url =~ s/v1/v8.1/r);
    is $run->{exit}, 3, 'a mount of v8.1';
    like $run->{err}, qr/which a mount of v8\.1 leaves out$/m, 'is told';
    $httpd->stop;
    $run = follow("web=$url");
    is $run->{exit}, 3, 'a server that is gone';
    like $run->{err}, qr/^jobsessions: follow: web: \S+: Could(?:n't| not) connect to server$/m, 'is told';
};

done_testing;
