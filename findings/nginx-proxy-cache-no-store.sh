#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# nginx with proxy_cache takes conditions and ranges from requests whose answers it never keeps: no 304, no 206.
#
# Package   Debian nginx 1.22.1-9+deb12u11; apache2-bin 2.4.71-1~deb12u1 behind it
# Guess     What says Cache-Control: no-store goes through as if there were no cache; at the latest with
#           proxy_cache_bypass and proxy_no_cache.
# Behaviour proxy_cache leaves If-None-Match, If-Match, Range and If-Range out of every GET, as a cache wants whole
#           answers. What comes back says no-store and is passed on as it is: each poll by tag is the whole document with
#           200, each part the whole, and a HEAD is a GET to the server behind. proxy_cache_bypass and proxy_no_cache change
#           nothing of that. Without no-store nginx answers 304 and 206 itself.
# Output    If-None-Match and Range: without proxy_cache 304 206; with it 200 200; with proxy_cache_bypass 200 200
# Way out   a location with proxy_cache off; or in the location: proxy_set_header If-None-Match $http_if_none_match;
#           proxy_set_header Range $http_range; proxy_set_header If-Range $http_if_range; proxy_cache_convert_head off
set -euo pipefail
folder=$(mktemp -d)
servers=()
trap '[ ${#servers[@]} = 0 ] || { kill "${servers[@]}"; wait "${servers[@]}" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
packages=(nginx=1.22.1-9+deb12u11 apache2-bin=2.4.71-1~deb12u1 libapr1=1.7.2-3+deb12u1 libaprutil1=1.6.3-1+deb12u1
    libexpat1=2.5.0-1+deb12u5 libpcre2-8-0=10.42-1+deb12u2)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
read -r behind front < <(perl -MIO::Socket::INET -e 'my @s = map { IO::Socket::INET->new(Listen => 1, LocalAddr => q(127.0.0.1)) } 1, 2; print join(q( ), map { $_->sockport } @s), qq(\n)')
mkdir www cache
chmod 777 cache
for id in $(seq 200); do printf '{"id":"%d"}\n' "$id"; done >www/list.json
touch -d yesterday www/list.json
cat >httpd.conf <<END
ServerRoot $folder
ServerName localhost
Listen 127.0.0.1:$behind
User #65534
Group #65534
PidFile httpd.pid
ErrorLog error_log
Mutex pthread
$(for name in mpm_event authz_core headers; do
    echo "LoadModule ${name}_module usr/lib/apache2/modules/mod_$name.so"
done)
CustomLog access_log %m
DocumentRoot $folder/www
Header set Cache-Control no-store
END
cat >nginx.conf <<END
daemon off;
pid $folder/nginx.pid;
events {}
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    proxy_cache_path $folder/cache keys_zone=cache:1m;
    server {
        listen 127.0.0.1:$front;
        location /plain/ { proxy_pass http://127.0.0.1:$behind/; }
        location /cached/ { proxy_pass http://127.0.0.1:$behind/; proxy_cache cache; }
        location /bypassed/ { proxy_pass http://127.0.0.1:$behind/; proxy_cache cache; proxy_cache_bypass 1; proxy_no_cache 1; }
        location /mended/ {
            proxy_pass http://127.0.0.1:$behind/;
            proxy_cache cache;
            proxy_cache_convert_head off;
            proxy_set_header If-None-Match \$http_if_none_match;
            proxy_set_header Range \$http_range;
            proxy_set_header If-Range \$http_if_range;
        }
    }
}
END
library=$(dirname "$(find "$folder/usr/lib" -name 'libapr-1.so.0' | head -n 1)")
LD_LIBRARY_PATH=$library usr/sbin/apache2 -f "$folder/httpd.conf" -DFOREGROUND 2>start.log &
servers+=($!)
LD_LIBRARY_PATH=$library usr/sbin/nginx -p "$folder" -c "$folder/nginx.conf" -e "$folder/nginx.log" &
servers+=($!)
curl -sS --retry 20 --retry-connrefused --retry-delay 1 -o document "http://127.0.0.1:$behind/list.json"
curl -sS --retry 20 --retry-connrefused --retry-delay 1 -o document "http://127.0.0.1:$front/plain/list.json"

# What a request by tag and one for a part get, and what a HEAD is to httpd.
ask() {
    local url=http://127.0.0.1:$front/$1/list.json tag
    tag=$(curl -sS -o document -D - "$url" | tr -d '\r' | sed -n 's/^ETag: //Ip')
    curl -sS -I -o head "$url"
    echo "$(curl -sS -o document -w '%{http_code}' -H "If-None-Match: $tag" "$url")" \
        "$(curl -sS -o document -w '%{http_code}' -H 'Range: bytes=0-9' -H "If-Range: $tag" "$url")" "$(tail -n 3 access_log | head -n 1)"
}
seen="plain $(ask plain), cached $(ask cached), bypassed $(ask bypassed), mended $(ask mended)"
[ "$seen" = 'plain 304 206 HEAD, cached 200 200 GET, bypassed 200 200 GET, mended 304 206 HEAD' ] || { echo "changed: $seen"; exit 1; }
echo "as found: $seen"
