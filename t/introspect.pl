#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# The introspection endpoint of the tests (RFC 7662), a CGI program: tells its one client, httpd,
# what is known of a token that JobSessions::Token::opaque() made. Of a token that is not known, has
# expired or is not valid yet it says that it is not active, and no more.

use v5.36;
use MIME::Base64 qw(encode_base64);

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

my ($id, $secret) = map { slurp("$tokens/tokens.conf") =~ /^Define JOBSESSIONS_CLIENT_$_ (\S+)$/m }
    qw(ID SECRET);
my $credentials = 'Basic ' . encode_base64("$id:$secret", '');
answer(401, '{"error":"invalid_client"}', 'WWW-Authenticate: Basic realm="introspection"')
    unless ($ENV{HTTP_AUTHORIZATION} // '') eq $credentials;

read STDIN, my $body, $ENV{CONTENT_LENGTH} // 0;
my ($token) = ($body // '') =~ /(?:^|&)token=(\w+)(?:&|$)/;
my $claims = defined $token ? slurp("$tokens/opaque/$token") : '';
my %time = $claims =~ /"(nbf|exp)":(\d+)/g;
my $active = time < ($time{exp} // 0) && time >= ($time{nbf} // 0);
answer(200, $active ? $claims =~ s/^\{/{"active":true,/r : '{"active":false}');
