# SPDX-License-Identifier: Apache-2.0
# A database as services and containers see it: mounted read-only where others write to it, on a file system that
# is read-only, shared between PID namespaces, with little address space.

use v5.36;
use Test::More;
use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use IPC::Open3 qw(open3);
use JobSessions::Sanitizer qw(sanitized);
use JobSessions::Test qw(build_file decode_json jobsessions run_command slurp);

my $tool = build_file('jobsessions');
my $scratch = abs_path(tempdir(CLEANUP => 1));
my @unshare = ('unshare', $> == 0 ? () : '-Ur');

# A shell script in namespaces of its own; the tool is $0, the rest is $1 and so on.
sub confined ($flags, $script, @arguments) { return run_command([ @unshare, @$flags, 'sh', '-ec', $script, $tool, @arguments ]) }

my $may_mount = confined(['-m'], 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"', $scratch);
my $may_have_pids = confined(['-pf'], ':');

subtest 'a mount that is read-only, of a database that is written elsewhere' => sub {
    plan skip_all => "no mounts here: $may_mount->{err}" if $may_mount->{exit} != 0;
    my $db = "$scratch/mounted";
    jobsessions($db, 'put', { stdin => '{"status":"Success","n":1}' });
    my $bind = 'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"; exec "$0" -d "$1" "$2"';
    for my $verb (qw(export verify put)) {
        my $run = confined(['-m'], $bind, $db, $verb);
        is $run->{exit}, 3, "$verb is refused";
        is $run->{out}, '', 'before it says anything';
        like $run->{err}, qr/^jobsessions: \Q$db\E: it is mounted read-only here, while others can write to it.*ReadWritePaths=\Q$db\E .*:ro/, 'and says what to add';
    }
    unlink "$db/lock.mdb";
    is confined(['-m'], $bind, $db, 'export')->{exit}, 3, 'also before anybody made lock.mdb';
    ok !-e "$db/lock.mdb", 'which stays as it is';
    is jobsessions($db, 'export')->{exit}, 0, 'elsewhere it is read';

    # what counts is where lock.mdb lies
    my $writable = confined(['-m'], 'mount --bind "$1" "$1"; mount --bind "$1/lock.mdb" "$1/lock.mdb"; mount -o remount,bind,ro "$1"; exec "$0" -d "$1" export', $db);
    is $writable->{exit}, 0, 'a directory that is read-only but for lock.mdb can be read' or diag $writable->{err};
};

subtest 'a file system that is read-only' => sub {
    plan skip_all => "no mounts here: $may_mount->{err}" if $may_mount->{exit} != 0;
    my ($db, $empty) = map { "$scratch/$_" } qw(original empty);
    mkdir $empty or die $!;
    jobsessions($db, 'put', { stdin => '{"status":"Success","n":1}' });
    my $tmpfs = 'mount -t tmpfs none "$2"; cp "$1"/$4 "$2"; mount --options-mode ignore -o remount,ro none "$2"; exec "$0" -d "$2" $3';
    for my $files ('*', 'data.mdb') {
        my $export = confined(['-m'], $tmpfs, $db, $empty, 'export', $files);
        is $export->{exit}, 0, "$files is served without locks" or diag $export->{err};
        is decode_json($export->{out})->{totalCount}, 1, 'whole';
        my $put = confined(['-m'], $tmpfs, $db, $empty, 'put', $files);
        is $put->{exit}, 3, 'and cannot be written to';
        like $put->{err}, qr/the file system is read-only; mount it writable/, 'which is said';
    }
};

# Overlayfs copies a file of an image when it is first written to; who has opened that for reading goes on with the
# image's. What a reader sees and says while another writes, and whether there is an overlayfs.
sub read_in_image ($mode, $as = '') {
    my ($lower, $merged, $upper, $work) = map { my $folder = tempdir(DIR => $scratch); $folder } 1 .. 4;
    jobsessions("$lower/db", 'put', { stdin => '{"status":"Success","n":1}' });
    chmod $mode, "$lower/db/data.mdb";
    my $script = <<~'SCRIPT';
        mount -t overlay overlay -o "lowerdir=$1,upperdir=$3,workdir=$4" "$2" || exit 77
        $5 "$0" -d "$2/db" watch --json --since 0 >"$3/seen" 2>"$3/said" & reader=$!
        until [ -s "$3/seen" ]; do sleep 0.05; done
        echo '{"status":"Success","n":2}' | "$0" -d "$2/db" put
        tries=0
        until grep -q '"n":2' "$3/seen" || grep -q waiting "$3/said" || [ $tries = 200 ]; do sleep 0.05; tries=$((tries + 1)); done
        kill $reader; wait $reader || :
        umount "$2"; rm -rf "$4/work"
        SCRIPT
    my $run = confined(['-m'], $script, $lower, $merged, $upper, $work, $as);
    return { %$run, map { $_ => -e "$upper/$_" ? slurp("$upper/$_") : '' } qw(seen said) };
}

subtest 'a database in the image of a container' => sub {
    plan skip_all => "no mounts here: $may_mount->{err}" if $may_mount->{exit} != 0;
    my $run = read_in_image(0660);
    plan skip_all => "no overlayfs here: $run->{err}" if $run->{exit} == 77;
    is $run->{exit}, 0, 'is written to while it is read' or diag $run->{err};
    like $run->{seen}, qr/"n":1.*"n":2/s, 'and who reads sees it' or diag $run->{said};

    # root's without what root may
    my $denied = read_in_image(0440, 'setpriv --inh-caps=-all --bounding-set=-all');
    like $denied->{said}, qr/data\.mdb lies in an image's layer \(overlayfs\), .* restart it, let its user write to data\.mdb, and keep the database on a volume; waiting/,
        'who may not write to data.mdb is told why it does not' or diag $denied->{err};
    unlike $denied->{said}, qr/damaged/, 'and no disk is blamed';
};

subtest 'two processes with one id' => sub {
    plan skip_all => "no PID namespaces here: $may_have_pids->{err}" if $may_have_pids->{exit} != 0;
    my $db = "$scratch/pids";
    my $pid = open3(my $to, my $from, '>&STDERR', @unshare, '-pf', $tool, '-d', $db, 'put');
    $to->autoflush(1);
    print {$to} qq({"status":"Success","n":1}\n);
    is scalar readline $from, "1\n", 'one is process 1 of its namespace';
    for my $verb (qw(export put)) {
        my $other = run_command([ @unshare, '-pf', $tool, '-d', $db, $verb ], '{"n":2}');
        is $other->{exit}, 3, "another one's $verb is refused";
        like $other->{err}, qr/lives in another PID namespace.*--pid=container:NAME.*--share \+pid.*shareProcessNamespace: true/, 'and says what to do';
    }
    print {$to} qq({"status":"Success","n":3}\n);
    is scalar readline $from, "2\n", 'the first one goes on';
    close $to;
    waitpid $pid, 0;
    is jobsessions($db, 'verify')->{exit}, 0, 'sound';
};

subtest 'little address space' => sub {
    plan skip_all => 'sanitizers need more' if sanitized();
    my $db = "$scratch/little";
    my $limited = 'ulimit -v 4000000; exec "$0" -d "$1" $2';
    for my $verb ('put', 'export') {
        my $run = run_command([ 'sh', '-c', $limited, $tool, $db, $verb ], '{"status":"Success"}');
        is $run->{exit}, 3, "$verb with the default map";
        like $run->{err}, qr/131072 MiB of address space.*--map-size.*ulimit -v/, 'says how much it needs, and what to do';
        is run_command([ 'sh', '-c', $limited, $tool, $db, "--map-size 1G $verb" ], '{"status":"Success"}')->{exit}, 0, 'a smaller one fits';
    }
};

done_testing;
