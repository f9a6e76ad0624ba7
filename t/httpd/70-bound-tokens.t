# SPDX-License-Identifier: Apache-2.0
# Tokens that are bound to their client: the examples oauth2-mtls.conf and oauth2-dpop.conf ask for the proof, so that
# a thief has no use for the token.

use v5.36;
use Cwd qw(getcwd);
use Digest::SHA qw(sha256);
use MIME::Base64 qw(encode_base64url);
use Test::More;
use JobSessions::Access qw(MOUNT leaks);
use JobSessions::Httpd;
use JobSessions::Test qw(database_dir http port slurp spew);
use JobSessions::Token qw(certificate_hash claims jwt key_hash proof);

my $here = getcwd;
my $number = 0;

subtest 'a client certificate' => sub {
    my $httpd = JobSessions::Httpd->new;
    spew($httpd->directory . '/ca.pem', join '', map { slurp("t/tokens/$_.pem") } qw(client thief));
    my $port = serve($httpd, 'oauth2-mtls.conf', 1, "Define JOBSESSIONS_CLIENT_CA $httpd->{directory}/ca.pem\n");
    my $bound = bound('x5t#S256' => certificate_hash('client'));
    my @cases = (
        [ 'the one it is bound to'            => $bound, 'client', 200 ],
        [ 'another'                           => $bound, 'thief',  401 ],
        [ 'none'                              => $bound, undef,    401 ],
        [ 'a token that is bound to nothing'  => jwt('RS256', claims()), 'client', 401 ],
        [ 'a token that is bound to a key'    => bound(jkt => key_hash('client')), 'client', 401 ],
        [ 'no token'                          => undef, 'client', 401 ],
    );
    for (@cases) {
        my ($name, $token, $certificate, $status) = @$_;
        for my $version ('1.1', $httpd->mpm eq 'prefork' ? () : '2') {
            my $response = http($port, POST => MOUNT . '/export', tls => 1, version => $version,
                headers => defined $token ? { Authorization => "Bearer $token" } : {},
                curl => defined $certificate ? [ '--cert', "t/tokens/$certificate.pem", '--key', "t/tokens/$certificate.key" ] : []);
            is_answer($response, $status, "$name, HTTP/$version");
        }
    }
};

subtest 'a DPoP proof' => sub {
    my $httpd = JobSessions::Httpd->new;
    my $port = serve($httpd, 'oauth2-dpop.conf', 0, '');
    my $bound = bound(jkt => key_hash('client'));
    my $url = "http://127.0.0.1:$port" . MOUNT . '/export';
    my $claims = sub ($token, %changes) {
        return { jti => 'proof-' . $number++, htm => 'POST', htu => $url, iat => time, ath => encode_base64url(sha256($token)), %changes };
    };
    my $once;
    my @cases = (
        [ 'the right one'                      => $bound, sub { $once = proof('client', $claims->($bound)) }, 200 ],
        [ 'the same again'                     => $bound, sub { $once }, 401 ],
        [ 'another right one'                  => $bound, sub { proof('client', $claims->($bound)) }, 200 ],
        [ 'of another key'                     => $bound, sub { proof('thief', $claims->($bound)) }, 401 ],
        [ 'of the right key, signed by another' => $bound, sub { proof('client', $claims->($bound), signer => 'thief') }, 401 ],
        [ 'for another method'                 => $bound, sub { proof('client', $claims->($bound, htm => 'GET')) }, 401 ],
        [ 'for another path'                   => $bound, sub { proof('client', $claims->($bound, htu => "$url/else")) }, 401 ],
        [ 'for another server'                 => $bound, sub { proof('client', $claims->($bound, htu => $url =~ s/127/128/r)) }, 401 ],
        [ 'of an hour ago'                     => $bound, sub { proof('client', $claims->($bound, iat => time - 3600)) }, 401 ],
        [ 'of another type'                    => $bound, sub { proof('client', $claims->($bound), typ => 'JWT') }, 401 ],
        [ 'garbage'                            => $bound, 'garbage', 401 ],
        [ 'none'                               => $bound, undef, 401 ],
        [ 'a token that is bound to nothing'   => jwt('RS256', claims()), sub { proof('client', $claims->($bound)) }, 401 ],
    );
    for (@cases) {
        my ($name, $token, $make, $status) = @$_;
        my $proof = ref $make ? $make->() : $make;    # now: it is good for five seconds
        my $response = http($port, POST => MOUNT . '/export',
            headers => { Authorization => "DPoP $token", defined $proof ? (DPoP => $proof) : () });
        is_answer($response, $status, $name);
    }
    my %scheme = (Authorization => "Bearer $bound", DPoP => proof('client', $claims->($bound)));
    is_answer(http($port, POST => MOUNT . '/export', headers => \%scheme), 401, 'Authorization: Bearer');
};

done_testing;

sub bound (%to) {
    return jwt('RS256', claims(cnf => \%to));
}

sub serve ($httpd, $example, $tls, $define) {
    $httpd->{modules} = [ qw(authn_core headers oauth2), $tls ? qw(ssl socache_shmcb) : (), $tls && $httpd->mpm ne 'prefork' ? 'http2' : () ];
    $httpd->{config} = ($tls ? <<~CONFIG : '') . <<~CONFIG;
        SSLEngine on
        SSLCertificateFile $here/t/tls/server.pem
        SSLCertificateKeyFile $here/t/tls/server.key
        Protocols h2 http/1.1
        CONFIG
        JobSessionsDatabase ${\ database_dir('confidential') }
        Include $here/t/tokens/tokens.conf
        Define JOBSESSIONS_JWKS_URI http://127.0.0.1:${\ port('login') }/jwks.json
        $define
        Include $here/conf/examples/$example
        CONFIG
    return $httpd->start->port;
}

sub is_answer ($response, $status, $name) {
    is $response->{status}, $status, $name;
    is scalar(leaks($response)) > 0, $status == 200, '  data or none';
}
