#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# httpd's cache of passwords refuses a new one for as long as it keeps the old one, which goes on opening.
#
# Package   Debian apache2-bin 2.4.71-1~deb12u1: mod_authn_socache before mod_authn_file
# Guess     As with mod_authnz_ldap's cache: the old password works until AuthnCacheTimeout is over; one that does not fit what
#           is kept is looked up, so that the new one works at once.
# Behaviour What is kept decides alone. The new password gets 401 until the entry is too old, 300 s by default, and the log has
#           "Password Mismatch"; users whom nobody has asked for meanwhile are not kept, and have the new one at once. The
#           entry's time is counted from when it was made: requests in between do not prolong it. A graceful restart empties it.
# Output    changed after a request: old 200, new 401; after AuthnCacheTimeout, or a graceful restart: old 401, new 200
# Way out   AuthnCacheTimeout of a few seconds; apachectl graceful when a password has changed
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
packages=(apache2-bin=2.4.71-1~deb12u1 libapr1=1.7.2-3+deb12u1 libaprutil1=1.6.3-1+deb12u1 libexpat1=2.5.0-1+deb12u5)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
port=$(perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => q(127.0.0.1))->sockport')
mkdir -p www/short www/long
for path in short long; do echo data >"www/$path/file"; done
password() { for name in me other; do echo "$name:{SHA}$(printf %s "$1" | openssl dgst -sha1 -binary | openssl base64)"; done >passwords; }
password old
location() {
    echo "<Location /$1>
        AuthType Basic
        AuthName here
        AuthBasicProvider socache file
        AuthnCacheProvideFor file
        AuthnCacheContext $1
        $2
        AuthUserFile passwords
        Require valid-user
    </Location>"
}
cat >httpd.conf <<END_OF_FILE
ServerRoot $folder
ServerName localhost
Listen 127.0.0.1:$port
User #65534
Group #65534
PidFile httpd.pid
ErrorLog error_log
Mutex pthread
DefaultRuntimeDir $folder
DocumentRoot $folder/www
$(for name in mpm_event authn_core authz_core authz_user auth_basic authn_file authn_socache socache_shmcb; do
    echo "LoadModule ${name}_module usr/lib/apache2/modules/mod_$name.so"
done)
AuthnCacheEnable
$(location long ''; location short 'AuthnCacheTimeout 4')
END_OF_FILE
library=$(dirname "$(find "$folder/usr/lib" -name 'libapr-1.so.0' | head -n 1)")
LD_LIBRARY_PATH=$library usr/sbin/apache2 -f "$folder/httpd.conf" -DFOREGROUND 2>start.log &
server=$!
get() { curl -s -o body -w '%{http_code}' ${2+-u "$2"} "http://127.0.0.1:$port/$1/file" || true; }
until_it_answers() {
    for _ in $(seq 50); do
        [ "$(get long)" != 401 ] || return 0
        sleep 0.2
    done
}
expect() { [ "$2" = "$3" ] || { echo "changed: $1: $2"; cat start.log error_log; exit 1; }; }
both() { echo "old $(get "$1" "$2:old"), new $(get "$1" "$2:new")"; }
until_it_answers
for path in long short; do expect 'before' "$(both "$path" me)" 'old 200, new 401'; done
password new
expect 'whom nobody asked for' "$(both long other)" 'old 401, new 200'
for _ in 1 2 3; do
    expect 'kept' "$(both long me)" 'old 200, new 401'
    expect 'kept for a while' "$(both short me)" 'old 200, new 401'
    sleep 1
done
sleep 3
expect 'after AuthnCacheTimeout' "$(both short me)" 'old 401, new 200'
expect 'kept for longer' "$(both long me)" 'old 200, new 401'
kill -USR1 "$server"
for _ in $(seq 50); do
    [ "$(both long me)" != 'old 200, new 401' ] || sleep 0.2
done
expect 'after a graceful restart' "$(both long me)" 'old 401, new 200'
echo 'as found: mod_authn_socache refuses a new password, and takes the old one, until AuthnCacheTimeout is over'
