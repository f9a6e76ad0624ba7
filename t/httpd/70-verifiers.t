# SPDX-License-Identifier: Apache-2.0
# Two verifiers of mod_oauth2 in one server: what one of them accepted is not taken for accepted by the
# other, which knows other keys.

use v5.36;
use Test::More;
use JobSessions::Access qw(MOUNT authorization);
use JobSessions::Test qw(http);
use JobSessions::Token qw(claims jwt opaque);

my %tokens = (
    oauth2_shared_key    => jwt('HS256', claims()),
    oauth2_jwk           => jwt('ES256', claims()),
    oauth2_introspection => opaque(claims()),
);
for my $vhost (sort keys %tokens) {
    is status($vhost, $vhost), 200, "$vhost accepts its own token";
    is status($_, $vhost), 401, "$_ does not, afterwards" for grep { $_ ne $vhost } sort keys %tokens;
}

sub status ($vhost, $token) {
    my $response = http($vhost, POST => MOUNT . '/export', tls => 1, headers => authorization($tokens{$token}));
    return $response->{status};
}

done_testing;
