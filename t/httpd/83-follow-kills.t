# SPDX-License-Identifier: Apache-2.0
# Random histories of three appliances, one of them behind a URL, while jobsessions-follow, a backend of its PostgreSQL,
# the postmaster or a child of httpd is killed. After each round PostgreSQL has of each appliance what its database has,
# to the byte, and nothing else. JOBSESSIONS_SEED plays the histories again, but for the moments of kills.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use POSIX ();
use Time::HiRes qw(sleep);
use JobSessions::Damage qw(seed);
use JobSessions::Httpd;
use JobSessions::Postgres;
use JobSessions::Test qw(build_file jobsessions quick_or_long run_command slurp wait_until);

my $program = build_file('jobsessions-follow');
plan skip_all => 'PostgreSQL is not installed' unless -x $program && JobSessions::Postgres->is_installed;

my $kills = quick_or_long(20, 500);
my $kills_a_round = 5;
my $seed = seed();
srand $seed;
diag "JOBSESSIONS_SEED=$seed" if $ENV{JOBSESSIONS_LONG};

my @names = qw(a b web);
my $scratch = tempdir(CLEANUP => 1);
my $tool = build_file('jobsessions');

sub one_of (@list) { return $list[ rand @list ] }

# ---- What is done to an appliance --------------------------------------------------------------------

my @ends = qw(Success Warning Failed);

sub uuid () { return sprintf '%08x-2222-4333-8444-%012x', rand 2**32, rand 2**32 }

sub month () { return sprintf '"executionStartTime":"2026-%02d-01T00:00:00.1234567Z"', 1 + rand 12 }

sub new_session () {
    my $id = rand() < 0.1 ? sprintf '"id":"%s",', uuid() : '';
    my $text = rand() < 0.1 ? sprintf ',"text":"%s"', 'x\\n' x rand 2000 : '';
    return sprintf '{%s"status":"Running",%s%s}', $id, month(), $text;
}

sub change ($id) { return sprintf '{"id":"%s","status":"%s",%s}', $id, one_of(@ends), month() }

# A worker's exit status 1: a session it knew was removed meanwhile.
sub must ($name, $allowed, @arguments) {
    my $run = jobsessions("$scratch/$name", @arguments);
    die "$name: @arguments[0 .. 0]: exit $run->{exit}: $run->{err}" if $run->{exit} > $allowed;
    return $run->{out};
}

sub known ($name) { return must($name, 0, 'list', '--json') =~ /^\{"id":"([^"]+)"/mg }

sub work ($name) {
    my @known = known($name);
    for (0 .. rand 6) {
        must($name, 1, 'put', { stdin => join '', map { ((rand() < 0.5 || !@known ? new_session() : change(one_of(@known))) . "\n") } 0 .. rand 80 });
    }
}

# Backups of an earlier round come back as well.
my %deeds = (
    remove => sub ($name, $round) {
        my @known = known($name);
        my @some = grep { rand() < (@known > 1500 ? 0.5 : 0.05) } @known;
        must($name, 1, 'rm', '--force', @some) if @some;
    },
    backup  => sub ($name, $round) { must($name, 0, 'backup', "$scratch/backup.$name.$round." . int rand 2**31) },
    restore => sub ($name, $round) {
        must($name, 0, 'restore', one_of(glob "$scratch/backup.$name.*"));
    },
    compact => sub ($name, $round) { must($name, 0, 'compact') },
);

sub administer ($name, $round) {
    my @deeds = (('remove') x 3, 'backup', 'restore', 'compact');
    for (one_of(@deeds), $round % 2 ? 'restore' : one_of(@deeds)) {
        sleep rand 0.2;
        $deeds{$_}->($name, $round);
    }
}

# In a process of its own, of which random numbers of its own come.
sub in_background ($do, @arguments) {
    my $number = int rand 2**31;
    my $pid = fork // die "fork: $!";
    return $pid if $pid;
    srand $number;
    eval { $do->(@arguments); 1 } or print STDERR "# $@";
    POSIX::_exit($@ ? 1 : 0);
}

# ---- Who follows -------------------------------------------------------------------------------------

must($_, 0, 'put', { stdin => join '', map { new_session() . "\n" } 1 .. 300 }) for @names;
$deeds{backup}->($_, 0) for @names;
my $httpd = JobSessions::Httpd->new(serves => "$scratch/web")->start;
my $postgres = JobSessions::Postgres->new;
my @follow = ($program, '--to', $postgres->url, (map { "$_=$scratch/$_" } qw(a b)), 'web=http://127.0.0.1:' . $httpd->port . '/api/v1/jobSessions');
my $follower;

sub begin_follower () {
    $follower = fork // die "fork: $!";
    return if $follower;
    open STDERR, '>>', "$scratch/follower.err";
    exec @follow or POSIX::_exit(127);
}

sub end_follower ($signal) {
    kill $signal, $follower;
    waitpid $follower, 0;
    return $?;
}

END {
    local $?;
    end_follower('KILL') if $follower && waitpid($follower, POSIX::WNOHANG) == 0;
}

my $of_follower = q{from pg_stat_activity where application_name = 'jobsessions-follow'};

# Whether its statement of before it was killed still runs.
sub is_alone () { return eval { ($postgres->rows("select count(*) $of_follower"))[0] == 0 } }

# ---- Who is killed -----------------------------------------------------------------------------------

my %victims = (
    follower => sub { end_follower('KILL'); begin_follower() },
    backend  => sub {    # PostgreSQL ends all others of its own accord, and recovers
        kill KILL => grep { /^\d+$/ } eval { $postgres->rows("select pid $of_follower") };
    },
    connection => sub { eval { $postgres->rows("select pg_terminate_backend(pid) $of_follower") } },
    postmaster => sub { $postgres->crash; $postgres->start },
    PostgreSQL => sub { $postgres->stop('immediate'); $postgres->start },
    httpd      => sub { kill KILL => one_of($httpd->children) },
);
my @turns = (('follower') x 6, ('backend') x 2, ('connection') x 2, qw(postmaster PostgreSQL httpd));
my %killed;

sub kill_one () {
    my $victim = one_of(@turns);
    sleep rand one_of(0.05, 0.2, 0.6);
    $victims{$victim}->();
    $killed{$victim}++;
}

# ---- Whether all are equal ---------------------------------------------------------------------------

# PostgreSQL may recover yet.
sub rows ($statement) {
    my @rows;
    wait_until { eval { @rows = $postgres->rows($statement); 1 } } 60 or die "$statement: $@";
    return @rows;
}

sub difference ($name) {
    my @is = rows("select document from jobsessions.session where appliance = '$name' order by id desc");
    my @wanted = split /\n/, must($name, 0, 'list', '--json');
    my ($kept) = rows("select count(*) from jobsessions.stored_session join jobsessions.appliance using (appliance) where name = '$name'");
    my ($first) = grep { ($is[$_] // '') ne ($wanted[$_] // '') } 0 .. ($#is > $#wanted ? $#is : $#wanted);
    return defined $first ? "$name: session $first of " . @wanted . " is " . substr($is[$first] // "none", 0, 200) . ", not " . substr($wanted[$first] // "none", 0, 200)
        : $kept != @wanted ? "$name: $kept rows are kept for " . @wanted . ' sessions'
        : ();
}

sub faults ($round) {
    my @faults;
    my $status = end_follower('TERM');    # which may have come before its handler, or while its predecessor's commit did
    push @faults, "the follower ended with $status: " . slurp("$scratch/follower.err") unless grep { $status == $_ } 0, POSIX::SIGTERM, 1 << 8;
    wait_until { is_alone() } 60 or push @faults, 'a killed follower does not end';
    my $run = run_command([ @follow, '--once' ]);
    push @faults, "--once ended with $run->{exit}: $run->{err}" if $run->{exit};
    return map { "round $round: $_" } @faults, map { difference($_) } @names;
}

my @faults;
my ($round, $count) = (0, 0);
while ($count < $kills && !@faults) {
    $round++;
    begin_follower();
    my @doing = map { my $name = $_; ((map { in_background(\&work, $name) } 1, 2), in_background(\&administer, $name, $round)) } @names;
    for (1 .. $kills_a_round) {
        kill_one();
        $count++;
    }
    for (@doing) {
        waitpid $_, 0;
        push @faults, "round $round: what was done to an appliance failed" if $?;
    }
    push @faults, faults($round);
}
is_deeply \@faults, [], join ', ', "killed $count times", (map { "$_ $killed{$_}" } sort keys %killed), "in $round rounds (seed $seed)";
is_deeply [ rows('select complete from jobsessions.lag') ], [ ('t') x @names ], 'one generation is left of each';
cmp_ok((rows('select max(shown) from jobsessions.appliance'))[0], '>', 1, 'and it is not the first');

done_testing;
