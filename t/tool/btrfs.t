# SPDX-License-Identifier: Apache-2.0
# On btrfs both files are written in place: they stay in one piece, and with no room left they are read and written to
# all the same. For root, who may mount: `make check-releases` runs it.

use v5.36;
use Test::More;
use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use JobSessions::Test qw(build_file run_command);

plan skip_all => 'only root can mount a btrfs' if $> != 0;
my $scratch = abs_path(tempdir(CLEANUP => 1));

# The tool is $0, the folder is $1; a step that says nothing else is told by its exit status.
my $script = <<~'SCRIPT';
    truncate -s 300M "$1/image" && mkfs.btrfs -q "$1/image" >/dev/null && mkdir "$1/mounted" && mount -o loop "$1/image" "$1/mounted" || exit 77
    trap 'cd / && umount "$1/mounted"' EXIT
    cd "$1/mounted"
    flags() { lsattr "$@" | cut -d' ' -f1 | tr -d - | tr '\n' ' '; }
    seq 1 2000 | sed 's/.*/{"status":"Success","n":&}/' | "$0" -d db put >/dev/null
    echo "made: $(flags db/data.mdb db/lock.mdb)"
    "$0" -d db backup copy && echo "backup: $(flags copy/data.mdb)"
    mkdir old && cp --reflink=never db/data.mdb old
    "$0" -d old check | grep -o 'btrfs writes it to another place each time'
    "$0" -d old compact 2>/dev/null && echo "compact: $(flags old/data.mdb old/lock.mdb)"
    "$0" -d old check | grep 'no faults'
    "$0" -d db rm $(seq 100 1000)    # whose pages can be used again
    dd if=/dev/zero of=fill bs=1M 2>/dev/null; dd if=/dev/zero of=rest bs=4k 2>/dev/null; sync
    "$0" -d db export >/dev/null && echo 'full: read'
    "$0" -d db rm 1 && echo '{"status":"Success"}' | "$0" -d db put >/dev/null && echo 'full: written'
    "$0" -d db verify
    SCRIPT
my $run = run_command([ qw(unshare -m bash -c), $script, build_file('jobsessions'), $scratch ]);
plan skip_all => "no btrfs here: $run->{err}" if $run->{exit} == 77;
is $run->{exit}, 0, 'the last step' or diag $run->{err};
is_deeply [ split /\n/, $run->{out} =~ s{\S*/(old|db): no faults}{$1: no faults}gr ], [
    'made: C C ',
    'backup: C ',
    'btrfs writes it to another place each time',
    'compact: C C ',
    'old: no faults',
    'full: read',
    'full: written',
    'db: no faults',
    ], 'files of the library are written in place; others are found, and made anew; a full disk ends nobody'
    or diag $run->{err};

done_testing;
