# SPDX-License-Identifier: Apache-2.0
# A console of another origin (CORS): its browser's questions, which come without a token, and then its
# requests. What a browser sends is sent here as it does (https://fetch.spec.whatwg.org, "CORS-preflight
# fetch"), and what comes back is judged by its rules ("CORS-preflight fetch", steps 7 to 9; "CORS check").

use v5.36;
use MIME::Base64 qw(encode_base64);
use Test::More;
use JobSessions::Access qw(MOUNT leaks);
use JobSessions::Test qw(error_log_mark error_log_since http);
use JobSessions::Token qw(claims jwt opaque password);

my $console = 'https://console.example:8443';
my %basic = (Authorization => 'Basic ' . encode_base64('console:' . password(), ''));
my %signed = (Authorization => 'Bearer ' . jwt('RS256', claims()));
my %bearer = (Authorization => 'Bearer ' . jwt('HS256', claims()));
my %opaque = (Authorization => 'Bearer ' . opaque(claims()));

# A browser's question. It has no Authorization and no cookies; names of headers are sorted, in lower case.
sub preflight ($vhost, $path, $method, $headers, $origin = $console, %options) {
    return http($vhost, OPTIONS => $path, %options, headers => {
        Accept => '*/*', 'Access-Control-Request-Method' => $method, 'Access-Control-Request-Headers' => join(',', sort map { lc } @$headers),
        Origin => $origin, 'Sec-Fetch-Mode' => 'cors', 'Sec-Fetch-Site' => 'cross-site', 'Sec-Fetch-Dest' => 'empty',
        'User-Agent' => 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36' });
}

sub list ($value) { return map { lc } split /\s*,\s*/, $value // '' }

# Why a browser would not let the console send its request; '' when it does.
sub preflight_fault ($response, $method, @headers) {
    my %allowed = map { $_ => { map { $_ => 1 } list($response->{headers}{"access-control-allow-$_"}) } } qw(methods headers);
    return check_fault($response) ? check_fault($response)
        : $response->{status} !~ /^2/ ? "status $response->{status}"
        : $method !~ /^(?:GET|HEAD|POST)$/ && !$allowed{methods}{ lc $method } ? "method $method"
        : join ' ', map { "header $_" } grep { !$allowed{headers}{ lc $_ } } @headers;
}

# Why it would not show the console the answer.
sub check_fault ($response, $origin = $console) {
    my $allowed = $response->{headers}{'access-control-allow-origin'} // 'none';
    return $allowed eq $origin ? '' : "Access-Control-Allow-Origin: $allowed";
}

# The console's requests: headers that are not safelisted, so that a browser asks first.
my @requests = (
    [ GET  => '?limit=50',        {} ],
    [ GET  => '?sinceUsn=0',      { 'If-None-Match' => '"x"' } ],
    [ GET  => '/7304958214',      {} ],
    [ GET  => '/7304958214/log',  {} ],
    [ GET  => '?limit=-1',        { Range => 'bytes=5-9', 'If-Range' => '"x"' } ],
    [ POST => '/export',          { 'Content-Type' => 'application/json' } ],
);
my @examples = (
    [ cors_openidc               => \%signed ],
    [ cors_openidc_introspection => \%opaque ],
    [ cors_oauth2                => \%bearer ],
    [ cors_oauth2_introspection  => \%opaque ],
    [ cors_basic                 => \%basic ],
    [ cors_finer_rights          => \%signed ],
);

for my $example (@examples) {
    my ($vhost, $credentials) = @$example;
    subtest "conf/examples/cors.conf, $vhost" => sub {
        for my $request (@requests) {
            my ($method, $path, $more) = @$request;
            my @headers = ('Authorization', keys %$more);
            my $mark = error_log_mark();
            my $asked = preflight($vhost, MOUNT . $path, $method, \@headers, $console, tls => 1);
            is preflight_fault($asked, $method, @headers), '', "the browser may send $method $path";
            is_deeply [ @$asked{qw(status body)}, leaks($asked) ], [ 204, '' ], '204, and nothing of a session';
            like $asked->{headers}{allow}, qr/\b$method\b/, 'Allow';
            is error_log_since($mark) =~ /jobsessions:error|authz_core:error/ ? error_log_since($mark) : '', '', 'without a line in the error log';
            my $body = $method eq 'POST' ? { body => '{}' } : {};
            my $got = http($vhost, $method => MOUNT . $path, tls => 1, headers => { %$more, %$credentials, Origin => $console }, %$body);
            is $got->{status}, 200, 'and then it gets what it asked for';
            is check_fault($got), '', 'and may show it';
            like $got->{headers}{vary}, qr/\bOrigin\b/, 'which depends on who asks';
            my %exposed = map { $_ => 1 } list($got->{headers}{'access-control-expose-headers'});
            is_deeply [ grep { $got->{headers}{$_} && !$exposed{$_} } qw(etag jobsessions-database content-disposition accept-ranges) ], [], 'with its headers';
            # in HTTP/2 httpd resets the stream of a body it has not read, and curl may see that first
            my $refused = http($vhost, $method => MOUNT . $path, tls => 1, version => '1.1', headers => { %$more, Origin => $console }, %$body);
            is_deeply [ $refused->{status}, check_fault($refused), leaks($refused) ], [ 401, '' ], 'without a token 401, which it may see';
        }
        my $tag = http($vhost, GET => MOUNT, tls => 1, headers => { %$credentials, Origin => $console })->{headers}{etag};
        my $again = http($vhost, GET => MOUNT, tls => 1, headers => { %$credentials, Origin => $console, 'If-None-Match' => $tag });
        is_deeply [ $again->{status}, check_fault($again) ], [ 304, '' ], 'a 304, too';
        is preflight_fault(preflight($vhost, MOUNT, 'DELETE', ['Authorization'], $console, tls => 1), 'DELETE', 'Authorization'), 'method DELETE', 'what there is not is not allowed';
        for my $origin ('https://evil.example', 'https://console.example', 'https://console.example:8443.evil.example', 'null', 'http://console.example:8443') {
            my $asked = preflight($vhost, MOUNT, 'GET', ['Authorization'], $origin, tls => 1);
            isnt check_fault($asked, $origin), '', "$origin may not";
            my $got = http($vhost, GET => MOUNT, tls => 1, headers => { %$credentials, Origin => $origin });
            isnt check_fault($got, $origin), '', 'nor is it shown anything';
        }
        is http($vhost, OPTIONS => MOUNT . '/nothing/here', tls => 1)->{status}, 404, 'what is not there has no options';
    };
}

# What administrators write, and what OPTIONS without a token then gets. grafana/grafana#27127
my @own = (
    [ '/openidc-any'        => \%signed, 204 ],
    [ '/openidc-limit'      => \%signed, 204 ],
    [ '/openidc-plain'      => \%signed, 204 ],    # it asks OPTIONS for no token
    [ '/openidc-valid-user' => \%signed, 204 ],
    [ '/oauth2-any'         => \%bearer, 204 ],
    [ '/oauth2-limit'       => \%bearer, 204 ],
    [ '/oauth2-plain'       => \%bearer, 401 ],
    [ '/basic-any'          => \%basic,  204 ],
    [ '/basic-limit'        => \%basic,  204 ],
);
for (@own) {
    my ($mount, $credentials, $status) = @$_;
    subtest "own lines: $mount" => sub {
        for my $path ('', '/export', '/7304958214') {
            my $mark = error_log_mark();
            my $asked = preflight('cors_own', $mount . $path, $path eq '/export' ? 'POST' : 'GET', ['Authorization']);
            is $asked->{status}, $status, "OPTIONS $path";
            is_deeply [ leaks($asked) ], [], 'shows no session';
            unlike error_log_since($mark), qr/JS0300/, 'nobody is told to change the configuration';
            my ($method) = $path eq '/export' ? 'POST' : 'GET';
            is http('cors_own', $method => $mount . $path)->{status}, 401, "$method without a token";
            is http('cors_own', $method => $mount . $path, headers => $credentials)->{status}, 200, "$method with one";
        }
    };
}

done_testing;
