# SPDX-License-Identifier: Apache-2.0
# The store's parsers and its record decoder under libFuzzer and the sanitizers; what has to hold of
# every input stands in t/fuzz/store.

use v5.36;
use Test::More;
use JobSessions::Fuzz qw(fuzz);

fuzz('date', 64);
fuzz('span', 64);
fuzz('patch', 500);
fuzz('session', 800);
fuzz('record', 400);
fuzz('dump', 400);
fuzz('conditions', 400);

done_testing;
