# SPDX-License-Identifier: Apache-2.0
# A console of another origin in a browser: a page of https://console.example:8443 reads job sessions with
# each of the examples, and a page of another origin is shown nothing. 69-cors.t has the rules; here is one
# who follows them.

use v5.36;
use File::Temp qw(tempdir);
use JSON::XS qw(decode_json encode_json);
use MIME::Base64 qw(encode_base64);
use Test::More;
use JobSessions::Access qw(MOUNT);
use JobSessions::Test qw(http port run_command spew test_vars);
use JobSessions::Token qw(claims jwt opaque password);
use URI::Escape qw(uri_unescape);

my $signed = 'Bearer ' . jwt('RS256', claims());
my $bearer = 'Bearer ' . jwt('HS256', claims());
my $opaque = 'Bearer ' . opaque(claims());
my %credentials = (
    cors_openidc               => $signed,
    cors_openidc_introspection => $opaque,
    cors_oauth2                => $bearer,
    cors_oauth2_introspection  => $opaque,
    cors_basic                 => 'Basic ' . encode_base64('console:' . password(), ''),
    cors_finer_rights          => $signed,
);
my @requests = (
    [ GET  => '?limit=50',       {} ],
    [ GET  => '/7304958214',     {} ],
    [ GET  => '/7304958214/log', {} ],
    [ GET  => '?limit=-1',       { Range => 'bytes=5-9' } ],
    [ POST => '/export',         { 'Content-Type' => 'application/json' } ],
);

# What the page's script does: every request with and without its credentials, one after the other, and then
# what the browser let it see. A browser's own cache would answer the second for the first.
my $script = <<~'SCRIPT';
    async function answer({ url, method, headers }) {
        try {
            const response = await fetch(url, { method, headers, body: method === "POST" ? "{}" : undefined, cache: "no-store" });
            return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
        } catch (error) {
            return { refused: error.name };
        }
    }
    const answers = [];
    for (const request of REQUESTS)
        answers.push(await answer(request));
    const tag = answers[0].headers?.etag;
    answers.push(await answer({ ...REQUESTS[0], headers: { ...REQUESTS[0].headers, "If-None-Match": tag ?? "none" } }));
    document.querySelector("pre").textContent = encodeURIComponent(JSON.stringify(answers));
    SCRIPT

sub requests_of ($vhost) {
    my $base = 'https://127.0.0.1:' . port($vhost) . MOUNT;
    return map {
        my ($method, $path, $headers) = @$_;
        map { { url => $base . $path, method => $method, headers => { %$headers, %$_ } } } { Authorization => $credentials{$vhost} }, {};
    } @requests;
}

# The answers that a page of $origin sees. Both origins are the same files of the same server.
sub page_sees ($origin, @requests) {
    my $page = "<!doctype html><title>Console</title><pre></pre><script type=module>const REQUESTS = " . encode_json(\@requests) . ";\n$script</script>";
    spew(test_vars('documentroot') . '/console/index.html', $page);
    my $console = '127.0.0.1:' . port('console');
    local $ENV{LD_PRELOAD} = '';    # a sanitizer's runtime is httpd's
    my $browser = run_command([ 'timeout', 120, 'chromium', '--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
        '--user-data-dir=' . tempdir(CLEANUP => 1), '--ignore-certificate-errors', '--no-proxy-server', '--virtual-time-budget=600000',
        "--host-resolver-rules=MAP console.example:8443 $console,MAP evil.example:8443 $console", '--dump-dom', "$origin/" ]);
    my ($result) = $browser->{out} =~ m{<pre>([^<]+)</pre>} or return diag("exit $browser->{exit}\n$browser->{out}$browser->{err}"), [];
    return decode_json(uri_unescape($result));
}

mkdir test_vars('documentroot') . '/console';
for my $vhost (sort keys %credentials) {
    subtest "conf/examples/cors.conf, $vhost" => sub {
        my $answers = page_sees('https://console.example:8443', requests_of($vhost));
        is @$answers, 2 * @requests + 1, 'the browser has run the page' or return;
        for my $request (@requests) {
            my ($method, $path, $more) = @$request;
            my ($with, $without) = splice @$answers, 0, 2;
            my $body = $method eq 'POST' ? { body => '{}' } : {};
            my $wanted = http($vhost, $method => MOUNT . $path, tls => 1, headers => { %$more, Authorization => $credentials{$vhost} }, %$body);
            is $with->{status}, $more->{Range} ? 206 : 200, "$method $path";
            utf8::encode($with->{body});
            is $with->{body}, $wanted->{body}, 'is shown, every byte';
            is $with->{headers}{$_}, $wanted->{headers}{$_}, "with its $_" for grep { $wanted->{headers}{$_} } qw(etag jobsessions-database content-range);
            is $without->{status}, 401, 'without a token 401, which it sees';
        }
        is $answers->[0]{status}, 304, 'If-None-Match with the tag that it saw';

        my $evil = page_sees('https://evil.example:8443', requests_of($vhost));
        is_deeply $evil, [ map { { refused => 'TypeError' } } 0 .. 2 * @requests ], 'a page of another origin is shown nothing';
    };
}

done_testing;
