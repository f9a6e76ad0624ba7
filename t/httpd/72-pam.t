# SPDX-License-Identifier: Apache-2.0
# conf/examples/pam.conf, with a service of the test's own.

use v5.36;
use Cwd qw(getcwd);
use MIME::Base64 qw(encode_base64);
use Test::More;
use JobSessions::Access qw(MOUNT faults_of_problem leaks);
use JobSessions::Httpd;
use JobSessions::Test qw(build_file database_dir http spew);

my $here = getcwd;
my $httpd = JobSessions::Httpd->new;
my $folder = $httpd->directory;
mkdir "$folder/pam.d";

# One password for all, and an account that is locked.
spew("$folder/password", "#!/bin/sh\nread -r password\n[ \"\$password\" = 'the right one' ]\n");
spew("$folder/account", "#!/bin/sh\n[ \"\$PAM_USER\" != locked ]\n");
chmod 0755, "$folder/password", "$folder/account";
spew("$folder/pam.d/jobsessions", "auth required pam_exec.so quiet expose_authtok $folder/password\naccount required pam_exec.so quiet $folder/account\n");

$httpd->{env} = { LD_PRELOAD => build_file('t/support/pam_folder.so'), JOBSESSIONS_PAM_FOLDER => "$folder/pam.d" };
$httpd->{modules} = [qw(authn_core auth_basic authnz_pam authz_user)];
$httpd->{config} = <<~CONFIG;
    JobSessionsDatabase ${\ database_dir('confidential') }
    Define JOBSESSIONS_PAM_SERVICE jobsessions
    Include $here/conf/examples/pam.conf
    CONFIG
$httpd->start;

# name and password, status
my @clients = (
    [ 'console:the right one' => 200 ],
    [ 'console:another'       => 401 ],
    [ 'console:'              => 401 ],
    [ 'locked:the right one'  => 401 ],
    [ ':'                     => 401 ],
    [ undef,                     401 ],
);
for (@clients) {
    my ($credentials, $status) = @$_;
    my $headers = defined $credentials ? { Authorization => 'Basic ' . encode_base64($credentials, '') } : {};
    for my $request ([ POST => '/export' ], [ GET => '' ]) {
        my ($method, $path) = @$request;
        my $response = http($httpd->port, $method => MOUNT . $path, headers => $headers);
        my $name = ($credentials // 'nothing') . ": $method $path";
        is join('; ', $status == 200 ? () : faults_of_problem($response, $status)), '', "$name: a problem, if any";
        is $response->{status}, $status, '  status';
        is scalar(leaks($response)) > 0, $status == 200, '  data or none';
        is $response->{headers}{'www-authenticate'}, 'Basic realm="Job sessions"', '  the challenge' if $status == 401;
    }
}

done_testing;
