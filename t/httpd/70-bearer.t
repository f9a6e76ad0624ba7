# SPDX-License-Identifier: Apache-2.0
# Every kind of bearer token, on every resource, under every example that checks tokens.

use v5.36;
use Test::More;
use JobSessions::Access qw(MOUNT asks_options authorization faults_of_refusal faults_of_success finds_shared_keys resources token_cases);
use JobSessions::Test qw(http_all);

# virtual host => how the tokens are signed that it accepts
my @examples = (
    [ openidc_shared_key    => 'HS256' ],
    [ openidc_certificate   => 'RS256' ],
    [ openidc_jwks          => 'ES256' ],
    [ openidc_introspection => 'opaque' ],
    [ oauth2_shared_key     => 'HS256' ],
    [ oauth2_jwk            => 'ES256' ],
    [ oauth2_jwks           => 'RS256' ],
    [ oauth2_introspection  => 'opaque' ],
);

for my $example (@examples) {
    my ($vhost, $algorithm) = @$example;
    my $refuses_all = $vhost eq 'openidc_shared_key' && !finds_shared_keys();
    for my $case (token_cases($algorithm, $vhost)) {
        @$case{qw(status challenge)} = (401) if $refuses_all;
        my @resources = resources();
        my @responses = http_all(map {
            [ $vhost, $_->{method} => MOUNT . $_->{path}, tls => 1, version => '1.1',
                headers => authorization($case->{token}) ]
        } @resources);
        for my $i (0 .. $#resources) {
            my ($resource, $response) = ($resources[$i], $responses[$i]);
            my $is_let = !defined $case->{token} && $resource->{method} eq 'OPTIONS' && $vhost =~ /^openidc/ && !asks_options();
            my @faults = $case->{status} == 200 || $is_let
                ? faults_of_success($response, $resource)
                : faults_of_refusal($response, $case, $resource->{method});
            is join('; ', @faults), '', "$vhost, $case->{name}: $resource->{method} $resource->{path}";
        }
    }
}

done_testing;
