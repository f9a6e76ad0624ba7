#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# mod_auth_openidc fetches an issuer's keys for every request if they have more than 16 KB, and mod_oauth2 beyond 8 KB for every token.
#
# Package   Debian libapache2-mod-auth-openidc 2.4.12.3-2+deb12u5 and libapache2-mod-oauth2 3.3.1-1 in apache2-bin
#           2.4.71-1~deb12u1. 2.4.17 and 4.0.0 of Debian 13 and 4.2.0 of testing do the same, 2.4.20.3 there fetches for each token
# Guess     Keys are kept for OIDCJWKSRefreshInterval or jwks_uri.expiry, an hour or a day, however many the issuer has: without
#           the issuer, what its keys have signed opens for that long.
# Behaviour What is larger than an entry of the cache is not kept. A set of keys is, where each brings its certificates: eight
#           are enough, four for mod_oauth2. Each request waits for the issuer then, and when that cannot be reached it is 401
#           at once. A test that knows one key notices nothing; the error log tells, "could NOT store", at warn and at error.
# Output    of ten requests with two tokens: mod_auth_openidc asks 10 times, mod_oauth2 twice; with 6 KB once each
# Way out   OIDCCacheShmEntrySizeMax 65536; OAuth2Cache shm max_val_size=65536, of the cache without a name
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
# with all that they depend on; nothing is installed
mkdir -p archives/partial
: >status
{
    apt-get -o "Dir::State::Status=$folder/status" -o "Dir::Cache::Archives=$folder/archives" -o APT::Sandbox::User= -o APT::Install-Recommends=no \
        -o Debug::NoLocking=true -y --download-only install apache2-bin=2.4.71-1~deb12u1 \
        libapache2-mod-auth-openidc=2.4.12.3-2+deb12u5 libapache2-mod-oauth2=3.3.1-1
    for package in archives/*.deb; do dpkg-deb -x "$package" .; done
} >apt.log 2>&1 || { cat apt.log; exit 2; }

read -r port keys < <(perl -MIO::Socket::INET -e 'my @s = map { IO::Socket::INET->new(Listen => 1, LocalAddr => q(127.0.0.1)) } 1 .. 2; print join(q( ), map { $_->sockport } @s), qq(\n)')
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout tls.key -out tls.pem 2>/dev/null
encoded() { openssl base64 -A | tr +/ -_ | tr -d =; }
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key 2>/dev/null
modulus=$(openssl rsa -in key -noout -modulus | sed 's/.*=//' | perl -ne 'chomp; print pack "H*", $_' | encoded)
token() {
    local text
    text=$(printf '{"alg":"RS256","kid":"1"}' | encoded).$(printf '{"sub":"%s","exp":%d}' "$1" $(($(date +%s) + 600)) | encoded)
    echo "$text.$(printf %s "$text" | openssl dgst -sha256 -sign key -binary | encoded)"
}
# as many keys, each with a certificate of 1300 bytes
jwks() {
    local certificate
    certificate=$(head -c 1300 /dev/zero | openssl base64 -A)
    echo "{\"keys\":[$(for kid in $(seq "$1"); do
        echo "${comma-}{\"kty\":\"RSA\",\"use\":\"sig\",\"kid\":\"$kid\",\"n\":\"$modulus\",\"e\":\"AQAB\",\"x5c\":[\"$certificate\"]}"
        comma=,
    done)]}"
}
mkdir www
for path in openidc oauth2; do echo data >"www/$path"; done
jwks 3 >www/3.json
jwks 8 >www/8.json
serve() {
    local settings=$2
    cat >httpd.conf <<END_OF_FILE
ServerRoot $folder
ServerName localhost
Listen 127.0.0.1:$port
Listen 127.0.0.1:$keys
User #65534
Group #65534
PidFile httpd.pid
ErrorLog error_log
Mutex pthread
DocumentRoot $folder/www
$(for name in mpm_event authn_core authz_core authz_user socache_shmcb ssl auth_openidc oauth2; do
    echo "LoadModule ${name}_module usr/lib/apache2/modules/mod_$name.so"
done)
LogFormat "%U by %{User-Agent}i"
<VirtualHost 127.0.0.1:$keys>
    SSLEngine on
    SSLCertificateFile tls.pem
    SSLCertificateKeyFile tls.key
    TransferLog keys_log
</VirtualHost>
OIDCOAuthVerifyJwksUri https://127.0.0.1:$keys/$1.json
OIDCCABundlePath $folder/tls.pem
OIDCOAuthRemoteUserClaim sub
OIDCOAuthSSLValidateServer On
$settings
<Location /openidc>
    AuthType oauth20
    Require valid-user
</Location>
<Location /oauth2>
    AuthType oauth2
    OAuth2TokenVerify jwks_uri https://127.0.0.1:$keys/$1.json jwks_uri.ssl_verify=false
    OAuth2TargetPass remote_user_claim=sub
    Require valid-user
</Location>
END_OF_FILE
    [ -z "$server" ] || { kill "$server"; wait "$server" || true; }
    rm -f error_log
    "$loader" --library-path "$libraries:$folder${libraries#"$folder/usr"}" usr/sbin/apache2 -f "$folder/httpd.conf" -DFOREGROUND 2>start.log &
    server=$!
    for _ in $(seq 50); do
        [ "$(curl -s -o body -w '%{http_code}' "http://127.0.0.1:$port/" || true)" = 000 ] || break
        sleep 0.2
    done
    : >keys_log
}
libraries=$(dirname "$(find "$folder/usr/lib" -name 'libapr-1.so.0' | head -n 1)")
loader=$(find "$folder/lib" "$folder/usr" -name 'ld-linux*.so.*' | head -n 1)
expect() { [ "$2" = "$3" ] || { echo "changed: $1: $2"; cat start.log error_log; exit 1; }; }
# what ten requests with two tokens get, and how often they made the module ask for keys
ten() {
    local before statuses
    before=$(wc -l <keys_log)
    statuses=$(for who in a b; do
        token=$(token "$who$RANDOM")
        for _ in 1 2 3 4 5; do curl -s -o body -w '%{http_code}\n' -H "Authorization: Bearer $token" "http://127.0.0.1:$port/$1"; done
    done | sort -u)
    sleep 0.5
    echo "$statuses, asked $(($(wc -l <keys_log) - before))"
}
both() { echo "mod_auth_openidc $(ten openidc), mod_oauth2 $(ten oauth2)"; }
serve 3 ''
expect "keys of $(wc -c <www/3.json) bytes" "$(both)" 'mod_auth_openidc 200, asked 1, mod_oauth2 200, asked 1'
serve 8 ''
expect "keys of $(wc -c <www/8.json) bytes" "$(both)" 'mod_auth_openidc 200, asked 10, mod_oauth2 200, asked 2'
grep -q 'could NOT store' error_log || { echo 'changed: no line in the error log'; exit 1; }
serve 8 $'OIDCCacheShmEntrySizeMax 65536\nOIDCCacheShmMax 500\nOAuth2Cache shm max_val_size=65536'
expect "the same, with room" "$(both)" 'mod_auth_openidc 200, asked 1, mod_oauth2 200, asked 1'
echo "as found: for keys of $(wc -c <www/8.json) bytes mod_auth_openidc asks the issuer with each request, mod_oauth2 with each token"
