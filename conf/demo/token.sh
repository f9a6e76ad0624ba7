#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Make an access token: a JSON Web Token signed with RS256, as an authorization server would.
# usage: token.sh KEY ISSUER AUDIENCE SUBJECT ROLES SECONDS
#   KEY      PEM file with an RSA private key
#   ROLES    one, or several with commas between
#   SECONDS  from now until the token expires
# The other arguments become claims as they are: give them nothing that JSON would have to escape.
set -eu

if [ $# -ne 6 ]; then
    sed -n 's/^# \(usage\)/\1/p' "$0" >&2
    exit 2
fi
key=$1 issuer=$2 audience=$3 subject=$4 seconds=$6
roles=$(printf %s "$5" | sed 's/,/","/g')

base64url() {
    openssl base64 -A | tr '+/' '-_' | tr -d '='
}

now=$(date +%s)
header=$(printf '{"alg":"RS256","typ":"JWT"}' | base64url)
claims=$(printf '{"iss":"%s","aud":"%s","sub":"%s","role":["%s"],"iat":%d,"exp":%d}' \
    "$issuer" "$audience" "$subject" "$roles" "$now" "$((now + seconds))" | base64url)
signature=$(printf '%s.%s' "$header" "$claims" | openssl dgst -sha256 -sign "$key" | base64url)
printf '%s.%s.%s\n' "$header" "$claims" "$signature"
