#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# mod_auth_openidc leads curl to the login as if it were a browser, and curl -f ends well with nothing.
#
# Package   Debian libapache2-mod-auth-openidc 2.4.12.3-2+deb12u5 in apache2-bin 2.4.71-1~deb12u1; 2.4.17 of Debian 13 and
#           2.4.20.3 of testing do the same
# Guess     Who does not ask for a page gets 401: the module tells programs by what they accept, X-Requested-With and
#           Sec-Fetch-Mode. So a program whose session or token is missing sees an error.
# Behaviour "*/*" counts as asking for a page. curl, wget, requests of Python, and axios, which appends it, get 302 to the
#           provider, for a POST as well, and a cookie for each; AuthType auth-openidc, which takes tokens beside sessions, does
#           so where there is no token. curl -f takes 302 for success: the file it was to fetch has an HTML page of some lines.
#           Who accepts application/json alone gets 401, and so does who accepts text/csv, or says nothing at all.
# Output    curl -f -X POST: 302, exit status 0; with Accept: application/json 401 and 22
# Way out   OIDCUnAuthAction 401 for what programs ask for
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
        -o Debug::NoLocking=true -y --download-only install apache2-bin=2.4.71-1~deb12u1 libapache2-mod-auth-openidc=2.4.12.3-2+deb12u5
    for package in archives/*.deb; do dpkg-deb -x "$package" .; done
} >apt.log 2>&1 || { cat apt.log; exit 2; }

port=$(perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => q(127.0.0.1))->sockport')
mkdir www
for path in sessions both never-led; do echo data >"www/$path"; done
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
$(for name in mpm_event authn_core authz_core authz_user auth_openidc; do
    echo "LoadModule ${name}_module usr/lib/apache2/modules/mod_$name.so"
done)
OIDCProviderIssuer https://login.example
OIDCProviderAuthorizationEndpoint https://login.example/authorize
OIDCProviderTokenEndpoint https://login.example/token
OIDCProviderJwksUri https://login.example/keys
OIDCClientID here
OIDCClientSecret secret
OIDCCryptoPassphrase 0123456789abcdef0123456789abcdef
OIDCRedirectURI /login
OIDCOAuthVerifySharedKeys plain##0123456789abcdef0123456789abcdef
<Location />
    AuthType openid-connect
    Require valid-user
</Location>
<Location /both>
    AuthType auth-openidc
</Location>
<Location /never-led>
    OIDCUnAuthAction 401
</Location>
END_OF_FILE
libraries=$(dirname "$(find "$folder/usr/lib" -name 'libapr-1.so.0' | head -n 1)")
"$(find "$folder/lib" "$folder/usr" -name 'ld-linux*.so.*' | head -n 1)" --library-path "$libraries:$folder${libraries#"$folder/usr"}" \
    usr/sbin/apache2 -f "$folder/httpd.conf" -DFOREGROUND 2>start.log &
server=$!
ask() {
    local path=$1 status=0
    shift
    curl -sf -o body -D header -w '%{http_code}, status ' -X POST "$@" "http://127.0.0.1:$port/$path" || status=$?
    echo "$status"
}
for _ in $(seq 50); do
    [ "$(ask sessions)" = '000, status 7' ] || break
    sleep 0.2
done

expect() { [ "$2" = "$3" ] || { echo "changed: $1: $2"; cat start.log error_log; exit 1; }; }
expect 'curl' "$(ask sessions)" '302, status 0'
grep -qi '^location: https://login.example/authorize?' header || { echo 'changed: not led to the provider'; exit 1; }
grep -qi '<title>302' body || { echo 'changed: no page'; exit 1; }
expect 'axios' "$(ask sessions -H 'Accept: application/json, text/plain, */*')" '302, status 0'
expect 'sessions and tokens' "$(ask both)" '302, status 0'
expect 'JSON' "$(ask sessions -H 'Accept: application/json')" '401, status 22'
expect 'CSV' "$(ask sessions -H 'Accept: text/csv')" '401, status 22'
expect 'nothing said' "$(ask sessions -H 'Accept:')" '401, status 22'
expect 'a script of a page' "$(ask sessions -H 'Sec-Fetch-Mode: cors')" '401, status 22'
expect 'OIDCUnAuthAction 401' "$(ask never-led)" '401, status 22'
echo 'as found: curl -f without a session gets 302 to the provider, and status 0; with Accept: application/json 401, and 22'
