# SPDX-License-Identifier: Apache-2.0
package JobSessions::Damage;

use v5.36;
use Exporter qw(import);
use JobSessions::Sessions qw(plain_sessions session_of_size);
use JobSessions::Test qw(jobsessions slurp spew);

our @EXPORT_OK = qw(cases damage first_of make_subject seed);

=head1 NAME

JobSessions::Damage - what disks do to data.mdb, at random

=head1 SYNOPSIS

    my $subject = make_subject($directory);
    my $seed = seed();
    for my $case (cases(1000)) {
        my ($bytes, $what) = damage($subject, $seed, $case);
        ...
    }

A case depends on the seed and its number only, so that one that fails can be looked at alone.

=over

=item seed(), cases($count)

The seed, JOBSESSIONS_SEED or else the time; and the numbers of so many cases, or JOBSESSIONS_CASE alone.

=cut

sub seed { return $ENV{JOBSESSIONS_SEED} // time }

sub cases ($count) { return $ENV{JOBSESSIONS_CASE} // (1 .. $count) }

=item first_of(@faults)

What to say of them: the first ones, and how many there are; nothing when there are none.

=cut

sub first_of (@faults) {
    my $more = @faults > 20 ? "\n... and " . (@faults - 20) . ' more' : '';
    return join("\n", @faults > 20 ? @faults[ 0 .. 19 ] : @faults) . $more;
}

=item make_subject($directory)

Make a small database that has a page of every kind: 60 sessions, two of them on overflow pages, with logs,
items, types and a tombstone. The first of an export fills what httpd sends at once, so that damage to what
follows is met when it is too late for an error. Returns a hash of C<data>, the bytes of data.mdb, C<ids>, the sessions, and
C<with_items>, the one that has a log and items. The last commit changes no session, so that an export as of the
commit before, which is what a damaged meta page may lead to, is the same.

=cut

sub make_subject ($directory) {
    my $log   = sub ($from, $to) { join "\n", map { qq({"logTime":"2020-02-07T08:44:00Z","message":"step $_"}) } $from .. $to };
    my $items = join "\n", map { qq({"name":"disk $_","size":$_}) } 1 .. 150;
    my @sessions = (
        plain_sessions(57),
        session_of_size(58, 9000),
        '{"id":"59","type":"RestoreVms","usn":59,"backupJobInfo":{"policyName":"another"}}',
        '{"id":"60","type":"SqlBackup","executionStartTime":"2020-02-09T08:00:00Z","status":"Running","usn":60,'
            . '"padding":"' . 'x' x 70_000 . '"}',
        '{"id":"61","usn":61}'
    );
    my $run = sub ($stdin, @arguments) {
        my $run = jobsessions($directory, @arguments, { stdin => $stdin });
        die "@arguments: $run->{err}" if $run->{exit} != 0;
    };
    $run->(join("\n", @sessions), 'import');
    $run->('', 'rm', 61);
    $run->($items, 'items', 7, 'protectedItems', '--add');
    $run->($log->(1, 60), 'log', 7, '--add');
    $run->($log->(61, 62), 'log', 7, '--add');
    return { data => slurp("$directory/data.mdb"), ids => [ 1 .. 60 ], with_items => 7 };
}

=item damage($subject, $seed, $case)

The bytes of data.mdb after one damage, and what it is in words.

=cut

# A generator of our own: rand() is also what File::Temp draws names from. The constants are drand48's.
my $state;

sub random ($below) {
    use integer;
    $state = ($state * 25_214_903_917 + 11) & (1 << 48) - 1;
    return ($state >> 17) % $below;
}

my $page_size = 4096;

sub flip ($bytes, $place) {
    my $bit = random(8);
    substr($$bytes, $place, 1) ^.= chr(1 << $bit);
    return sprintf '%d.%d of page %d', $place % $page_size, $bit, $place / $page_size;
}

# how often, of 100; what it does to the bytes
my @kinds = (
    # anywhere
    [ 45, sub ($bytes, $pages) { return 'bit ' . flip($bytes, random(length $$bytes)) } ],
    # where LMDB keeps what it trusts: the header and the offsets behind it
    [ 25, sub ($bytes, $pages) { return 'bit ' . flip($bytes, $page_size * random($pages) + random(64)) } ],
    [ 8, sub ($bytes, $pages) { return 'bits ' . join ', ', map { flip($bytes, random(length $$bytes)) } 1 .. 2 + random(30) } ],
    [ 2, sub ($bytes, $pages) { return 'bits ' . join ', ', map { flip($bytes, random(2 * $page_size)) } 1 .. 2 + random(3) } ],
    # sectors that were not written, or with something else
    [ 5, sub ($bytes, $pages) {
            my $sector = random(length($$bytes) / 512);
            substr $$bytes, $sector * 512, 512, "\0" x 512;
            return "sector $sector of zeros";
        } ],
    [ 3, sub ($bytes, $pages) {
            my $sector = random(length($$bytes) / 512);
            substr $$bytes, $sector * 512, 512, join '', map { chr random(256) } 1 .. 512;
            return "sector $sector of noise";
        } ],
    [ 6, sub ($bytes, $pages) {
            my ($one, $other) = map { random($pages) } 1 .. 2;
            my $kept = substr $$bytes, $one * $page_size, $page_size;
            substr $$bytes, $one * $page_size, $page_size, substr $$bytes, $other * $page_size, $page_size;
            substr $$bytes, $other * $page_size, $page_size, $kept;
            return "pages $one and $other swapped";
        } ],
    [ 2, sub ($bytes, $pages) {
            my ($one, $other) = map { random($pages) } 1 .. 2;
            substr $$bytes, $one * $page_size, $page_size, substr $$bytes, $other * $page_size, $page_size;
            return "page $other written over page $one";
        } ],
    [ 2, sub ($bytes, $pages) {
            my $length = $page_size * random($pages);
            $$bytes = substr $$bytes, 0, $length;
            return "cut to $length bytes";
        } ],
    [ 2, sub ($bytes, $pages) {
            my $length = random(length $$bytes);
            $$bytes = substr $$bytes, 0, $length;
            return "cut to $length bytes";
        } ],
);

sub damage ($subject, $seed, $case) {
    $state = $seed * 100_003 + $case;
    random(1) for 1 .. 8;    # neighbours part
    my $bytes = $subject->{data};
    my $draw = random(100);
    for my $kind (@kinds) {
        my ($share, $do) = @$kind;
        return ($bytes, "seed $seed, case $case: " . $do->(\$bytes, length($bytes) / $page_size)) if $draw < $share;
        $draw -= $share;
    }
    die 'the kinds do not add up to 100';
}

=back

=cut

1;
