# SPDX-License-Identifier: Apache-2.0
# jobsessions verify --repair, of a data.mdb damaged at random: what comes of it is sound, has what can be saved, and
# nothing is missing in it that was not told.

use v5.36;
use Test::More;
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use JobSessions::Damage qw(cases damage first_of make_subject seed);
use JobSessions::Test qw(build_file decode_json jobsessions quick_or_long run_command slurp spew);

my @cases = cases(quick_or_long(120, 3000));
my $seed = seed();
diag "JOBSESSIONS_SEED=$seed" if $ENV{JOBSESSIONS_LONG};

my $scratch = tempdir(CLEANUP => 1);
my $directory = "$scratch/db";
my $subject = make_subject($directory);

# A database's sessions by their ids, its items by their texts, and what was removed, by uuids where there were some.
sub contents ($database) {
    my $dump = jobsessions($database, 'dump');
    return if $dump->{exit} != 0;
    my %is = (sessions => {}, items => {}, removed => {});
    for (split /\n/, $dump->{out}) {
        my $line = decode_json($_);
        $is{sessions}{ $line->{session}{id} } = $_ if $line->{session};
        $is{items}{ s/^.*?"json":|^\{"item":"\d+",//r } = $_ if exists $line->{item};
        $is{removed}{ $line->{uuid} // $line->{removed} } = $_ if exists $line->{removed};
    }
    return \%is;
}

my $whole = contents($directory);
is keys %{ $whole->{sessions} }, 60, 'the sessions of the subject';
is keys %{ $whole->{items} }, 212, 'its items';

sub clean { remove_tree(glob "$directory.*"); unlink glob "$directory.*"; unlink "$directory/lock.mdb" }

# What is wrong with a repair, if anything.
sub faults_of ($bytes, $repair) {
    my ($kept, @more) = glob "$directory.before-repair-*";
    my ($aside) = glob "$directory.set-aside-*";
    my $told = $repair->{err} . ($aside ? slurp($aside) : '');
    return 'says nothing' if $repair->{exit} && $repair->{err} eq '';
    if ($repair->{exit} == 3) {
        return (slurp("$directory/data.mdb") eq $bytes ? () : 'not repaired, and it is another', $kept || $aside || glob("$directory.new-*") ? 'not repaired, and left something' : ());
    }
    return "exit $repair->{exit}" if $repair->{exit} !~ /^[01]$/;
    my @faults;
    push @faults, 'the original is gone' if !$kept || slurp("$kept/data.mdb") ne $bytes;
    push @faults, 'what came of it has faults' if jobsessions($directory, 'verify')->{exit};
    my $is = contents($directory) or return @faults, 'it cannot be dumped';
    my $sum = $repair->{err} =~ /: sessions: there were/;
    my $nameless = $repair->{err} =~ /: uuids: (?:there were|\d+ of sessions that are gone stood in one table alone)/;
    for my $id (sort keys %{ $whole->{sessions} }) {
        my $now = $is->{sessions}{$id};
        push @faults, "session $id is another" if defined $now && $now ne $whole->{sessions}{$id};
        push @faults, "session $id is gone, and nobody says so" if !defined $now && !$sum && !($nameless && $id =~ /-/) && $told !~ /: session $id:/;
        push @faults, "session $id is gone, and its id is free" if !defined $now && !$sum && !($nameless && $id =~ /-/) && !$is->{removed}{$id};
    }
    my $before = $repair->{err} =~ /what the last commit changed may be missing/;    # and what it removed be there
    push @faults, 'a session that never was' if grep { !$whole->{sessions}{$_} && !($before && $whole->{removed}{$_}) } keys %{ $is->{sessions} };
    push @faults, 'an item that never was' if grep { !$whole->{items}{$_} } keys %{ $is->{items} };
    my $gone = grep { !$is->{items}{$_} } keys %{ $whole->{items} };
    push @faults, "$gone items are gone, and nobody says so" if $gone && $told !~ /: item \d+ of|: items: there were|"list":|what the last commit changed may be missing/;
    push @faults, 'done, and something is missing' if $repair->{exit} == 0 && ($gone || keys %{ $is->{sessions} } != keys %{ $whole->{sessions} } || grep { !$is->{removed}{$_} } keys %{ $whole->{removed} });
    return @faults;
}

sub damage_at_random ($of, @wanted) {
    my (%count, @faults);
    for my $case (@wanted) {
        my ($bytes, $what) = damage($of, $seed, $case);
        clean();
        spew("$directory/data.mdb", $bytes);
        my $repair = jobsessions($directory, 'verify', '--repair');
        if ($repair->{out} =~ /: no faults$/m) {
            $count{'no faults'}++;
            push @faults, "$what: nothing to do, and something was done" if $repair->{exit} || glob "$directory.*";
            next;
        }
        $count{"exit $repair->{exit}"}++;
        push @faults, map { "$what: $_" } faults_of($bytes, $repair);
    }
    diag join '; ', map { "$_ $count{$_}" } sort keys %count if $ENV{JOBSESSIONS_LONG};
    is first_of(@faults), '', @wanted . " damages, seed $seed: what can be saved is, and the rest is told";
}

damage_at_random($subject, @cases);

# ---- Known damages ----

sub damaged_by ($change) {
    my $bytes = $subject->{data};
    $change->(\$bytes);
    clean();
    spew("$directory/data.mdb", $bytes);
    my $repair = jobsessions($directory, 'verify', '--repair');
    is_deeply [ faults_of($bytes, $repair) ], [], 'nothing is lost unsaid';
    return $repair;
}

sub flip ($bytes, $text, $other) { $$bytes =~ s/\Q$text\E/$other/g or die "no $text\n" }

my $item = damaged_by(sub ($bytes) { flip($bytes, '"message":"step 17"', '"message":"step 1?"') });
is $item->{exit}, 1, 'a damaged log line';
my ($aside) = glob "$directory.set-aside-*";
is slurp($aside), qq({"session":"7","list":"log","number":17,"why":"its checksum does not match","text":"{\\"logTime\\":\\"2020-02-07T08:44:00Z\\",\\"message\\":\\"step 1?\\"}"}\n), 'is set aside';
like $whole->{removed}{61}, qr/"time":"20/, 'a removal has its time';
is contents($directory)->{removed}{61}, $whole->{removed}{61}, 'and keeps it';
is sprintf('%04o', (stat $aside)[2] & 07777), '0600', 'for its owner alone';

my $lost = damaged_by(sub ($bytes) { my $seven = qr/(\{"id":"7",.{20})./s; $$bytes =~ s/$seven/$1?/ or die });
is $lost->{exit}, 1, 'a damaged session';
like $lost->{err}, qr/: session 7: its checksum does not match; set aside$/m, 'is told';
($aside) = glob "$directory.set-aside-*";
my @lines = map { decode_json($_) } split /\n/, slurp($aside);
is @lines, 1 + 212, 'it is set aside with its log and items';
is jobsessions($directory, 'put', { stdin => qq({"id":"7","status":"Running"}\n) })->{exit}, 1, 'its id is not free';
is jobsessions($directory, 'put', { stdin => qq({"status":"Running"}\n) })->{out}, "62\n", 'ids go on where they stood';
my ($session) = decode_json($whole->{sessions}{7})->{session};
is jobsessions($directory, 'import', { stdin => JSON::XS->new->utf8->encode($session) })->{exit}, 0, 'mended, it is imported';
is jobsessions($directory, 'log', 7, '--add', { stdin => join '', map { JSON::XS->new->utf8->encode($_->{item}) . "\n" } grep { ($_->{list} // '') eq 'log' } @lines })->{exit}, 0, 'and its log appended';
is jobsessions($directory, 'verify')->{exit}, 0, 'to a sound database';
is jobsessions($directory, 'log', 7)->{out} =~ tr/\n//, 62, 'as it was';

# Who looks a session up in a page whose keys are out of order does not find it, nor its neighbours.
my $key = damaged_by(sub ($bytes) { $$bytes =~ s/\0{6}(\0\x20.{16}\x20\0{7})/\0\0\0\0\0\x80$1/gs or die 'no key' });
is $key->{exit}, 0, 'a damaged key' or diag $key->{err};
is keys %{ contents($directory)->{sessions} }, 60, 'costs no session';

# A number of an item that cannot be: what stands before it is not missing.
my $far = damaged_by(sub ($bytes) { $$bytes =~ s/(\0{7}\x07.\0{3})\0(\0{3}\x3e)/$1\x04$2/gs or die 'no key' });
is $far->{exit}, 1, 'a damaged key of a log' or diag $far->{err};
cmp_ok $far->{err} =~ tr/\n//, '<', 20, 'is told in a few lines' or diag substr $far->{err}, 0, 500;

# Sessions under a UUID keep it and their places, and a lost one's is not free.
subtest 'uuids' => sub {
    my ($numbers, $whole_before) = ($subject, $whole);
    my @uuids = map { sprintf '%08x-0000-4000-8000-000000000000', $_ * 0x0bad_cafe % 2**32 } 1 .. 30;
    clean();
    spew("$directory/data.mdb", $numbers->{data});
    jobsessions($directory, 'put', { stdin => join '', map { qq({"id":"$_","status":"Success"}\n) } @uuids });
    jobsessions($directory, 'log', $uuids[3], '--add', { stdin => qq({"message":"a line"}\n) });
    jobsessions($directory, 'rm', $uuids[5]);
    $whole = contents($directory);
    $subject = { %$numbers, data => slurp("$directory/data.mdb") };

    my $damaged = damaged_by(sub ($bytes) { $$bytes =~ s/("id":"$uuids[3]","status":")S/$1?/g or die });
    like $damaged->{err}, qr/: session $uuids[3]: its checksum does not match; set aside$/m, 'a damaged one is told by its UUID';
    my @told = map { decode_json($_)->{session} } split /\n/, slurp(glob "$directory.set-aside-*");
    is_deeply \@told, [ ($uuids[3]) x 2 ], 'and set aside by it, with its log';
    for my $gone ($uuids[3], $uuids[5]) {
        like jobsessions($directory, 'put', { stdin => qq({"id":"$gone","status":"Running"}\n) })->{err}, qr/session "$gone" was removed/, "$gone is not free";
    }
    is jobsessions($directory, 'import', { stdin => qq({"id":"$uuids[3]","status":"Success"}\n) })->{exit}, 0, 'mended, it is imported';
    my @order = map { decode_json($_)->{id} } split /\n/, jobsessions($directory, 'list', '--json')->{out};
    is_deeply [ @order[ 0 .. 28 ] ], [ reverse grep { $_ ne $uuids[5] } @uuids ], 'to its place in the order of creation';

    my $tables = damaged_by(sub ($bytes) {
        my $names = pack 'H*', $uuids[7] =~ s/-//gr;
        $$bytes =~ s/\Q$names\E/"\0" x 16/ge or die;
    });
    is $tables->{exit}, 0, 'what the tables of UUIDs have lost the records tell' or diag $tables->{err};
    like jobsessions($directory, 'get', $uuids[7])->{out}, qr/$uuids[7]/, 'all of it';
    damage_at_random($subject, @cases[ 0 .. @cases / 2 ]);
    ($subject, $whole) = ($numbers, $whole_before);
};

# One that cannot be opened is read from a copy that can be.
for my $page (0, 1) {
    my $meta = damaged_by(sub ($bytes) { substr $$bytes, 4096 * $page, 4096, "\0" x 4096 });
    is $meta->{exit}, 1, "meta page $page is gone" or diag $meta->{err};
    like $meta->{err}, qr/^jobsessions: note: it is read from a copy; what the last commit changed may be missing/m, 'which is told';
    is keys %{ contents($directory)->{sessions} }, 60, 'the other one leads to all sessions';
}
my $cut = damaged_by(sub ($bytes) { $$bytes = substr $$bytes, 0, length($$bytes) - 8192 });
is $cut->{exit}, 1, 'a file that was cut short' or diag $cut->{err};
cmp_ok keys %{ contents($directory)->{sessions} }, '>', 50, 'has what stands before the cut';
my $end = damaged_by(sub ($bytes) { $$bytes = substr $$bytes, 0, 9000 });
is $end->{exit}, 3, 'where nothing leads on nothing is done';
like $end->{err}, qr/: not repaired; it is as it was$/m, 'which is told';

# Counters can be made anew.
my $counters = damaged_by(sub ($bytes) { $$bytes =~ s/(counters.{20})(.)/$1 . chr(255 ^ ord $2)/gse });
is $counters->{exit}, 1, 'damaged counters: ids go on behind what is left';
like $counters->{err}, qr/: counters: .*; ids and usns go on behind the highest that were found$/m, 'which is told';

# Workers meanwhile: what is acknowledged is in the repaired one, or the worker is told.
clean();
my $bytes = $subject->{data};
flip(\$bytes, '"message":"step 17"', '"message":"step 1?"');
spew("$directory/data.mdb", $bytes);
my $script = 'i=0; while [ $i -lt 40 ]; do echo "{\"status\":\"Success\",\"n\":$i}" | "$0" -d "$1" put; i=$((i+1)); done';
my $pid = fork // die $!;
if (!$pid) {
    open STDOUT, '>', "$scratch/ids";
    open STDERR, '>', "$scratch/errors";
    exec 'sh', '-c', $script, build_file('jobsessions'), $directory;
}
is jobsessions($directory, 'verify', '--repair')->{exit}, 1, 'a repair while a worker writes';
waitpid $pid, 0;
my @ids = split /\n/, slurp("$scratch/ids");
is @ids, 40, 'who is let write all the time' or diag slurp("$scratch/errors");
is jobsessions($directory, 'get', @ids)->{out} =~ tr/\n//, 40, 'and finds all of it';

clean();
spew("$directory/data.mdb", $subject->{data});
my $nothing = jobsessions($directory, 'verify', '--repair');
is_deeply [ $nothing->{exit}, glob "$directory.*" ], [0], 'nothing is done where there is no fault';
is jobsessions("$scratch/none", 'verify', '--repair')->{exit}, 3, 'no database';
like jobsessions($directory, 'verify', '--help')->{out}, qr/^usage: jobsessions -d DIR verify .*^example: .*^exit status: /ms, 'its help';

done_testing;
