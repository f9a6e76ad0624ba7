# SPDX-License-Identifier: Apache-2.0
# A PostgreSQL that is set back while jobsessions-follow goes on, and nothing changes at the appliances: recovered to a
# point in time, restored from a dump, or taken over by a standby that had not all; appliances that are set back at the
# same time. Each time it has in the end what the appliances have, and nothing else, and the follower's metrics never say
# so before.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use POSIX ();
use JobSessions::Httpd;
use JobSessions::Postgres;
use JobSessions::Test qw(build_file days_ago jobsessions run_command slurp wait_until);

my $program = build_file('jobsessions-follow');
plan skip_all => 'PostgreSQL is not installed' unless -x $program && JobSessions::Postgres->is_installed;

my $scratch = tempdir(CLEANUP => 1);
my @names = qw(changed forgot restored web);

sub must ($name, @arguments) {
    my $run = jobsessions("$scratch/$name", @arguments);
    die "$name: $arguments[0]: exit $run->{exit}: $run->{err}" if $run->{exit};
    return $run->{out};
}

sub put ($name, @lines) { must($name, 'put', { stdin => join '', map { "$_\n" } @lines }) }

my $turn = 0;

# Some are removed, one moves to another month, some are new.
sub change ($name) {
    $turn++;
    must($name, 'rm', '--force', (must($name, 'list', '--json') =~ /^\{"id":"(\d+)"/mg)[ 0 .. 4 ]);
    put($name, sprintf('{"id":"1","status":"Success","executionStartTime":"2025-%02d-01T00:00:00Z"}', $turn % 12 + 1),
        '{"status":"Failed"}', sprintf '{"id":"a1111111-2222-4333-8444-%012d","status":"Warning"}', $turn);
}

# ---- Who follows, all the time ----

put($_, map { sprintf '{"status":"Running","executionStartTime":"2026-%02d-01T00:00:00Z","n":%d}', 1 + $_ % 12, $_ } 1 .. 100) for @names;
my $httpd = JobSessions::Httpd->new(serves => "$scratch/web")->start;
my $postgres = JobSessions::Postgres->new;
my $follower;

sub begin_follower ($url) {
    $follower = fork // die "fork: $!";
    return if $follower;
    open STDERR, '>', "$scratch/follower.err";
    exec $program, '--to', $url, '--metrics', "$scratch/follower.prom", (map { "$_=$scratch/$_" } @names[ 0 .. 2 ]),
        'web=http://127.0.0.1:' . $httpd->port . '/api/v1/jobSessions' or POSIX::_exit(127);
}

sub end_follower () {
    kill TERM => $follower;
    waitpid $follower, 0;
    undef $follower;
    return $?;
}

END {
    local $?;
    end_follower() if $follower;
}

# ---- Whether all are equal ----

sub difference () {
    my %is;
    /^([^|]*)\|(.*)/s and push @{ $is{$1} }, $2 for $postgres->rows('select appliance, document from jobsessions.session order by id desc');
    my ($kept) = $postgres->rows('select count(*) from jobsessions.stored_session');
    my ($shown) = $postgres->rows('select count(*) from jobsessions.session');
    return join ', ', ($kept != $shown ? "$kept rows for $shown sessions" : ()),
        grep { join("\n", @{ $is{$_} // [] }, '') ne must($_, 'list', '--json') } @names;
}

sub is_equal ($what) {
    my $left;
    wait_until { eval { ($left = difference()) eq '' } } 60;
    is $left, '', $what or diag slurp("$scratch/follower.err");
}

sub generations () { return join ' ', $postgres->rows('select generation from jobsessions.appliance join jobsessions.generation using (appliance) order by name') }

sub is_told ($name, $from, $to) {
    like slurp("$scratch/follower.err"), qr/^jobsessions: follow: $name: PostgreSQL was set back from usn \d+ of generation $from to usn \d+ of generation $to: follows from there$/m,
        "it is told of $name";
}

begin_follower($postgres->url);
is_equal('the first load');

subtest 'recovered to a point in time' => sub {
    $postgres->base;
    $postgres->mark('first');
    change($_) for @names;
    must('restored', 'backup', "$scratch/backup");
    put('restored', '{"status":"Error"}');
    is_equal('all that came after it');
    days_ago(-200, sub { must('forgot', qw(prune --tombstones-older-than 180d)) });
    must('restored', 'restore', "$scratch/backup");
    is_equal('also from a backup');
    is generations(), '1 1 2 1', 'the next generation';
    $postgres->set_back('first');
    is_equal('is there again');
    is generations(), '1 2 2 1', 'what removals are forgotten of is read anew, too';
    is_told('changed', 1, 1);
    is_told('restored', 2, 1);
};

subtest 'appliances as well' => sub {
    $postgres->mark('second');
    change($_) for @names;
    is_equal('what came after it');
    kill STOP => $follower;
    $postgres->set_back('second');
    must('restored', 'restore', "$scratch/backup");
    must('web', 'backup', "$scratch/backup.web");
    change('web');
    must('web', 'restore', "$scratch/backup.web");
    kill CONT => $follower;
    is_equal('all is what they have');
    is generations(), '1 2 3 2', 'and each read anew that was set back itself';
};

subtest 'restored from a dump, beside who follows' => sub {
    my $dump = "$scratch/dump";
    run_command([ 'pg_dump', '-Fc', '-n', 'jobsessions', '-f', $dump, $postgres->url ])->{exit} == 0 or die 'pg_dump';
    change($_) for @names;
    is_equal('what came after it');
    my $run = run_command([ qw(pg_restore --clean --single-transaction -d), $postgres->url, $dump ]);
    is $run->{exit}, 0, 'in one transaction' or diag $run->{err};
    is_equal('is there again');
    is generations(), '1 2 3 2', 'by what changed since';
};

subtest 'a PostgreSQL that is gone' => sub {
    my $of = sub ($gauge) { (slurp("$scratch/follower.prom") =~ /^jobsessions_follow_$gauge\{appliance="changed"\} (\d+)$/m)[0] };
    $postgres->stop('fast');
    my $ended = time;
    wait_until { $of->('lag_seconds') > 2 } 60;
    cmp_ok $of->('success_timestamp_seconds'), '<=', $ended, 'is no success, though nothing changed';
    $postgres->start;
    wait_until { $of->('success_timestamp_seconds') > $ended } 60;
    cmp_ok $of->('success_timestamp_seconds'), '>', $ended, 'until it is back';
};

subtest 'a standby takes over that had not all' => sub {
    end_follower();
    my $standby = $postgres->standby;
    begin_follower($postgres->url . ",$standby->{folder}&target_session_attrs=read-write");
    change($_) for @names;
    is_equal('what both have');
    $standby->cut_off;
    change($_) for @names;
    is_equal('what one has');
    $postgres->crash;
    $postgres = $standby;
    $postgres->promote;
    is_equal('both have');
    is_told($_, '\d', '\d') for @names;
    change($_) for @names;
    is_equal('and what comes');
};

is end_follower(), 0, 'the follower is the same all the time';
done_testing;
