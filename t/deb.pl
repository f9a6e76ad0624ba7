#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# The Debian packages in a root of their own, for root: installed, used by a worker and a reader, upgraded, removed and
# purged. "make check-deb" runs it in the top folder, with packages of two versions in build/deb-before and build/deb.
# What was typed and what came of it is kept in build/deb/transcript; what the README shows of it has to be in there.
#
#   t/deb.pl RELEASE SECONDS
#
# SECONDS is how long it took to make the packages.

use v5.36;
use lib 't/lib';
use Time::HiRes qw(time);
use JobSessions::Httpd ();
use JobSessions::Readme qw(blocks);
use JobSessions::Root qw(inside make_root);
use JobSessions::Test qw(spew);

$> == 0 or die "check-deb: debootstrap and chroot are for root\n";
my ($release, $made) = @ARGV;

my $minimal = make_root("$release-minimal", $release);
my $root = "$minimal-deb";
system('rm', '-rf', '--one-file-system', $root) == 0 && system('cp', '-a', '--reflink=auto', $minimal, $root) == 0 or die "$root: $!\n";
for my $folder (qw(deb-before deb)) {
    system('mkdir', "$root/$folder") == 0 or exit 1;
    system('cp', grep({ !/-dbgsym_/ } glob "build/$folder/*.deb"), "$root/$folder") == 0 or exit 1;
}
spew("$root/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n");    # what runs here runs in the machine's network
chmod 0755, "$root/usr/sbin/policy-rc.d";

my $url = 'http://127.0.0.1:' . JobSessions::Httpd::free_port();
my ($transcript, @typed) = ('');

# One after the other, each as somebody would type it, and what has to be seen.
sub run ($command, $wanted = undef, $exit = 0) {
    my $file = "$root/tmp/output";
    inside($root, "{ $command; } >/tmp/output 2>&1 && status=0 || status=\$?; echo \$status >/tmp/status");
    open my $handle, '<', $file or die "$file: $!\n";
    my $output = do { local $/ = undef; readline $handle };
    open my $status, '<', "$root/tmp/status" or die "$command: $!\n";
    my $was = readline $status;
    push @typed, $command;
    $transcript .= "# $command\n" . ($command =~ /^apt-get/ ? '' : $output);
    print "# $command\n";
    $was == $exit or die "$output\nexit status $was";
    !defined $wanted || $output =~ $wanted or die "$output\nis not what was expected: $wanted\n";
}

# What the README shows, but for the port, is what was typed, in this order.
sub shown () {
    my @rest = map { s/127\.0\.0\.1:\K\d+/PORT/r } @typed;
    for my $command (map { /^# (.*)/mg } blocks('Debian packages')) {
        my $wanted = $command =~ s/127\.0\.0\.1:\K\d+/PORT/r;
        shift @rest while @rest && $rest[0] ne $wanted;
        @rest or die "the README shows what was not typed there: $command\n";
        shift @rest;
    }
    return;
}

my $install = 'apt-get -qq -y --no-install-recommends install';
my $session = '{"type":"PolicyBackup","status":"Success","executionStartTime":"2026-11-28T01:00:00Z"}';
my $export = "curl -sS -u console:secret -X POST $url/api/v1/jobSessions/export";

run('apt-get -qq update');
my $start = time;
run("$install /deb-before/*.deb apache2 apache2-utils curl");
run('ls -ld /var/lib/jobsessions', qr/^drwxrws--- .*jobsessions jobsessions/);
run("echo '$session' | runuser -u jobsessions -- jobsessions -d /var/lib/jobsessions put", qr/^1$/m);
run('htpasswd -cbB /etc/apache2/jobsessions.passwd console secret');
run('chown root:www-data /etc/apache2/jobsessions.passwd && chmod 0640 /etc/apache2/jobsessions.passwd');
run("echo 'Define JOBSESSIONS_PASSWORD_FILE /etc/apache2/jobsessions.passwd' >/etc/apache2/conf-available/jobsessions-api.conf");
run('cat /usr/share/doc/jobsessions-common/examples/basic.conf >>/etc/apache2/conf-available/jobsessions-api.conf');
run("echo 'Listen " . $url =~ s{.*//}{}r . "' >/etc/apache2/ports.conf");
run('a2enmod -q auth_basic authn_file authz_user jobsessions && a2enconf -q jobsessions-api');
run('apachectl configtest', qr/Syntax OK/);
run('apachectl start');
run("for i in \$(seq 50); do curl -s $url >/dev/null && break; sleep 0.1; done");
run($export, qr/"id":"1".*Success/s);
my $took = sprintf "%.0f s to make the packages, %.0f s from them to the first export\n", $made, time - $start;
print $took;

eval {
    run("echo '# mine' >>/etc/apache2/mods-available/jobsessions.conf");
    run("$install /deb/*.deb");
    run('apachectl graceful');
    run($export, qr/"id":"1"/);
    run("echo '$session' | runuser -u jobsessions -- jobsessions -d /var/lib/jobsessions put", qr/^2$/m);
    run('tail -n 1 /etc/apache2/mods-available/jobsessions.conf', qr/^# mine$/);
    run('jobsessions --version && dpkg-query -W -f "\${Version}\n" libapache2-mod-jobsessions', qr/\+1$/);
    run('apachectl stop && sleep 1');
    run('apt-get -qq -y remove libapache2-mod-jobsessions');
    run('test ! -e /etc/apache2/mods-enabled/jobsessions.load');
    run('a2disconf -q jobsessions-api; apachectl configtest', qr/Syntax OK/);
    run('jobsessions -d /var/lib/jobsessions verify', qr/no faults/);
    run("apt-get -qq -y purge 'libapache2-mod-jobsessions' 'jobsessions*' 'libjobsessions*'");
    run("find / -xdev -name '*jobsessions*' -not -path '/proc/*' -not -path '/deb*' -not -path '/var/lib/jobsessions' -not -name jobsessions.passwd -not -name 'jobsessions-api*'", qr/\A\z/);
    run('ls /var/lib/jobsessions', qr/data\.mdb/);
    shown();
    1;
} or do {
    my $fault = $@;
    inside($root, 'apachectl stop');
    die $fault;
};
spew('build/deb/transcript', "$transcript$took");
system 'rm', '-rf', '--one-file-system', $root;
