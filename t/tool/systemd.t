# SPDX-License-Identifier: Apache-2.0
# What is installed for systemd is what systemd takes.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use JobSessions::Test qw(build_file run_command slurp spew);

plan skip_all => 'no systemd' if run_command([qw(sh -c), 'command -v systemd-analyze'])->{exit};

my $root = tempdir(CLEANUP => 1);
{
    delete local @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};
    my $install = run_command([ qw(make -s -f Makefile.apxs AS_BUILT=1), "DESTDIR=$root", 'PREFIX=/usr/local', 'install' ]);
    is $install->{exit}, 0, 'install' or diag $install->{err};
}
my $lib = "$root/usr/local/lib";
my $service = slurp("$lib/systemd/system/jobsessions-prune.service");
like $service, qr{^ExecStart=/usr/local/bin/jobsessions prune }m, 'the tool where it is installed';
my $sweep = slurp("$lib/systemd/system/jobsessions-sweep.service");
like $sweep, qr{^ExecStart=/usr/local/bin/jobsessions sweep }m, 'for sweep, too';

# systemd looks whether programs, users' manual pages and other units are there: a program that is stands for them.
my $units = "$root/units";
mkdir $units or die $!;
mkdir "$units/apache2.service.d" or die $!;
spew("$units/jobsessions-prune.service", $service =~ s{^ExecStart=\S+}{ExecStart=/bin/true}mr);
spew("$units/jobsessions-sweep.service", $sweep =~ s{^ExecStart=\S+}{ExecStart=/bin/true}mr);
spew("$units/jobsessions-$_.timer", slurp("$lib/systemd/system/jobsessions-$_.timer")) for qw(prune sweep);
spew("$units/apache2.service", "[Service]\nExecStart=/bin/true\nProtectSystem=strict\n");
spew("$units/apache2.service.d/jobsessions.conf", slurp("$lib/systemd/system/apache2.service.d/jobsessions.conf"));
for my $unit (qw(jobsessions-prune.service jobsessions-prune.timer jobsessions-sweep.service jobsessions-sweep.timer apache2.service)) {
    my $verify = run_command([ qw(systemd-analyze --man=no --recursive-errors=no verify), "$units/$unit" ]);
    is "$verify->{exit} $verify->{out}$verify->{err}", '0 ', "systemd-analyze verify $unit";
}
spew("$units/wrong.service", $service =~ s{^ExecStart=\S+}{ExecStart=/bin/true}mr =~ s/^UMask=.*/Umaks=0007/mr);
like run_command([ qw(systemd-analyze --man=no verify), "$units/wrong.service" ])->{err}, qr/Umaks/, 'which finds what is wrong';
unlike $service . $sweep . join('', map { slurp("$lib/systemd/system/jobsessions-$_.timer") } qw(prune sweep)), qr/^Alias=|^DefaultInstance=/m, 'nothing enables itself';
ok !-e "$lib/systemd/system/timers.target.wants", 'the timers are off';

my ($command) = $service =~ /^Environment=.*"JOBSESSIONS_PRUNE=(.*)"$/m;
my $run = run_command([ build_file('jobsessions'), '-d', "$root/none", 'prune', split ' ', $command ]);
is $run->{exit}, 3, 'the tool takes what the service says';
like $sweep, qr/^Environment=.* JOBSESSIONS_SWEEP=$/m, 'a sweep is given nothing unless somebody says so';
unlike $sweep, qr/^(?:ProtectProc|PrivatePIDs)=/m, 'and sees all processes';

# In a root of its own, which has Debian's users.
mkdir "$root/etc";
spew("$root/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n");
spew("$root/etc/group", "root:x:0:\nwww-data:x:33:\n");
SKIP: {
    skip 'for root alone', 6 if $> != 0;
    my $sysusers = run_command([ qw(systemd-sysusers), "--root=$root", "$lib/sysusers.d/jobsessions.conf" ]);
    is $sysusers->{exit}, 0, 'systemd-sysusers' or diag $sysusers->{err};
    like slurp("$root/etc/group"), qr/^jobsessions:x:\d+:www-data$/m, 'makes the group, with httpd in it';
    like slurp("$root/etc/passwd"), qr{^jobsessions:x:(\d+):\d+:Job sessions:/var/lib/jobsessions:/usr/sbin/nologin$}m, 'and the user';
    my ($uid) = slurp("$root/etc/passwd") =~ /^jobsessions:x:(\d+)/m;
    my $tmpfiles = run_command([ qw(systemd-tmpfiles --create), "--root=$root", "$lib/tmpfiles.d/jobsessions.conf" ]);
    is $tmpfiles->{exit}, 0, 'systemd-tmpfiles' or diag $tmpfiles->{err};
    my @is = stat "$root/var/lib/jobsessions";
    is $is[4], $uid, 'makes the directory of that user';
    is sprintf('%04o', $is[2] & 07777), '2770', 'with its mode';
}

done_testing;
