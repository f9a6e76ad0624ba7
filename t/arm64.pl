#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# The store on arm64, for root: "make check-arm64" builds the last commit's library, tool and unit tests by Debian's
# cross compiler, runs the tests under user emulation, and holds what the tool makes of a database against what the one
# of this machine does. The root with all of that is made once by debootstrap (JobSessions::Root). Where it cannot be
# had, the end is a failure.

use v5.36;
use lib 't/lib';
use File::Temp qw(tempdir);
use Test::More;
use JobSessions::Root qw(clone_into inside make_root);
use JobSessions::Test qw(jobsessions run_command slurp);

$> == 0 or die "check-arm64: debootstrap and chroot are for root\n";

my $packages = 'gcc-aarch64-linux-gnu libc6-dev-arm64-cross libcmocka-dev:arm64 libjansson-dev:arm64 liblmdb-dev:arm64 locales perl qemu-user';
my $root = eval {
    make_root('arm64', 'bookworm',
        "dpkg --add-architecture arm64; apt-get -q update; apt-get -qy --no-install-recommends install $packages")
} // die "check-arm64: what it needs cannot be had: $@";
my $checkout = clone_into($root);
my $cross = 'NO_HTTPD=1 CC=aarch64-linux-gnu-gcc AR=aarch64-linux-gnu-ar';

local $| = 1;
inside($root, "cd $checkout && make -f Makefile.apxs -j2 --output-sync=target $cross store-units build/jobsessions build/t/support/large_pages.so build/locale/de_DE.UTF-8")
    or die "check-arm64: the build failed\n";
# The same of both tools, ours and the emulated one, whose directory is below the root. The emulator has not the
# addresses that the default map wants.
my $scratch = tempdir("$root$checkout/build/scratch.XXXXXX", CLEANUP => 1);
my $below   = $scratch =~ s/^\Q$root\E//r;
sub here ($database, @arguments) { return jobsessions("$scratch/$database", @arguments) }
sub there ($database, $verb, $redirections = '', $wrapper = '') {
    return scalar inside($root, "cd $checkout && $wrapper qemu-aarch64 build/jobsessions --map-size 1G -d $below/$database $verb $redirections");
}

my $input = 't/data/sessions-example.ndjson';
is here('x86', 'import', { stdin => slurp($input) })->{exit}, 0, 'a database of x86-64';
ok there('arm', 'import', "<$input"), 'and one of arm64';
for my $verb (qw(export list dump)) {
    ok there($_, $verb, ">$below/$verb-$_"), "$verb of it" for qw(x86 arm);
    my $expected = here('x86', $verb)->{out};
    ok slurp("$scratch/$verb-x86") eq $expected, "$verb: the same bytes on both";
    ok slurp("$scratch/$verb-arm") eq here('arm', $verb)->{out}, '  of either database';
    ok slurp("$scratch/$verb-arm") eq $expected, '  and the databases are equal' if $verb ne 'dump';    # it has their identities
}
is here('arm', 'verify')->{exit}, 0, 'what arm64 has sealed, x86-64 finds sound';
ok there('x86', 'verify'), 'and the other way round';

# its pages may have 64 KiB
ok there('large', 'import', "<$input", 'QEMU_SET_ENV=LD_PRELOAD=./build/t/support/large_pages.so'), 'a database made where pages have 64 KiB';
is unpack('x40 L<', slurp("$scratch/large/data.mdb")), 32768, 'with pages of 32';
is here('large', 'export')->{out}, here('x86', 'export')->{out}, 'is read here';

# They take minutes.
my @units = map { s{^t/}{build/t/}r =~ s/[.]c$//r } glob 't/store/test_*.c';
ok scalar(inside($root, "cd $checkout && JOBSESSIONS_EMULATED=1 CMOCKA_MESSAGE_OUTPUT=TAP LOCPATH=$checkout/build/locale prove -j\$(nproc) -e qemu-aarch64 @units")), 'the unit tests of the store';

done_testing;
