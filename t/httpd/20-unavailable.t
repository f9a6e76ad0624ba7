# SPDX-License-Identifier: Apache-2.0
# A database that cannot be read: 503, a line in the error log that names the directory and the
# remedy, and recovery without a restart as soon as it is put right.

use v5.36;
use Test::More;
use File::Copy qw(copy);
use File::Path qw(remove_tree);
use Time::HiRes qw(sleep);
use JobSessions::Sessions qw(export_document plain_sessions);
use JobSessions::Test
    qw(database_dir decode_json error_log_mark error_log_since http jobsessions make_database port run_command slurp spew);

plan skip_all => 'root may read everything' if $> == 0;

my $directory = database_dir('unavailable');
my $links = 'http://127.0.0.1:' . port('unavailable') . '/api/v1/jobSessions';
my @sessions = plain_sessions(50);

sub export { return http('unavailable', POST => '/api/v1/jobSessions/export') }

sub remove_database {
    chmod 0700, $directory;
    remove_tree($directory);
}

sub make_good_database (@with) {
    remove_database();
    my $import = jobsessions($directory, 'import', { stdin => join "\n", @with ? @with : @sessions });
    die $import->{err} if $import->{exit} != 0;
}

# Put the database of mdb_dump's text in the directory.
sub load ($dump) {
    my $load = run_command([ 'mdb_load', $directory ], $dump);
    die $load->{err} if $load->{exit} != 0;
}

sub available_is ($name, @expected) {
    my $response = export();
    is $response->{status}, 200, "$name: 200";
    my $document = export_document(sessions => [ @expected ? @expected : @sessions ], links => $links, self => $links);
    ok $response->{body} eq $document, 'every session';
}

sub unavailable_is ($remedy, $name) {
    subtest $name => sub {
        my $mark = error_log_mark();
        my $response = export();
        is $response->{status}, 503, 'Service Unavailable';
        is $response->{headers}{'content-type'}, 'application/problem+json', 'as a problem';
        like $response->{headers}{'retry-after'}, qr/^[1-9]\d*$/, 'to be tried again';
        my $problem = decode_json($response->{body});
        is $problem->{status}, 503, 'the body says so';
        like $problem->{detail}, qr/error log says why/, 'and where to look';
        unlike $response->{body}, qr{\Q$directory\E|/db/|\.mdb}, 'but nothing of the path';
        my $log = error_log_since($mark);
        like $log, qr/\[jobsessions:error\] .*\Q$directory\E: .*$remedy/, 'the log names the directory and the remedy';
        is scalar(() = $log =~ /jobsessions:error/g), 1, 'in one line';
    };
}

my $make_it = qr/name the right directory, or let a worker or `jobsessions put` make it/;
my $permission = qr/no permission; the user needs to enter the directory, to read data\.mdb and to write lock\.mdb/;
my $foreign = qr/holds no job sessions; name the right directory/;

# each begins with a directory that is not there, and ends with a good database
my @cases = (
    [ 'no directory', sub { }, $make_it ],
    [ 'an empty directory', sub { mkdir $directory }, $make_it ],
    [ 'an empty data.mdb', sub { mkdir $directory; spew("$directory/data.mdb", '') }, $make_it ],
    [ 'a file in the place of the directory', sub { spew($directory, '') }, qr/part of the path is not a directory; name the right one/ ],
    [ 'a symbolic link that leads nowhere', sub { symlink "$directory-not", $directory }, $make_it ],
    [ 'data.mdb is a text', sub { mkdir $directory; spew("$directory/data.mdb", "name,value\n" x 2000) },
        qr/data\.mdb is not an LMDB file; name the right directory/ ],
    [ 'the LMDB of somebody else', sub { mkdir $directory; load(<<~'DUMP') }, $foreign ],
        VERSION=3
        format=print
        database=accounts
        type=btree
        HEADER=END
         key
         value
        DATA=END
        DUMP
    [ 'an LMDB without named databases', sub { mkdir $directory; load(<<~'DUMP') }, $foreign ],
        VERSION=3
        format=print
        type=btree
        HEADER=END
         meta
         value
        DATA=END
        DUMP
    [ 'a newer format', sub {
            make_good_database();
            my $dump = run_command([ qw(mdb_dump -s meta), $directory ])->{out};
            my $format = unpack 'H*', 'format';
            $dump =~ s/^ $format\n 02000000$/ $format\n 03000000/m or die $dump;
            load($dump);
        }, qr/the database has format 3, this program reads up to 2; install a later version of libjobsessions or mod_jobsessions/ ],
    [ 'data.mdb was cut short', sub {
            make_good_database();
            truncate "$directory/data.mdb", 4 * 4096;
        }, qr/data\.mdb has been cut short \(16384 bytes, \d+ are needed\); restore it from a backup or an export/ ],
    [ 'the directory may not be entered', sub { make_good_database(); chmod 0600, $directory }, $permission ],
    [ 'data.mdb may not be read', sub { make_good_database(); chmod 0200, "$directory/data.mdb" }, $permission ],
    [ 'lock.mdb may not be written', sub { make_good_database(); chmod 0444, "$directory/lock.mdb" }, $permission ],
    [ 'lock.mdb is not there and cannot be made', sub {
            make_good_database();
            unlink "$directory/lock.mdb";
            chmod 0500, $directory;
        }, $permission ],
);
for (@cases) {
    my ($name, $arrange, $remedy) = @$_;
    remove_database();
    unlink $directory;
    $arrange->();
    unavailable_is($remedy, $name);
    unavailable_is($remedy, "$name, still");
    unlink $directory unless -d $directory && !-l $directory;
    make_good_database();
    available_is("$name, put right");
}

subtest 'permissions given back' => sub {
    my %right = ('' => 0700, '/data.mdb' => 0600, '/lock.mdb' => 0600);
    for my $file (sort keys %right) {
        make_good_database();
        chmod 0000, "$directory$file";
        unavailable_is($permission, "nobody may use .$file");
        chmod $right{$file}, "$directory$file";
        available_is("now we may use .$file");
    }
};

subtest 'an empty directory that a worker fills' => sub {
    remove_database();
    mkdir $directory;
    unavailable_is($make_it, 'nothing yet');
    jobsessions($directory, 'put', { stdin => '{"type":"x","status":"Success"}' });
    available_is('its first session', '{"id":"1","type":"x","localizedType":"x","status":"Success","usn":1}');
};

subtest 'a database that is in use, removed and brought back' => sub {
    make_good_database();
    available_is('in use') for 1 .. 10;
    rename $directory, "$directory.aside" or die $!;
    unavailable_is($make_it, 'removed') for 1 .. 3;
    rename "$directory.aside", $directory or die $!;
    available_is('brought back') for 1 .. 10;
};

subtest 'a database that is in use, replaced by a restored copy' => sub {
    make_good_database();
    available_is('in use') for 1 .. 10;
    my @restored = plain_sessions(3, 1000);
    jobsessions("$directory.new", 'import', { stdin => join "\n", @restored });
    rename $directory, "$directory.old" or die $!;
    rename "$directory.new", $directory or die $!;
    available_is('by a new directory', @restored) for 1 .. 10;
    jobsessions($directory, 'put', { stdin => '{"status":"Success"}' });
    available_is('which is written to', @restored, '{"id":"1003","status":"Success","usn":1003}') for 1 .. 10;

    copy("$directory.old/data.mdb", "$directory/data.mdb.new") or die $!;
    rename "$directory/data.mdb.new", "$directory/data.mdb" or die $!;
    unlink "$directory/lock.mdb" or die $!;
    available_is('by a new file, without the lock file of the old one') for 1 .. 10;
    remove_tree("$directory.old");
};

# How long a directory must have been as it is for a look at it alone to tell that (module/identity.c).
my $settled = 3.2;

subtest 'a database that nobody has touched for long, replaced' => sub {
    make_good_database();
    sleep $settled;
    available_is('in use') for 1 .. 3;
    my @restored = plain_sessions(3, 1000);
    jobsessions("$directory.new", 'import', { stdin => join "\n", @restored });
    rename "$directory/$_", "$directory/$_.old" or die $! for qw(data.mdb lock.mdb);
    unavailable_is($make_it, 'its files moved away');
    rename "$directory.new/$_", "$directory/$_" or die $! for qw(data.mdb lock.mdb);
    available_is('by a new file', @restored) for 1 .. 3;
    remove_tree("$directory.new");
};

subtest 'files that are symbolic links, and lead elsewhere' => sub {
    make_good_database();
    my @restored = plain_sessions(3, 1000);
    jobsessions("$directory.new", 'import', { stdin => join "\n", @restored });
    rename $directory, "$directory.old" or die $!;
    symlink "$directory.old", "$directory.target" or die $!;
    mkdir $directory or die $!;
    symlink "$directory.target/$_", "$directory/$_" or die $! for qw(data.mdb lock.mdb);
    sleep $settled;
    available_is('in use') for 1 .. 3;
    symlink "$directory.new", "$directory.other" or die $!;
    rename "$directory.other", "$directory.target" or die $!;
    sleep 1.1;    # what does not show in the directory is looked for once a second
    available_is('by another directory', @restored) for 1 .. 3;
    unlink "$directory.target";
    remove_tree("$directory.$_") for qw(old new);
};

remove_database();
done_testing;
