#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# From Debian 13 on an expression finds no name beyond ASCII in a token that mod_auth_openidc has checked: claims come in ISO 8859-1.
#
# Package   Debian 13's libapache2-mod-auth-openidc 2.4.17-1+deb13u1 in apache2-bin 2.4.71-1~deb13u1; 2.4.20.3-1 of testing and
#           libapache2-mod-oauth2 4.2.0-1 there do so, too. 2.4.12.3 of Debian 12, and mod_oauth2 3.3.1 and 4.0.0, pass UTF-8 on
# Guess     JSON is UTF-8, and so is a configuration: what Require claim finds Require expr finds in the environment, as
#           before the upgrade, and so do LogFormat and whatever runs behind.
# Behaviour Since 2.4.15 the environment has claims in ISO 8859-1 unless told otherwise, as headers do, and a question mark for
#           each character that this does not have: Łukasz is ?ukasz, ë one byte that no reader of UTF-8 takes. httpd starts
#           with the configuration as it was and says nothing. Require claim and the user's name go on in UTF-8.
# Output    Require claim 200, Require expr 401, environment "?ukasz Zo\xeb"
# Way out   Require claim; OIDCPassClaimsAs environment none, with which Debian 12's version does not start; for mod_oauth2
#           OAuth2TargetPass encoding=none, which earlier versions leave alone
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
# Debian 13 with all it depends on, from where this machine has Debian from; nothing is installed.
mkdir -p lists/partial archives/partial parts
: >status
mirror=$(apt-get indextargets --format '$(SITE) $(ORIGIN)' 'Identifier: Packages' | sed -n 's/ Debian$//p' | grep -v security | head -n 1)
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >sources.list
options=(-o "Dir::Etc::SourceList=$folder/sources.list" -o "Dir::Etc::SourceParts=$folder/parts" -o "Dir::State::Lists=$folder/lists"
    -o "Dir::State::Status=$folder/status" -o "Dir::Cache=$folder" -o "APT::Sandbox::User=" -o 'APT::Install-Recommends=no')
{
    apt-get "${options[@]}" update
    apt-get "${options[@]}" -y --download-only install apache2-bin=2.4.71-1~deb13u1 libapache2-mod-auth-openidc=2.4.17-1+deb13u1
    for package in archives/*.deb; do dpkg-deb -x "$package" .; done
} >apt.log 2>&1 || { cat apt.log; exit 2; }

port=$(perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => q(127.0.0.1))->sockport')
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=login.example -keyout key -out certificate 2>/dev/null
encoded() { openssl base64 -A | tr +/ -_ | tr -d =; }
claims='{"iss":"https://login.example","sub":"Łukasz","name":"Łukasz Zoë","exp":%d}'
token=$(printf '{"alg":"RS256","kid":"rsa"}' | encoded).$(printf "$claims" $(($(date +%s) + 600)) | encoded)
token=$token.$(printf %s "$token" | openssl dgst -sha256 -sign key -binary | encoded)
mkdir www
for path in claim expr claim-none expr-none; do echo data >"www/$path"; done
location() {
    echo "<Location /$1>
        AuthType oauth20
        OIDCPassClaimsAs environment $3
        Header always set Name \"expr=%{reqenv:OIDC_CLAIM_name}\"
        Header always set User \"expr=%{REMOTE_USER}\"
        <RequireAll>
            Require claim iss:https://login.example
            $2
        </RequireAll>
    </Location>"
}
claim='Require claim "name:Łukasz Zoë"'
# httpd asks it once before it has looked at the token, and has to go on then
expression="Require expr \"-z reqenv('OIDC_CLAIM_iss') || reqenv('OIDC_CLAIM_name') == 'Łukasz Zoë'\""
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
$(for name in mpm_event authn_core authz_core authz_user headers auth_openidc; do
    echo "LoadModule ${name}_module usr/lib/apache2/modules/mod_$name.so"
done)
OIDCOAuthVerifyCertFiles rsa#$folder/certificate
OIDCOAuthRemoteUserClaim sub
$(location claim "$claim" ''; location expr "$expression" '')
$(location claim-none "$claim" none; location expr-none "$expression" none)
END_OF_FILE
libraries=$(dirname "$(find "$folder/usr/lib" -name 'libapr-1.so.0' | head -n 1)")
"$(find "$folder/usr" -name 'ld-linux*.so.*' | head -n 1)" --library-path "$libraries" usr/sbin/apache2 -f "$folder/httpd.conf" -DFOREGROUND 2>start.log &
server=$!
get() { curl -s -o body -D header -w '%{http_code}' -H "Authorization: Bearer $token" "http://127.0.0.1:$port/$1"; }
header() { sed -n "s/^$1: //p" header | tr -d '\r'; }
for _ in $(seq 50); do
    [ "$(get claim || true)" = 000 ] || break
    sleep 0.2
done

expect() { [ "$2" = "$3" ] || { echo "changed: $1: $2"; cat start.log error_log; exit 1; }; }
expect 'Require claim' "$(get claim)" 200
expect 'the user' "$(header User)" 'Łukasz'
expect environment "$(header Name)" "$(printf '?ukasz Zo\xeb')"
expect 'Require expr' "$(get expr)" 401
expect 'Require claim, none' "$(get claim-none)" 200
expect 'environment, none' "$(header Name)" 'Łukasz Zoë'
expect 'Require expr, none' "$(get expr-none)" 200
echo 'as found: Łukasz Zoë is for Require claim what it is, and for Require expr ?ukasz Zo\xeb, unless OIDCPassClaimsAs says none'
