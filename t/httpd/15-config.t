# SPDX-License-Identifier: Apache-2.0
# Configurations that could only answer with errors are refused when httpd starts, and by httpd -t, with what to
# do; what is to be looked at is warned of; the log tells what is served.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use JobSessions::Access qw(finds_shared_keys);
use JobSessions::Httpd;
use JobSessions::Sanitizer qw(sanitized);
use JobSessions::Test qw(build_file database_dir decode_json http jobsessions make_database slurp spew wait_until);

my $database = 'JobSessionsDatabase ' . database_dir('open');
my $handler = 'SetHandler jobsessions';
my $belongs = 'SetHandler jobsessions belongs right in a <Location "/path">';
my $wildcards = 'SetHandler jobsessions belongs right in a <Location "/path"> without wildcards';
my $no_database = 'SetHandler jobsessions needs a database: add "JobSessionsDatabase DIR"';

sub section ($name, @lines) {
    my ($kind) = $name =~ /^(\w+)/;
    return join '', map { "$_\n" } "<$name>", @lines, "</$kind>";
}

my @refused = (
    # where the API cannot be mounted
    [ 'the server',              "$database\n$handler\n",                                   $belongs ],
    [ 'a virtual host',          section('VirtualHost *', $database, $handler),             $belongs ],
    [ 'a directory',             "$database\n" . section('Directory "/"', $handler),        $belongs ],
    [ 'files',                   "$database\n" . section('Files "x"', $handler),            $belongs ],
    [ 'a pattern of locations',  "$database\n" . section('LocationMatch "^/a"', $handler),  $belongs ],
    [ 'a regular expression',    "$database\n" . section('Location ~ "^/a"', $handler),     $belongs ],
    [ 'one without an anchor',   "$database\n" . section('Location ~ "/a|/b"', $handler),   $belongs ],
    [ 'a proxied URL',           "$database\n" . section('Location "http://a/"', $handler), $belongs ],
    [ 'a location with a star',  "$database\n" . section('Location "/a*"', $handler),       $wildcards ],
    [ 'one with a question',     "$database\n" . section('Location "/a/?"', $handler),      $wildcards ],
    [ 'one with a class',        "$database\n" . section('Location "/[ab]"', $handler),     $wildcards ],
    # paths that no request has, or not all requests that belong to the API
    map({ [ "the location $_->[0]", "$database\n" . section(qq(Location "$_->[0]"), $handler),
            qq(SetHandler jobsessions: the path of <Location "$_->[0]"> $_->[1]) ] }
        [ '/',                           'takes every path of the server, /server-status included' ],
        [ '/api/v1/jobSessions/',        'leaves out /api/v1/jobSessions itself, the list of sessions; write <Location "/api/v1/jobSessions">' ],
        [ '/api/v1/jobSessions/export',  'is that of one resource; mount all of them: <Location "/api/v1/jobSessions">' ],
        [ '/api/v1/jobSessions/Export',  'is that of one resource' ],
        [ '//api',                       'has two slashes in a row' ],
        [ '/api//v1',                    'has two slashes in a row' ],
        [ '/api/v1//',                   'has two slashes in a row' ],
        [ '/api/../v1',                  'has a segment of dots' ],
        [ '/./api',                      'has a segment of dots' ],
        [ '/api/..',                     'has a segment of dots' ],
        [ '/appliance%20one',            'has an escape, while httpd compares decoded paths' ]),
    # names that can only be meant to be ours
    map({ [ "the handler $_", "$database\n" . section('Location "/a"', "SetHandler $_"),
            "SetHandler $_: no module has this handler; write SetHandler jobsessions" ] }
        qw(jobsession job-sessions jobssesions JobSession mod_jobsessions mod_jobsessions.so jobsessions_module
           jobsessions-handler mod_jobsession.c josbessions)),
    # a front of links that has the mount already: stac-utils/stac-fastapi-pgstac#262, DependencyTrack/frontend#1294
    map({ [ "the base URL $_->[1]", "$database\n" . section("Location $_->[0]", $handler, "JobSessionsBaseURL $_->[1]"),
            "has the mount $_->[0] at its end, which links get behind it once more; write JobSessionsBaseURL $_->[2]" ] }
        [ '/api/v1/jobSessions', 'https://console.example/api/v1/jobSessions',         'https://console.example' ],
        [ '/api/v1/jobSessions', 'https://console.example/api/v1/jobSessions/',        'https://console.example' ],
        [ '/api/v1/jobSessions', 'https://console.example/api/v1/jobsessions',         'https://console.example' ],
        [ '/api/v1/jobSessions', 'https://console.example/api/v1/jobSessions/export',  'https://console.example' ],
        [ '/one',                'https://console.example/appliance7/%6fne',           'https://console.example/appliance7' ]),
    [ 'the server\'s base URL', "$database\nJobSessionsBaseURL https://a.example/b\n" . section('VirtualHost *', section('Location "/b"', $handler)),
        'JobSessionsBaseURL https://a.example/b has the mount /b at its end' ],
    [ 'one of a section around', "$database\n" . section('Location "/b"', $handler) . section('Location "/"', 'JobSessionsBaseURL https://a.example/b'),
        'JobSessionsBaseURL https://a.example/b has the mount /b at its end' ],
    # nowhere to put what waits for slow clients
    map({ [ "the spool directory $_", "$database\nJobSessionsSpoolDirectory $_\n" . section('Location "/a"', $handler),
            "no file can be made in the spool directory $_, so that slow clients would be cut off" ] }
        qw(/nonexistent /etc/passwd /proc)),
    [ 'a virtual host\'s', "$database\n" . section('VirtualHost *', 'JobSessionsSpoolDirectory /nonexistent', section('Location "/a"', $handler)),
        'no file can be made in the spool directory /nonexistent' ],
    # no database
    [ 'no database at all',       section('Location "/a"', $handler), $no_database ],
    [ 'only in another host',
        section('VirtualHost *', $database) . section('VirtualHost *', section('Location "/a"', $handler)), $no_database ],
    [ 'a database in a location', section('Location "/a"', $handler, $database), 'JobSessionsDatabase not allowed in <Location> context' ],
    [ 'a database without a name', "JobSessionsDatabase\n", 'JobSessionsDatabase takes one argument, directory of the job-session database' ],
    # base URLs
    [ 'a name is no URL', "JobSessionsBaseURL console.example\n",
        'JobSessionsBaseURL: base URL "console.example" does not begin with http:// or https://; write it as https://console.example' ],
    [ 'no host', "JobSessionsBaseURL https:///path\n", 'base URL "https:///path" names no host; write it as https://console.example' ],
    [ 'no port', "JobSessionsBaseURL https://a:b\n", 'has a port that is not a number from 1 to 65535; write it as https://console.example' ],
    [ 'a query', "JobSessionsBaseURL https://a/?b\n", 'has a query or a fragment; write it as https://console.example' ],
    [ 'a host with a quote', "JobSessionsBaseURL 'https://a\"b'\n", 'has a character in its host that no host has; write it as ' ],
    [ 'in a location, too', section('Location "/a"', 'JobSessionsBaseURL /a'), 'does not begin with http:// or https://' ],
    # the others
    [ 'anonymous, the whole server', "JobSessionsAnonymous On\n", 'JobSessionsAnonymous not allowed here' ],
    [ 'anonymous, maybe', section('Location "/a"', 'JobSessionsAnonymous maybe'), 'JobSessionsAnonymous must be On or Off' ],
    map({ [ "a spool limit of $_", "JobSessionsSpoolLimit $_\n", "JobSessionsSpoolLimit takes a number of bytes, not $_" ] }
        qw(-1 1G lots 99999999999999999999)),
    map({ [ "a map of $_", "JobSessionsMapSize $_\n", qq(JobSessionsMapSize takes a number of bytes, or one with K, M, G or T, not "$_") ] }
        qw(0 -1 1X 1GB lots 1.5G 99999999999999999999 9999999999T)),
    map({ [ "a reserve of $_", "JobSessionsSpoolReserve $_\n", qq(JobSessionsSpoolReserve takes a number of bytes, or one with K, M, G or T, not "$_") ] }
        qw(-1 5% lots)),
    [ 'a cache limit', "JobSessionsCacheLimit lots\n", 'JobSessionsCacheLimit takes a number of bytes, or one with K, M, G or T, not "lots"' ],
    [ 'a version that is none', section('Location "/a"', 'JobSessionsApiVersion 8.1'), 'JobSessionsApiVersion takes v1 or v8.1, not "8.1"' ],
    [ 'a map without a size', "JobSessionsMapSize\n", 'JobSessionsMapSize takes one argument, how large the database may be' ],
    [ 'a map in a location', section('Location "/a"', 'JobSessionsMapSize 1G'), 'JobSessionsMapSize not allowed in <Location> context' ],
    [ 'a spool limit in a location', section('Location "/a"', 'JobSessionsSpoolLimit 1'), 'JobSessionsSpoolLimit not allowed in <Location> context' ]
);
for (@refused) {
    my ($what, $config, $message) = @$_;
    my $check = JobSessions::Httpd->new(config => $config)->check;
    is $check->{exit}, 1, "$what: refused";
    like $check->{err}, qr/\Q$message\E/, 'what to do';
    like $check->{err}, qr/JS\d{4}: /, 'with its number' if $message !~ /not allowed|takes one argument|On or Off/;
}

my @allowed = (
    [ 'a location',                 "$database\n" . section('Location "/a"', $handler) ],
    [ 'a version with a dot',       "$database\n" . section('Location "/api/v8.1/jobSessions"', $handler) ],
    [ 'a version of another\'s words', "$database\nJobSessionsApiVersion v8.1\n" . section('Location "/api/v1/jobSessions"', $handler, 'JobSessionsApiVersion v1') ],
    [ 'names with dots in front',   "$database\n" . section('Location "/.well-known/...a/100%"', $handler) ],
    [ 'a mount that begins as one', "$database\n" . section('Location "/exports"', $handler) ],
    [ 'a base URL that has a part', "$database\n" . section('Location "/api/v1/jobSessions"', $handler, 'JobSessionsBaseURL https://a/api/v1') ],
    [ 'the mount in its middle',    "$database\n" . section('Location "/api"', $handler, 'JobSessionsBaseURL https://a/api/one') ],
    [ 'another section\'s',         "$database\nJobSessionsBaseURL https://a/b\n" . section('Location "/b"', $handler, 'JobSessionsBaseURL https://a') ],
    [ 'a spool that is not used',   "$database\n" . section('Location "/a"', $handler) . section('VirtualHost *', 'JobSessionsSpoolDirectory /tmp') ],
    [ 'a proxy of that name',       "$database\n" . section('Location "/a"', $handler) . section('Location "/b"', 'SetHandler "proxy:fcgi://jobsessions/"') ],
    [ 'the handler in other case',  "$database\n" . section('Location "/a"', 'SetHandler JobSessions') ],
    [ 'the database after it',      section('Location "/a"', $handler) . "$database\n" ],
    [ 'the main server\'s for all', "$database\n" . section('VirtualHost *', section('Location "/a"', $handler)) ],
    [ 'a host\'s own',              section('VirtualHost *', $database, section('Location "/a"', $handler)) ],
    [ 'another handler',            section('Directory "/"', 'SetHandler none') ],
    [ 'everything',                 "$database\nJobSessionsBaseURL http://[::1]:80/a\nJobSessionsSpoolDirectory /tmp\nJobSessionsSpoolLimit 0\nJobSessionsMapSize 16g\nJobSessionsSpoolReserve 0\nJobSessionsCacheDirectory /tmp\nJobSessionsCacheLimit 2g\n"
        . section('Location "/a"', $handler, 'JobSessionsAnonymous Off', 'JobSessionsBaseURL https://a') ]
);
# What a file system is, a shim tells, as the tests may lie on any; the numbers are those of statfs(2).
sub lying_on ($type) {
    return { LD_PRELOAD => build_file('t/support/other_file_system.so'), FILE_SYSTEM_TYPE => $type };
}
my $ext4 = lying_on(0xef53);
for (@allowed) {
    my ($what, $config) = @$_;
    my $check = JobSessions::Httpd->new(config => $config, env => $ext4)->check;
    is_deeply [ @$check{qw(exit err)} ], [ 0, "Syntax OK\n" ], "$what: allowed";
}

my $scratch = tempdir(CLEANUP => 1);
my $full = "$scratch/full";
mkdir $full;
make_database($full, 't/data/sessions-example.ndjson');
mkdir "$scratch/text";
spew("$scratch/text/data.mdb", "name,value\n" x 2000);
my $mounted = "JobSessionsDatabase $full\n" . section('Location "/a"', $handler);
my @warned = (
    [ 'a database that is not there yet', "JobSessionsDatabase /nonexistent\n" . section('Location "/a"', $handler),
        qr{JS0114: /nonexistent: .*let a worker or `jobsessions put` make it.*; until then requests to /a get 503} ],
    [ 'one that is none', "JobSessionsDatabase $scratch/text\n" . section('Location "/a"', $handler),
        qr{JS0114: \Q$scratch\E/text.*data\.mdb is not an LMDB file} ],
    [ 'one that nobody serves', "JobSessionsDatabase /nonexistent\n"
            . section('VirtualHost *', "JobSessionsDatabase $full", section('Location "/a"', $handler)),
        qr{JS0113: JobSessionsDatabase /nonexistent: nobody serves it; write SetHandler jobsessions into a <Location>} ],
    [ 'the file as it is installed', slurp('conf/jobsessions.conf'), qr{JS0113: JobSessionsDatabase /var/lib/jobsessions: nobody} ],
    map({ [ "one on $_->[1]", $mounted, qr{JS0115: JobSessionsDatabase \Q$full\E lies on $_->[1], .*move it to a local}, $_->[0] ] }
        [ 0x6969, 'NFS' ], [ 0xff534d42, 'CIFS' ], [ 0xfe534d42, 'SMB' ], [ 0x65735546, 'FUSE' ], [ 0x01021997, '9P' ], [ 0x00c36400, 'Ceph' ]),
    [ 'one that ends whoever opens it', $mounted, qr{JS0116: \Q$full\E: a process that was to open the database}, 0 ]
);
for (@warned) {
    my ($what, $config, $message, $type) = @$_;
    my $check = JobSessions::Httpd->new(config => $config, env => defined $type ? lying_on($type) : $ext4)->check;
    like $check->{err}, qr/^$message.*\nSyntax OK\n\z/, "$what: warned of, in one line, and allowed";
}

# OpenIDC/mod_auth_openidc#1373: a release that has the fault is warned of, and no other
subtest 'shared keys of mod_auth_openidc' => sub {
    my @modules = qw(authn_core authz_user auth_openidc);
    my $keys = section('VirtualHost *', "OIDCOAuthVerifySharedKeys plain##${\ ('x' x 64)}");
    my $fault = qr{JS0117: mod_auth_openidc from 2\.4\.16 .* answers 401 to every token; check them by mod_oauth2};
    for ([ 'with them', $mounted . $keys, !finds_shared_keys() ], [ 'without', $mounted, 0 ], [ 'without a mount', $keys, 0 ]) {
        my ($what, $config, $is_warned) = @$_;
        my $check = JobSessions::Httpd->new(config => "OIDCCacheShmMax 128\n$config", modules => \@modules, env => $ext4)->check;
        like $check->{err}, qr/^Syntax OK$/m, "$what: allowed" or diag $check->{err};
        is scalar($check->{err} =~ $fault), $is_warned ? 1 : '', $is_warned ? '  warned of' : '  nothing to warn of';
    }
};

subtest 'a start' => sub {
    my $httpd = JobSessions::Httpd->new(env => $ext4, config => "$mounted\n"
        . section('Location "/b"', $handler, 'JobSessionsAnonymous On')
        . section('VirtualHost 127.0.0.1:1', 'ServerName other.example', 'JobSessionsDatabase /nonexistent', section('Location "/c"', $handler)))->start;
    my $log = $httpd->error_log;
    my ($version) = slurp('mod_jobsessions/store/jobsessions.h') =~ /JS_VERSION "(.*)"/;
    like $log, qr{\[jobsessions:notice\] .*JS0112: mod_jobsessions \Q$version\E: \Q$full\E with 3 sessions, at /a, /b$}m,
        'version, database, sessions, mounts';
    like $log, qr{\[jobsessions:warn\] .*JS0114: /nonexistent: .*; until then requests to /c of other\.example, }, 'what is to be looked at';
    is scalar(() = $log =~ /\[jobsessions:/g), 2, 'each in one line';
    is http($httpd->port, GET => '/b')->{status}, 200, 'what opened the database before stands in nobody\'s way';
    $httpd->restart;
    ok +(wait_until { 2 == (() = $httpd->error_log =~ /JS0112/g) }), 'a restart tells it again';
};

# Where there is little address space the default map cannot be had.
SKIP: {
    skip 'the sanitizer wants more address space', 1 if sanitized();
    subtest 'a small map' => sub {
        my $db = tempdir(CLEANUP => 1) . '/db';
        is jobsessions($db, 'put', { stdin => '{"status":"Success"}' })->{exit}, 0, 'a database';
        my %statuses;
        for my $size ('64G', '16M') {
            my $httpd = JobSessions::Httpd->new(
                serves => $db, single => 1, config => "JobSessionsMapSize $size\n",
                under  => [ 'sh', '-c', 'ulimit -v 33554432; exec "$@"', 'sh' ]
            )->start;
            $statuses{$size} = http($httpd->port, GET => '/api/v1/jobSessions')->{status};
        }
        is_deeply \%statuses, { '64G' => 503, '16M' => 200 }, 'fits';
        my $hosts = JobSessions::Httpd->new(
            single => 1,
            config => "JobSessionsMapSize 16M\n" . section('VirtualHost *', "JobSessionsDatabase $db",
                section('Location "/a"', $handler, 'JobSessionsAnonymous On')),
            under => [ 'sh', '-c', 'ulimit -v 33554432; exec "$@"', 'sh' ]
        )->start;
        is http($hosts->port, GET => '/a')->{status}, 200, 'virtual hosts inherit it';
    };
}

subtest '.htaccess' => sub {
    my $httpd = JobSessions::Httpd->new(config => "$database\n" . section('Directory "/"', 'AllowOverride All'))->start;
    spew($httpd->directory . '/htdocs/.htaccess', "$handler\n");
    my $response = http($httpd->port, POST => '/export');
    is $response->{status}, 500, 'is too late for a handler';
    like $httpd->error_log, qr{/\.htaccess: JS0120: \Q$belongs\E}, 'the log says where it belongs';
    spew($httpd->directory . '/htdocs/.htaccess', "JobSessionsAnonymous On\n");
    is http($httpd->port, POST => '/export')->{status}, 500, 'and not the place to open the API';
};

done_testing;
