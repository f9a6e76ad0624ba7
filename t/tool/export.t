# SPDX-License-Identifier: Apache-2.0
# jobsessions export: what POST /api/v1/jobSessions/export answers, on standard output.

use v5.36;
use Test::More;
use File::Copy qw(copy);
use File::Temp qw(tempdir);
use JobSessions::Sessions qw(export_document plain_sessions session_of_size);
use JobSessions::Test qw(build_file decode_json jobsessions make_database readers run_command slurp spew);

my $scratch = tempdir(CLEANUP => 1);
my $tool = build_file('jobsessions');
my $db = make_database("$scratch/example", 't/data/sessions-example.ndjson');
my @example = split /\n/, slurp('t/data/sessions-example.ndjson');

subtest 'the document' => sub {
    my $export = jobsessions($db, 'export', '--base-url', 'https://abc.ukwest.cloudapp.azure.com');
    is_deeply [ @$export{qw(exit out err)} ], [ 0, slurp('t/data/export-example.json'), '' ],
        'the worked example, byte for byte';
    is jobsessions($db, 'export')->{out}, export_document(sessions => \@example), 'links begin at https://localhost';
};

subtest 'links' => sub {
    my %links = (
        'https://a.example'          => [ 'https://a.example',          'https://a.example:443' ],
        'https://a.example/'         => [ 'https://a.example',          'https://a.example:443' ],
        'https://a.example:443'      => [ 'https://a.example',          'https://a.example:443' ],
        'https://a.example:8443'     => [ 'https://a.example:8443',     'https://a.example:8443' ],
        'http://a.example'           => [ 'http://a.example',           'http://a.example:80' ],
        'http://a.example:443'       => [ 'http://a.example:443',       'http://a.example:443' ],
        'HTTPS://a.example'          => [ 'https://a.example',          'https://a.example:443' ],
        'https://[2001:db8::1]'      => [ 'https://[2001:db8::1]',      'https://[2001:db8::1]:443' ],
        'https://[::1]:99/a'         => [ 'https://[::1]:99/a',         'https://[::1]:99/a' ],
        'https://a.example/b%20c/d/' => [ 'https://a.example/b%20c/d',  'https://a.example:443/b%20c/d' ],
        q(https://a.example/b"c\d<é) => [ 'https://a.example/b%22c%5Cd%3C%C3%A9', 'https://a.example:443/b%22c%5Cd%3C%C3%A9' ],
    );
    for my $url (sort keys %links) {
        my ($front, $front_port) = map { "$_/api/v1/jobSessions" } @{ $links{$url} };
        my $export = jobsessions($db, 'export', '--base-url', $url);
        is $export->{out}, export_document(sessions => \@example, links => $front, self => $front_port), $url;
    }
    my %mounts = ('/api/v8.1/jobSessions' => '/api/v8.1/jobSessions', '/a b/"c"' => '/a%20b/%22c%22', '/' => '/');
    for my $mount (sort keys %mounts) {
        my $export = jobsessions($db, 'export', '--mount', $mount);
        is $export->{out}, export_document(
            sessions => \@example,
            links    => "https://localhost$mounts{$mount}",
            self     => "https://localhost:443$mounts{$mount}"), "mounted at $mount";
    }
};

subtest 'wherever it goes' => sub {
    my $large = "$scratch/large";
    jobsessions($large, 'import', { stdin => join "\n", map { session_of_size($_, 100_000) } 1 .. 50 });
    my $file = jobsessions($large, 'export')->{out};
    is decode_json($file)->{totalCount}, 50, 'a file';
    my $pipe = qx($tool -d $large export | cat);
    ok $pipe eq $file, 'and a pipe get the same';

    my $full = run_command([ 'sh', '-c', 'exec "$0" -d "$1" export >/dev/full', $tool, $large ]);
    is $full->{exit}, 3, 'a full disk does not';
    is $full->{err}, "jobsessions: writing the document: No space left on device\n", 'which is said';
    my $closed = run_command([ 'sh', '-c', '{ "$0" -d "$1" export; echo "$?" >&2; } | head -c 10', $tool, $large ]);
    is $closed->{out}, substr($file, 0, 10), 'a reader that has enough';
    unlike $closed->{err}, qr/^0$/m, 'is no success';
    my $ignored = run_command([ 'sh', '-c', 'trap "" PIPE; { "$0" -d "$1" export; echo "$?" >&2; } | head -c 10', $tool, $large ]);
    is $ignored->{err}, "jobsessions: writing the document: Broken pipe\n3\n", 'nor where nobody is killed by it';
    my $limited = run_command([ 'sh', '-c', 'trap "" XFSZ; ulimit -f 8; exec "$0" -d "$1" export >"$2"', $tool, $large, "$scratch/limited" ]);
    is_deeply [ @$limited{qw(exit err)} ], [ 3, "jobsessions: writing the document: File too large\n" ], 'a file that cannot hold it';
    my $spool = run_command([ 'sh', '-c', 'trap "" XFSZ; ulimit -f 8; "$0" -d "$1" export | cat', $tool, $large ]);
    is $spool->{err}, "jobsessions: writing the document: File too large\n", 'nor one on the way to a pipe';
    local $ENV{TMPDIR} = "$scratch/none";
    my $nowhere = run_command([ 'sh', '-c', '{ "$0" -d "$1" export; echo "$?" >&2; } | cat', $tool, $large ]);
    is $nowhere->{out}, '', 'no place on the way to a pipe';
    like $nowhere->{err}, qr{^jobsessions: \Q$scratch\E/none/jobsessions\.\w+: No such file or directory\n3$}, 'is named';
};

subtest 'a snapshot is not kept waiting for a slow pipe' => sub {
    open my $pipe, '-|', $tool, '-d', "$scratch/large", 'export' or die $!;
    sysread $pipe, my $first, 1 or die 'no export';
    is_deeply [ grep { $_->{active} } readers("$scratch/large") ], [], 'by the first byte it has ended';
    local $/ = undef;
    is decode_json($first . readline $pipe)->{totalCount}, 50, 'and the reader gets everything';
    ok close $pipe, 'in the end';
};

subtest 'a damaged record' => sub {
    my $damaged = "$scratch/damaged";
    jobsessions($damaged, 'import', { stdin => join "\n", plain_sessions(20) });
    my $whole = jobsessions($damaged, 'export')->{out};
    my $data = slurp("$damaged/data.mdb");
    is scalar(() = $data =~ /"policy of session 7"/g), 1, 'one record on disk';    # its policy's runs have the bare name
    substr($data, $-[0] + 1, 1) ^.= "\x01" if $data =~ /"policy of session 7"/;
    spew("$damaged/data.mdb", $data);

    my $export = jobsessions($damaged, 'export');
    is $export->{exit}, 3, 'is no success';
    is $export->{err}, "jobsessions: $damaged: session 7 is damaged: its checksum does not match; "
        . "a placeholder stands in its place\n", 'the message names it';
    is length $export->{out}, length $whole, 'the document keeps its length';
    my $document = decode_json($export->{out});
    is_deeply [ map { $_->{id} } @{ $document->{results} } ], [ reverse 1 .. 20 ], 'and its sessions';
    my ($placeholder) = grep { $_->{id} eq '7' } @{ $document->{results} };
    is $placeholder->{status}, 'Unknown', 'the damaged one has the status Unknown';
    is $placeholder->{_links}{self}{href}, 'https://localhost/api/v1/jobSessions/7', 'and its links';
    is_deeply [ grep { $_->{id} ne '7' } @{ $document->{results} } ],
        [ grep { $_->{id} ne '7' } @{ decode_json($whole)->{results} } ], 'the others are untouched';

    my ($session) = plain_sessions(1, 7);
    is jobsessions($damaged, 'put', { stdin => '{"status":"Success","id":"7","note":"x"}' })->{exit}, 1, 'it cannot be patched';
    is jobsessions($damaged, 'import', { stdin => $session })->{exit}, 0, 'but imported anew';
    is jobsessions($damaged, 'export')->{out}, $whole, 'and is whole again';
};

subtest 'no database' => sub {
    mkdir "$scratch/empty";
    mkdir "$scratch/text";
    spew("$scratch/text/data.mdb", "no database\n" x 1000);
    mkdir "$scratch/cut";
    copy("$db/data.mdb", "$scratch/cut/data.mdb");
    truncate "$scratch/cut/data.mdb", 3 * 4096;
    my %messages = (
        "$scratch/none"  => 'there is no database; name the right directory',
        "$scratch/empty" => 'there is no database; name the right directory',
        "$scratch/text"  => 'data.mdb is not an LMDB file; name the right directory',
        "$scratch/cut"   => 'data.mdb has been cut short (12288 bytes, ',
    );
    for my $directory (sort keys %messages) {
        my $export = jobsessions($directory, 'export');
        is_deeply [ @$export{qw(exit out)} ], [ 3, '' ], $directory =~ s/.*\///r;
        like $export->{err}, qr/^jobsessions: \Q$directory\E: .*\Q$messages{$directory}\E/, 'what and what to do';
    }
    ok !-e "$scratch/none", 'a reader makes no directory';
    ok !-e "$scratch/empty/lock.mdb", 'and leaves no file behind';
};

done_testing;
