# SPDX-License-Identifier: Apache-2.0
package JobSessions::Token;

use v5.36;
use Digest::SHA qw(hmac_sha256 hmac_sha384 hmac_sha512 sha256);
use Exporter qw(import);
use JSON::XS ();
use MIME::Base64 qw(decode_base64 encode_base64url);
use JobSessions::Test qw(run_command scratch_file slurp spew);

our @EXPORT_OK = qw(audience certificate_hash claims issuer jwt key_hash make_keys opaque password proof token_secret);

=head1 NAME

JobSessions::Token - the authorization server of the tests

=head1 SYNOPSIS

    use JobSessions::Token qw(claims jwt opaque);

    my $signed   = jwt('RS256', claims(role => 'viewer'));
    my $expired  = jwt('HS256', claims(exp => time - 60));
    my $unsigned = jwt('none', claims());
    my $opaque   = opaque(claims());    # described by t/introspect.pl to whoever asks for it

Its keys are files in t/tokens:

    secret               HS256; shared with httpd
    rsa.key, rsa.pem     RS256, and the certificate httpd has
    ec.key               ES256
    jwks.json            both public keys, as an authorization server publishes them
    tokens.conf          what httpd has to know, as Define lines for the files of conf/examples
    passwords            for Basic authentication
    opaque/TOKEN         what is known of an opaque token
    client.key, .pem     a client's key and certificate, to which tokens are bound; so has a thief

=over

=item make_keys()

Make all of them, once. t/TEST does, before httpd starts.

=cut

my $folder = 't/tokens';

sub issuer   { return 'https://login.example' }
sub audience { return 'jobsessions' }

sub make_keys {
    return if -e "$folder/tokens.conf";
    mkdir $_ for $folder, "$folder/opaque";
    openssl(qw(rand -hex -out), "$folder/secret", 32);
    openssl(qw(req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=login.example),
        '-keyout', "$folder/rsa.key", '-out', "$folder/rsa.pem");
    openssl(qw(genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out), "$folder/ec.key");

    make_client($_) for qw(client thief);

    my $hash = openssl(qw(passwd -apr1), password());
    spew("$folder/passwords", "console:$hash");

    my ($rsa, $ec) = (rsa_jwk(), ec_jwk());
    spew("$folder/jwks.json", qq({"keys":[$rsa,$ec]}));
    my $client_secret = openssl(qw(rand -hex 32));
    spew("$folder/tokens.conf", join "\n", map { "Define $_" }
            'JOBSESSIONS_TOKEN_SECRET ' . token_secret(),
            'JOBSESSIONS_ISSUER ' . issuer(),
            'JOBSESSIONS_AUDIENCE ' . audience(),
            'JOBSESSIONS_CLIENT_ID httpd',
            "JOBSESSIONS_CLIENT_SECRET $client_secret",
            "EC_JWK '$ec'");
}

=item issuer(), audience()

Who makes the tokens, and for whom.

=item password()

What opens the example of Basic authentication, for the user C<console>.

=cut

sub password { return 'correct horse battery staple' }

=item token_secret()

The secret of HS256, as it stands in the Define line.

=cut

sub token_secret { return slurp("$folder/secret") =~ s/\s//gr }

sub openssl (@arguments) {
    my $openssl = run_command([ 'openssl', @arguments ]);
    die "openssl @arguments: $openssl->{err}" if $openssl->{exit} != 0;
    return $openssl->{out};
}

sub rsa_jwk {
    my ($modulus) = openssl(qw(rsa -noout -modulus -in), "$folder/rsa.key") =~ /Modulus=(\w+)/;
    return sprintf '{"kty":"RSA","kid":"rsa","use":"sig","n":"%s","e":"AQAB"}',
        encode_base64url(pack 'H*', $modulus);
}

sub ec_jwk {
    return sprintf '{"kty":"EC","crv":"P-256","kid":"ec","use":"sig","x":"%s","y":"%s"}', ec_point('ec');
}

# The last 64 bytes of a P-256 public key are its point's x and y.
sub ec_point ($name) {
    my $point = substr openssl(qw(pkey -pubout -outform DER -in), "$folder/$name.key"), -64;
    return map { encode_base64url($_) } unpack 'a32 a32', $point;
}

# Each is its own authority.
sub make_client ($name) {
    openssl(qw(req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2), '-subj', "/CN=$name",
        '-keyout', "$folder/$name.key", '-out', "$folder/$name.pem");
}

=item claims(%changes)

The claims of a good token, changed; undef leaves one out.

=cut

sub claims (%changes) {
    my %claims = (
        iss  => issuer(),
        aud  => audience(),
        sub  => 'console',
        role => 'admin',
        iat  => time,
        exp  => time + 600,
        %changes
    );
    delete @claims{ grep { !defined $claims{$_} } keys %claims };
    return \%claims;
}

=item jwt($algorithm, $claims, %header)

A JSON Web Token: C<HS256>, C<HS384>, C<HS512>, C<RS256>, C<ES256> or C<none>. RS256 and ES256 tokens name their
key. C<secret> among the header's members is not sent: it is the secret HS256 and the like sign with instead of the
right one.

=cut

my %signers = (
    none  => sub ($text, $secret) { '' },
    HS256 => sub ($text, $secret) { hmac_sha256($text, $secret // token_secret()) },
    HS384 => sub ($text, $secret) { hmac_sha384($text, $secret // token_secret()) },
    HS512 => sub ($text, $secret) { hmac_sha512($text, $secret // token_secret()) },
    RS256 => sub ($text, $secret) { sign($text, "$folder/rsa.key") },
    ES256 => sub ($text, $secret) { ecdsa_pair(sign($text, "$folder/ec.key")) },
);
my %kids = (RS256 => 'rsa', ES256 => 'ec');

sub jwt ($algorithm, $claims, %header) {
    my $secret = delete $header{secret};
    $header{kid} //= $kids{$algorithm} if exists $kids{$algorithm};
    my $json = JSON::XS->new->utf8->canonical;
    my $text = join '.', map { encode_base64url($json->encode($_)) }
        { typ => 'JWT', alg => $algorithm, %header }, $claims;
    return "$text." . encode_base64url($signers{$algorithm}->($text, $secret));
}

sub sign ($text, $key) {
    my $file = scratch_file();
    print {$file} $text;
    $file->flush;
    return openssl(qw(dgst -sha256 -sign), $key, $file->filename);
}

# openssl writes an ECDSA signature as a DER sequence of two integers; a token holds them as 32 bytes
# each (RFC 7518, section 3.4).
sub ecdsa_pair ($der) {
    my ($r, $s) = unpack 'x2 x C/a x C/a', $der;
    return join '', map { substr "\0" x 32 . $_, -32 } $r, $s;
}

=item key_hash($name), certificate_hash($name)

What a token is bound to by its claim C<cnf>: C<jkt>, of a client's key (RFC 9449), and C<x5t#S256>, of its certificate
(RFC 8705).

=cut

sub key_hash ($name) {
    return encode_base64url(sha256(sprintf '{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}', ec_point($name)));
}

sub certificate_hash ($name) {
    my ($base64) = slurp("$folder/$name.pem") =~ /BEGIN CERTIFICATE-----(.*)-----END/s;
    return encode_base64url(sha256(decode_base64($base64)));
}

=item proof($name, $claims, %header)

A DPoP proof of a client's (RFC 9449), signed with the key that it names; a header of C<signer> is not sent: it is the
client who signs in its place.

=cut

sub proof ($name, $claims, %header) {
    my $signer = delete $header{signer} // $name;
    my ($x, $y) = ec_point($name);
    my $json = JSON::XS->new->utf8->canonical;
    my $text = join '.', map { encode_base64url($json->encode($_)) }
        { typ => 'dpop+jwt', alg => 'ES256', jwk => { kty => 'EC', crv => 'P-256', x => $x, y => $y }, %header }, $claims;
    return "$text." . encode_base64url(ecdsa_pair(sign($text, "$folder/$signer.key")));
}

=item opaque($claims)

A token that says nothing by itself.

=back

=cut

sub opaque ($claims) {
    my $token = openssl(qw(rand -hex 16)) =~ s/\s//gr;
    spew("$folder/opaque/$token", JSON::XS->new->utf8->canonical->encode($claims));
    return $token;
}

1;
