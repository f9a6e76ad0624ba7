#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# The OpenID provider of the tests, a CGI program (OpenID Connect Core, code flow): whoever comes is the user
# "operator" with the role admin, without being asked, and a member of GROUPS groups (environment). Its codes hold the nonce that the identity token has to bring back.

use v5.36;

my ($folder, $t) = $0 =~ m{^((.*)/t)/} ? ($2, $1) : die "$0: started without a path\n";
push @INC, "$t/lib";
chdir $folder or die "$folder: $!\n";
require JobSessions::Token;

my $issuer = "http://$ENV{HTTP_HOST}$ENV{SCRIPT_NAME}";

sub answer ($json) { print "Content-Type: application/json\r\n\r\n$json" }

sub parameters ($text) {
    return map { s/%([0-9A-Fa-f]{2})/chr hex $1/ger } map { (split /=/, $_, 2)[ 0, 1 ] } split /&/, $text =~ tr/+/ /r;
}

my %answers = (
    '/.well-known/openid-configuration' => sub {
        answer(qq({"issuer":"$issuer","authorization_endpoint":"$issuer/authorize","token_endpoint":"$issuer/token","jwks_uri":"$issuer/keys",)
            . '"response_types_supported":["code"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}');
    },
    '/keys' => sub { answer(JobSessions::Test::slurp('t/tokens/jwks.json')) },
    '/authorize' => sub {
        my %asked = parameters($ENV{QUERY_STRING});
        print "Status: 302\r\nLocation: $asked{redirect_uri}?code=$asked{nonce}&state=$asked{state}\r\n\r\n";
    },
    '/token' => sub {
        read STDIN, my $body, $ENV{CONTENT_LENGTH};
        my %sent = parameters($body);
        my @groups = map { sprintf '%08d-1111-2222-3333-444455556666', $_ } 1 .. $ENV{GROUPS} // 0;
        my $identity = JobSessions::Token::claims(iss => $issuer, aud => 'console', sub => 'operator', nonce => $sent{code}, groups => \@groups);
        answer(qq({"access_token":"none","token_type":"Bearer","expires_in":600,"id_token":"${\JobSessions::Token::jwt('RS256', $identity)}"}));
    },
);
my $answer = $answers{ $ENV{PATH_INFO} // '' } or print "Status: 404\r\n\r\n";
$answer->() if $answer;
