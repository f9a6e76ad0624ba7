# SPDX-License-Identifier: Apache-2.0
# Exports that the module compresses itself, from what it has kept: whatever was written since, and whatever
# becomes of the directory where that is, decoded they are what a client gets that wants no compression.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use IO::Socket::INET;
use JobSessions::Crowd;
use JobSessions::Httpd;
use JobSessions::Sessions qw(plain_sessions session_of_size);
use JobSessions::SlowClient;
use JobSessions::Test qw(http http_all jobsessions quick_or_long responses run_command slurp spew test_vars wait_until);

my ($mpm) = test_vars('t_logs') =~ /-(\w+)$/;
my $export = '/api/v1/jobSessions/export';
my $seed = $ENV{JOBSESSIONS_SEED} // time;
srand $seed;
note "JOBSESSIONS_SEED=$seed";

sub database ($count) {
    my $db = tempdir(CLEANUP => 1);
    my $import = jobsessions($db, 'import', { stdin => join "\n", plain_sessions($count) });
    is $import->{exit}, 0, "$count sessions" or diag $import->{err};
    return $db;
}

sub server ($db, $cache, %options) {
    my $config = delete($options{config}) // '';
    return JobSessions::Httpd->new(serves => $db, config => "JobSessionsCacheDirectory $cache\nJobSessionsBaseURL http://api.example\n$config", %options)->start;
}

sub packed ($httpd, %options) {
    return http($httpd->port, POST => $export, headers => { 'Accept-Encoding' => 'gzip', %{ $options{headers} // {} } }, map { $_ => $options{$_} } grep { $_ ne 'headers' } keys %options);
}

sub plain ($httpd) { return http($httpd->port, POST => $export)->{body} }

sub gunzip ($bytes) {
    my $run = run_command([qw(gzip -dc)], $bytes);
    return $run->{exit} == 0 ? $run->{out} : "exit $run->{exit}: $run->{err}";
}

# Both of one snapshot, as nobody writes meanwhile.
sub same ($httpd, $name) {
    my $response = packed($httpd);
    is_deeply [ @$response{qw(status exit)}, $response->{headers}{'content-encoding'} ], [ 200, 0, 'gzip' ], "$name: 200, in gzip";
    my $decoded = gunzip($response->{body});
    my $plain = plain($httpd);
    ok $decoded eq $plain, 'which is the plain one' or diag length $decoded, ' bytes, not ', length $plain;
    return $response;
}

# Of ranges; and of the whole.
sub files ($cache) { my @files = grep { !/-whole/ } sort glob "$cache/export-*"; return @files }
sub wholes ($cache) { my @files = sort glob "$cache/export-*-whole*"; return @files }

my $db = database(10_000);

subtest 'what is kept' => sub {
    my $cache = tempdir(CLEANUP => 1);
    my $httpd = server($db, $cache);
    my $first = same($httpd, 'the first');
    my @files = files($cache);
    is scalar @files, 3, 'a file for each 4096 ids';
    is_deeply [ map { (stat)[2] & 0777 } @files ], [ (0600) x 3 ], 'for nobody else';
    my %before = map { $_ => (stat)[1] } @files;
    my $second = same($httpd, 'the second');
    ok $first->{body} eq $second->{body}, 'to the byte the first';
    is_deeply { map { $_ => (stat)[1] } files($cache) }, \%before, 'from the same files';
    jobsessions($db, 'put', { stdin => qq({"type":"A","status":"Running"}\n) });
    same($httpd, 'after a new session');
    is scalar(grep { ($before{$_} // 0) == (stat)[1] } files($cache)), 2, 'a range was made anew';
    my @numbers = map { http($httpd->port, POST => "$export?Times=UnixMilliseconds", headers => $_) } {}, { 'Accept-Encoding' => 'gzip' };
    ok $numbers[0]{body} eq gunzip($numbers[1]{body}) && $numbers[0]{body} ne plain($httpd), 'one with numbers has none of what is kept';
    $httpd->stop;
    my %now = map { $_ => (stat)[1] } files($cache);
    my $restarted = server($db, $cache);
    same($restarted, 'after a restart');
    is_deeply { map { $_ => (stat)[1] } files($cache) }, \%now, 'from the same files';
};

subtest 'the whole in a file' => sub {
    my $db = database(9_000);
    my $cache = tempdir(CLEANUP => 1);
    my %single = (single => 1, modules => [qw(headers)], config => "SendBufferSize 65536\n");
    my $httpd = server($db, $cache, %single);
    my $first = same($httpd, 'the first');
    is_deeply [ wholes($cache) ], [], 'leaves none';
    is $first->{headers}{'content-length'}, undef, 'nobody knows its length';
    same($httpd, 'the second');
    my ($whole) = wholes($cache);
    is_deeply [ map { (stat)[2] & 0777 } wholes($cache) ], [0600], 'leaves one, for nobody else' or return;
    my $inode = (stat $whole)[1];
    my $third = same($httpd, 'the third');
    ok $third->{body} eq $first->{body}, 'to the byte the first';
    is $third->{headers}{'content-length'}, length $first->{body}, 'is told its length';
    my $headers = sub ($response) { my %headers = %{ $response->{headers} }; delete @headers{qw(date content-length transfer-encoding)}; return \%headers };
    is_deeply $headers->($third), $headers->($first), 'and has the headers of the first';
    is +(stat $whole)[1], $inode, 'from the same file';
    is http($httpd->port, POST => $export)->{headers}{'content-encoding'}, undef, 'nobody gets it who wants no gzip';
    my $http10 = packed($httpd, curl => ['--http1.0']);
    ok $http10->{body} eq $first->{body}, 'HTTP/1.0 gets it';

    my $bytes = slurp($whole);
    for my $round (1 .. quick_or_long(12, 300)) {
        my $damaged = $bytes;
        my $kind = int rand 4;
        my $place = int rand(rand() < 0.3 ? 300 : length $bytes);
        substr($damaged, $place) = '' if $kind == 0;
        substr($damaged, $place, 1) ^.= chr(1 << int rand 8) if $kind == 1;
        $damaged .= 'x' if $kind == 2;
        $damaged = join '', map { chr int rand 256 } 1 .. 1000 if $kind == 3;
        spew($whole, $damaged);
        same($httpd, "garbage $round, kind $kind at $place");
        ok slurp($whole) eq $bytes, 'mended';
    }

    jobsessions($db, 'put', { stdin => qq({"id":"1","localizedType":"Changed"}\n) });
    is same($httpd, 'after a change')->{headers}{'content-length'}, undef, 'the first is put together';
    same($httpd, 'the second');
    my $of_change = same($httpd, 'the third');
    is $of_change->{headers}{'content-length'}, length $of_change->{body}, 'comes from the file again';
    spew($whole, $bytes);
    same($httpd, 'that of an earlier version in its place');
    $httpd->stop;
    my $restarted = server($db, $cache, %single);
    is same($restarted, 'after a restart')->{headers}{'content-length'}, undef, 'the first is put together';
    is same($restarted, 'the second')->{headers}{'content-length'}, length $of_change->{body}, 'comes from the file that was there';

    # that a copy has the same version, and others have not
    my $copy = tempdir(CLEANUP => 1);
    run_command([ 'cp', '-a', "$db/.", $copy ]);
    jobsessions($db, 'put', { stdin => qq({"id":"2","localizedType":"Here"}\n) });
    same($restarted, 'here') for 1 .. 3;
    jobsessions($copy, 'put', { stdin => qq({"id":"2","localizedType":"There"}\n) });
    rename $db, "$db.old" or die;
    rename $copy, $db or die;
    same($restarted, 'a copy that had another change, in its place') for 1 .. 3;

    my $small = server($db, tempdir(CLEANUP => 1), config => "JobSessionsCacheLimit 64K\n", single => 1);
    is same($small, 'no room')->{headers}{'content-length'}, undef, 'is put together' for 1 .. 3;
};

subtest 'headers' => sub {
    my $cache = tempdir(CLEANUP => 1);
    my $httpd = server($db, $cache, modules => [qw(filter deflate brotli setenvif headers)], config => <<~CONFIG);
        AddOutputFilterByType BROTLI_COMPRESS;DEFLATE application/json
        SetEnvIf X-Old . no-gzip
        CONFIG
    my %coding = (
        'gzip' => 'gzip', 'x-gzip' => 'gzip', 'GZIP;q=0.1' => 'gzip', '*' => 'gzip', 'br, gzip' => 'gzip', 'identity;q=0.5, gzip;q=0.5' => 'gzip',
        'deflate, gzip;q=1.0, *;q=0.5' => 'gzip', 'identity;q=0, gzip' => 'gzip', 'br' => 'br',
        'gzip;q=0' => undef, '*;q=0' => undef, 'identity, gzip;q=0.5' => undef, 'gzip;q=0, *' => undef, 'deflate' => undef, '' => undef,
    );
    for my $accepted (sort keys %coding) {
        my $response = http($httpd->port, POST => $export, headers => { 'Accept-Encoding' => $accepted });
        my $is = $response->{headers}{'content-encoding'};
        my $expected = $coding{$accepted};
        if ($accepted =~ /^(?:br|identity, gzip;q=0\.5|gzip;q=0, \*)$/) { # theirs to say
            isnt $is // '', 'x', "Accept-Encoding: $accepted";
            next;
        }
        is $is, $expected, "Accept-Encoding: $accepted";
        like $response->{headers}{vary}, qr/\bAccept-Encoding\b/i, 'Vary';
        is gunzip($response->{body}), plain($httpd), 'compressed once' if defined $is;
        is $response->{headers}{'content-type'}, 'application/json; charset=utf-8', 'its type';
    }
    my $old = http($httpd->port, POST => $export, headers => { 'Accept-Encoding' => 'gzip', 'X-Old' => 1 });
    is $old->{headers}{'content-encoding'}, undef, 'no-gzip is heard';
    my $http10 = packed($httpd, curl => ['--http1.0']);
    is $http10->{headers}{'content-length'}, length $http10->{body}, 'HTTP/1.0 is told the length';
    is gunzip($http10->{body}), plain($httpd), 'and gets it';
    my $filtered = http($httpd->port, POST => $export, headers => { 'Accept-Encoding' => 'gzip' }, body => '{"status":["Error"]}');
    is $filtered->{headers}{'content-encoding'}, 'gzip', 'a filtered one';
    my $mistake = http($httpd->port, POST => $export, headers => { 'Accept-Encoding' => 'identity;q=0, gzip' }, body => '{"status":["Nonsense"]}');
    is $mistake->{status}, 400, 'an error';
};

subtest 'a filter that looks at what is sent' => sub {
    my $cache = tempdir(CLEANUP => 1);
    my $httpd = server($db, $cache, modules => [qw(filter substitute)], config => "SetOutputFilter SUBSTITUTE\nSubstitute s/PolicyBackup/XXXX/\n");
    is packed($httpd)->{headers}{'content-encoding'}, undef, 'sees it as it is';
};

subtest 'independent decoders' => sub {
    my $cache = tempdir(CLEANUP => 1);
    my $httpd = server($db, $cache);
    my $plain = plain($httpd);
    for my $round (qw(new kept)) {
        my $packed = packed($httpd)->{body};
        spew("$cache/body.gz", $packed);
        is http($httpd->port, POST => $export, curl => ['--compressed'])->{body}, $plain, "curl, $round";
        my %decoders = (
            python3 => [ 'python3', '-c', 'import sys,zlib; d=zlib.decompressobj(31); sys.stdout.buffer.write(d.decompress(open(sys.argv[1],"rb").read())+d.flush()); assert d.eof and not d.unused_data', "$cache/body.gz" ],
            node    => [ 'node', '-e', 'process.stdout.write(require("zlib").gunzipSync(require("fs").readFileSync(process.argv[1])))', "$cache/body.gz" ],
        );
        for my $name (sort keys %decoders) {
            SKIP: {
                skip "$name is not here", 1 if run_command([ 'sh', '-c', "command -v $name" ])->{exit};
                my $run = run_command($decoders{$name});
                ok $run->{exit} == 0 && $run->{out} eq $plain, "$name, $round" or diag $run->{err};
            }
        }
    }
};

# Of those nothing is kept.
my $later = '/api/v8.1/jobSessions/export';
my @others = (
    (map { [ $export, $_ ] } qw(text/csv application/xml application/x-ndjson)),
    (map { [ $later, $_ ] } qw(application/json text/csv)),
    [ $export, 'application/json', '{"status":["Error"]}' ],
    [ $export, 'application/json', '{"policyName":"no such policy"}' ],
    [ "$export?Durations=Seconds", 'application/json' ],
);

# What it is, and what is sent of it.
sub other ($httpd, $path, $type, $options = '', %headers) {
    return http($httpd->port, POST => $path, body => $options, headers => { Accept => $type, %headers });
}

subtest 'other exports' => sub {
    my $cache = tempdir(CLEANUP => 1);
    my $httpd = server($db, $cache, modules => [qw(filter deflate)], config => <<~CONFIG);
        AddOutputFilterByType DEFLATE application/json text/csv application/xml application/x-ndjson
        <Location "/api/v8.1/jobSessions">
            SetHandler jobsessions
            JobSessionsAnonymous On
            Require all granted
        </Location>
        CONFIG
    for my $other (@others) {
        my $plain = other($httpd, @$other);
        my $packed = other($httpd, @$other[0, 1], $other->[2] // '', 'Accept-Encoding' => 'gzip');
        is_deeply [ map { $_->{status} } $plain, $packed ], [ 200, 200 ], "@$other";
        is_deeply [ map { $_->{headers}{'content-encoding'} } $plain, $packed ], [ undef, 'gzip' ], 'in gzip for who wants it';
        ok gunzip($packed->{body}) eq $plain->{body}, 'and the same';
        is $packed->{headers}{'content-type'}, $plain->{headers}{'content-type'}, 'of the same type';
    }
    is scalar(files($cache)), 0, 'nothing is kept';
    my $list = http($httpd->port, GET => '/api/v1/jobSessions', headers => { 'Accept-Encoding' => 'gzip' });
    is $list->{headers}{'content-encoding'}, 'gzip', 'mod_deflate goes on with lists';
};

# More than sockets buffer also in gzip, so that they wait for what is spooled once for all of a kind.
subtest 'slow clients of equal exports' => sub {
    my $db = tempdir(CLEANUP => 1);
    my @sessions = map { session_of_size($_, 100_000) } 1 .. 60;
    s/x{100,}/join '', map { ('a' .. 'z', 0 .. 9)[rand 36] } 1 .. length $&/e for @sessions;
    is jobsessions($db, 'import', { stdin => join "\n", @sessions })->{exit}, 0, 'sessions' or return;
    my $httpd = server($db, tempdir(CLEANUP => 1), config => "SendBufferSize 65536\n", single => 1);
    my $plain = other($httpd, $export, 'application/x-ndjson')->{body};
    my $unchunked = sub ($body) { my ($response) = responses("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n$body"); return $response->{body} };
    my %decode = ('' => sub ($body) { $body }, 'Accept-Encoding: gzip' => sub ($body) { gunzip($unchunked->($body)) });
    my @crowds = map {
        my $header = $_;
        my $count = $httpd->mpm eq 'prefork' ? 1 : 4;
        JobSessions::Crowd->new($httpd->port, $count, manner => 'ambles', requests => [ [ POST => $export, Accept => 'application/x-ndjson', $header ? split /: /, $header : () ] ],
            judge => sub ($response) { return $response->{status} == 200 && $decode{$header}->($response->{body}) eq $plain });
    } sort keys %decode;
    wait_until { !grep { $_->counts->{right} < 1 } @crowds } 60;
    my @counts = map { $_->stop } @crowds;
    cmp_ok $_->{right}, '>', 0, 'each gets its own, whole' for @counts;
    is_deeply [ map { $_->{wrong} } @counts ], [ 0, 0 ], 'and none another\'s' or diag explain \@counts;
};

subtest 'what becomes of the directory' => sub {
    my $cache = tempdir(CLEANUP => 1);
    my $httpd = server($db, $cache);
    same($httpd, 'before');
    my @files = files($cache);
    my %whole = map { $_ => slurp($_) } @files;
    for my $round (1 .. quick_or_long(8, 200)) {
        for my $file (@files) {
            my $bytes = $whole{$file};
            my $kind = int rand 4;
            my $place = int rand length $bytes;
            $place = int rand 200 if rand() < 0.3;
            substr($bytes, $place) = '' if $kind == 0;
            substr($bytes, $place, 1) ^.= chr(1 << int rand 8) if $kind == 1;
            $bytes .= 'x' x (1 + int rand 100) if $kind == 2;
            $bytes = join '', map { chr int rand 256 } 1 .. 1000 if $kind == 3;
            spew($file, $bytes);
        }
        same($httpd, "garbage $round");
        is_deeply [ map { slurp($_) eq $whole{$_} } @files ], [ (1) x @files ], 'mended' if $round == 1;
    }
    unlink @files;
    my $elsewhere = tempdir(CLEANUP => 1);
    spew("$elsewhere/$_", $whole{ $files[$_] }) for 0 .. $#files;
    symlink "$elsewhere/$_", $files[$_] for 0 .. $#files;
    same($httpd, 'links');
    is scalar(grep { -l } @files), 0, 'are replaced';
    is slurp("$elsewhere/0"), $whole{ $files[0] }, 'and not written through';
    spew($files[0], $whole{ $files[1] });
    same($httpd, 'one in the place of another');
    unlink @files;
    mkdir $_ for @files;
    same($httpd, 'directories');
    rmdir $_ for @files;
    run_command([ 'mkfifo', $files[0] ]);
    same($httpd, 'a pipe');
    unlink @files;
    spew("$files[0].new", '');
    same($httpd, 'somebody else writes it');
    ok !-e $files[0], 'who is not disturbed';
    utime time - 100, time - 100, "$files[0].new";
    same($httpd, 'somebody has gone');
    ok -e $files[0], 'whose place is taken';
    chmod 0622, $files[1];
    same($httpd, 'one that others may write to');
    unlink files($cache);
    chmod 0500, $cache;
    same($httpd, 'read-only');
    chmod 0777, $cache;
    same($httpd, 'anybody\'s');
    is scalar(files($cache)), 0, 'nothing is put there';
    rmdir $cache;
    same($httpd, 'removed');
    spew($cache, 'x');
    same($httpd, 'a file');
    unlink $cache;
    mkdir $cache, 0700;
    same($httpd, 'there again');
    is scalar(files($cache)), 3, 'and used';
    like $httpd->error_log, qr/JS0430: JobSessionsCacheDirectory \S+: .*compressed anew each time/, 'the log has told';
};

subtest 'how much is kept' => sub {
    my $cache = tempdir(CLEANUP => 1);
    my $httpd = server($db, $cache, config => "JobSessionsCacheLimit 0\n");
    same($httpd, 'nothing');
    is scalar(files($cache)), 0, 'nothing';
    $httpd->stop;
    spew("$cache/export-$_", 'x' x 100_000) for 1 .. 40;
    utime time - 3600 - $_, time - 3600 - $_, "$cache/export-$_" for 1 .. 40;
    spew("$cache/other", 'x' x 1_000_000);
    $httpd = server($db, $cache, config => "JobSessionsCacheLimit 2M\n");
    same($httpd, 'two megabytes');
    my $total = 0;
    $total += -s for files($cache);
    cmp_ok $total, '<=', 2 << 20, 'no more';
    ok -e "$cache/export-1" && !-e "$cache/export-40" && -e "$cache/other", 'what was used last stays, and what is not ours';
};

subtest 'a slow client' => sub {
    my $big = database(60_000);
    my $cache = tempdir(CLEANUP => 1);
    my $httpd = server($big, $cache);
    my $plain = plain($httpd);
    for my $round (qw(new kept)) {
        my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $httpd->port, Proto => 'tcp');
        setsockopt $socket, Socket::SOL_SOCKET(), Socket::SO_RCVBUF(), 4096;
        print {$socket} "POST $export HTTP/1.0\r\nHost: x\r\nAccept-Encoding: gzip\r\nContent-Length: 0\r\n\r\n";
        sleep 2;
        my $bytes = do { local $/; <$socket> };
        my ($head, $body) = split /\r\n\r\n/, $bytes, 2;
        like $head, qr/Content-Encoding: gzip/, "$round: in gzip";
        ok gunzip($body) eq $plain, 'and whole';
    }
};

subtest 'sessions of every size' => sub {
    my $db = tempdir(CLEANUP => 1);
    my @sessions = map { session_of_size($_, 60_000 + int rand 1000) } 1 .. 60;
    s/x{100,}/join '', map { ('a' .. 'z', 0 .. 9)[rand 36] } 1 .. length $&/e for @sessions;
    is jobsessions($db, 'import', { stdin => join "\n", @sessions })->{exit}, 0, 'sessions' or return;
    my $cache = tempdir(CLEANUP => 1);
    my $httpd = server($db, $cache);
    same($httpd, 'some megabytes a range') for 1 .. 2;
    my $none = server(tempdir(CLEANUP => 1), tempdir(CLEANUP => 1));
    jobsessions($none->{serves}, 'put', { stdin => qq({"type":"A"}\n) });
    jobsessions($none->{serves}, 'rm', 1, '--force');
    same($none, 'none at all') for 1 .. 2;
};

subtest 'random histories' => sub {
    my $db = database(9_000);
    my $cache = tempdir(CLEANUP => 1);
    my $httpd = server($db, $cache);
    same($httpd, 'at first');
    my $highest = 9_000;
    for my $round (1 .. quick_or_long(12, 300)) {
        my $id = 1 + int rand $highest;
        my %steps = (
            put    => sub { $highest++; jobsessions($db, 'put', { stdin => qq({"type":"Type$round","status":"Success"}\n) }) },
            change => sub { jobsessions($db, 'put', { stdin => qq({"id":"$id","localizedType":"Round $round"}\n) }) },
            oldest => sub { jobsessions($db, 'put', { stdin => qq({"id":"1","localizedType":"Round $round"}\n) }) },
            rm     => sub { jobsessions($db, 'rm', $id, '--force') },
            import => sub { jobsessions($db, 'import', { stdin => qq({"id":"$id","usn":$round,"type":"Again$round","status":"Success"}\n) }) },
            uuid   => sub { $highest++; jobsessions($db, 'put', { stdin => sprintf qq({"id":"%08x-0000-4000-8000-%012x","type":"U"}\n), $round, rand 1e9 }) },
        );
        my @names = sort keys %steps;
        my $name = $names[ rand @names ];
        $steps{$name}->();
        same($httpd, "$round: $name $id");
    }
};

done_testing;
