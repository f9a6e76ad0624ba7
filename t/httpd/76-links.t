# SPDX-License-Identifier: Apache-2.0
# Nothing a client sends reaches a link unless httpd's configuration says so, and nothing reaches it
# unescaped.

use v5.36;
use Test::More;
use JobSessions::Access qw(MOUNT);
use JobSessions::Test qw(decode_json http port raw_http responses test_vars);

my $export = MOUNT . '/export';

# What clients and proxies send that might be believed.
my @claims = (
    'X-Forwarded-Host: evil.example',
    'X-Forwarded-Server: evil.example',
    'X-Forwarded-Proto: gopher',
    'X-Forwarded-Port: 666',
    'X-Forwarded-For: 192.0.2.66',
    'X-Forwarded-Prefix: /evil',
    'X-Original-Host: evil.example',
    'X-Original-URL: /evil',
    'Front-End-Https: on',
    'Forwarded: for=192.0.2.66;host=evil.example;proto=gopher',
);

# virtual host, target, Host, front of the links; where the name has no port it is that of ServerName
my $own = port('names_off');
my @fronts = (
    [ names_off => $export, 'console.example',        "http://console.example:$own" ],
    [ names_off => $export, 'console.example:80',     'http://console.example' ],
    [ names_off => $export, 'console.example:81',     'http://console.example:81' ],
    [ names_off => $export, 'CONSOLE.Example',        "http://console.example:$own" ],
    [ names_off => $export, '192.0.2.7:8080',         'http://192.0.2.7:8080' ],
    [ names_off => $export, '[2001:db8::7]',          "http://[2001:db8::7]:$own" ],
    [ names_off => $export, '[2001:db8::7]:8080',     'http://[2001:db8::7]:8080' ],
    [ names_off => "http://console.example$export", 'evil.example', "http://console.example:$own" ],
    [ names_on  => $export, 'evil.example',           'https://console.example:8443' ],
    [ names_on  => $export, 'evil.example:81',        'https://console.example:8443' ],
    [ names_on  => $export, '[::1]',                  'https://console.example:8443' ],
    [ names_on  => "http://evil.example$export",  'evil.example', 'https://console.example:8443' ],
    [ names_on  => "https://evil.example$export", 'evil.example', 'https://console.example:8443' ],
    [ names_behind => $export, 'evil.example',        'https://console.example' ],
    [ names_behind => $export, '127.0.0.1:81',        'https://console.example' ],
    [ names_behind => "http://evil.example$export", 'evil.example', 'https://console.example' ],
    [ document  => $export, 'evil.example',           'https://abc.ukwest.cloudapp.azure.com' ],
);
for (@fronts) {
    my ($vhost, $target, $host, $front) = @$_;
    for my $more ([], \@claims) {
        my $response = ask($vhost, $target, $host, @$more);
        is_deeply fronts($response), [$front],
            "$vhost: $target, Host: $host" . (@$more ? ', and forged headers' : '') . ": $front";
    }
}

subtest 'HTTP/1.0 without Host' => sub {
    my ($response) = responses(raw_http('names_off', "POST $export HTTP/1.0\r\n\r\n"));
    is_deeply fronts($response), ["http://localhost:$own"], "the server's name";
};

subtest 'HTTP/2 and a proxy' => sub {
    my %headers = (Host => 'evil.example:81', map { split /: /, $_, 2 } @claims);
    is_deeply fronts(http('names_proxy', POST => $export, tls => 1, headers => \%headers)),
        ['https://console.example'], 'through mod_proxy that preserves the host';
    SKIP: {
        skip 'mod_http2 does not work under prefork', 2 if test_vars('t_logs') =~ /-prefork$/;
        $headers{Host} = 'console.example';
        my $response = http('tls', POST => $export, tls => 1, version => 2, headers => \%headers);
        is $response->{version}, 2, 'HTTP/2';
        is_deeply fronts($response), ['https://console.example:' . port('tls')], 'the :authority';
    }
};

# Names that are none, or odd. Each gets 400, or a well-formed document with the characters of a host
# (RFC 3986) in its links.
my @odd = (
    '', ' ', '.', '..', ':', ':80', '@', 'a b', "a\tb", 'a"b', q(a'b), 'a\\b', 'a<b>', 'a&b', 'a{b}', 'a|b',
    'a`b', 'a,b', 'a;b', 'user@evil.example', 'user:word@evil.example', 'evil.example/path',
    'evil.example?query', 'evil.example#part', 'evil.example, other.example',
    "evil.example\r\nHost: other.example", 'evil.example.', 'evil.example..', '.evil.example',
    '-evil-.example', 'evil_.example', '%65vil.example', 'evil.example%00', "evil\0.example",
    "evil\x01.example", "evil\x7f.example", "b\xc3\xbccher.example", "b\xfccher.example", "\xff\xfe",
    'evil.example:', 'evil.example:0', 'evil.example:65536', 'evil.example:8a', 'evil.example:-1',
    'evil.example:80:80', '[', ']', '[]', '[::1', '::1', '[::1]evil', '[::1]:', '[::1]:x',
    '[fe80::1%25eth0]', '[v1.a"b]', '[a"b]', '1.2.3', '0x7f.1', 'x' x 63, 'x' x 2000, 'x' x 2100,
    join('.', ('a' x 60) x 33), join('.', ('a' x 60) x 34), 'x' x 8100, 'x' x 9000,
);
my %seen;
for my $vhost (qw(names_off names_unchecked)) {
    for my $host (@odd) {
        my $name = substr($host, 0, 40) =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ger;
        my $response = ask($vhost, $export, $host);
        $seen{"$vhost $response->{status}"}++;
        if ($response->{status} == 200) {
            is_deeply [ grep { !m{^http://[\w.~%!\$&'()*+,;=\[\]:-]+$}a } @{ fronts($response) } ], [],
                "$vhost: Host '$name': the characters of a host in links";
        } else {
            is $response->{status}, 400, "$vhost: Host '$name': 400";
        }
    }
}
ok $seen{"$_ 200"} && $seen{"$_ 400"}, "$_: both happen" for qw(names_off names_unchecked);

done_testing;

sub ask ($vhost, $target, $host, @headers) {
    my $request = join "\r\n", "POST $target HTTP/1.1", "Host: $host", @headers, 'Content-Length: 0',
        'Connection: close', '', '';
    return (responses(raw_http($vhost, $request)))[0];
}

# What stands before the mount in the links of an export, without the port that is the scheme's own;
# each once.
sub fronts ($response) {
    my $document = eval { decode_json($response->{body}) } or return ["status $response->{status}"];
    my %fronts;
    for my $links (map { $_->{_links} } $document, @{ $document->{results} }) {
        for my $href (map { $_->{href} } values %$links) {
            my ($front) = $href =~ m{^(.*)\Q${\ MOUNT}\E(?:/\d+(?:/log)?|\?[\w=&-]+)$}s
                or return ["not a link: $href"];
            $fronts{ $front =~ s{^(http://.*):80$|^(https://.*):443$}{$1 // $2}er }++;
        }
    }
    return [ sort keys %fronts ];
}
