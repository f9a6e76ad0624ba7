# SPDX-License-Identifier: Apache-2.0
# What requests bring, under libFuzzer and the sanitizers inside httpd: query strings, bodies of exports,
# Accept headers. What has to hold of every input stands in t/fuzz/module.

use v5.36;
use Test::More;
use JobSessions::Fuzz qw(fuzz_in_httpd);

fuzz_in_httpd('query', 1100);
fuzz_in_httpd('options', 600);
fuzz_in_httpd('accept', 300);

done_testing;
