# SPDX-License-Identifier: Apache-2.0
# Whoever makes a file of a database locks nobody out; whom a file keeps out is told which, whose, and what to do.

use v5.36;
use Test::More;
use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use JobSessions::Test qw(build_file jobsessions run_command);

my $tool = build_file('jobsessions');
my $scratch = abs_path(tempdir(CLEANUP => 1));

sub about ($file) { my @stat = stat $file or return; return sprintf '%d:%d %04o', @stat[ 4, 5 ], $stat[2] & 07777 }

subtest 'many are the first' => sub {
    for my $round (1 .. 5) {
        my $db = "$scratch/first-$round";
        my $run = run_command([ 'sh', '-c', 'umask 077; for i in 1 2 3 4 5 6 7 8; do echo "{\"status\":\"Success\"}" | "$0" -d "$1" put & done; wait', $tool, $db ]);
        is_deeply [ sort { $a <=> $b } split /\n/, $run->{out} ], [ 1 .. 8 ], 'each writes';
        is $run->{err}, '', 'none is kept out';
        is_deeply [ map { (split / /, about("$db$_"))[1] } '', '/data.mdb', '/lock.mdb' ], [qw(2770 0660 0660)], 'the modes are the documented ones';
    }
};

subtest 'who is kept out is told why' => sub {
    plan skip_all => 'root is never kept out' if $> == 0;
    my $db = "$scratch/kept-out";
    my ($user, $group) = ($>, (split / /, $))[0]);
    jobsessions($db, 'put', { stdin => '{"status":"Success"}' });
    my @cases = (
        [ '/lock.mdb', 0440, 'export', qr/lock\.mdb belongs to user $user and group $group, its mode is 0440, and user $user cannot read and write it; as root.*chown --reference=data\.mdb lock\.mdb/ ],
        [ '/lock.mdb', 0440, 'put',    qr/lock\.mdb belongs to user $user and group $group, its mode is 0440/ ],
        [ '/data.mdb', 0200, 'export', qr/data\.mdb belongs to user $user and group $group, its mode is 0200, and user $user cannot read it; .* chmod g\+r it/ ],
        [ '/data.mdb', 0440, 'put',    qr/data\.mdb belongs to user $user and group $group, its mode is 0440, and user $user cannot read and write it; .* chmod g\+rw it/ ],
        [ '',          0600, 'export', qr/the directory belongs to user $user and group $group, its mode is 0600, and user $user cannot enter it; .* chmod g\+x it/ ],
    );
    for my $case (@cases) {
        my ($file, $mode, $verb, $says) = @$case;
        my $before = (stat "$db$file")[2] & 07777;
        chmod $mode, "$db$file" or die $!;
        my $run = jobsessions($db, $verb, { stdin => '{"status":"Success"}' });
        is $run->{exit}, 3, sprintf '%s with %04o: %s', $file || 'the directory', $mode, $verb;
        like $run->{err}, $says, 'says which, whose, and what to do';
        chmod $before, "$db$file" or die $!;
    }
    unlink "$db/lock.mdb";
    chmod 0550, $db;
    like jobsessions($db, 'export')->{err}, qr/the directory belongs to .* cannot make files in it; let a worker/, 'no lock.mdb, and none can be made';
    chmod 02770, $db;
};

# From here on root makes files, and others use them.
subtest 'root looks, and workers go on' => sub {
    plan skip_all => 'for root alone: make owners differ' if $> != 0;
    my ($nobody, $daemon) = ((getpwnam 'nobody')[2], (getgrnam 'daemon')[2]);
    my $as_nobody = sub ($db, $verb) { run_command([ 'setpriv', "--reuid=$nobody", "--regid=$daemon", '--clear-groups', $tool, '-d', $db, $verb ], '{"status":"Success"}') };
    chmod 0755, $scratch;
    my $db = "$scratch/shared";
    mkdir $db or die $!;
    chown $nobody, $daemon, $db or die $!;
    chmod 02750, $db or die $!;

    is jobsessions($db, 'put', { stdin => '{"status":"Success"}' })->{exit}, 0, 'root is the first to write';
    is_deeply [ map { about("$db/$_") } qw(data.mdb lock.mdb) ], [ ("$nobody:$daemon 0660") x 2 ], "the files are the directory's owner's";
    is $as_nobody->($db, 'put')->{out}, "2\n", 'who goes on';

    for my $verb (qw(verify export)) {
        unlink "$db/lock.mdb" or die $!;
        is jobsessions($db, $verb)->{exit}, 0, "root's $verb after a copy without lock.mdb";
        is about("$db/lock.mdb"), "$nobody:$daemon 0660", "makes one that is data.mdb's owner's";
        is $as_nobody->($db, 'put')->{exit}, 0, 'who goes on';
    }
    chown 0, 0, $db or die $!;
    chmod 0755, $db;
    unlink "$db/lock.mdb" or die $!;
    is jobsessions($db, 'export')->{exit}, 0, "a directory of root's";
    is about("$db/lock.mdb"), "$nobody:$daemon 0660", 'data.mdb says whose lock.mdb is';

    # what an earlier version, or mdb_stat, has left behind
    chown 0, 0, "$db/lock.mdb" or die $!;
    chmod 0640, "$db/lock.mdb";
    like $as_nobody->($db, 'put')->{err}, qr/lock\.mdb belongs to user 0 and group 0, its mode is 0640, and user $nobody cannot/, 'somebody else made it otherwise: it is said whose it is';
};

done_testing;
