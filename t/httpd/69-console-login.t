# SPDX-License-Identifier: Apache-2.0
# The console with a browser's own login: nobody types a token, and who is logged out is offered the login again.

use v5.36;
use Cwd qw(getcwd);
use Test::More;
use JobSessions::Browser;
use JobSessions::Httpd;
use JobSessions::Sanitizer qw(sanitized);
use JobSessions::Test qw(database_dir http run_command scratch_file test_vars);

plan skip_all => 'a browser and a sanitizer are too slow together' if sanitized();

my $here = getcwd;
my $cgi = test_vars('t_logs') =~ /-prefork$/ ? 'cgi' : 'cgid';
my $provider = JobSessions::Httpd->new(modules => [ qw(alias env), $cgi ], config => <<~CONFIG)->start;
    ScriptAlias "/provider" "$here/t/openid-provider.pl"
    SetEnv GROUPS 300
    <Directory "$here/t">
        Require all granted
    </Directory>
    CONFIG
my $httpd = JobSessions::Httpd->new(modules => [qw(authn_core authz_user socache_shmcb auth_openidc alias dir headers mime)], config => <<~CONFIG)->start;
    TypesConfig /dev/null
    OIDCCacheShmMax 256
    Define JOBSESSIONS_PROVIDER_METADATA http://127.0.0.1:${\$provider->port}/provider/.well-known/openid-configuration
    Define JOBSESSIONS_CLIENT_ID console
    Define JOBSESSIONS_CLIENT_SECRET secret-of-the-console
    Define JOBSESSIONS_CRYPTO_PASSPHRASE 0123456789abcdef0123456789abcdef
    Define JOBSESSIONS_CONSOLE $here/conf/console
    JobSessionsDatabase ${\database_dir('open')}
    Include $here/conf/examples/console.conf
    Include $here/conf/examples/openid-login.conf
    CONFIG
my $page = 'http://127.0.0.1:' . $httpd->port . '/jobsessions/';

is http($httpd->port, GET => '/api/v1/jobSessions', headers => { Accept => $_ })->{status}, 401, "$_ without a session"
    for 'application/json', '*/*', 'text/html';
# A member of many groups, whose session has some 30 KB.
my $cookies = scratch_file();
my $api = 'http://127.0.0.1:' . $httpd->port . '/api/v1/jobSessions';
my @curl = (qw(curl -sS -L --max-redirs 8 -o /dev/null -w %{http_code}), '-b', $cookies, '-c', $cookies);
is run_command([ @curl, $page ])->{out}, 200, 'a login with many groups';
is run_command([ @curl, $api ])->{out}, 200, '  and the API with its session';

if (my $trouble = JobSessions::Browser->trouble('http://127.0.0.1:' . $httpd->port . '/')) {
    diag $trouble;
    SKIP: { skip $trouble, 1 }
    done_testing;
    exit;
}
my $browser = JobSessions::Browser->new;
$browser->go("$page#/sessions");
my $shown = q{/\d+ of \d+ sessions/.test(document.querySelector("main")?.innerText)};
ok $browser->sees($shown), 'the list, by way of the provider' or diag $browser->text('body'), $httpd->error_log, $provider->error_log;
is $browser->text('#notices'), '', 'nobody is asked for a token';
is $browser->value('location.href'), "$page#/sessions", 'the address is the one that was opened';

$browser->call('Network.clearBrowserCookies');
ok $browser->sees('document.querySelector("#notices button")', 30), 'a session that ended';
like $browser->text('#notices'), qr/Unauthorized.*Log in/s, 'the page says so, and offers the login';
ok !$browser->value('document.querySelector("#token")'), 'and asks for no token';
ok $browser->value($shown), 'what is shown stays';
$browser->value('[...document.querySelectorAll("#notices button")].at(-1).click()');
ok $browser->sees("performance.now() < 20000 && !document.querySelector('#notices button') && $shown"), 'and it goes on';
is $browser->value('location.href'), "$page#/sessions", 'at the same address';

done_testing;
