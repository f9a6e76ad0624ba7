#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A token is refused by mod_auth_openidc and mod_oauth2 if any of its claims is a whole number of more than 63 bits.
#
# Package   Debian libapache2-mod-auth-openidc 2.4.12.3-2+deb12u5 and libapache2-mod-oauth2 3.3.1-1 in apache2-bin
#           2.4.71-1~deb12u1; 2.4.17 and 4.0.0 of Debian 13, 2.4.20.3 and 4.2.0 of testing do so, too
# Guess     JSON sets no limit to numbers. A claim that is too large for the module is rounded or left out; who asks for
#           another claim does not notice.
# Behaviour The whole token is none: 401 with error="invalid_token", as for a bad signature, whatever is required. An unsigned
#           id of 64 bits as a number is enough, which half of all such ids are beyond, so that some users get in and others do
#           not. The error log tells: "too big integer near". Up to 9223372036854775807 numbers are passed on as they are.
# Output    uid 9223372036854775807: 200 and 200; 9223372036854775808: 401 and 401; the same as a text: 200 and 200
# Way out   have the issuer write ids as texts
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

port=$(perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => q(127.0.0.1))->sockport')
secret=$(openssl rand -hex 32)
encoded() { openssl base64 -A | tr +/ -_ | tr -d =; }
token() {
    local text
    text=$(printf '{"alg":"HS256"}' | encoded).$(printf '{"sub":"me","exp":%d,"uid":%s}' $(($(date +%s) + 600)) "$1" | encoded)
    echo "$text.$(printf %s "$text" | openssl dgst -sha256 -hmac "$secret" -binary | encoded)"
}
mkdir www
for path in openidc oauth2; do echo data >"www/$path"; done
cat >httpd.conf <<END_OF_FILE
ServerRoot $folder
ServerName localhost
Listen 127.0.0.1:$port
User #65534
Group #65534
PidFile httpd.pid
ErrorLog error_log
Mutex pthread
DocumentRoot $folder/www
$(for name in mpm_event authn_core authz_core authz_user headers auth_openidc oauth2; do
    echo "LoadModule ${name}_module usr/lib/apache2/modules/mod_$name.so"
done)
OIDCOAuthVerifySharedKeys plain##$secret
OIDCOAuthRemoteUserClaim sub
<Location /openidc>
    AuthType oauth20
    Require valid-user
    Header always set Uid "expr=%{reqenv:OIDC_CLAIM_uid}"
</Location>
<Location /oauth2>
    AuthType oauth2
    OAuth2TokenVerify plain $secret
    OAuth2TargetPass remote_user_claim=sub
    Require valid-user
    Header always set Uid "expr=%{reqenv:OAUTH2_CLAIM_uid}"
</Location>
END_OF_FILE
libraries=$(dirname "$(find "$folder/usr/lib" -name 'libapr-1.so.0' | head -n 1)")
"$(find "$folder/lib" "$folder/usr" -name 'ld-linux*.so.*' | head -n 1)" --library-path "$libraries:$folder${libraries#"$folder/usr"}" \
    usr/sbin/apache2 -f "$folder/httpd.conf" -DFOREGROUND 2>start.log &
server=$!
get() { curl -s -o body -D header -w '%{http_code}' -H "Authorization: Bearer $2" "http://127.0.0.1:$port/$1" || true; }
for _ in $(seq 50); do
    [ "$(get openidc none)" = 000 ] || break
    sleep 0.2
done

expect() { [ "$2" = "$3" ] || { echo "changed: $1: $2"; cat start.log error_log; exit 1; }; }
header() { sed -n "s/^$1: //p" header | tr -d '\r'; }
for module in openidc oauth2; do
    expect "$module, 63 bits" "$(get $module "$(token 9223372036854775807)") $(header Uid)" '200 9223372036854775807'
    expect "$module, 64 bits" "$(get $module "$(token 9223372036854775808)")" 401
    grep -q 'error="invalid_token"' header || { echo "changed: $module: $(cat header)"; exit 1; }
    expect "$module, 64 bits as a text" "$(get $module "$(token '"9223372036854775808"')") $(header Uid)" '200 9223372036854775808'
done
expect 'lines in the error log' "$(grep -c 'too big integer near' error_log)" 2
echo 'as found: a claim of 9223372036854775807 is passed on, one of 9223372036854775808 makes the token invalid'
