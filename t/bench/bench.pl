#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The bench; "make -f Makefile.apxs bench" builds what it needs, then calls it.
# usage: bench.pl [--size SESSIONS] [--rounds N] [--seconds S] [SECTION...]
#   --size     the largest database (1000000)
#   --rounds   how often the sides take turns (7)
#   --seconds  how long wrk loads a side, a whole number (1)
#   SECTION    names from the list @sections below; all of them if not given
# Everything happens in one folder below TMPDIR (/var/tmp), which is removed at the end.
use v5.36;
use FindBin qw($Bin);
use lib "$Bin/lib";
use utf8;
use open qw(:std :encoding(UTF-8));

use File::Copy qw(copy);
use File::Temp ();
use Getopt::Long qw(GetOptions);
use JSON::PP ();
use List::Util qw(sum);
use POSIX qw(strftime);
use Time::HiRes qw(sleep time);

use Bench::Lag qw(watch lags);
use Bench::Load qw(alternate wrk h2load fetch first_byte download slow_client idle_client);
use Bench::Machine qw(machine versions slurp);
use Bench::Postgres;
use Bench::Processes qw(start stop stop_all in_background wait_for have_ended run output free_ports await_port
    anonymous_memory peak_memory run_watched child_of);
use Bench::Report qw(row section rows median);

use constant {
    EXPORT       => '/api/v1/jobSessions/export',
    COLLECTION   => '/api/v1/jobSessions',
    MIB          => 2**20,
    WRITERS      => 4,
    SLOW_CLIENTS => 50,
    SLOW_RATE    => 10_000,    # bytes a second
    FREE_MEMORY  => 2048 * 2**20,
    APPLIANCES   => 200,
    CHANGERS     => 4,
    CHANGING     => 10,        # seconds
};

my @packages = qw(apache2-bin nginx-light wrk nghttp2-client golang-go golang-github-bmatsuo-lmdb-go-dev
    python3 python3-fastapi python3-lmdb python3-psycopg python3-psycopg2 uvicorn libaprutil1-dbd-pgsql libjansson4 liblmdb0 lmdb-utils postgresql
    valgrind);
my @sections = (
    export => \&export, tls_h2 => \&tls_h2, sizes => \&sizes, writers => \&writers, pages => \&pages,
    lists => \&lists, listing => \&listing, writes => \&writes, peers => \&peers, compression => \&compression,
    compressed => \&compressed,
    instructions => \&instructions, memory => \&memory, slow => \&slow, crowd => \&crowd,
    backup => \&backup, follow => \&follow, fleet => \&fleet,
);

my ($size, $rounds, $seconds) = (1_000_000, 7, 1);
GetOptions('size=i' => \$size, 'rounds=i' => \$rounds, 'seconds=i' => \$seconds) && $size >= 1000
    or die "usage: bench.pl [--size SESSIONS] [--rounds N] [--seconds S] [SECTION...]; "
    . "SESSIONS are 1000 or more\n";
my %wanted = map { $_ => 1 } @ARGV;
my %known = @sections;
for (sort keys %wanted) { die "$_: there is no such section\n" unless $known{$_} }

my $build = "$Bin/../../build";
my $usual = $size < 100_000 ? $size : 100_000;        # what most is measured with
my $big = $size < 1_000_000 ? $size : 1_000_000;
my @sizes = ((grep { $_ < $size } map { 10**$_ } 3 .. 9), $size);
my @series;                                           # for the plot

my $user = $> == 0 ? 'www-data' : '';
my $folder = File::Temp->newdir('jobsessions-bench.XXXXXX', DIR => $ENV{TMPDIR} // '/var/tmp');
my $state = "$folder";
my (%port, %pid);
my $owner = $$;
local $SIG{INT} = local $SIG{TERM} = sub { exit 130 };
END { local $?; stop_all() if $owner && $owner == $$ }

my $began = time;
chmod 0711, $state;
mkdir "$state/$_" for qw(db static spool cache httpd nginx jansson fleet logs bin);
my $machine = machine();
my $versions = versions(@packages);
print_machine();
make_databases();
start_httpd();
make_static_files();
while (my ($name, $measure) = splice @sections, 0, 2) {
    $measure->() if !%wanted || $wanted{$name};
}
finish();

# ---- What is measured on -----------------------------------------------------------------------

sub print_machine () {
    say "mod_jobsessions bench, ", strftime('%Y-%m-%d %H:%M UTC', gmtime);
    say "$machine->{processors} × $machine->{cpu}, $machine->{memory_gib} GiB, $machine->{system}, "
        . "Linux $machine->{kernel}, load $machine->{load_at_start}";
    say join ', ', map { "$_ $versions->{$_}" } grep { $versions->{$_} } @packages;
    say "largest database $size sessions, $rounds rounds";
    return;
}

sub database ($name) { return "$state/db/$name" }

sub own (@paths) {
    run('chown', '-R', "$user:", @paths) if $user;
    return;
}

# Import what generate.pl writes; the big one also shows how fast that is.
sub make_databases () {
    my $sessions = "$state/sessions.ndjson";
    for my $count (sort { $a <=> $b } keys %{ { map { $_ => 1 } @sizes, $usual, $big } }) {
        if ($count == $big) { time_import($count, $sessions) }
        else { run('sh', '-c', "perl '$Bin/generate.pl' $count | '$build/jobsessions' -d '"
                . database($count) . "' import") }
    }
    own("$state/db", "$state/spool", "$state/cache");
    return;
}

# script(1) is a terminal to the tool: a person who waits would see what it writes.
sub time_import ($count, $file) {
    run('sh', '-c', "perl '$Bin/generate.pl' $count >'$file'");
    my $import = "'$build/jobsessions' -d '" . database($count) . "' import <'$file'";
    my $started = time;
    run('script', '-qec', $import, "$state/import.log");
    my $took = time - $started;
    my @said = grep { /\d/ && !/^Script / } split /[\r\n]+/, slurp("$state/import.log");
    section('Import');
    row(target => 8, what => "import of $count sessions", unit => '/s', ours => [ $count / $took ]);
    row(target => 8, what => '… lines of progress on a terminal', unit => '', at_least => 2,
        ours => [ @said - 1 ]);    # the last one is the result
    unlink $file;
    return;
}

# A configuration from its template.
sub configure ($template, $target, %values) {
    my $text = slurp("$Bin/$template");
    my %all = (%values, %port, state => $state, usual => $usual,
        modules => (output($ENV{APXS} // 'apxs', '-q', 'LIBEXECDIR') =~ s/\s+$//r));
    $text =~ s/\@(\w+)\@/$all{$1} \/\/ die "$template: \@$1\@ is not known\n"/ge;
    open my $file, '>', $target or die "$target: $!\n";
    print {$file} $text;
    close $file;
    return $target;
}

sub httpd () { return (grep { -x } map { "$_/apache2" } split(/:/, $ENV{PATH}), '/usr/sbin')[0] // 'apache2' }

sub httpd_user () { return $user ? "User $user\nGroup $user" : '' }

sub start_httpd () {
    %port = free_ports((map { "size_$_" } @sizes), qw(busy slow crowd tls h2c gzip gzip1 packed packed_tls deflated brotli nginx
        jansson go python fleet psycopg psycopg2));
    run('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
        '-days', 2, '-subj', '/CN=localhost', '-keyout', "$state/httpd/localhost.key",
        '-out', "$state/httpd/localhost.pem");
    my $hosts = join "\n", map { my $port = $port{"size_$_"};
        "Listen 127.0.0.1:$port\n<VirtualHost 127.0.0.1:$port>\n    JobSessionsDatabase "
            . database($_) . "\n</VirtualHost>" } @sizes;
    my $conf = configure('httpd.conf.in', "$state/httpd/httpd.conf", sizes => $hosts,
        user => httpd_user(), module => "$build/mod_jobsessions.so");
    $pid{httpd} = start(command => [ httpd(), '-f', $conf, '-DFOREGROUND' ], log => "$state/logs/httpd");
    await_port($port{tls}, $pid{httpd}, "$state/logs/httpd");
    $port{usual} = $port{"size_$usual"};
    $port{big} = $port{"size_$big"};
    return;
}

sub url ($name, $path, $scheme = 'http') { return "$scheme://127.0.0.1:$port{$name}$path" }

sub save ($name, $bytes) {
    open my $file, '>:raw', "$state/static/$name" or die "$name: $!\n";
    print {$file} $bytes;
    close $file;
    return;
}

# The peers of httpd's static files are the very bytes the module answers.
sub make_static_files () {
    my %paths = ('session.json' => COLLECTION . '/' . int($usual / 2), 'page.json' => COLLECTION . '?Limit=50');
    save($_, answer('usual', GET => $paths{$_})) for keys %paths;
    save('export.json', answer('usual', POST => EXPORT));
    run('curl', '-sfk', '-X', 'POST', '-o', "$state/static/export-tls.json", url('tls', EXPORT, 'https'));
    run('curl', '-sfk', '-X', 'POST', '-o', "$state/static/export-h2c.json", url('h2c', EXPORT));
    chmod 0755, "$state/static";
    chmod 0644, glob "$state/static/*";
    return;
}

sub answer ($name, $method, $path) {
    my $answer = fetch($port{$name}, $method, $path);
    die "$method $path: status $answer->{status}\n" if $answer->{status} != 200;
    return $answer->{body};
}

# ---- Measures: the numbers of issue 5 ------------------------------------------------------------

# What one side of a throughput measurement does: bytes a second. Both sides send the same body, so
# their ratio is that of requests, but a response that is under way when time is up counts too.
sub throughput ($url, $connections, %given) {
    return sub {
        my $result = wrk($url, connections => $connections, seconds => $seconds,
            script => "$Bin/wrk.lua", %given);
        return $result->{bytes} / $result->{seconds};
    };
}

sub request_rate ($url, $connections, %given) {
    return sub {
        my $result = wrk($url, connections => $connections, seconds => $seconds,
            script => "$Bin/wrk.lua", %given);
        return $result->{requests} / $result->{seconds};
    };
}

sub start_nginx () {
    $pid{nginx} = start(log => "$state/logs/nginx", command => [ 'nginx', '-p', "$state/nginx", '-c',
        configure('nginx.conf.in', "$state/nginx/nginx.conf", user => $user ? "user $user;" : '') ]);
    await_port($port{nginx}, $pid{nginx}, "$state/logs/nginx");
    return;
}

sub export () {
    start_nginx();
    my $length = -s "$state/static/export.json";
    section("Export of $usual sessions ($length bytes), HTTP/1.1");
    for my $connections (1, 4) {
        my %rate = alternate($rounds,
            ours  => throughput(url('usual', EXPORT), $connections, method => 'POST'),
            httpd => throughput(url('usual', '/export.json'), $connections),
            nginx => throughput(url('nginx', '/export.json'), $connections));
        my %both = (target => 1, unit => 'B/s', ours => $rate{ours});
        row(%both, what => "$connections connection(s), peer: httpd, static file", peer => $rate{httpd},
            at_least => 1.2);
        row(%both, what => "$connections connection(s), peer: nginx, static file", peer => $rate{nginx},
            at_least => 1.5);
    }
    stop($pid{nginx});
    return;
}

sub tls_h2 () {
    section("Export of $usual sessions, TLS and HTTP/2; peer: httpd, static file");
    for my $connections (1, 4) {
        my %rate = alternate($rounds,
            ours => throughput(url('tls', EXPORT, 'https'), $connections, method => 'POST'),
            peer => throughput(url('tls', '/export-tls.json', 'https'), $connections));
        row(target => 2, what => "TLS, HTTP/1.1, $connections connection(s)", unit => 'B/s', %rate, at_least => 1);
    }
    my $requests = $usual < 100_000 ? 40 : 12;
    for my $side ([ 'tls', 'https', 'TLS, HTTP/2' ], [ 'h2c', 'http', 'HTTP/2 without TLS' ]) {
        my ($name, $scheme, $what) = @{$side};
        my $bytes = -s "$state/static/export-$name.json";
        my %rate = alternate($rounds,
            ours => sub { $bytes / h2load(url($name, EXPORT, $scheme), 'POST', $requests) },
            peer => sub { $bytes / h2load(url($name, "/export-$name.json", $scheme), 'GET', $requests) });
        row(target => 2, what => "$what, 1 connection", unit => 'B/s', %rate, at_least => 1);
    }
    return;
}

sub sizes () {
    section('Size of the database, one client');
    my (%first, %rate);
    download($port{"size_$_"}, POST => EXPORT) for @sizes;    # into the page cache
    for my $round (1 .. $rounds) {
        for my $count (@sizes) {
            my @times = map { first_byte($port{"size_$count"}, POST => EXPORT) } 1 .. 20;
            push @{ $first{$count} }, median(@times);
            push @{ $rate{$count} }, download_rate($count);
        }
    }
    my ($small, $middle) = ($sizes[0], $usual);
    row(target => 3, what => "time to first byte, $size sessions; peer: $small", unit => 's',
        ours => $first{$size}, peer => $first{$small}, at_most => 2);
    row(target => 3, what => "throughput, $size sessions; peer: $middle", unit => 'B/s',
        ours => $rate{$size}, peer => $rate{$middle}, at_least => 0.8);
    for my $count (@sizes) {
        my $rate = median(@{ $rate{$count} });
        my $first = median(@{ $first{$count} });
        push @series, { sessions => $count, bytes_per_second => $rate, first_byte_seconds => $first };
    }
    return;
}

# Downloads of small databases follow each other until there is something to measure.
sub download_rate ($count) {
    my ($bytes, $took) = (0, 0);
    while ($took < 0.1) {
        my $result = download($port{"size_$count"}, POST => EXPORT);
        $bytes += $result->{bytes};
        $took += $result->{seconds};
    }
    return $bytes / $took;
}

sub start_writers ($database, $sessions = 0) {
    return map { start(command => [ "$build/bench/store", 'write', $database, $sessions ], user => $user,
        log => "$state/logs/writer") } 1 .. WRITERS;
}

sub writers () {
    section('While ' . WRITERS . ' workers commit without pause');
    run('cp', '-a', database($usual), database('busy'));
    my $rate = throughput(url('busy', EXPORT), 1, method => 'POST');
    my $file = throughput(url('busy', '/export.json'), 1);
    my $meanwhile = sub ($measure) {
        return sub {
            my @writers = start_writers(database('busy'));
            my $busy = $measure->();
            stop(@writers);
            return $busy;
        };
    };
    my %rate = alternate($rounds, peer => $rate, ours => $meanwhile->($rate), file => $file,
        file_meanwhile => $meanwhile->($file));
    row(target => 5, what => "export of $usual sessions, 1 connection; peer: idle", unit => 'B/s', at_least => 0.8,
        ours => $rate{ours}, peer => $rate{peer});
    row(target => 5, what => '… what the machine leaves: static file; peer: idle', unit => 'B/s',
        ours => $rate{file_meanwhile}, peer => $rate{file});
    return;
}

sub pages () {
    section('Small answers, 4 connections; peer: httpd, static file of the same bytes');
    my %resources = (session => COLLECTION . '/' . int($usual / 2), page => COLLECTION . '?Limit=50');
    my (%ok, %not_modified);
    for my $name (qw(session page)) {
        my $length = -s "$state/static/$name.json";
        my %rate = alternate($rounds,
            ours => request_rate(url('usual', $resources{$name}), 4),
            peer => request_rate(url('usual', "/$name.json"), 4));
        row(target => 6, what => "GET of one $name ($length bytes)", unit => '/s', %rate, at_least => 1.2);
        my $unchanged = request_rate(url('usual', $resources{$name}), 4, header => if_none_match($resources{$name}));
        my %rate304 = alternate($rounds, ours => $unchanged,
            peer => request_rate(url('usual', "/$name.json"), 4, header => if_none_match("/$name.json")),
            full => request_rate(url('usual', $resources{$name}), 4));
        row(target => 6, what => "304 of one $name; peer: 304 of the file", unit => '/s', at_least => 1,
            ours => $rate304{ours}, peer => $rate304{peer});
        row(target => 6, what => "304 of one $name; peer: our own 200", unit => '/s', at_least => 1,
            ours => $rate304{ours}, peer => $rate304{full});
    }
    return;
}

sub if_none_match ($path) {
    my ($tag) = fetch($port{usual}, GET => $path)->{header} =~ /^ETag: (.*?)\r?$/mi
        or die "$path has no entity tag\n";
    my $status = fetch($port{usual}, GET => $path, "If-None-Match: $tag")->{status};
    die "$path: status $status where 304 was expected\n" if $status != 304;
    return [ 'If-None-Match', $tag ];
}

# What is counted with each write: a month of days in the middle, and the policies. Of these no run is in the window, as
# sessions are of 2020 and later; what is read of each is the same.
sub counts ($from) {
    my $time = sub ($path) {
        return sub {
            my $result = wrk(url('big', COLLECTION . $path), seconds => $seconds, script => "$Bin/wrk.lua");
            return $result->{seconds} / $result->{requests};
        };
    };
    my $to = strftime('%Y-%m-%d', gmtime 1_577_836_800 + 60 * int($big / 2) + 29 * 86400);
    for (["/summary?FromUtc=$from&ToUtc=$to", 'summary with 30 days'], [ '/policies', 'a page of 50 policies' ]) {
        my ($path, $what) = @$_;
        my %took = alternate($rounds, ours => $time->($path), peer => $time->('?Limit=50'));
        row(target => 20, what => "$what; peer: unfiltered page of 50", unit => 's', %took, at_most => 5);
    }
    return;
}

sub lists () {
    section("Lists over $big sessions");
    my $time = sub ($query) {
        return sub {
            my $result = wrk(url('big', COLLECTION . "?Limit=50$query"), seconds => $seconds,
                script => "$Bin/wrk.lua");
            return $result->{seconds} / $result->{requests};
        };
    };
    # one session a minute from 2020-01-01 on: a week of them in the middle
    my $middle = 1_577_836_800 + 60 * int($big / 2);
    my ($from, $to) = map { strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $_) } $middle, $middle + 7 * 86400;
    my %took = alternate($rounds, ours => $time->("&FromUtc=$from&ToUtc=$to"), peer => $time->(''));
    my $found = JSON::PP::decode_json(answer('big', GET => COLLECTION . "?Limit=50&FromUtc=$from&ToUtc=$to"));
    die "the range of a week holds nothing\n" if !$found->{totalCount};
    row(target => 7, what => 'first page of a week; peer: unfiltered first page', unit => 's', %took, at_most => 2,
        note => "$found->{totalCount} sessions match");
    counts($from);
    my (@rates, @took);
    for my $line (split /\n/, output("$build/bench/store", 'scan', database($big), $rounds + 1)) {
        my ($headers, undef, $took) = split ' ', $line;
        push @rates, $headers / $took;
        push @took, $took;
    }
    shift @rates;    # the first brings the index into the processor's reach
    row(target => 7, what => 'scan for Status and Types, headers a second, one core', unit => '/s',
        ours => \@rates, at_least => 20e6);
    my %scan = alternate($rounds, ours => $time->('&Status=Error&Status=Warning&Types=PolicyBackup'),
        peer => $time->(''));
    row(target => 7, what => 'the same through httpd; peer: unfiltered first page', unit => 's', %scan);
    return;
}

# Seconds from the start of the tool's list to its first session, or to its end where none matches.
sub first_session (@filters) {
    my $started = time;
    my $pid = open my $list, '-|', "$build/jobsessions", '-d', database($big), 'list', @filters or die "list: $!\n";
    my $head = readline $list;
    my $line = readline $list;
    my $took = time - $started;
    kill KILL => $pid;
    close $list;
    die "list @filters: nothing\n" if !defined $head;
    return ($took, defined $line);
}

sub listing () {
    section("jobsessions list of $big sessions: until the first one is printed, or none is found");
    my ($middle, $behind) = map { strftime('%Y-%m-%d', gmtime 1_577_836_800 + 60 * int($big / 2) + 86400 * $_) } 0, 1;
    my @kinds = (
        [ 'no filter' ],
        [ '--status Error,Warning', '--status', 'Error,Warning' ],
        [ '--type RestoreDisks', '--type', 'RestoreDisks' ],
        [ '--policy with a UUID', '--policy', '4e096ba7-8125-4d5d-804b-581f4e6c0007' ],
        [ "--policy 'Nightly*'", '--policy', 'Nightly*' ],
        [ '--since the middle', '--since', $middle ],
        [ 'a day in the middle', '--since', $middle, '--until', $behind ],
        [ '--status Failed', '--status', 'Failed' ],
    );
    for my $kind (@kinds) {
        my ($what, @filters) = @$kind;
        my @rounds = map { [ first_session(@filters) ] } 1 .. $rounds;
        my @target = $rounds[0][1] ? (at_most => 0.05) : (note => 'none matches: this is the end');
        row(target => 22, what => $what, unit => 's', ours => [ map { $_->[0] } @rounds ], @target);
    }
    return;
}

sub writes () {
    section('Writes');
    my (@ours, @bare, @batches);
    my ($commits, $batch) = (200, 1000);
    mkdir "$state/db/bare";
    for my $line (split /\n/, output("$build/bench/store", 'commit', database('commit'), database('bare'),
        $commits, 2 * $rounds)) {
        my ($ours, $bare) = split ' ', $line;
        push @ours, $commits / $ours;
        push @bare, $commits / $bare;
    }
    row(target => 8, what => 'single durable commits; peer: bare mdb_put and commit', unit => '/s',
        ours => \@ours, peer => \@bare, at_least => 0.9);
    @batches = map { $batch / $_ } split /\n/,
        output("$build/bench/store", 'batch', database('batch'), $batch, 10 * $rounds);
    row(target => 8, what => "sessions a second in batches of $batch, one core", unit => '/s',
        ours => \@batches, at_least => 50_000);
    crowds();
    return;
}

# Processes that commit one session each, again and again: how many a second, and the 99th latency of each.
sub together ($workers) {
    my $seconds = 2;
    my @lines = map { [split] } split /\n/, output("$build/bench/store", 'many', database('many'), $workers, $seconds);
    return { rate => sum(map { $_->[0] } @lines) / $seconds, latencies => [ sort { $a <=> $b } map { $_->[2] } @lines ] };
}

sub crowds () {
    my @crowds = map { { alone => together(1), sixteen => together(16), fifty => together(50) } } 1 .. $rounds;
    row(target => 10, what => 'durable commits a second of 16 processes; peer: of one alone', unit => '/s',
        ours => [ map { $_->{sixteen}{rate} } @crowds ], peer => [ map { $_->{alone}{rate} } @crowds ], at_least => 3);
    row(target => 10, what => '99th latency of the slowest of 50 processes; peer: of the fastest', unit => 's',
        ours => [ map { $_->{fifty}{latencies}[-1] } @crowds ], peer => [ map { $_->{fifty}{latencies}[0] } @crowds ], at_most => 5);
    return;
}

sub peers () {
    section("What one would write instead, export of $usual sessions");
    copy("$Bin/server.py", "$state/bin/server.py");
    copy("$build/bench/server", "$state/bin/server");
    chmod 0755, "$state/bin", "$state/bin/server", "$state/bin/server.py";
    my %peers = (
        go => [ 25, 'Go: net/http, LMDB, encoding/json', "$state/bin/server", "127.0.0.1:$port{go}", database($usual) ],
        python => [ 75, 'Python: FastAPI, py-lmdb', '/usr/bin/python3', "$state/bin/server.py", $port{python},
            database($usual) ],
        jansson => [ 50, 'a jansson tree in httpd', httpd(), '-DFOREGROUND', '-f',
            configure('jansson.conf.in', "$state/jansson/httpd.conf", user => httpd_user(),
                jansson_tree => "$build/bench/mod_jansson_tree.so") ],
    );
    for my $name (qw(go python jansson)) {
        my ($expected, $what, @command) = @{ $peers{$name} };
        my $pid = start(command => \@command, user => $name eq 'jansson' ? '' : $user, log => "$state/logs/$name");
        await_port($port{$name}, $pid, "$state/logs/$name");
        compare_body($name);
        my %took = alternate(3,
            ours => sub { download($port{usual}, POST => EXPORT)->{seconds} },
            peer => sub { download($port{$name}, POST => EXPORT)->{seconds} });
        # as speeds, so that the ratio reads "times as fast"
        row(target => 9, what => "exports a second; peer: $what", unit => '/s', at_least => $expected,
            ours => [ map { 1 / $_ } @{ $took{ours} } ], peer => [ map { 1 / $_ } @{ $took{peer} } ]);
        row(target => 9, what => '… anonymous memory of the server afterwards', unit => 'B',
            ours => [ anonymous_memory(child_of($pid{httpd})) ],
            peer => [ anonymous_memory($name eq 'jansson' ? child_of($pid) : $pid) ]);
        stop($pid);
    }
    return;
}

# A peer that answers something else would be no peer.
sub compare_body ($name) {
    my ($ours, $theirs) = map { answer($_, POST => EXPORT) =~ s/127\.0\.0\.1:$port{$_}/HOST/gr =~ s/\n$//r }
        'usual', $name;
    return if $ours eq $theirs;
    my $at = 0;
    $at++ while substr($ours, $at, 1) eq substr($theirs, $at, 1);
    die "$name answers something else at byte $at:\n" . substr($ours, $at > 40 ? $at - 40 : 0, 120) . "\n"
        . substr($theirs, $at > 40 ? $at - 40 : 0, 120) . "\n";
}

sub compression () {
    section("Compression of an export of $usual sessions; peer: without");
    my $child = child_of($pid{httpd});
    for my $side ([ 'gzip1', 'gzip', 'mod_deflate, level 1' ], [ 'gzip', 'gzip', 'mod_deflate, level 6' ],
        [ 'brotli', 'br', 'mod_brotli' ]) {
        my ($name, $coding, $what) = @{$side};
        my $accept = "Accept-Encoding: $coding";
        my $length = download($port{$name}, POST => EXPORT, $accept)->{bytes};    # warms the server up, too
        my %took = alternate(3,
            ours => sub { download($port{$name}, POST => EXPORT, $accept)->{seconds} },
            peer => sub { download($port{usual}, POST => EXPORT)->{seconds} });
        row(target => 'How', what => "$what: seconds of an export", unit => 's', %took,
            note => sprintf '%d bytes instead of %d', $length, -s "$state/static/export.json");
        my $before = anonymous_memory($child);
        my $peak = peak_memory($child, in_background(sub { download($port{$name}, POST => EXPORT, $accept) }));
        row(target => 'How', what => "$what: memory grows by", unit => 'B', ours => [ $peak - $before ],
            at_most => 4 * MIB);    # the encoder's window and tables; nothing of the document
    }
    return;
}

# Sessions of a database of its own, as others go on with theirs.
sub change_sessions (@ids) {
    state $round = 0;
    $round++;
    open my $put, '|-', "'$build/jobsessions' -d '" . database('packed') . "' put >/dev/null" or die "put: $!\n";
    printf {$put} qq({"id":"%d","localizedType":"Round %d"}\n), $_, $round for @ids;
    close $put or die "put failed\n";
    return;
}

sub compressed () {
    section("Exports that the module compresses, $usual sessions; peer: mod_deflate, level 1, unless it is named");
    run('sh', '-c', "perl '$Bin/generate.pl' $usual | '$build/jobsessions' -d '" . database('packed') . "' import");
    own(database('packed'));
    my @gzip = (POST => EXPORT, 'Accept-Encoding: gzip');
    my $packed = sub { download($port{packed}, @gzip)->{seconds} };
    my $today = sub { download($port{gzip1}, @gzip)->{seconds} };
    my ($length, $deflated) = map { download($port{$_}, @gzip)->{bytes} } qw(packed gzip1);
    start_nginx();
    save('packed.json', '');
    run('curl', '-sS', '-X', 'POST', '-H', 'Accept-Encoding: gzip', '-o', "$state/static/packed.json.gz", url('packed', EXPORT));
    my @row = (target => 1, unit => '/s');
    my $compare = sub ($what, $least, $ours, $peer, @more) {
        my %took = alternate(5, ours => $ours, peer => $peer);
        row(@row, what => $what, at_least => $least, map({ $_ => [ map { 1 / $_ } @{ $took{$_} } ] } qw(ours peer)), @more);
    };
    my $change = sub (@ids) { sub { change_sessions($ids[0]->()); $packed->() } };
    $compare->('exports a second, nothing changed', 30, $packed, $today, note => "$length bytes, mod_deflate's $deflated");
    $compare->('… peer: plain', 5, $packed, sub { download($port{usual}, POST => EXPORT)->{seconds} });
    $compare->('… peer: nginx, gzip_static', 0.8, $packed, sub { download($port{nginx}, GET => '/packed.json', 'Accept-Encoding: gzip')->{seconds} });
    $compare->('… the newest 100 changed', 8, $change->(sub { $usual - 99 .. $usual }), $today);
    $compare->('… 1 % changed anywhere', 2, $change->(sub { map { 1 + int rand $usual } 1 .. $usual / 100 }), $today);
    $compare->('… nothing kept', 1, sub { unlink glob "$state/cache/*"; $packed->() }, $today);
    stop($pid{nginx});

    my $requests = 12;
    my %tls = alternate($rounds,
        ours => sub { 1 / h2load(url('packed_tls', EXPORT, 'https'), 'POST', $requests, 'accept-encoding: gzip') },
        peer => sub { 1 / h2load(url('tls', EXPORT, 'https'), 'POST', $requests) });
    row(target => 9, what => 'TLS, HTTP/2, nothing changed; peer: plain', unit => '/s', %tls, at_least => 3);
    compressed_beside_writers();
    return;
}

# What four clients get, and what they cost a child, while workers commit without pause.
sub compressed_beside_writers () {
    my $clients = 4;
    my $child = child_of($pid{httpd});
    my %gzip = (seconds => 5 * $seconds, method => 'POST', header => [ 'Accept-Encoding', 'gzip' ]);
    my $before = anonymous_memory($child);
    my $plain_peak = peak_memory($child, in_background(throughput(url('usual', EXPORT), $clients, method => 'POST')));
    my @writers = start_writers(database('packed'));
    my $peak = peak_memory($child, in_background(throughput(url('packed', EXPORT), $clients, %gzip)));
    my %rate = alternate(3,
        ours => request_rate(url('packed', EXPORT), $clients, %gzip),
        peer => request_rate(url('deflated', EXPORT), $clients, %gzip));
    stop(@writers);
    row(target => 4, what => "$clients clients while " . WRITERS . ' workers commit', unit => '/s', %rate, at_least => 5);
    row(target => 4, what => '… the child grows by', unit => 'B', ours => [ $peak - $before ]);
    row(target => 4, what => '… beyond what it does for plain ones', unit => 'B', ours => [ $peak - ($plain_peak > $before ? $plain_peak : $before) ], at_most => 2 * MIB);
    return;
}

# callgrind counts instructions: the machine and what else it does make no difference.
sub instructions () {
    section('Instructions (callgrind)');
    my ($few, $many) = (1, 3);
    my $count = $usual < 10_000 ? $usual : 10_000;
    my %total;
    for my $times ($few, $many) {
        my $text = output('valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null',
            "$build/bench/store", 'render', database($count), $times);
        ($total{$times}) = $text =~ /Collected : (\d+)/ or die "callgrind said:\n$text\n";
    }
    row(target => 'How', what => 'instructions per session exported (store, without httpd)', unit => '',
        ours => [ ($total{$many} - $total{$few}) / ($many - $few) / $count ]);
    return;
}

# What is kept for that many connections has nothing to do with the size: the server has answered the
# same clients from the smallest database before.
sub memory () {
    section("Anonymous memory of the httpd child through exports of $big sessions");
    my $child = child_of($pid{httpd});
    my $fast = sub ($name) { return in_background(sub { download($port{$name}, POST => EXPORT) }) };
    my $slow = sub ($name) { return in_background(sub { slow_group($port{$name}, 200_000, 5) }) };
    for my $clients ([ '1 client', $fast ], [ SLOW_CLIENTS . ' slow clients in parallel', $slow ]) {
        my ($what, $go) = @{$clients};
        peak_memory($child, $go->("size_$sizes[0]"));
        my $before = anonymous_memory($child);
        my $usual_peak = peak_memory($child, $go->('usual'));
        my $peak = peak_memory($child, $go->('big'));
        row(target => 4, what => "$what: grows by", unit => 'B', ours => [ $peak - $before ], at_most => MIB);
        row(target => 4, what => "… the same at $usual sessions", unit => 'B', ours => [ $usual_peak - $before ]);
    }
    my $cut = () = slurp("$state/httpd/error.log") =~ /a slow client is disconnected/g;
    row(target => 4, what => 'clients disconnected at JobSessionsSpoolLimit', unit => '', ours => [ $cut ]);
    return;
}

# Clients that start one after the other over `spread` seconds and read until they are done.
sub slow_group ($port, $rate, $time, $spread = 0) {
    my @clients = map {
        my $delay = $spread * $_ / SLOW_CLIENTS;
        in_background(sub { sleep $delay; slow_client($port, EXPORT, $rate, $time - $delay) })
    } 0 .. SLOW_CLIENTS - 1;
    wait_for(@clients);
    return;
}

sub slow () {
    section(SLOW_CLIENTS . ' clients at ' . SLOW_RATE / 1000 . ' kB/s while ' . WRITERS . ' workers write');
    my $count = $usual < 20_000 ? $usual : 20_000;
    my $sessions = 500;
    my (%grown, %rate, @again, @cold);
    run('sh', '-c', "perl '$Bin/generate.pl' $count | '$build/jobsessions' -d '" . database('slow') . "' import");
    own(database('slow'));
    for my $round (1 .. 3) {
        fresh_slow_database();
        push @cold, (write_beside(SLOW_CLIENTS, $sessions))[0];
        for my $side (qw(peer ours)) {
            fresh_slow_database();
            touch_memory();
            my $clients = $side eq 'ours' ? SLOW_CLIENTS : 0;
            my ($grown, $rate) = write_beside($clients, $sessions);
            push @{ $grown{$side} }, $grown;
            push @{ $rate{$side} }, $rate;
            # what has grown is used again
            push @again, (write_beside($clients, $sessions))[0] if $clients;
        }
    }
    my $commits = 4 * WRITERS * $sessions;
    row(target => 'How', what => 'the database grows by; peer: without clients', unit => 'B', %grown, at_most => 2,
        note => "through $commits durable commits");
    row(target => 'How', what => '… by the same again', unit => 'B', ours => \@again);
    row(target => 'How', what => '… where free memory was not touched before', unit => 'B', ours => \@cold);
    row(target => 'How', what => 'durable commits a second meanwhile; peer: without clients', unit => '/s', %rate);
    return;
}

# The host of a virtual machine may take free memory back. The first touch then costs some 12 µs a page,
# 30 ms for the document that is spooled while a snapshot is held, and that measures the host.
sub touch_memory () {
    open my $file, '+>', undef or die "a temporary file: $!\n";
    binmode $file;
    my $chunk = "\0" x MIB;
    for (1 .. FREE_MEMORY / MIB) { syswrite($file, $chunk) == MIB or die "a temporary file: $!\n" }
    close $file;
    return;
}

# How far the database grows while workers write so many sessions each, and commits a second.
sub write_beside ($clients, $sessions) {
    my $before = data_size('slow');
    my $group = $clients ? in_background(sub { slow_group($port{slow}, SLOW_RATE, 8, 4) }) : 0;
    my $started = time;
    wait_for(start_writers(database('slow'), $sessions));
    my $rate = 4 * WRITERS * $sessions / (time - $started);
    my $grown = data_size('slow') - $before;
    wait_for($group) if $group;
    return ($grown, $rate);
}

# Clients that read nothing at all, each of a document of its own or of one after many commits. What the longest
# snapshot costs shows beside one client that takes the same as fast as it can.
sub crowd () {
    section('Crowds that do not read while a worker writes; peer: without them');
    my %crowd = (
        "24 clients, 0.1 s apart, export of $big" => [ $big, [ POST => EXPORT ], sub {
            wait_for(map { my $after = $_ / 10; in_background(sub { sleep $after; idle_client($port{crowd}, EXPORT, 8 - $after) }) } 0 .. 23);
        } ],
        "HTTP/2, window 0, 20 × 100 streams, list of $usual" => [ $usual, [ GET => COLLECTION . '?Limit=-1' ], sub {
            my $client = start(log => "$state/logs/crowd", command => [ 'h2load', '-c20', '-m100', '-n2000', '-w1', '-W30',
                url('crowd', COLLECTION . '?Limit=-1') ]);
            sleep 8;
            stop($client);
        } ],
    );
    for my $what (sort keys %crowd) {
        my ($count, $request, $crowd) = @{ $crowd{$what} };
        my %clients = (ours => $crowd, one => sub { sleep 1; download($port{crowd}, @$request) });
        my %grown;
        for my $round (1 .. 3) {
            for my $side (qw(peer one ours)) {
                run('rm', '-rf', database('crowd'));
                run('cp', '-a', database($count), database('crowd'));
                answer('crowd', GET => COLLECTION . '?Limit=1');
                my $before = data_size('crowd');
                my $group = $clients{$side} ? in_background($clients{$side}) : 0;
                sleep 0.5;
                wait_for(start(command => [ "$build/bench/store", 'write', database('crowd'), 2500 ], user => $user,
                    log => "$state/logs/writer"));
                push @{ $grown{$side} }, data_size('crowd') - $before;
                wait_for($group) if $group;
            }
        }
        my $one = delete $grown{one};
        row(target => '15', what => "$what: the database grows by", unit => 'B', %grown, at_most => 2,
            note => 'through 10000 durable commits');
        row(target => '15', what => '… with one client that keeps up instead', unit => 'B', ours => $one);
    }
    my $log = slurp("$state/httpd/error.log");
    my $cut = () = $log =~ /JS04(?:10|11|12|13|23)/g;
    my $late = () = $log =~ /JS0424/g;
    row(target => '15', what => 'clients disconnected', unit => '', ours => [$cut]);
    row(target => '15', what => 'lines of newcomers that got 503', unit => '', ours => [$late]);
    run('rm', '-rf', database('crowd'));
    return;
}

# A backup is checked, and on disk; LMDB's copy is neither.
sub backup () {
    section("Backup of $big sessions with a log of three lines each, while " . WRITERS . ' workers commit; peer: mdb_copy -c');
    my $database = database('backed-up');
    run('cp', '-a', database($big), $database);
    run("$build/bench/store", 'logs', $database, $big, 3);
    own($database);
    my %command = (peer => [ 'mdb_copy', '-c', $database ], ours => [ "$build/jobsessions", '-d', $database, 'backup' ]);
    my (%took, %peak);
    for my $round (1 .. $rounds) {
        for my $side (qw(peer ours)) {
            my $to = "$state/copy";
            mkdir $to if $side eq 'peer';
            my @writers = start_writers($database);
            my ($seconds, $peak) = run_watched(@{ $command{$side} }, $to);
            stop(@writers);
            push @{ $took{$side} }, $seconds;
            push @{ $peak{$side} }, $peak;
            run('rm', '-rf', $to);
        }
    }
    row(target => '15', what => 'a backup', unit => 's', %took, at_most => 1.2);
    row(target => '15', what => '… its anonymous memory at most', unit => 'B', %peak);
    run('rm', '-rf', $database);
    return;
}

sub start_postgres () {
    my $postgres = Bench::Postgres->new("$state/postgres", "$state/logs/postgres", $user);
    $postgres->sql("\\i $Bin/../../conf/fleet/schema.sql");
    return $postgres;
}

# A first load, and COPY of what it wrote from a file of the server's: into the same partitions, with the same indexes.
sub follow () {
    section("First load of $big sessions into PostgreSQL; peer: COPY of the same rows from a file");
    my $columns = 'appliance, generation, id, usn, began, stopped, status, type, policy_id, policy_name, damaged, document, uuid';
    my $postgres = start_postgres();
    my $empty = sub { $postgres->sql('truncate jobsessions.stored_session', 'delete from jobsessions.generation', 'checkpoint') };
    my $load = sub { run($postgres->as_user, "$build/jobsessions-follow", '--once', '--to', $postgres->url, 'bench=' . database($big)) };
    $load->();
    $postgres->sql("copy (select $columns from jobsessions.stored_session order by id) to '$state/postgres/rows'");
    my $rate = sub ($code) { sub { $empty->(); my $started = time; $code->(); $big / (time - $started) } };
    my %rates = alternate($rounds, ours => $rate->($load),
        peer => $rate->(sub { $postgres->sql("copy jobsessions.stored_session ($columns) from '$state/postgres/rows'") }));
    row(target => '24', what => 'sessions', unit => '/s', %rates, at_least => 0.6);
    $postgres->stop;
    return;
}

# The databases lie in memory: 2,000 durable commits a second measure no disk but PostgreSQL's.
sub fleet () {
    my $memory = File::Temp->newdir('jobsessions-bench.XXXXXX', DIR => '/dev/shm');
    chmod 0711, "$memory";
    my @appliances = make_appliances("$memory");
    my $postgres = start_postgres();
    $postgres->sql("\\i $Bin/../../conf/fleet/indexes.sql");
    my @follow = ("$build/jobsessions-follow", '--to', $postgres->url, map { s{^(.*/(.*))}{$2=$1}r } @appliances);
    run($postgres->as_user, @follow, '--once');
    $postgres->sql('vacuum (analyze) jobsessions.stored_session');
    fleet_export($postgres);
    fleet_lag($postgres, \@follow, \@appliances);
    $postgres->stop;
    return;
}

# The sessions of the big database, dealt out: each appliance has some of each month.
sub make_appliances ($where) {
    run('sh', '-c', "perl '$Bin/generate.pl' $big | split -d -a 3 -n r/" . APPLIANCES . " - '$state/appliance-'");
    my @sessions = glob "$state/appliance-*";
    my @appliances = map { s/^\Q$state\E/$where/r } @sessions;
    for my $n (0 .. $#sessions) { run('sh', '-c', "'$build/jobsessions' -d '$appliances[$n]' import <'$sessions[$n]'") }
    unlink @sessions;
    own($where);
    return @appliances;
}

# The faster of the two drivers is the peer that counts: Debian's psycopg 3 has nothing in C.
sub fleet_export ($postgres) {
    my $count = APPLIANCES;
    section("Export of $big sessions of $count appliances from PostgreSQL, its buffers in " . $postgres->page_kind);
    my %pid = start_fleet_servers($postgres);
    compare_exports('fleet', $_) for qw(psycopg psycopg2);
    my $rate = sub ($name) { $name => sub { $big / download($port{$name}, POST => EXPORT)->{seconds} } };
    my $copy = q{copy (select appliance, id, document from jobsessions.session }
        . q{order by appliance_key desc, generation desc, id desc) to '/dev/null'};
    my %rate = alternate($rounds, map({ $rate->($_) } qw(fleet psycopg2 psycopg big)),
        copy => sub { my $started = time; $postgres->sql($copy); $big / (time - $started) });
    my @row = (target => 24, unit => '/s', ours => $rate{fleet});
    row(@row, what => 'sessions; peer: FastAPI, psycopg2', peer => $rate{psycopg2}, at_least => 3);
    row(@row, what => '… peer: FastAPI, psycopg', peer => $rate{psycopg});
    row(@row, what => '… peer: export of the same from one LMDB', peer => $rate{big}, at_least => 0.25);
    row(@row, what => "… peer: PostgreSQL's COPY to /dev/null", peer => $rate{copy});
    stop(values %pid);
    return;
}

sub start_fleet_servers ($postgres) {
    copy("$Bin/fleet.py", "$state/bin/fleet.py");
    chmod 0755, "$state/bin", "$state/bin/fleet.py";
    my %pid = (fleet => start(log => "$state/logs/fleet", command => [ httpd(), '-DFOREGROUND', '-f',
        configure('fleet.conf.in', "$state/fleet/httpd.conf", user => httpd_user(), module => "$build/mod_jobsessions.so",
            conninfo => $postgres->conninfo) ]));
    for my $driver (qw(psycopg psycopg2)) {
        $pid{$driver} = start(log => "$state/logs/$driver", user => $user,
            command => [ '/usr/bin/python3', "$state/bin/fleet.py", $port{$driver}, $postgres->conninfo, $driver ]);
    }
    await_port($port{$_}, $pid{$_}, "$state/logs/$_") for keys %pid;
    return %pid;
}

# As compare_body does, but with what is too long to be held here.
sub compare_exports (@names) {
    my @exports = map { "<(curl -sf -X POST -H 'Host: fleet.example:8000' " . url($_, EXPORT) . ')' } @names;
    run('bash', '-c', "cmp @exports");
    return;
}

# Beside all appliances one alone changes: what its lag is the follower's interval makes, whatever the others do.
sub fleet_lag ($postgres, $follow, $appliances) {
    my ($count, $writers) = (APPLIANCES, CHANGERS);
    section("Lag of $count appliances with 10 changes a second each, by $writers processes, in memory");
    my $follower = start(command => $follow, user => $user, log => "$state/logs/follower");
    change_appliances($postgres, 1, @$appliances);    # its databases are open from here on
    my %seen = alternate($rounds, all => sub { change_appliances($postgres, CHANGING, @$appliances) },
        one => sub { change_appliances($postgres, CHANGING, $appliances->[0]) });
    my $lag = sub ($side, $part) { [ map { $_->{lags}[ $part * $#{ $_->{lags} } ] } @{ $seen{$side} } ] };
    my @row = (target => 24, unit => 's', ours => $lag->('all', 0.99));
    row(@row, what => 'from a commit to its row, 99th of a hundred', at_most => 2);
    row(@row, what => '… peer: one appliance changes', peer => $lag->('one', 0.99));
    row(@row, what => '… the median; peer: one appliance changes', ours => $lag->('all', 0.5), peer => $lag->('one', 0.5));
    row(@row, what => '… the longest', ours => $lag->('all', 1));
    row(@row, what => '… changes a second', unit => '/s', ours => [ map { $_->{rate} } @{ $seen{all} } ]);
    stop($follower);
    return;
}

# Each change's lag, shortest first, and how many changes a second there were.
sub change_appliances ($postgres, $duration, @appliances) {
    my @shares;
    push @{ $shares[ $_ % CHANGERS ] }, $appliances[$_] for 0 .. $#appliances;
    my @logs = map { "$state/logs/changes-$_" } 0 .. $#shares;
    unlink @logs;
    my @writers = map { start(command => [ "$build/bench/store", 'change', $duration, @{ $shares[$_] } ], user => $user,
        log => $logs[$_]) } 0 .. $#shares;
    my (@changes, %last);
    my $seen = watch($postgres->url, sub ($usn) {
        return 0 if !have_ended(@writers);
        if (!@changes) {
            @changes = map { [ m{([^/]+) (\d+) ([\d.]+)$} ] } map { split /\n/, slurp($_) } @logs;
            %last = map { $_->[0] => $_->[1] } @changes;
        }
        return !grep { ($usn->{$_} // 0) < $last{$_} } keys %last;
    });
    require_rows($postgres, \%last);
    my @times = sort { $a <=> $b } map { $_->[2] } @changes;
    return { lags => [ lags(\@changes, $seen) ], rate => $#times / ($times[-1] - $times[0]) };
}

# What was waited for is the place of each appliance: with it came the row of its last change.
sub require_rows ($postgres, $last) {
    my %usn = map { split /\|/ } split /\n/, $postgres->sql('select appliance, max(usn) from jobsessions.session group by 1');
    for my $name (grep { $usn{$_} != $last->{$_} } keys %$last) { die "$name: its last change has no row\n" }
    return;
}

sub data_size ($name) { return -s database($name) . '/data.mdb' }

# httpd notices that the database was replaced; a renamed directory is how one is restored.
sub fresh_slow_database () {
    my ($slow, $kept) = (database('slow'), "$state/slow.kept");
    if (!-e $kept) { run('cp', '-a', $slow, $kept) }
    run('cp', '-a', $kept, "$slow.new");
    rename $slow, "$slow.old" or die "rename: $!\n";
    rename "$slow.new", $slow or die "rename: $!\n";
    run('rm', '-r', "$slow.old");
    die "the fresh database does not export\n" if !length answer('slow', POST => EXPORT);
    return;
}

# ---- The end ---------------------------------------------------------------------------------

sub finish () {
    my $minutes = (time - $began) / 60;
    my @judged = grep { defined $_->{reached} } @{ rows() };
    my $reached = grep { ${ $_->{reached} } } @judged;
    my $json = JSON::PP->new->utf8->canonical->pretty;
    open my $file, '>:raw', "$build/bench.json" or die "build/bench.json: $!\n";
    print {$file} $json->encode({
        date => strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $began), minutes => $minutes, size => $size,
        rounds => $rounds, command => "make -f Makefile.apxs bench SIZE=$size" . (%wanted ? " BENCH='@ARGV'" : ''), machine => $machine,
        versions => $versions, rows => rows(), series => \@series,
    });
    close $file;
    plot() if @series > 1;
    printf "\n%d of %d targets reached, in %.1f minutes; build/bench.json%s\n", $reached, scalar @judged,
        $minutes, @series > 1 ? ', build/bench.svg' : '';
    return;
}

sub plot () {
    open my $file, '>', "$state/series" or die "series: $!\n";
    printf {$file} "%d %.3f %.9f\n", $_->{sessions}, $_->{bytes_per_second} / 1e6, $_->{first_byte_seconds}
        for @series;
    close $file;
    run('gnuplot', '-e', "data='$state/series'; output_file='$build/bench.svg'", "$Bin/plot.gnuplot");
    return;
}
