#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Behind an httpd that compresses what it proxies, no client that takes compressed answers gets a 304.
#
# Package   Debian apache2-bin 2.4.71-1~deb12u1, as the proxy and behind it
# Guess     The proxy that makes "tag-gzip" of "tag" takes it for "tag" again in If-None-Match, as nginx's weak tag is
#           taken.
# Behaviour mod_deflate adds -gzip on the way out, and nobody takes it off on the way in: the server behind knows no such
#           tag, and each poll is the whole document again, with 200 and the very tag that was asked about.
# Output    304 to "tag" without compression; 200 to "tag-gzip" with it
# Way out   compress where the document is made; or in the proxy, with mod_headers, which leaves If-Range alone:
#           RequestHeader edit* If-None-Match "-gzip\"" "\""
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
packages=(apache2-bin=2.4.71-1~deb12u1 libapr1=1.7.2-3+deb12u1 libaprutil1=1.6.3-1+deb12u1 libexpat1=2.5.0-1+deb12u5)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
read -r behind front < <(perl -MIO::Socket::INET -e 'my @s = map { IO::Socket::INET->new(Listen => 1, LocalAddr => q(127.0.0.1)) } 1, 2; print join(q( ), map { $_->sockport } @s), qq(\n)')
mkdir www
for id in $(seq 200); do printf '{"id":"%d"}\n' "$id"; done >www/list.json
cat >httpd.conf <<END
ServerRoot $folder
ServerName localhost
Listen 127.0.0.1:$behind
Listen 127.0.0.1:$front
User #65534
Group #65534
PidFile httpd.pid
ErrorLog error_log
Mutex pthread
$(for name in mpm_event authz_core filter deflate headers proxy proxy_http; do
    echo "LoadModule ${name}_module usr/lib/apache2/modules/mod_$name.so"
done)
DocumentRoot $folder/www
<VirtualHost 127.0.0.1:$front>
    SetOutputFilter DEFLATE
    ProxyPass /plain http://127.0.0.1:$behind
    ProxyPass /mended http://127.0.0.1:$behind
    <Location /mended>
        RequestHeader edit* If-None-Match "-gzip\"" "\""
    </Location>
</VirtualHost>
END
library=$(dirname "$(find "$folder/usr/lib" -name 'libapr-1.so.0' | head -n 1)")
LD_LIBRARY_PATH=$library usr/sbin/apache2 -f "$folder/httpd.conf" -DFOREGROUND 2>start.log &
server=$!

# The status that a second request gets, which has the tag of the first.
again() {
    local url=http://127.0.0.1:$front/$1/list.json tag
    shift
    tag=$(curl -sS --retry 20 --retry-connrefused --retry-delay 1 -o first -D - "$@" "$url" | tr -d '\r' | sed -n 's/^ETag: //Ip')
    echo "$(curl -sS -o second -w '%{http_code}' "$@" -H "If-None-Match: $tag" "$url") ${tag##*-}"
}
identity=$(again plain)
compressed=$(again plain -H 'Accept-Encoding: gzip')
mended=$(again mended -H 'Accept-Encoding: gzip')
[ "${identity% *}" = 304 ] || { echo "changed: $identity without compression"; exit 1; }
[ "$compressed" = '200 gzip"' ] || { echo "changed: $compressed with compression"; exit 1; }
[ "$mended" = '304 gzip"' ] || { echo "changed: $mended with the way out"; exit 1; }
echo 'as found: behind a compressing proxy of httpd 2.4.71 If-None-Match never matches'
