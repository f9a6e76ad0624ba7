# SPDX-License-Identifier: Apache-2.0
# Every kind of bearer token on every way to the export: HTTP/1.1 and HTTP/2 over TLS, through mod_proxy
# that takes the TLS off, and what stands behind that proxy.

use v5.36;
use Test::More;
use JobSessions::Access qw(MOUNT authorization faults_of_refusal token_cases);
use JobSessions::Test qw(database_dir http_all jobsessions port test_vars);

my $has_http2 = test_vars('t_logs') !~ /-prefork$/;    # mod_http2 refuses to work there
my $base_url = sub ($vhost) { 'https://127.0.0.1:' . port($vhost) };

# virtual host, HTTP version, whether over TLS, the front of the links, how the tokens are signed
my @ways = map {
    my ($module, $key, $algorithm) = @$_;
    map { [ "${module}_$_->[0]", @$_[ 1 .. 3 ], $algorithm ] } (
        [ $key  => '1.1', 1, $base_url->("${module}_$key") ],
        [ $key  => '2',   1, $base_url->("${module}_$key") ],
        [ proxy      => '1.1', 1, 'https://console.example' ],
        [ proxy      => '2',   1, 'https://console.example' ],
        [ backend    => '1.1', 0, 'https://console.example' ],
        [ backend    => '1.0', 0, 'https://console.example' ],
    )
} [ openidc => 'certificate', 'RS256' ], [ oauth2 => 'shared_key', 'HS256' ];

for my $way (grep { $has_http2 || $_->[1] ne '2' } @ways) {
    my ($vhost, $version, $tls, $url, $algorithm) = @$way;
    my @cases = token_cases($algorithm, $vhost);
    my @responses = http_all(map {
        [ $vhost, POST => MOUNT . '/export', tls => $tls, version => $version,
            headers => authorization($_->{token}) ]
    } @cases);
    for my $i (0 .. $#cases) {
        my ($case, $response) = ($cases[$i], $responses[$i]);
        my @faults = $case->{status} == 200
            ? faults_of_export($response, $url)
            : faults_of_refusal($response, $case, 'POST');
        # httpd answers HTTP/1.0 as HTTP/1.1
        push @faults, "HTTP/$response->{version}" if $response->{version} ne $version =~ s/1\.0/1.1/r;
        is join('; ', @faults), '', "$vhost, HTTP/$version, $case->{name}";
    }
}

done_testing;

sub faults_of_export ($response, $url) {
    my $export = jobsessions(database_dir('confidential'), 'export', '--base-url', $url);
    return (
        $response->{status} == 200           ? () : "status $response->{status}",
        $response->{body} eq $export->{out}  ? () : 'another body'
    );
}
