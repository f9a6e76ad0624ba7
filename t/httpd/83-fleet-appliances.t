# SPDX-License-Identifier: Apache-2.0
# conf/examples/fleet-appliances.conf: a fleet's logs, items and stops are its appliances' own answers, for who may ask
# for them there and here.

use v5.36;
use Cwd qw(getcwd);
use File::Temp qw(tempdir);
use Test::More;
use JobSessions::Certificate qw(authority host_certificate);
use JobSessions::Httpd;
use JobSessions::Postgres;
use JobSessions::Sessions qw(item_lists);
use JobSessions::Test qw(build_file http jobsessions run_command slurp);
use JobSessions::Token qw(claims jwt);

my $program = build_file('jobsessions-follow');
plan skip_all => 'PostgreSQL is not installed' unless -x $program && JobSessions::Postgres->is_installed;
chomp(my $folder = `apxs -q LIBEXECDIR`);
my @modules = qw(authn_core authz_user socache_shmcb auth_openidc headers dbd macro proxy proxy_http ssl);
for (grep { !-e "$folder/mod_$_.so" } @modules) { plan skip_all => "mod_$_ is not installed" }
plan skip_all => "apr-util's driver for PostgreSQL is not installed (libaprutil1-dbd-pgsql)"
    unless glob '/usr/lib/*/apr-util-1/apr_dbd_pgsql*.so /usr/lib*/apr-util-1/apr_dbd_pgsql*.so';

my $here     = getcwd;
my $scratch  = tempdir(CLEANUP => 1);
my $mount    = '/api/v1/jobSessions';
my $postgres = JobSessions::Postgres->new;
my ($host)   = $postgres->url =~ /host=(.*)/;

# ---- Two appliances, of which one alone lets sessions be stopped; both over TLS ----

my %id;
for my $name (qw(berlin lyon)) {
    mkdir "$scratch/$name.stops", 0770;
    ($id{$name}) = jobsessions("$scratch/$name", 'put', { stdin => qq({"status":"Running","backupJobInfo":{"policyName":"$name"}}\n) })->{out} =~ /(\d+)/;
    jobsessions("$scratch/$name", 'log', $id{$name}, '--add', { stdin => join '', map { qq({"message":"$name $_"}\n) } 1 .. 3 });
    jobsessions("$scratch/$name", 'items', $id{$name}, $_, '--add', { stdin => qq({"name":"$_ of $name"}\n) }) for item_lists();
}
my $tokens = <<~CONFIG;
    OIDCCacheShmMax 256
    Include $here/t/tokens/tokens.conf
    Define JOBSESSIONS_TOKEN_CERTIFICATE rsa#$here/t/tokens/rsa.pem
    Include $here/conf/examples/openidc-public-key.conf
    <Location "/api/v8.1/jobSessions">
        SetHandler jobsessions
        JobSessionsAnonymous On
    </Location>
    CONFIG
my %appliance = map { $_ => JobSessions::Httpd->new(modules => \@modules, config => <<~CONFIG)->start } qw(berlin lyon);
    JobSessionsDatabase $scratch/$_
    $tokens
    Define JOBSESSIONS_STOPS $scratch/$_.stops
    Include $here/conf/examples/stop.conf
    CONFIG

sub fleet ($more = '', $before = '') {
    return JobSessions::Httpd->new(modules => \@modules, config => <<~CONFIG);
        DBDriver pgsql
        DBDParams "host=$host dbname=fleet user=fleet"
        JobSessionsDatabase postgresql:
        $tokens
        $before
        Include $here/conf/examples/fleet-appliances.conf
        $more
        CONFIG
}
my $run = run_command([ $program, '--to', $postgres->url, '--once', map { "$_=$scratch/$_" } sort keys %id ]);
is $run->{exit}, 0, 'both are followed' or diag $run->{err};
my $use   = join '', map { 'Use JobSessionsAppliance ' . "$_ http://127.0.0.1:" . $appliance{$_}->port . "\n" } sort keys %id;
my $fleet = fleet($use)->start;
my %token = map { $_->[0] => jwt('RS256', claims(sub => 'ann', role => $_->[1])) } [ operator => [qw(admin operator)] ], [ admin => 'admin' ], [ guest => 'guest' ];

sub ask ($httpd, $path, $who = 'operator', $method = 'GET', %headers) {
    $headers{Authorization} = "Bearer $token{$who}" if defined $who;
    return http($httpd->port, $method => $path =~ m{^/api/} ? $path : $mount . $path, headers => \%headers);
}

# ---- What is handed on ----

subtest 'logs and items' => sub {
    for my $name (sort keys %id) {
        for my $list ('log', item_lists()) {
            my $own = ask($appliance{$name}, "/$id{$name}/$list?Limit=2");
            is $own->{status}, 200, "$name: $list";
            my $is = ask($fleet, "/$name/$id{$name}/$list?Limit=2");
            is $is->{body}, $own->{body}, 'is the same';
            is ask($fleet, "/$name/$id{$name}/$list?Limit=2", 'operator', GET => 'If-None-Match' => $is->{headers}{etag})->{status}, 304, 'also by its tag';
        }
        like ask($fleet, "/$name/$id{$name}/LOG/")->{body}, qr/$name 3/, 'in any case, as ever';
        like ask($fleet, "/api/v8.1/jobSessions/$name/$id{$name}/log", undef)->{body}, qr/$name 3/, 'of v8.1';
        like ask($fleet, "/$name/$id{$name}")->{body}, qr/"policyName":"$name"/, 'the session itself is of the fleet';
    }
    jobsessions("$scratch/berlin", 'log', $id{berlin}, '--add', { stdin => qq({"message":"just now"}\n) });
    like ask($fleet, "/berlin/$id{berlin}/log")->{body}, qr/just now/, 'what was added is there at once';
    my $missing = ask($fleet, '/berlin/4711/log');
    is $missing->{status}, 404, 'a session that is not there';
    is $missing->{headers}{'content-type'}, 'application/problem+json', 'is told by a problem';
};

subtest 'a stop' => sub {
    is ask($fleet, "/berlin/$id{berlin}/stop", 'admin', 'POST')->{status}, 403, 'without the right of the appliance';
    is scalar(() = glob "$scratch/berlin.stops/*"), 0, 'is none';
    is ask($fleet, "/berlin/$id{berlin}/stop", 'operator', 'POST')->{status}, 204, 'with it';
    is scalar(() = glob "$scratch/berlin.stops/*"), 1, 'it is asked for';
    is scalar(() = glob "$scratch/lyon.stops/*"), 0, 'there alone';
};

subtest 'who may' => sub {
    for my $path ("/berlin/$id{berlin}/log", "/berlin/$id{berlin}/protectedItems") {
        is ask($fleet, $path, undef)->{status}, 401, "$path: without a token";
        is ask($fleet, $path, 'guest')->{status}, 403, 'without the right';
        like ask($fleet, $path, 'guest')->{headers}{'www-authenticate'}, qr/insufficient_scope/, 'as it is told for all else';
    }
};

subtest 'what is not handed on' => sub {
    is ask($fleet, "/paris/$id{berlin}/log")->{status}, 404, 'an appliance that nobody knows';
    is ask($fleet, "/berlin/$id{berlin}/log/../../../$id{berlin}/log")->{status}, 404, 'a path that leads elsewhere';
    is ask($fleet, "/berlin/x/log")->{status}, 404, 'no id';
    is ask(fleet()->start, "/berlin/$id{berlin}/log")->{status}, 501, 'nothing, where no appliance is named';
};

# Whoever has another certificate is sent nothing, and no token.
subtest 'certificates' => sub {
    authority($scratch, $_) for qw(ours another);
    host_certificate($scratch, 'ours', 'localhost');
    my $secure = JobSessions::Httpd->new(modules => \@modules, config => <<~CONFIG)->start;
        JobSessionsDatabase $scratch/berlin
        $tokens
        SSLEngine On
        SSLCertificateFile $scratch/localhost.pem
        SSLCertificateKeyFile $scratch/localhost.key
        CustomLog $scratch/secure.log "%U"
        CONFIG
    # of which httpd makes 500
    for (['ours', 'localhost', qr/^200$/], ['another', 'localhost', qr/^50[02]$/], ['ours', '127.0.0.1', qr/^50[02]$/]) {
        my ($authority, $front, $status) = @$_;
        my $of = fleet("Use JobSessionsAppliance berlin https://$front:" . $secure->port, "Define JOBSESSIONS_APPLIANCES_CA $scratch/$authority.pem")->start;
        my $is = ask($of, "/berlin/$id{berlin}/log");
        like $is->{status}, $status, "$authority, for $front";
    }
    is_deeply [ split /\n/, slurp("$scratch/secure.log") ], ["$mount/$id{berlin}/log"], 'the appliance was asked once';
};

subtest 'an appliance that is gone' => sub {
    $appliance{lyon}->stop;
    my $is = ask($fleet, "/lyon/$id{lyon}/log");
    is $is->{status}, 503, 'is told';
    is $is->{headers}{'content-type'}, 'application/problem+json', 'by a problem';
    is ask($fleet, "/berlin/$id{berlin}/log")->{status}, 200, 'the others answer';
    is ask($fleet, "/lyon/$id{lyon}")->{status}, 200, 'and of its sessions the fleet';
};

done_testing;
