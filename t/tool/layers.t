#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# The rules of t/lint/layers.pl hold, and it finds what breaks them.

use v5.36;
use lib 't/lib';
use File::Temp qw(tempdir);
use Test::More;
use JobSessions::Test qw(slurp spew run_command);

# What the script says of a copy of the sources after a change.
sub findings ($file, $line, $what = 'includes') {
    my $copy = tempdir(CLEANUP => 1);
    system('cp', '-R', 'mod_jobsessions', 't', $copy) == 0 or die "cp failed\n";
    my $path = "$copy/mod_jobsessions/$file";
    spew($path, slurp($path) . "$line\n") if defined $line;
    return scalar qx(cd $copy && perl t/lint/layers.pl $what 2>&1);
}

is(findings('store/base/text.c', undef), '', 'nothing includes what it may not');

my @broken = (
    [ 'store/base/text.c',    '#include "database/database.h"', qr{store/base may not include from store/database} ],
    [ 'store/read/filter.c',  '#include "write/schema.h"',      qr{store/read may not include from store/write} ],
    [ 'store/read/filter.c',  '#include <jansson.h>',           qr{jansson\.h is not for store/read} ],
    [ 'store/format/entry.c', '#include <lmdb.h>',              qr{lmdb\.h is not for store/format} ],
    [ 'store/verify.c',       '#include "httpd.h"',             qr{httpd\.h is not for store} ],
    [ 'worker/worker.c',      '#include "base/text.h"',         qr{worker may not include from store/base} ],
);
for (@broken) {
    my ($file, $line, $wanted) = @$_;
    like(findings($file, $line), $wanted, "$file with $line");
}

my $object = 'build/obj/store/base/text.o';
like(findings('store/base/escape.h', '#include "base/text.h"', "circles $ENV{PWD}/$object"),
    qr{circle by includes: store/base/escape -> store/base/text -> store/base/escape}, 'two files that include each other');

done_testing;
