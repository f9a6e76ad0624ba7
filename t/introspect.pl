#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# The introspection endpoint of the tests (RFC 7662), a CGI program: tells its one client, httpd,
# what is known of a token that JobSessions::Token::opaque() made. Of a token that is not known, has
# expired or is not valid yet it says that it is not active, and no more. The client's id and secret have to come
# encoded (RFC 6749, section 2.3.1); CLIENT_ID and CLIENT_SECRET in the environment are others than the tests' own.

use v5.36;
use MIME::Base64 qw(decode_base64);

my ($tokens) = $0 =~ m{^(.*)/} ? "$1/tokens" : die "$0: started without a path\n";

sub slurp ($file) {
    open my $handle, '<', $file or return '';
    local $/ = undef;
    return readline($handle) // '';
}

sub answer ($status, $json, @headers) {
    print join "\r\n", "Status: $status", 'Content-Type: application/json', @headers, '', $json;
    exit 0;
}

my @client = map { $ENV{"CLIENT_$_"} // slurp("$tokens/tokens.conf") =~ /^Define JOBSESSIONS_CLIENT_$_ (\S+)$/m } qw(ID SECRET);
my ($sent) = ($ENV{HTTP_AUTHORIZATION} // '') =~ /^Basic (\S+)$/;
my @credentials = map { tr/+/ /r =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ger } split /:/, decode_base64($sent // '');
answer(401, '{"error":"invalid_client"}', 'WWW-Authenticate: Basic realm="introspection"') unless "@credentials" eq "@client";

read STDIN, my $body, $ENV{CONTENT_LENGTH} // 0;
my ($token) = ($body // '') =~ /(?:^|&)token=(\w+)(?:&|$)/;
my $claims = defined $token ? slurp("$tokens/opaque/$token") : '';
my %time = $claims =~ /"(nbf|exp)":(\d+)/g;
my $active = time < ($time{exp} // 0) && time >= ($time{nbf} // 0);
answer(200, $active ? $claims =~ s/^\{/{"active":true,/r : '{"active":false}');
