#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# The README's first hour: its sections Install and Configure, as they stand there, typed by root on a Debian that
# has nothing but a compiler, make and git, made by debootstrap in a temporary folder. "make first-hour" runs it in
# the top folder; as it takes minutes and packages, "make check" does not (t/httpd/16-first-hour.t runs Configure in a
# server of the tests).

use v5.36;
use lib 't/lib';
use File::Temp qw(tempdir);
use IO::Socket::INET;
use Test::More;
use JobSessions::Readme qw(blocks);
use JobSessions::Test qw(decode_json run_command spew);

$> == 0 or die "first-hour: debootstrap and chroot are for root\n";
die "first-hour: port 80 is in use\n" if IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => 80);

my $root = tempdir('/var/tmp/jobsessions-first-hour.XXXXXX', CLEANUP => 1);

# A program that has to do what it is asked.
sub must (@command) {
    my $run = run_command(\@command);
    return $run->{out} if $run->{exit} == 0;
    die "@command: exit status $run->{exit}\n", substr("$run->{out}$run->{err}", -4000);
}

sub inside ($script) {
    return run_command([ qw(chroot), $root, qw(/usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
        HOME=/root DEBIAN_FRONTEND=noninteractive sh -ec), "cd /checkout; $script" ]);
}

END {
    local $?;
    if ($root && -d "$root/checkout") {
        inside('apachectl stop || true; sleep 2');
        run_command([ 'umount', "$root/proc" ]);
    }
}

my ($release) = must(qw(sh -c), '. /etc/os-release; echo $VERSION_CODENAME') =~ /(\w+)/;
chmod 0755, $root;
must('debootstrap', '--variant=minbase', '--include=ca-certificates,gcc,make,git', $release, $root);
mkdir "$root/checkout";
must(qw(mount -t proc proc), "$root/proc");
must('sh', '-c', 'git ls-files -z --cached --others --exclude-standard | tar -c --null -T - | tar -x -C "$1"', 'sh', "$root/checkout");
spew("$root/etc/resolv.conf", must(qw(cat /etc/resolv.conf)));

my ($install) = blocks('Install');
my ($configure, $try) = blocks('Configure');
my $typed = inside($install);
is $typed->{exit}, 0, 'Install' or BAIL_OUT(substr "$typed->{out}$typed->{err}", -4000);
$typed = inside($configure);
is $typed->{exit}, 0, 'Configure' or diag "$typed->{out}$typed->{err}";
like $typed->{err}, qr/^Syntax OK$/m, 'the configuration is as it should be';
unlike $typed->{err}, qr/\bJS\d{4}: /, 'and there is nothing to be warned of';

sleep 2;
$typed = inside($try);
is $typed->{exit}, 0, 'a token, and an export' or diag $typed->{err};
is eval { decode_json($typed->{out})->{totalCount} }, 3, 'of the sessions of the example' or diag $typed->{out};
is inside('curl -sS -o /dev/null -w %{http_code} -X POST http://localhost/api/v1/jobSessions/export')->{out}, 401, 'nothing without a token';
like inside('cat /var/log/apache2/error.log')->{out}, qr{JS0112: .*: /var/lib/jobsessions with 3 sessions, at /api/v1/jobSessions}, 'the log tells what is served';

done_testing;
