# SPDX-License-Identifier: Apache-2.0
# conf/examples/kerberos.conf, with a KDC of the test's own, on loopback and in a temporary folder.

use v5.36;
use Cwd qw(getcwd);
use Test::More;
use JobSessions::Access qw(MOUNT faults_of_problem leaks);
use JobSessions::Httpd;
use JobSessions::Test qw(database_dir http run_command spew wait_until);

my $here = getcwd;
my $realm = 'JOBSESSIONS.TEST';
my $httpd = JobSessions::Httpd->new;
my $folder = $httpd->directory;
local $ENV{KRB5_CONFIG} = "$folder/krb5.conf";
local $ENV{KRB5_KDC_PROFILE} = "$folder/kdc.conf";

my $kdc = start_kdc(JobSessions::Httpd::free_port());
END { local $?; kill TERM => $kdc if $kdc }

$httpd->{env} = { KRB5_CONFIG => $ENV{KRB5_CONFIG}, TMPDIR => $folder };
$httpd->{modules} = [qw(authn_core authz_user auth_gssapi ssl)];
$httpd->{config} = <<~CONFIG;
    JobSessionsDatabase ${\ database_dir('confidential') }
    SSLEngine on
    SSLCertificateFile $here/t/tls/server.pem
    SSLCertificateKeyFile $here/t/tls/server.key
    Define JOBSESSIONS_KEYTAB $folder/http.keytab
    Define JOBSESSIONS_READERS "console\@$realm"
    Include $here/conf/examples/kerberos.conf
    CONFIG
$httpd->start;

# whose ticket, status
for my $client ([ console => 200 ], [ stranger => 403 ], [ nobody => 401 ]) {
    my ($name, $status) = @$client;
    local $ENV{KRB5CCNAME} = "FILE:$folder/$name.cache";
    kinit($name) if $name ne 'nobody';
    for my $request ([ POST => '/export' ], [ GET => '' ]) {
        my ($method, $path) = @$request;
        my $response = ask($method, $path, curl => [qw(--negotiate --user :)]);
        is join('; ', $status == 200 ? () : faults_of_problem($response, $status)), '', "$name: $method $path: a problem, if any";
        is $response->{status}, $status, '  status';
        is scalar(leaks($response)) > 0, $status == 200, '  data or none';
    }
}
like ask('POST', '/export')->{headers}{'www-authenticate'}, qr/^Negotiate/, 'the challenge';
is ask('POST', '/export', headers => { Authorization => 'Negotiate Z2FyYmFnZQ==' })->{status}, 401, 'garbage for a ticket';

done_testing;

sub ask ($method, $path, %options) {
    return http($httpd->port, $method => MOUNT . $path, tls => 1, version => '1.1', %options);
}

sub must ($command, $stdin = '') {
    my $run = run_command($command, $stdin);
    die "@$command: $run->{out}$run->{err}" if $run->{exit} != 0;
}

sub kinit ($name) { must([ 'kinit', $name ], "password of $name\n") }

sub start_kdc ($port) {
    spew("$folder/krb5.conf", <<~CONFIG);
        [libdefaults]
            default_realm = $realm
            dns_lookup_kdc = false
            dns_canonicalize_hostname = false
            rdns = false
        [realms]
            $realm = {
                kdc = 127.0.0.1:$port
            }
        CONFIG
    spew("$folder/kdc.conf", <<~CONFIG);
        [realms]
            $realm = {
                database_name = $folder/principal
                key_stash_file = $folder/stash
                kdc_listen = 127.0.0.1:$port
                kdc_tcp_listen = 127.0.0.1:$port
            }
        [logging]
            kdc = FILE:$folder/kdc.log
        CONFIG
    must([ qw(/usr/sbin/kdb5_util create -s -P), 'master key of a test' ]);
    my @commands = ((map { qq(addprinc -pw "password of $_" $_) } qw(console stranger)),
        'addprinc -randkey HTTP/127.0.0.1', "ktadd -k $folder/http.keytab HTTP/127.0.0.1");
    must([ '/usr/sbin/kadmin.local', '-q', $_ ]) for @commands;
    my $pid = fork // die "fork: $!";
    return wait_for($pid, $port) if $pid;
    open STDOUT, '>', '/dev/null';
    exec '/usr/sbin/krb5kdc', '-n' or die "krb5kdc: $!";
}

sub wait_for ($pid, $port) {
    wait_until { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) } or die 'the KDC does not answer';
    return $pid;
}
