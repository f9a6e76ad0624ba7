#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Two builds of the module beside each other; "make -f Makefile.apxs bench-pair BASE=DIR" calls it.
# usage: pair.pl [--rounds N] [--seconds S] [--sessions N] DIR
#   DIR        a checkout of the other build, built
#   --rounds   how often the sides take turns (15)
#   --seconds  how long each is loaded, a whole number (1)
# Each side is an httpd of its own over the same database. A ratio is of two neighbours, ours to the other's;
# printed are its median, the lowest and the highest. 1.00 is as fast.
use v5.36;
use FindBin qw($Bin);
use lib "$Bin/lib";
use File::Temp ();
use Getopt::Long qw(GetOptions);

use Bench::Load qw(alternate wrk download fetch);
use Bench::Processes qw(start stop_all run output free_ports await_port);
use Bench::Report qw(median);

my ($rounds, $seconds, $sessions) = (15, 1, 100_000);
GetOptions('rounds=i' => \$rounds, 'seconds=i' => \$seconds, 'sessions=i' => \$sessions) && @ARGV == 1
    or die "usage: pair.pl [--rounds N] [--seconds S] [--sessions N] DIR\n";

my $build = "$Bin/../../build";
my %module = (ours => "$build/mod_jobsessions.so", base => "$ARGV[0]/build/mod_jobsessions.so");
-e $_ or die "$_ is missing: build it\n" for values %module;

my $user = $> == 0 ? 'www-data' : '';
my $folder = File::Temp->newdir('jobsessions-pair.XXXXXX', DIR => $ENV{TMPDIR} // '/var/tmp');
my $owner = $$;
local $SIG{INT} = local $SIG{TERM} = sub { exit 130 };
END { local $?; stop_all() if $owner && $owner == $$ }

chmod 0711, "$folder";
# by the other's tool: what an earlier version has made both can read
run('sh', '-c', "perl '$Bin/generate.pl' $sessions | '$ARGV[0]/build/jobsessions' -d '$folder/db' import");
run('chown', '-R', "$user:", "$folder/db") if $user;
my %port = free_ports(sort keys %module);
start_httpd($_) for sort keys %module;
for my $path ('/export') {
    my %body = map { $_ => fetch($port{$_}, 'POST', "/api/v1/jobSessions$path")->{body} =~ s/127\.0\.0\.1:\Q$port{$_}\E//gr } keys %port;
    die "the two do not answer the same\n" if $body{ours} ne $body{base};
}

my $id = int($sessions / 2);
pair('export, 1 connection',   loaded('POST', '/export'));
pair('export, 4 connections',  loaded('POST', '/export', connections => 4));
pair('one session',            loaded('GET',  "/$id"));
pair('page of 50',             loaded('GET',  '?Limit=50'));
pair('a log',                  loaded('GET',  "/$id/log"));
pair('304 of a page',          loaded('GET',  '?Limit=50', header => [ 'If-None-Match', tag() ]));
pair('export as CSV',          timed('text/csv'));
pair('export as XML',          timed('application/xml'));

sub configuration ($side) {
    my $modules = output($ENV{APXS} // 'apxs', '-q', 'LIBEXECDIR') =~ s/\s+$//r;
    my $loads = join '', map { "LoadModule ${_}_module $modules/mod_$_.so\n" } qw(mpm_event authz_core filter);
    $loads .= "LoadModule unixd_module $modules/mod_unixd.so\n" if -e "$modules/mod_unixd.so";
    $loads .= $user ? "User $user\nGroup $user\n" : '';
    mkdir "$folder/$side";
    return <<"EOT";
ServerRoot $folder/$side
DefaultRuntimeDir .
PidFile httpd.pid
ServerName localhost
$loads
LoadModule jobsessions_module $module{$side}
ServerLimit 1
StartServers 1
ThreadsPerChild 40
ThreadLimit 40
MaxRequestWorkers 40
MinSpareThreads 1
MaxSpareThreads 40
ErrorLog error.log
KeepAlive On
MaxKeepAliveRequests 0
Listen 127.0.0.1:$port{$side}
JobSessionsDatabase $folder/db
<Location "/api/v1/jobSessions">
    SetHandler jobsessions
    JobSessionsAnonymous On
    Require all granted
</Location>
EOT
}

sub start_httpd ($side) {
    my $text = configuration($side);
    open my $file, '>', "$folder/$side/httpd.conf" or die "$folder/$side/httpd.conf: $!\n";
    print {$file} $text;
    close $file;
    my ($httpd) = grep { -x } map { "$_/apache2" } split(/:/, $ENV{PATH}), '/usr/sbin';
    my $pid = start(command => [ $httpd // 'apache2', '-f', "$folder/$side/httpd.conf", '-DFOREGROUND' ],
        log => "$folder/$side/log");
    await_port($port{$side}, $pid, "$folder/$side/error.log");
    return;
}

sub url ($side, $path) { return "http://127.0.0.1:$port{$side}/api/v1/jobSessions$path" }

sub tag () {
    return { map { $_ => fetch($port{$_}, 'GET', '/api/v1/jobSessions?Limit=50')->{header} =~ /^ETag: (\S+)/mi } keys %port };
}

# Requests a second under wrk.
sub loaded ($method, $path, %given) {
    my $header = delete $given{header};
    return sub ($side) {
        my $result = wrk(url($side, $path), seconds => $seconds, script => "$Bin/wrk.lua", method => $method,
            $header ? (header => [ $header->[0], $header->[1]{$side} ]) : (), %given);
        return $result->{requests} / $result->{seconds};
    };
}

# Downloads a second, one at a time.
sub timed ($type) {
    return sub ($side) {
        return 1 / download($port{$side}, 'POST', '/api/v1/jobSessions/export', "Accept: $type")->{seconds};
    };
}

sub pair ($what, $measure) {
    $measure->($_) for sort keys %port;    # a warm-up
    my %of = alternate($rounds, map { my $side = $_; $side => sub { $measure->($side) } } qw(ours base));
    my @ratios = sort { $a <=> $b } map { $of{ours}[$_] / $of{base}[$_] } 0 .. $rounds - 1;
    printf "%-24s %10.1f/s %10.1f/s   %.2f (%.2f..%.2f)\n", $what, median(@{ $of{ours} }), median(@{ $of{base} }),
        median(@ratios), @ratios[ 0, -1 ];
    return;
}
