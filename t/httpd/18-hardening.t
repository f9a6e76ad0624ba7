# SPDX-License-Identifier: Apache-2.0
# What the README says under Hardening: httpd takes its directives, the files it names are there, and an httpd that may
# only read data.mdb serves it.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use JobSessions::Httpd;
use JobSessions::Test qw(http jobsessions slurp);

my $scratch = tempdir(CLEANUP => 1);
my ($table) = slurp('README.md') =~ /^## Hardening\n(.*?)^## /ms;
my @code = $table =~ /`([^`]+)`/g;

my @directives = grep { /^(?:RequestReadTimeout|Timeout|H2StreamTimeout) / } @code;
is scalar(@directives), 3, 'directives of httpd with their values';
my $httpd = JobSessions::Httpd->new(serves => "$scratch/db", modules => [qw(reqtimeout http2)], config => join '', map { "$_\n" } @directives);
jobsessions("$scratch/db", 'import', { stdin => slurp('t/data/sessions-example.ndjson') });
my $check = $httpd->check;
is $check->{exit}, 0, 'httpd takes them' or diag $check->{err};

for my $file (map { s{.*/}{}r } grep { /\A[\w\/.-]+\.conf\z/ && !/\// || m{^examples/} } @code) {
    ok scalar(grep { -e "$_/$file" } qw(conf/examples conf/systemd/examples)), "$file is there";
}
my $source = join '', map { slurp($_) } glob 'mod_jobsessions/module/*.c mod_jobsessions/module/*/*.c';
for my $directive (sort { $a cmp $b } map { /^(JobSessions\w+)/ ? $1 : () } @code) {
    like $source, qr/"$directive"/, "there is $directive";
}

SKIP: {
    skip 'root may do all', 2 if $> == 0;
    chmod 0440, "$scratch/db/data.mdb" or die $!;
    $httpd->start;
    is http($httpd->port, POST => '/api/v1/jobSessions/export')->{status}, 200, 'data.mdb that httpd may only read is served';
    is jobsessions("$scratch/db", 'put', { stdin => '{"status":"Running"}' })->{exit}, 3, 'which is what it takes from others';
}

done_testing;
