# SPDX-License-Identifier: Apache-2.0
# Workers killed at any moment: whatever they were told is there, nothing half-written is, and the next
# writer gets on at once.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use IPC::Open2 qw(open2);
use IO::Select;
use Time::HiRes qw(sleep time);
use JobSessions::Putter qw(burst end_burst);
use JobSessions::Test qw(build_file decode_json jobsessions quick_or_long);

# What writes: this build's tool, and beside it, as "make check-releases" has it, those of other releases with their LMDB.
my @programs = (build_file('jobsessions'), split ' ', $ENV{JOBSESSIONS_BESIDE} // '');

my $kills   = quick_or_long(60, 1000);
my $workers = 4;
my $at_once = 2;    # seconds within which a new writer has its first id
my $pause   = @programs > 1 ? 0.3 : 0.03;    # between two kills at most; those of other releases are longer in starting
my $db      = tempdir(CLEANUP => 1) . '/db';

my %acknowledged;   # id -> the number that was last acknowledged for it
my $number = 0;
my $slowest_start = 0;

# A process of the tool that is always given one line to write: a new session, then updates of it.
sub start_worker ($which) {
    my $pid = open2(my $from, my $to, $programs[$which % @programs], '-d', $db, 'put');
    $from->blocking(0);
    return give({ pid => $pid, from => $from, to => $to, begun => time, written => 0 });
}

sub give ($worker) {
    $worker->{number} = ++$number;
    my $id = defined $worker->{id} && $worker->{written} % 5 ? qq("id":"$worker->{id}",) : '';
    syswrite $worker->{to}, qq({$id"type":"PolicyBackup","status":"Running","number":$number,"twin":$number}\n);
    return $worker;
}

# Note what a worker was told; whether it was told something.
sub take ($worker) {
    sysread $worker->{from}, my $ids, 4096 or return 0;
    for my $id (split /\n/, $ids) {
        $acknowledged{$id} = $worker->{number};
        $worker->{id} = $id;
        if ($worker->{written}++ == 0) {
            my $took = time - $worker->{begun};
            $slowest_start = $took if $took > $slowest_start;
        }
    }
    return 1;
}

my @workers = map { start_worker($_) } 0 .. $workers - 1;
END { kill KILL => map { $_->{pid} } @workers }

# Let all workers write for a while.
sub let_them_write ($seconds) {
    my $end = time + $seconds;
    my $select = IO::Select->new(map { $_->{from} } @workers);
    while ((my $left = $end - time) > 0) {
        for my $ready ($select->can_read($left)) {
            my ($worker) = grep { $_->{from} == $ready } @workers;
            give($worker) if take($worker);
        }
    }
}

# The sessions as they are now, by id.
sub stored () {
    my $export = jobsessions($db, 'export');
    BAIL_OUT("the export failed: $export->{err}") if $export->{exit};
    return { map { $_->{id} => $_ } @{ decode_json($export->{out})->{results} } };
}

let_them_write($at_once) if @programs > 1;    # until each has begun

my (@lost, @torn, @faults);
for my $kill (1 .. $kills) {
    let_them_write(rand $pause);
    my $victim = int rand @workers;
    kill KILL => $workers[$victim]{pid};
    waitpid $workers[$victim]{pid}, 0;
    take($workers[$victim]);    # what it had said before
    $workers[$victim] = start_worker($victim);

    my $verify = jobsessions($db, 'verify');
    push @faults, $verify->{out} . $verify->{err} if $verify->{exit};
    my %told = %acknowledged;
    my $stored = stored();
    push @lost, grep { !$stored->{$_} || $stored->{$_}{number} < $told{$_} } keys %told;
    push @torn, grep { $_->{number} != $_->{twin} } values %$stored;
}
let_them_write(0.2 + 5 * $pause * (@programs > 1));

is_deeply \@lost, [], "$kills kills, " . @programs . ' programs, ' . scalar(keys %acknowledged) . ' sessions: nothing acknowledged was lost';
is_deeply \@torn, [], 'nothing half-written';
is_deeply \@faults, [], 'records, indexes and counters agree after every kill';
ok !grep({ $_->{written} == 0 } @workers), 'every new writer got on';
cmp_ok $slowest_start, '<', $at_once, 'at once';

# Who gives its session a UUID of its own and dies before it has remembered writes again, or two do at once: that is one
# session, in the place it got first.
subtest 'killed between writing and remembering' => sub {
    my $rounds = quick_or_long(40, 1000);
    my $own = tempdir(CLEANUP => 1) . '/db';
    my $begin = sub ($uuid, $number) {
        my $pid = open2(my $from, my $to, build_file('jobsessions'), '-d', $own, 'put');
        syswrite $to, qq({"id":"$uuid","type":"PolicyBackup","status":"Running","number":$number}\n);
        return { pid => $pid, from => $from, to => $to };
    };
    my $first_told = sub ($worker) { close $worker->{to}; my $line = readline $worker->{from}; waitpid $worker->{pid}, 0; return $line // '' };
    my (@uuids, @untold, $before);
    for my $round (1 .. $rounds) {
        my $uuid = sprintf '%08x-0000-4000-8000-%012x', rand 2**32, $round;
        my $worker = $begin->($uuid, 1);
        sleep rand 0.03;
        kill KILL => $worker->{pid};
        waitpid $worker->{pid}, 0;
        $before += jobsessions($own, 'get', $uuid)->{exit} == 0;
        push @untold, $uuid if grep { $_ ne "$uuid\n" } map { $first_told->($_) } map { $begin->($uuid, $_) } 2, 3;
        push @uuids, $uuid;
    }
    is_deeply \@untold, [], 'each that writes again is told its own id';
    is_deeply [ map { $_->{id} } @{ decode_json(jobsessions($own, 'export')->{out})->{results} } ], [ reverse @uuids ], "$rounds sessions, one a UUID, in their order; $before were written before";
    is jobsessions($own, 'verify')->{exit}, 0, 'and sound';
};

# One that is killed may have been the next, woken to write and to wake those behind it. Nobody comes later whose
# writing would wake them: they have to go on by themselves.
subtest 'one that waits is killed' => sub {
    my $deaths = quick_or_long(100, 2000);
    my $directory = tempdir(CLEANUP => 1);
    my $start = sub { JobSessions::Putter->new($db, "$directory/errors") };
    my @putters = map { $start->() } 1 .. 5;
    my @stalls;
    for my $death (1 .. $deaths) {
        my $burst = burst(4, sub ($which, @) { return ('-', qq({"id":"$which","status":"Running","number":$death})) }, @putters);
        sleep rand 0.01;
        my $victim = int rand @putters;
        $putters[$victim]->kill;
        push @stalls, "death $death: $@" and last unless eval { end_burst($burst, 0) };
        $putters[$victim] = $start->();
    }
    is_deeply \@stalls, [], "of $deaths, none kept the others waiting";
    @stalls ? $_->kill : $_->end for @putters;
};
done_testing;
