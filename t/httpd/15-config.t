# SPDX-License-Identifier: Apache-2.0
# Configurations that could only answer with errors are refused when httpd starts, with what to do.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use JobSessions::Httpd;
use JobSessions::Sanitizer qw(sanitized);
use JobSessions::Test qw(database_dir decode_json http jobsessions spew);

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
    [ 'a map without a size', "JobSessionsMapSize\n", 'JobSessionsMapSize takes one argument, how large the database may be' ],
    [ 'a map in a location', section('Location "/a"', 'JobSessionsMapSize 1G'), 'JobSessionsMapSize not allowed in <Location> context' ],
    [ 'a spool limit in a location', section('Location "/a"', 'JobSessionsSpoolLimit 1'), 'JobSessionsSpoolLimit not allowed in <Location> context' ]
);
for (@refused) {
    my ($what, $config, $message) = @$_;
    my $check = JobSessions::Httpd->new(config => $config)->check;
    is $check->{exit}, 1, "$what: refused";
    like $check->{err}, qr/\Q$message\E/, 'what to do';
}

my @allowed = (
    [ 'a location',                 "$database\n" . section('Location "/a"', $handler) ],
    [ 'the root',                   "$database\n" . section('Location "/"', $handler) ],
    [ 'the handler in other case',  "$database\n" . section('Location "/a"', 'SetHandler JobSessions') ],
    [ 'the database after it',      section('Location "/a"', $handler) . "$database\n" ],
    [ 'the main server\'s for all', "$database\n" . section('VirtualHost *', section('Location "/a"', $handler)) ],
    [ 'a host\'s own',              section('VirtualHost *', $database, section('Location "/a"', $handler)) ],
    [ 'a database that is not there yet', "JobSessionsDatabase /nonexistent\n" . section('Location "/a"', $handler) ],
    [ 'another handler',            section('Directory "/"', 'SetHandler none') ],
    [ 'everything',                 "$database\nJobSessionsBaseURL http://[::1]:80/a\nJobSessionsSpoolDirectory /tmp\nJobSessionsSpoolLimit 0\nJobSessionsMapSize 16g\nJobSessionsSpoolReserve 0\n"
        . section('Location "/a"', $handler, 'JobSessionsAnonymous Off', 'JobSessionsBaseURL https://a') ]
);
for (@allowed) {
    my ($what, $config) = @$_;
    my $check = JobSessions::Httpd->new(config => $config)->check;
    is_deeply [ @$check{qw(exit err)} ], [ 0, "Syntax OK\n" ], "$what: allowed";
}

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
    like $httpd->error_log, qr{/\.htaccess: \Q$belongs\E}, 'the log says where it belongs';
    spew($httpd->directory . '/htdocs/.htaccess', "JobSessionsAnonymous On\n");
    is http($httpd->port, POST => '/export')->{status}, 500, 'and not the place to open the API';
};

done_testing;
