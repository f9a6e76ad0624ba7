# SPDX-License-Identifier: Apache-2.0
# The README's Configure, as it stands there: what it makes is a configuration that is served, to who has the token it
# makes, and to nobody else. Its paths are led into a folder of the test, and the commands that change a machine's own
# Apache are stood in for; "make first-hour" does without either, on a bare Debian.

use v5.36;
use Cwd qw(getcwd);
use File::Temp qw(tempdir);
use Test::More;
use JobSessions::Httpd;
use JobSessions::Readme qw(blocks);
use JobSessions::Test qw(decode_json http run_command slurp spew);

my $here = getcwd;
my $scratch = tempdir(CLEANUP => 1);
mkdir "$scratch/$_" for qw(bin apache2 apache2/conf-available);
my %place = (
    '/etc/apache2'                            => "$scratch/apache2",
    '/usr/local/share/doc/jobsessions/examples' => "$here/conf/examples",
    '/var/lib/jobsessions'                    => "$scratch/db",
    '-g www-data '                            => '',
);
sub placed ($text) { return $text =~ s{(@{[ join '|', map { quotemeta } sort keys %place ]})}{$place{$1}}gr }

for my $command (qw(a2enmod a2enconf apachectl)) {
    spew("$scratch/bin/$command", qq(#!/bin/sh\necho "$command \$*" >>$scratch/commands\n));
    chmod 0755, "$scratch/bin/$command";
}
sub typed ($script) {
    return run_command([ 'env', "PATH=$scratch/bin:$here/build:$ENV{PATH}", 'sh', '-ec', placed($script) ]);
}

my ($configure, $try, @rest) = blocks('Configure');
is scalar(grep { /\bsudo\b/ } blocks('Install'), $configure, $try, @rest), 0, 'sudo may not be there';

my $typed = typed($configure);
is $typed->{exit}, 0, 'Configure' or diag $typed->{err};
my $made = "$scratch/apache2/conf-available/jobsessions-api.conf";
is sprintf('%o', (stat $made)[2] & 0777), 600, 'the secret is nobody else\'s to read';
is slurp("$scratch/commands"), "a2enmod oauth2 headers jobsessions\na2enconf jobsessions-api\napachectl -t\napachectl restart\n",
    'what is enabled, and looked at before it is used';

spew("$scratch/jobsessions.conf", placed(slurp('conf/jobsessions.conf')));
my $httpd = JobSessions::Httpd->new(
    modules => [qw(authn_core authz_user headers socache_shmcb oauth2)],    # as a2enmod takes what these need, too
    config  => "Include $scratch/jobsessions.conf\nInclude $made\n"
);
my $check = $httpd->check;
is $check->{exit}, 0, 'httpd takes it' or diag $check->{err};
unlike $check->{err}, qr/\bJS\d{4}: (?!.* lies on )/, 'and has nothing to warn of';
$httpd->start;
like $httpd->error_log, qr{JS0112: .*: \Q$scratch\E/db with 3 sessions, at /api/v1/jobSessions}, 'the log tells what is served';

my $export = typed($try =~ s{http://localhost/}{http://localhost:${\$httpd->port}/}r);
is eval { decode_json($export->{out})->{totalCount} }, 3, 'a token, and an export' or diag $export->{out}, $export->{err};
is http($httpd->port, POST => '/api/v1/jobSessions/export')->{status}, 401, 'nothing without a token';
my $other = typed($try =~ s{http://localhost/}{http://localhost:${\$httpd->port}/}r =~ s/"role":"admin"/"role":"viewer"/r);
is eval { decode_json($other->{out})->{status} }, 403, 'nothing for another role' or diag $other->{out};

done_testing;
