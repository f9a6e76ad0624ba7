# SPDX-License-Identifier: Apache-2.0
# jobsessions-follow and the certificates of what it follows.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use JobSessions::Certificate qw(authority host_certificate);
use JobSessions::Httpd;
use JobSessions::Postgres;
use JobSessions::Test qw(build_file jobsessions run_command);

my $program = build_file('jobsessions-follow');
plan skip_all => 'PostgreSQL is not installed' unless -x $program && JobSessions::Postgres->is_installed;

my $scratch = tempdir(CLEANUP => 1);
my $db = "$scratch/db";

authority($scratch, $_) for qw(ours another);
host_certificate($scratch, 'ours', 'localhost');
die 'put' if jobsessions($db, 'put', { stdin => qq({"status":"Success"}\n) })->{exit};
my $httpd = JobSessions::Httpd->new(serves => $db, modules => ['ssl'], config => <<"EOT")->start;
    SSLEngine On
    SSLCertificateFile $scratch/localhost.pem
    SSLCertificateKeyFile $scratch/localhost.key
EOT
my $postgres = JobSessions::Postgres->new;

sub follow ($host, @arguments) {
    return run_command([ $program, '--to', $postgres->url, '--once', @arguments,
        "web=https://$host:" . $httpd->port . '/api/v1/jobSessions' ]);
}

sub is_refused ($why, $what, @arguments) {
    my $run = follow(@arguments);
    is $run->{exit}, 3, "$what: refused";
    like $run->{err}, qr{^jobsessions: follow: web: https://$arguments[0]:\S+: $why$}m, 'and told why';
    is scalar(() = $run->{err} =~ /\n/g), 1, 'once';
    is_deeply [ $postgres->rows('select count(*) from jobsessions.session') ], [0], 'nothing is read';
}

my $needs = qr/\(it has to be for that host, by an authority that the system knows, or the file of --ca\)/;
my $untrusted = qr/its certificate is refused: .*issuer.* $needs/;
is_refused($untrusted, 'an authority that the system does not know', 'localhost');
is_refused($untrusted, 'another one', 'localhost', '--ca', "$scratch/another.pem");
is_refused(qr/its certificate is refused: .*name .*127\.0\.0\.1.* $needs/, 'another host name', '127.0.0.1', '--ca', "$scratch/ours.pem");
is_refused(qr{--ca \Q$scratch\E/none cannot be used}, 'a file that is not there', 'localhost', '--ca', "$scratch/none");
my $run = follow('localhost', '--ca', "$scratch/ours.pem");
is $run->{exit}, 0, 'the right one' or diag $run->{err};
is_deeply [ $postgres->rows('select count(*) from jobsessions.session') ], [1], 'what there is, is read';

done_testing;
