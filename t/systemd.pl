#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# What is installed for systemd, by a systemd that has booted: Debian's packages are installed while it runs, httpd is
# hardened, workers are units, and services are killed. For root; "make check-systemd" runs it in the top folder, with
# packages in build/deb.
#
#   t/systemd.pl RELEASE

use v5.36;
use lib 't/lib';
use Test::More;
use JobSessions::Machine;
use JobSessions::Root qw(inside make_root);
use JobSessions::Test qw(decode_json run_command slurp spew wait_until);

$> == 0 or die "check-systemd: debootstrap, namespaces and cgroups are for root\n";
my ($release) = @ARGV;
my $db = '/var/lib/jobsessions';
my $examples = '/usr/share/doc/jobsessions-common/examples/systemd';
my $mount = 'http://127.0.0.1/api/v1/jobSessions';

# ---- A system with packages that can be had without a network -------------------------------------

my $install = 'apt-get -qq -y --no-install-recommends install';
my $systemd = make_root("$release-systemd", $release, "apt-get -qq update && $install systemd systemd-sysv dbus");
my $root = "$systemd-used";
END { local $?; run_command([ qw(rm -rf --one-file-system), $root ]) if defined $root }
run_command([ qw(rm -rf --one-file-system), $root ]);
run_command([ qw(cp -a --reflink=auto), $systemd, $root ])->{exit} == 0 or die "$root: cannot be copied\n";
mkdir "$root/deb";
run_command([ 'cp', grep({ !/-dbgsym_/ } glob 'build/deb/*.deb'), "$root/deb" ])->{exit} == 0 or die "build/deb: packages are missing\n";
run_command([ qw(install -m 755 build/worker build/t/support/hold_snapshots), "$root/usr/local/bin" ])->{exit} == 0 or die "build/worker is missing\n";
inside($root, "apt-get -qq update && $install --download-only /deb/*.deb apache2 apache2-utils curl >/dev/null") or die "packages cannot be had\n";

my $machine = eval { JobSessions::Machine->boot($root) } // die "check-systemd: no systemd can be booted here: $@";
pass 'systemd has booted';

# A command that has to work; what it prints.
sub does ($command, $name = $command) {
    my $run = $machine->run($command);
    is $run->{exit}, 0, $name or diag $run->{out}, $run->{err}, $machine->run('journalctl -p notice -n 10 --no-pager')->{out};
    chomp $run->{out};
    return $run->{out};
}

sub says ($command) {
    chomp(my $out = $machine->run($command)->{out});
    return $out;
}

sub file ($path, $text) {
    spew("$root$path", $text);
    return;
}

sub tool ($arguments) { return "runuser -u jobsessions -- jobsessions -d $db $arguments" }
sub put ($json) { return does("echo '$json' | " . tool('put'), "put $json") }
sub status_of ($id) { return says(tool("get $id")) =~ /"status":"(\w+)"/ ? $1 : 'none' }
sub export () { return eval { decode_json(says("curl -sS -u console:secret -X POST $mount/export")) } // {} }
sub code ($arguments) { return says("curl -sS -o /dev/null -w '%{http_code}' -u console:secret $arguments") }

# ---- Installed -------------------------------------------------------------------------------------

subtest 'installed' => sub {
    does("$install /deb/*.deb apache2 apache2-utils curl", 'packages') or BAIL_OUT('packages are not installed');
    is says('systemctl is-active apache2'), 'active', 'httpd runs';
    is says("stat -c '%U:%G %a' $db"), 'jobsessions:jobsessions 2770', 'the database\'s directory is made';
    is says("stat -c '%U:%G %a' $db-stops"), 'jobsessions:jobsessions 2770', 'and that of requests to stop';
    like says('id -nG www-data'), qr/\bjobsessions\b/, 'httpd\'s user is in the group';
    for my $timer (qw(jobsessions-prune.timer jobsessions-sweep.timer)) {
        is says("systemctl is-enabled $timer"), 'disabled', "$timer is off";
        is says("systemctl is-active $timer"), 'inactive', 'and does not run';
    }
    my $verify = $machine->run('systemd-analyze --man=no verify jobsessions-prune.timer jobsessions-sweep.timer jobsessions-prune.service jobsessions-sweep.service apache2.service');
    is $verify->{exit}, 0, 'systemd-analyze verify';
    unlike $verify->{err}, qr/jobsessions|httpd/, 'finds nothing in them';
    like says('systemctl show apache2 -p ReadWritePaths'), qr/\Q$db\E /, 'the drop-in is read';
    is says('systemctl start jobsessions-prune.service; systemctl show jobsessions-prune -p ConditionResult'), 'ConditionResult=no', 'without a database there is nothing to prune';
};

# ---- httpd, hardened -------------------------------------------------------------------------------

my $begun;
subtest 'httpd is hardened' => sub {
    is put('{"type":"PolicyBackup","status":"Success","executionStartTime":"2026-11-28T01:00:00Z"}'), 1, 'a session';
    does('htpasswd -cbB /etc/apache2/jobsessions.passwd console secret && chown root:www-data /etc/apache2/jobsessions.passwd');
    file('/etc/apache2/conf-available/jobsessions-api.conf', <<~CONF);
        Define JOBSESSIONS_PASSWORD_FILE /etc/apache2/jobsessions.passwd
        Include /usr/share/doc/jobsessions-common/examples/basic.conf
        JobSessionsStopRequests $db-stops
        JobSessionsCacheDirectory /var/cache/jobsessions
        CONF
    does('install -d -o www-data -m 700 /var/cache/jobsessions');
    does("install -D -m 644 $examples/httpd-hardened.conf /etc/systemd/system/apache2.service.d/hardened.conf");
    does('a2enmod -q auth_basic authn_file authz_user jobsessions && a2enconf -q jobsessions-api');
    does('systemctl daemon-reload && systemctl restart apache2');
    is export()->{totalCount}, 1, 'an export';
    is says("findmnt -no OPTIONS -T / -N \$(systemctl show apache2 -p MainPID --value)") =~ /^ro\b/ ? 'ro' : 'rw', 'ro', 'by an httpd to whom all else is read-only';
    is says("curl -sS -u console:secret -H 'Accept-Encoding: gzip' -X POST $mount/export | gzip -dc | head -c 22"), '{"offset":0,"limit":-1', 'compressed';
    isnt says('ls /var/cache/jobsessions'), '', 'whose pieces can be kept';
    is says('grep -c JS0430 /var/log/apache2/error.log'), 0, 'without a complaint';
    is put('{"type":"PolicyBackup","status":"Running"}'), 2, 'a session that runs';
    is code("-X POST $mount/2/stop"), 204, 'can be asked to stop';
    is says("ls $db-stops | wc -l"), 1, 'which its worker finds';
    does('jobsessions -d ' . "$db stop --requests $db-stops --take 2 >/dev/null", 'and takes up');

    # what the drop-in is for
    file('/etc/systemd/system/apache2.service.d/without.conf', "[Service]\nReadWritePaths=\nReadWritePaths=/var/log/apache2 /run/lock $db-stops\n");
    does('systemctl daemon-reload && systemctl restart apache2', 'without the drop-in\'s line');
    is code("-X POST $mount/export"), 503, 'nothing can be read';
    like says('tail -n 20 /var/log/apache2/error.log'), qr/ReadWritePaths/, 'and the log says what to write';
    does('rm /etc/systemd/system/apache2.service.d/without.conf && systemctl daemon-reload && systemctl restart apache2', 'with it');
    is export()->{totalCount}, 2, 'all is well';
};

# As the README has it, where users are that it names.
subtest 'what check finds' => sub {
    my $readme = slurp('README.md');
    my @checks = map { s/^ssh root\@new //r } $readme =~ /^    (ssh root\@new jobsessions .* check .*)$/mg;
    push @checks, map { s/--as-writer \Kbackup/jobsessions/r } $readme =~ /`(jobsessions -d \S+ check --as [^`]*--config [^`]*)`/;
    is scalar(@checks), 2, 'commands';
    for my $check (@checks) {
        does($check, $check);
    }
};

# ---- Workers as units ------------------------------------------------------------------------------

sub running () { return says(tool('list --status Running --json')) =~ /"id":"(\d+)"/ ? $1 : undef }

subtest 'a worker is a unit' => sub {
    put('{"id":"2","status":"Canceled"}');
    does("install -m 644 $examples/worker@.service /etc/systemd/system");
    does('systemctl daemon-reload && systemctl start worker@1', 'it starts');
    ok +(wait_until { says('systemctl is-active worker@1') eq 'inactive' } 20), 'lives its session';
    is status_of(3), 'Success', 'to the end';
    is says("stat -c '%U:%G %a' $db/data.mdb"), 'jobsessions:jobsessions 660', 'files stay whose they were';
    is export()->{totalCount}, 3, 'httpd tells of it';

    does('systemctl start worker@600 jobsessions-sweep', 'while it lives');
    ok +(wait_until { defined running() }), 'its session runs';
    does('systemctl start jobsessions-sweep');
    is status_of(running() // 'none'), 'Running', 'a sweep leaves it alone';
    is code("-X POST $mount/4/stop"), 204, 'a stop by HTTP';
    ok +(wait_until { status_of(4) eq 'Canceled' } 20), 'ends it';

    does('systemctl start worker@600', 'another one');
    ok +(wait_until { (running() // 0) == 5 }), 'runs';
    does('systemctl kill -s KILL worker@600', 'is killed');
    ok +(wait_until { says('systemctl is-failed worker@600') eq 'failed' }), 'and gone';
    is status_of(5), 'Running', 'its session runs for ever';
    does('systemctl start jobsessions-sweep', 'until a sweep');
    is status_of(5), 'Failed', 'which closes it';
    like says(tool('log 5')), qr/worker/i, 'and says so in its log';
};

# ---- Killed readers --------------------------------------------------------------------------------

sub readers () { return says("jobsessions -d $db stat --json") =~ /"readers":\[(.*?)\]/s ? $1 : 'none' }

subtest 'services with readers are killed' => sub {
    file('/etc/systemd/system/reader.service', "[Service]\nType=exec\nExecStart=/bin/sh -c 'sleep 1000 | exec hold_snapshots $db 5'\nUser=jobsessions\n");
    does('systemctl daemon-reload && systemctl start reader', 'one that holds snapshots');
    ok +(wait_until { readers() =~ /hold_snapshots/ }), 'is seen';
    does('systemctl kill -s KILL reader');
    ok +(wait_until { says('systemctl is-failed reader') eq 'failed' }), 'it is killed';
    put('{"type":"PolicyBackup","status":"Success"}');
    unlike readers(), qr/hold_snapshots/, 'and nobody waits for it';

    my $before = says('systemctl show apache2 -p MainPID --value');
    does('systemctl kill -s KILL apache2', 'httpd is killed with all its children');
    ok +(wait_until { says('systemctl is-active apache2') =~ /failed|inactive|activating/ || says('systemctl show apache2 -p MainPID --value') ne $before }), 'and gone';
    does('systemctl restart apache2', 'started anew');
    is export()->{totalCount}, 6, 'it answers';
    is says(tool('verify')) =~ /no faults/ ? 'sound' : 'faults', 'sound', 'the database is sound';
};

# ---- Timers ----------------------------------------------------------------------------------------

subtest 'prune' => sub {
    put('{"type":"PolicyBackup","status":"Success","executionStartTime":"2020-01-01T00:00:00Z","executionStopTime":"2020-01-01T00:01:00Z"}');
    put('{"type":"PolicyBackup","status":"Error","executionStartTime":"2020-01-02T00:00:00Z","executionStopTime":"2020-01-02T00:01:00Z"}');
    does('systemctl start jobsessions-prune', 'by hand');
    is_deeply [ status_of(8), status_of(5) ], [ 'none', 'Failed' ], 'what is older than 90 days is gone, the rest is not';
    file('/etc/default/jobsessions', "JOBSESSIONS_PRUNE=--older-than 0d --status Canceled\n");
    does('systemctl start jobsessions-prune', 'by what /etc/default says');
    is_deeply [ status_of(4), status_of(3) ], [ 'none', 'Success' ], 'goes what that says';
    does('rm /etc/default/jobsessions');
};

subtest 'timers' => sub {
    does('systemctl enable --now jobsessions-prune.timer jobsessions-sweep.timer', 'turned on');
    my $timers = says('systemctl list-timers --no-pager');
    like $timers, qr/^\S.* jobsessions-prune\.timer +jobsessions-prune\.service$/m, 'prune has its next time';
    like $timers, qr/ jobsessions-sweep\.timer +jobsessions-sweep\.service$/m, 'and sweep';
    is says('systemctl --failed --no-legend | grep -c -E "jobsessions|apache2"'), 0, 'nothing of ours has failed';
};

# What is upgraded is what maintainer scripts see here, too: the same packages once more.
subtest 'upgraded' => sub {
    my $pruned = says('systemctl show jobsessions-prune -p ExecMainStartTimestampMonotonic');
    my $httpd = says('systemctl show apache2 -p MainPID');
    my $worker = says('systemctl start worker@600; systemctl show worker@600 -p MainPID');
    does('dpkg -i /deb/*.deb >/dev/null', 'packages, once more');
    is says('systemctl is-active jobsessions-prune.timer jobsessions-sweep.timer'), "active\nactive", 'timers that were on are';
    is says('systemctl show jobsessions-prune -p ExecMainStartTimestampMonotonic'), $pruned, 'nothing was pruned for it';
    is says('systemctl show worker@600 -p MainPID'), $worker, 'workers go on';
    is says('systemctl show jobsessions-prune.timer -p NeedDaemonReload'), 'NeedDaemonReload=no', 'systemd knows the new units';
    ok +(wait_until { says("grep -l 'mod_jobsessions.so (deleted)' /proc/[0-9]*/maps") eq '' } 30), 'httpd has the new module';
    isnt says('systemctl show apache2 -p MainPID'), $httpd, 'as Debian\'s helper has restarted it';
    cmp_ok export()->{totalCount}, '>', 1, 'and answers';
    does('systemctl stop worker@600');
};

# ---- Booted again, and purged ----------------------------------------------------------------------

subtest 'booted again' => sub {
    my $sessions = export()->{totalCount};
    $machine->power_off;
    run_command([ qw(rm -rf), "$root$db-stops" ]);
    $machine = JobSessions::Machine->boot($root);
    is says('systemctl is-active apache2 jobsessions-prune.timer jobsessions-sweep.timer'), "active\nactive\nactive", 'all that was on is' or diag says('systemctl status apache2; journalctl -b -u apache2 --no-pager -n 20');
    is export()->{totalCount}, $sessions, 'with the same sessions';
    is says("stat -c '%U:%G %a' $db-stops"), 'jobsessions:jobsessions 2770', 'a directory that was missing is made';
};

subtest 'purged' => sub {
    does('a2disconf -q jobsessions-api');
    does("apt-get -qq -y purge 'libapache2-mod-jobsessions' 'jobsessions*' 'libjobsessions*'");
    is says('systemctl is-active apache2'), 'active', 'httpd goes on without it';
    is says("systemctl list-units --all --no-legend 'jobsessions*' | grep -v -E 'worker|not-found'"), '', 'no unit is left';
    is says("systemctl list-timers --all --no-legend | grep -c jobsessions"), 0, 'no timer';
    ok -e "$root$db/data.mdb", 'the database stays';
};

$machine->power_off;
done_testing;
