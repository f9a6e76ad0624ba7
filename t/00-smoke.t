# SPDX-License-Identifier: Apache-2.0
# The server that the tests ask is the one they mean to ask.

use v5.36;
use Test::More;
use JobSessions::Test qw(build_file http run_command slurp test_vars);

my $status = http(undef, GET => '/server-status?auto');
is $status->{status}, 200, 'httpd answers';

my ($mpm) = test_vars('t_logs') =~ /-(\w+)$/;
like $status->{body}, qr/^ServerMPM: \Q$mpm\E$/m, "its MPM is $mpm";

my ($pid) = slurp(test_vars('t_pid_file')) =~ /(\d+)/;
my $owner = (stat "/proc/$pid")[4];
is $owner, $>, 'it runs as the user of the tests';
isnt $owner, 0, 'who is not root';

is http('tls', GET => '/', tls => 1, version => '1.1')->{version}, '1.1', 'TLS, HTTP/1.1';
SKIP: {
    skip 'mod_http2 does not work under prefork', 1 if $mpm eq 'prefork';
    is http('tls', GET => '/', tls => 1, version => '2')->{version}, '2', 'TLS, HTTP/2';
}

# What the module needs from jansson is to read the options of an export, and to write problems and its own description:
# no session is made with it, and nothing changes its memory. What the module shows httpd is its record only.
my $symbols = run_command([ qw(nm --dynamic), build_file('mod_jobsessions.so') ]);
is $symbols->{exit}, 0, 'nm reads the module';
unlike $symbols->{out}, qr/ U json_(?:dump(?!b\b)|pack|set_alloc_funcs)/, 'jansson writes into memory alone, and has its own';
my %writes = map { $_ => scalar(slurp($_) =~ /\bjson_(?:dump|object_set|array_append)/) } glob 'mod_jobsessions/module/*.c mod_jobsessions/module/*/*.c';
cmp_ok scalar keys %writes, '>', 20, 'all of the module';
is_deeply [ grep { $writes{$_} } sort keys %writes ], [ map { "mod_jobsessions/module/request/$_.c" } qw(description problem) ], 'only problems and the description are written by it';
is_deeply [ $symbols->{out} =~ / [A-TVX-Z] (\w+)$/mg ], ['jobsessions_module'], 'one symbol exported';

done_testing;
