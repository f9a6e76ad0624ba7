# SPDX-License-Identifier: Apache-2.0
# Beside other modules: what gets into the way of the API without a file of conf/examples, and does not with it.

use v5.36;
use Cwd qw(getcwd);
use File::Temp qw(tempdir);
use Test::More;
use JobSessions::Httpd;
use JobSessions::Sanitizer qw(sanitized);
use JobSessions::Test qw(database_dir decode_json http http_all jobsessions make_database run_command slurp spew test_vars);
use JobSessions::Token qw(password);

my $here = getcwd;
my $mount = '/api/v1/jobSessions';
my @basic = qw(authn_core authn_file auth_basic authz_user);
my @password = (curl => [ '--user', 'console:' . password() ]);
chomp(my $modules = `apxs -q LIBEXECDIR`);

# A server with the API for who has the password, with or without an example.
sub server ($example, $with, %options) {
    return JobSessions::Httpd->new(
        %options, modules => [ @basic, @{ $options{modules} } ],
        config => join("\n", "JobSessionsDatabase ${\database_dir('open')}", "Define JOBSESSIONS_PASSWORD_FILE $here/t/tokens/passwords",
            "Include $here/conf/examples/basic.conf", $options{before} // '',
            $with ? "Include $here/conf/examples/$example.conf" : '', $options{after} // '') . "\n"
    )->start;
}

# What came of requests, one after the other: the status, and who answered.
sub answers ($httpd, @requests) {
    my @responses = http_all(map { my ($method, $path, @more) = @$_; [ $httpd->port, $method => $path, @password, @more ] } @requests);
    return map { "$_->{status} " . ($_->{headers}{'content-type'} // '') =~ s/;.*//r } @responses;
}

sub needs ($module, $test) {
    SKIP: {
        my ($file) = glob "{$modules,$here/build}/mod_$module*.so";
        skip "mod_$module is not installed", 1 unless $file;
        skip "mod_$module is not for sanitizers to look at", 1 if sanitized();
        $test->($file);
    }
}

# SpiderLabs/owasp-modsecurity-crs#127 and coreruleset/coreruleset#3673 (920350); a POST without a body:
# SpiderLabs/owasp-modsecurity-crs#984.
needs security2 => sub ($file) {
    my $scratch = tempdir(CLEANUP => 1);
    my $recommended = slurp('/etc/modsecurity/modsecurity.conf-recommended') =~ s/^SecAudit.*//gmr
        =~ s{^SecUnicodeMapFile }{SecUnicodeMapFile /etc/modsecurity/}mr;
    spew("$scratch/recommended.conf", $recommended);
    my @servers = map { server('modsecurity-crs', $_, modules => [qw(unique_id security2)],
        before => "SecDataDir $scratch\nInclude $scratch/recommended.conf\nSecRuleEngine On\n", after => "Include /usr/share/modsecurity-crs/*.load\n") } 0, 1;
    my %json = ('Content-Type' => 'application/json');
    my @requests = (    # what it is, before, after, request
        [ 'a page of a host that is an address', 200, 200, GET => $mount ],
        [ 'an export without Content-Length', 403, 200, POST => "$mount/export" ],
        [ 'one of a name', 200, 200, POST => "$mount/export", headers => { Host => 'console.example' } ],
        [ 'options', 200, 200, POST => "$mount/export", headers => \%json, body => '{"status":["Success"]}' ],
        [ 'a policy\'s name', 403, 200, POST => "$mount/export", headers => \%json, body => '{"filter":"/etc/passwd"}' ],
        [ 'one in a query', 403, 200, GET => "$mount?Filter=/etc/passwd" ],
        [ 'in another case', 403, 200, GET => "$mount?filter=/etc/passwd" ],
        [ 'a file\'s name', 403, 200, GET => "$mount/4/fileLevelRestoredItems?NameSearchPattern=/etc/shadow" ],
        [ 'dates', 200, 200, GET => "$mount?FromUtc=2019-11-01T00:00:00%2B02:00&ToUtc=2030-01-01T00:00:00.0000000Z" ],
        [ 'lists and orders', 200, 200, GET => "$mount?Types=PolicyBackup,RestoreVms&Sort=StartTimeDesc&Limit=-1" ],
        [ 'CSV', 200, 200, GET => $mount, headers => { Accept => 'text/csv' } ],
        [ 'an attack in another parameter', 403, 403, GET => "$mount?Status=/etc/passwd" ],
        [ 'an attack elsewhere', 403, 403, GET => '/?Filter=/etc/passwd' ],
        [ 'nothing of ours', 403, 403, POST => "${mount}Other/export" ],
    );
    for my $with (0, 1) {
        my @got = map { (split)[0] } answers($servers[$with], map { [ @$_[3 .. $#$_] ] } @requests);
        is_deeply { map { $requests[$_][0] => $got[$_] } 0 .. $#requests }, { map { $_->[0] => $_->[1 + $with] } @requests },
            $with ? 'mod_security2 with the example' : 'mod_security2 alone' or diag $servers[$with]->error_log =~ /\[id "\d+"\]/g;
    }
};

# netdata/netdata#2011; that each process counts by itself: jvdmr/mod_evasive#24.
needs evasive => sub ($file) {
    my ($name) = slurp($file) =~ /\b(evasive(?:20)?_module)\b/;
    my $enabled = $name eq 'evasive_module' ? 'DOSEnabled true' : '';    # newer ones count nothing else
    my $db = make_database(tempdir(CLEANUP => 1), 't/data/sessions-example.ndjson');
    for my $collectors ('', '127.0.0.1', '127.0.0.*') {
        my $with = $collectors ne '';
        my $httpd = server('evasive', $with, single => 1, modules => [],
            before => "LoadModule $name $file\n$enabled\nDefine JOBSESSIONS_COLLECTORS \"10.20.30.40 $collectors\"\n");
        my @statuses = map { (split)[0] } answers($httpd, map { [ GET => "$mount?Limit=1&Offset=$_" ] } 1 .. 200);
        my $refused = grep { $_ == 403 } @statuses;
        $with ? is $refused, 0, "mod_evasive with the example: a walk of $collectors" : cmp_ok $refused, '>', 0, 'mod_evasive alone: a walk is refused';
        is $statuses[0], 200, 'which began';
    }
};

subtest 'client certificates over HTTP/1.1 and HTTP/2' => sub {
    my $keys = tempdir(CLEANUP => 1);
    my sub openssl (@arguments) {
        my $run = run_command([ 'openssl', @arguments ]);
        die $run->{err} if $run->{exit} != 0;
    }
    my @new = qw(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes);
    openssl(qw(req -x509 -days 2 -subj /CN=collectors), @new, '-keyout', "$keys/ca.key", '-out', "$keys/ca.pem");
    for my $organization ('Example Ltd', 'Other Ltd') {
        my $file = "$keys/$organization";
        openssl('req', '-subj', "/O=$organization/CN=collector", @new, '-keyout', "$file.key", '-out', "$file.csr");
        openssl(qw(x509 -req -days 2 -CAcreateserial), '-CA', "$keys/ca.pem", '-CAkey', "$keys/ca.key", '-in', "$file.csr", '-out', "$file.pem");
    }
    openssl(qw(req -x509 -days 2 -subj), '/O=Example Ltd/CN=collector', @new, '-keyout', "$keys/self-made.key", '-out', "$keys/self-made.pem");
    my $tls = test_vars('serverroot') . '/tls/server';
    my @more = ("<Location $mount>\nRequire ssl-verify-client\n</Location>", '', 'SSLVerifyClient optional_no_ca',
        "SSLVerifyClient optional_no_ca\n<Location $mount>\nRequire user collector\n</Location>");
    my @servers = map { JobSessions::Httpd->new(modules => [qw(authn_core authz_user socache_shmcb ssl http2)], config => <<~CONFIG)->start } @more;
        JobSessionsDatabase ${\database_dir('open')}
        SSLEngine on
        SSLCertificateFile $tls.pem
        SSLCertificateKeyFile $tls.key
        Protocols h2 http/1.1
        Define JOBSESSIONS_CLIENT_CA $keys/ca.pem
        Define JOBSESSIONS_CLIENT_ORGANIZATION "Example Ltd"
        Include $here/conf/examples/client-certificates.conf
        $_
        CONFIG
    for my $version ('1.1', 2) {
        next if $version eq '2' && $servers[0]->mpm eq 'prefork';    # mod_http2 does not go with it
        my $status = sub ($httpd, $client) {
            my @certificate = $client ? (curl => [ '--cert', "$keys/$client.pem", '--key', "$keys/$client.key" ]) : ();
            my $response = http($httpd->port, POST => "$mount/export", tls => 1, version => $version, @certificate);
            return "$response->{version} $response->{status}";
        };
        is $status->($servers[1], 'Example Ltd'), "$version 200", "a certificate, HTTP/$version";
        is $status->($servers[1], 'Other Ltd'), "$version 403", 'somebody else\'s';
        is $status->($servers[1], undef), "$version 403", 'none';
        is $status->($servers[0], 'Example Ltd'), "$version " . ($version eq '2' ? 403 : 200), 'what Require ssl-verify-client has to say';
        isnt http($servers[1]->port, POST => "$mount/export", tls => 1, version => $version, curl => [ '--cert', "$keys/self-made.pem", '--key', "$keys/self-made.key" ])->{exit}, 0, 'one that nobody signed: no connection';
        is $status->($servers[2], 'self-made'), "$version 403", '  403 where optional_no_ca has it connected';
        is $status->($servers[3], 'self-made'), "$version 200", '  whose name Require user takes';
    }
};

# Another part of the site is there, and has everything but the mount.
my @ours = ([ GET => $mount ], [ POST => "$mount/export" ], [ GET => "$mount/6" ], [ GET => "$mount/7777" ], [ GET => '/elsewhere' ]);
my @right = ('200 application/json', '200 application/json', '200 application/json', '404 application/problem+json');

# The lines of gbv/jskos-server#85, where the order matters as well.
subtest 'mod_proxy for an application' => sub {
    my $application = JobSessions::Httpd->new(modules => ['alias'], config => "AliasMatch ^ $here/README.md\n")->start;
    my $url = 'http://127.0.0.1:' . $application->port . '/';
    for my $with (0, 1) {
        my $httpd = server('application-proxy', $with, modules => [qw(proxy proxy_http)], after => "ProxyPass / $url\n");
        my @got = answers($httpd, @ours);
        is $got[-1], '200 ', 'the application answers for itself';
        is_deeply [ @got[0 .. 3] ], [ $with ? @right : ('200 ') x 4 ], $with ? 'and not for us' : 'and for us, without the example';
    }
};

# sveltejs/kit#6625 and angular-ui/ui-router#2947 have the rules of the directory, the latter FallbackResource as well.
for my $rules (
    [ 'rewriting in the server', "RewriteEngine On\nRewriteCond %{DOCUMENT_ROOT}%{REQUEST_URI} !-f\nRewriteRule ^ /index.html [L]", 1 ],
    [ 'rewriting that other modules see', "RewriteEngine On\nRewriteCond %{DOCUMENT_ROOT}%{REQUEST_URI} !-f\nRewriteRule ^ /index.html [PT]", 0 ],
    [ 'rewriting in the directory', "<Directory />\nOptions FollowSymLinks\nRewriteEngine On\nRewriteCond %{REQUEST_FILENAME} !-f\nRewriteRule ^ /index.html [L]\n</Directory>", 0 ],
    [ 'FallbackResource', "FallbackResource /index.html", 1 ],
    [ 'an error document', "ErrorDocument 404 /index.html", 0 ],
) {
    my ($what, $lines, $harmless) = @$rules;
    subtest "a single-page application by $what" => sub {
        for my $with (0, 1) {
            my $httpd = server('single-page-application', $with, modules => [qw(rewrite dir mime)], after => "TypesConfig /dev/null\nAddType text/html .html\n$lines\n");
            spew($httpd->directory . '/htdocs/index.html', '<!doctype html>');
            my @got = answers($httpd, @ours);
            like $got[-1], qr{^\d+ text/html$}, 'the application answers for itself';
            is_deeply [ @got[0 .. 3] ], \@right, 'and not for us' if $with || $harmless;
            isnt "@got[0 .. 3]", "@right", 'and for us, without the example' if !$with && !$harmless;
        }
    };
}

subtest 'mod_cache' => sub {
    my $keeps = "CacheStoreNoStore On\nCacheIgnoreNoLastMod On\nCacheDefaultExpire 60\n";
    for my $case ([ 'as it comes', '', 0, 4 ], [ 'that keeps everything', $keeps, 0, 3 ], [ 'that does, with the example', $keeps, 1, 4 ]) {
        my ($what, $settings, $with, $count) = @$case;
        my ($root, $db) = map { tempdir(CLEANUP => 1) } 1 .. 2;
        make_database($db, 't/data/sessions-example.ndjson');
        my $httpd = JobSessions::Httpd->new(serves => $db, modules => [qw(cache cache_disk)],
            config => "CacheRoot $root\nCacheEnable disk /\n$settings" . ($with ? "Include $here/conf/examples/cache.conf\n" : ''))->start;
        my $total = sub { decode_json(http($httpd->port, GET => $mount)->{body})->{totalCount} };
        is $total->(), 3, "a cache $what: three sessions";
        is jobsessions($db, 'put', { stdin => qq({"type":"PolicyBackup","status":"Pending"}\n) })->{exit}, 0, 'one more';
        is $total->(), $count, $count == 4 ? 'are four' : 'are still three';
    }
};

done_testing;
