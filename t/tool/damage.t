# SPDX-License-Identifier: Apache-2.0
# A data.mdb damaged at random: the tool never crashes, never writes a document that looks whole and is
# not, and verify reports whatever changes an answer.

use v5.36;
use Test::More;
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use IPC::Open3 qw(open3);
use Symbol qw(gensym);
use JobSessions::Damage qw(cases damage first_of make_subject seed);
use JobSessions::Test qw(build_file decode_json jobsessions quick_or_long slurp spew);

my @cases = cases(quick_or_long(250, 4000));
my $seed = seed();
diag "JOBSESSIONS_SEED=$seed" if $ENV{JOBSESSIONS_LONG};

my $directory = tempdir(CLEANUP => 1) . '/db';
my $subject = make_subject($directory);

# Everything the reading verbs say: what they print and how they end.
my $with_items = $subject->{with_items};
my @verbs = (['dump'], [ 'get', @{ $subject->{ids} } ], [ 'log', $with_items ], [ 'items', $with_items, 'protectedItems' ]);
my %whole = map { $_->[0] => jobsessions($directory, @$_) } [ 'export' ], @verbs;
is $whole{$_}{exit}, 0, "$_ of the database as it was" for sort keys %whole;
is jobsessions($directory, 'verify')->{exit}, 0, 'which has no faults';

# What verify answers for. The time of a removal has no checksum, in which it differs from all else (FORMAT.md).
sub answered_for ($text) { return $text =~ s/("removed":"\d+","usn":\d+),"time":"[^"]*"/$1/gr =~ s/,"crc32c":"\w+"\}$/}/mr }

# What is wrong with how an export ended, if anything.
sub fault_of_export ($export) {
    my $end = "exit $export->{exit}";
    return $export->{out} eq $whole{export}{out} ? () : 'ends well and is another document' if $export->{exit} == 0;
    return $end if $export->{exit} != 3;
    return 'says nothing' if $export->{err} eq '';
    return if $export->{out} eq '' || $export->{err} =~ /the document is incomplete$/m;
    my $document = eval { decode_json($export->{out}) } or return "$end: not JSON, and not said to be incomplete";
    return 'totalCount is wrong' if $document->{totalCount} != @{ $document->{results} };
    return 'says nothing of damage' if $export->{err} !~ /session \d+ is damaged: .* placeholder/;
    return;
}

my $ended = qr/^jobsessions: \S+: data\.mdb cannot be read, or is damaged where LMDB trusts it; run `jobsessions verify`,/m;
my $input = join "\n", '{"id":"7","status":"Failed"}', '{"id":"58","padding":"short"}', map { qq({"type":"T$_","x":") . 'x' x 3000 . '"}' } 1 .. 10;
my (%count, @faults);
for my $case (@cases) {
    my ($bytes, $what) = damage($subject, $seed, $case);
    unlink "$directory/lock.mdb";
    spew("$directory/data.mdb", $bytes);

    my $export = jobsessions($directory, 'export');
    push @faults, map { "$what: export: $_" } fault_of_export($export);
    my $verify = jobsessions($directory, 'verify');
    push @faults, "$what: verify: exit $verify->{exit}" if $verify->{exit} !~ /^[013]$/;
    push @faults, "$what: verify names nothing" if $verify->{exit} && "$verify->{out}$verify->{err}" !~ /\Q$directory\E: .*\n/;

    my @read;
    my @others = $verify->{exit} == 0 ? @verbs : $verbs[ rand @verbs ];
    for (@others) {
        my $other = jobsessions($directory, @$_);
        push @read, $other;
        push @faults, "$what: $_->[0]: exit $other->{exit}" if $other->{exit} !~ /^[013]$/;
        # how many items there are nothing tells but LMDB's pages
        my $is_whole = $other->{exit} == 0 && answered_for($other->{out}) eq answered_for($whole{ $_->[0] }{out});
        push @faults, "$what: get ends well and prints something else" if $_->[0] eq 'get' && $other->{exit} == 0 && !$is_whole;
        push @faults, "$what: verify does not see what changes $_->[0]" if $verify->{exit} == 0 && !$is_whole;
    }
    push @faults, "$what: a reader was ended by a signal" if grep { $_->{err} =~ $ended } $export, $verify, @read;
    push @faults, "$what: verify does not see what export does" if $verify->{exit} == 0 && $export->{exit};

    my $backup = jobsessions($directory, 'backup', "$directory-backup");
    push @faults, "$what: verify: exit $verify->{exit}, backup: exit $backup->{exit}" if ($verify->{exit} == 0) != ($backup->{exit} == 0);
    push @faults, "$what: backup is there" if -e "$directory-backup" && $backup->{exit} != 0;
    push @faults, "$what: the backup is another" if $backup->{exit} == 0 && jobsessions("$directory-backup", 'export')->{out} ne $whole{export}{out};
    remove_tree("$directory-backup");

    # LMDB trusts its pages when it writes: they are checked before it meets them
    my $put = jobsessions($directory, 'put', { stdin => $input });
    push @faults, "$what: put: exit $put->{exit}" if $put->{exit} !~ /^[013]$/;
    push @faults, "$what: put was ended by a signal" if $put->{err} =~ $ended;
    push @faults, "$what: put says nothing" if $put->{exit} && $put->{err} !~ /\Q$directory\E: |line \d/;

    my $outcome = $export->{exit} > 128 ? 'crash' : $export->{exit} == 0 ? 'whole' : $export->{out} eq '' ? 'refused'
        : $export->{err} =~ /incomplete/ ? 'incomplete' : 'placeholders';
    $count{"export: $outcome"}++;
    $count{ 'verify: ' . ($verify->{exit} > 128 ? 'crash' : $verify->{exit} == 0 ? 'no faults' : $verify->{exit} == 1 ? 'faults' : 'refused') }++;
}
diag join '; ', map { "$_ $count{$_}" } sort keys %count if $ENV{JOBSESSIONS_LONG};
is first_of(@faults), '', @cases . " damages, seed $seed: no crash, nothing malformed, nothing unreported";
# The last page of a file lists the free ones: who writes wants to know whether nothing but those is missing, and has
# not got the list. In a compacted one all that is written comes to stand at the end, that list last.
unlink "$directory/lock.mdb";
spew("$directory/data.mdb", $subject->{data});
is jobsessions($directory, 'compact')->{exit}, 0, 'without free pages';
is jobsessions($directory, 'put', { stdin => qq({"status":"Failed"}\n) })->{exit}, 0, 'and written to';
my $compacted = slurp("$directory/data.mdb");
for my $cut (1, 4085, 4096, 5000, 9000) {
    my $length = length($compacted) - $cut;
    unlink "$directory/lock.mdb";
    spew("$directory/data.mdb", substr $compacted, 0, $length);
    my $put = jobsessions($directory, 'put', { stdin => $input });
    like "$put->{exit} $put->{err}", qr/^3 .*data\.mdb has been cut short \($length bytes, /, "$cut bytes are missing";
    is -s "$directory/data.mdb", $length, 'and it stays so';
}

# What remains is told by the tool in words: a signal is not asked for its reason.
spew("$directory/data.mdb", $subject->{data});
unlink "$directory/lock.mdb";
for my $signal (qw(SEGV BUS FPE ABRT)) {
    my $pid = open3(my $to, my $from, my $err = gensym, build_file('jobsessions'), '-d', $directory, 'put');
    print {$to} qq({"status":"Success","type":"$signal"}\n);
    $to->flush;
    chomp(my $id = readline $from);
    kill $signal => $pid;
    waitpid $pid, 0;
    is $?, 3 << 8, "SIG$signal is exit status 3";
    like scalar readline $err, $ended, 'in words';
    like jobsessions($directory, 'get', $id)->{out}, qr/"type":"$signal"/, 'what it was told of is there';
}
is jobsessions($directory, 'verify')->{exit}, 0, 'and there are no faults';
done_testing;
