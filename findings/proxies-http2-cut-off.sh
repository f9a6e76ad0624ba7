#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# HAProxy of Debian 12 and Varnish tell an HTTP/2 client that an answer is whole when it broke off behind them.
#
# Package   Debian haproxy 2.6.12-1+deb12u4, varnish 7.1.1-2+deb12u1; curl 7.88.1. varnish 7.7.0-3+deb13u2 does the same;
#           haproxy 3.0.11-1+deb13u4 does not.
# Guess     A chunked answer that ends without its last chunk is passed on as what it is: the connection is closed in
#           HTTP/1.1, the stream is reset in HTTP/2.
# Behaviour In HTTP/1.1 it is so. In HTTP/2 the stream ends as after a whole answer, and the client has no means to tell:
#           a CSV file or lines of JSON are shorter, with 200 and exit status 0. Where the answer has a Content-Length,
#           the client counts for itself.
# Output    curl's exit status: 18 in HTTP/1.1, 0 in HTTP/2, 92 in HTTP/2 with a length, from both
# Way out   answers that have a Content-Length; or no HTTP/2 between these two and clients (alpn http/1.1; feature=-http2)
set -euo pipefail
folder=$(mktemp -d)
servers=()
trap '[ ${#servers[@]} = 0 ] || { kill "${servers[@]}"; wait "${servers[@]}" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
packages=(haproxy=2.6.12-1+deb12u4 libopentracing1=1.6.0-4 libopentracing-c-wrapper0=1.1.3-3+b1
    varnish=7.1.1-2+deb12u1 libvarnishapi3=7.1.1-2+deb12u1)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
read -r behind haproxy haproxy2 varnish < <(perl -MIO::Socket::INET -e 'my @s = map { IO::Socket::INET->new(Listen => 1, LocalAddr => q(127.0.0.1)) } 1 .. 4; print join(q( ), map { $_->sockport } @s), qq(\n)')
cat >break.mjs <<'END'
import http from 'node:http';
const lines = Array.from({ length: 900 }, (_, id) => `{"id":"${id}"}\n`).join('');
http.createServer((request, response) => {
    response.writeHead(200, request.url === '/length' ? { 'Content-Length': 2 * lines.length } : {});
    response.write(lines, () => setTimeout(() => request.socket.destroy(), 500));
}).listen(Number(process.argv[2]), '127.0.0.1');
END
node break.mjs "$behind" >break.log 2>&1 &
servers+=($!)
cat >haproxy.cfg <<END
defaults
    mode http
    timeout connect 5s
    timeout client 20s
    timeout server 20s
frontend clients
    bind 127.0.0.1:$haproxy
    bind 127.0.0.1:$haproxy2 proto h2
    default_backend behind
backend behind
    server one 127.0.0.1:$behind
END
printf 'vcl 4.1;\nbackend default { .host = "127.0.0.1"; .port = "%s"; }\n' "$behind" >default.vcl
library=$(dirname "$(find "$folder/usr/lib" -name 'libvarnishapi.so.3' | head -n 1)")
LD_LIBRARY_PATH=$library usr/sbin/haproxy -f haproxy.cfg >haproxy.log 2>&1 &
servers+=($!)
LD_LIBRARY_PATH=$library:$library/varnish usr/sbin/varnishd -F -j none -p feature=+http2 -f "$folder/default.vcl" \
    -a "127.0.0.1:$varnish" -n "$folder/varnish" -s malloc,16m >varnish.log 2>&1 &
servers+=($!)

# curl's exit status, once all are there and what was sent before the break came
status() {
    local status
    for _ in $(seq 40); do
        curl -s -o answer "$@" && status=0 || status=$?
        [ "$(grep -sc id answer)" != 900 ] || { echo $status; return; }
        sleep 0.5
    done
    echo none
}
h2=--http2-prior-knowledge
seen="haproxy $(status "http://127.0.0.1:$haproxy/") $(status $h2 "http://127.0.0.1:$haproxy2/") $(status $h2 "http://127.0.0.1:$haproxy2/length")"
seen="$seen, varnish $(status "http://127.0.0.1:$varnish/") $(status $h2 "http://127.0.0.1:$varnish/") $(status $h2 "http://127.0.0.1:$varnish/length")"
[ "$seen" = 'haproxy 18 0 92, varnish 18 0 92' ] || { echo "changed: $seen"; exit 1; }
echo "as found, curl's exit status in HTTP/1.1, HTTP/2, and that with a length: $seen"
