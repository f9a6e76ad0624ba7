# SPDX-License-Identifier: Apache-2.0
# How long what was withdrawn goes on working: a key that was taken out of the JWKS, a token that was revoked. The
# examples as they are, but for shorter intervals. mod_auth_openidc fetches keys every five minutes at most: in the long
# form only.

use v5.36;
use Cwd qw(getcwd);
use Test::More;
use Time::HiRes qw(time);
use JobSessions::Access qw(MOUNT authorization);
use JobSessions::Httpd;
use JobSessions::Test qw(database_dir http port quick_or_long slurp spew wait_until);
use JobSessions::Token qw(claims jwt opaque);

my $here = getcwd;

# what is replaced in the example => by what, the longest in seconds
my @introspecting = (
    [ openidc => 'OIDCOAuthTokenIntrospectionInterval 60', 'OIDCOAuthTokenIntrospectionInterval 3', 3 ],
    [ oauth2  => 'expiry=60', 'expiry=3', 3 ],
);
for (@introspecting) {
    my ($module, $interval, $shorter, $longest) = @$_;
    my $uri = $module eq 'openidc' ? 'https://127.0.0.1:' . port('login_tls') : 'http://127.0.0.1:' . port('login');
    my $httpd = server($module, "$module-introspection.conf", $interval, $shorter,
        "OIDCCABundlePath $here/t/tls/server.pem\n" x ($module eq 'openidc'), "Define JOBSESSIONS_INTROSPECTION_URI $uri/introspect\n");
    my $token = opaque(claims());
    outlasts($httpd, $token, $longest, "$module: a token that was revoked", sub { unlink "t/tokens/opaque/$token" });
}

# Keys are kept, and so is what they have verified.
my $keys = JobSessions::Httpd->new(modules => ['dir'])->start;
my $jwks = $keys->directory . '/htdocs/jwks.json';
spew($jwks, slurp('t/tokens/jwks.json'));
my $httpd = server('oauth2', 'oauth2-public-key.conf', 'jwks_uri.expiry=3600&verify.exp=required&verify.cache=jobsessions-public-key&expiry=10',
    'jwks_uri.expiry=2&verify.exp=required&verify.cache=jobsessions-public-key&expiry=2',
    'Define JOBSESSIONS_JWKS_URI http://127.0.0.1:' . $keys->port . "/jwks.json\n");
outlasts($httpd, jwt('RS256', claims()), 4, 'oauth2: a key that was withdrawn', sub { spew($jwks, '{"keys":[]}') });

if (quick_or_long(0, 1)) {
    spew($jwks, slurp('t/tokens/jwks.json'));
    my $openidc = server('openidc', 'openidc-public-key.conf',
        "OIDCJWKSRefreshInterval 3600\nOIDCOAuthTokenIntrospectionInterval 60\n",
        "OIDCJWKSRefreshInterval 300\nOIDCOAuthTokenIntrospectionInterval 10\n",
        'OIDCCABundlePath ' . "$here/t/tls/server.pem\n", 'Define JOBSESSIONS_JWKS_URI https://127.0.0.1:' . port('login_tls') . "/jwks.json\n");
    my $kept = slurp('t/tokens/jwks.json');
    outlasts($openidc, jwt('RS256', claims()), 310, 'openidc: a key that was withdrawn', sub { spew('t/tokens/jwks.json', '{"keys":[]}') });
    spew('t/tokens/jwks.json', $kept);
}

done_testing;

sub server ($module, $example, $setting, $shorter, @more) {
    my $text = slurp("conf/examples/$example");
    ok $text =~ s/\Q$setting\E/$shorter/, "$example has $setting";
    return JobSessions::Httpd->new(
        modules => [ qw(authn_core authz_host headers), $module eq 'openidc' ? 'auth_openidc' : 'oauth2' ],
        config  => join '', "Include $here/t/tokens/tokens.conf\n", @more,
            'JobSessionsDatabase ' . database_dir('confidential') . "\n", $text)->start;
}

sub status ($httpd, $token) {
    return http($httpd->port, POST => MOUNT . '/export', headers => authorization($token))->{status};
}

# A second more than the longest for entries that are kept by whole seconds, and some for a slow machine.
sub outlasts ($httpd, $token, $longest, $name, $withdraw) {
    is status($httpd, $token), 200, "$name: works before";
    my $since = time;
    $withdraw->();
    is status($httpd, $token), 200, "$name: and for a while after";
    my $ends = wait_until { status($httpd, $token) == 401 } $longest + 4;
    ok $ends, "$name: no longer than it is kept";
    note sprintf '%.1f s', time - $since;
}
