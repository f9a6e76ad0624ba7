#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What breaks off behind mod_proxy_http2 comes out whole: with 200, a last chunk, and an error page after the lines.
#
# Package   Debian apache2-bin 2.4.71-1~deb12u1, as the proxy; curl 7.88.1
# Guess     As with mod_proxy_http: the client's connection, or its stream, ends in an error.
# Behaviour Where the connection to the server behind is lost in the middle of an answer without a Content-Length, httpd
#           appends its page "503 Service Unavailable" to what has been sent, and ends the answer as it should end, in
#           HTTP/1.1 and HTTP/2. Where the stream is reset (RST_STREAM), an HTTP/1.1 client gets an answer that ends well,
#           an HTTP/2 client is told. A restart of the server behind is enough. With a length the client counts for itself.
# Output    curl's exit status in HTTP/1.1 and HTTP/2: lost 0 0, reset 0 92; mod_proxy_http 18 92
# Way out   ProxyPass … http://, not h2c:// or h2://; or answers that have a Content-Length
set -euo pipefail
folder=$(mktemp -d)
servers=()
trap '[ ${#servers[@]} = 0 ] || { kill "${servers[@]}"; wait "${servers[@]}" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
packages=(apache2-bin=2.4.71-1~deb12u1 libapr1=1.7.2-3+deb12u1 libaprutil1=1.6.3-1+deb12u1 libexpat1=2.5.0-1+deb12u5
    libnghttp2-14=1.52.0-1+deb12u3)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
read -r behind behind2 front < <(perl -MIO::Socket::INET -e 'my @s = map { IO::Socket::INET->new(Listen => 1, LocalAddr => q(127.0.0.1)) } 1 .. 3; print join(q( ), map { $_->sockport } @s), qq(\n)')
cat >break.mjs <<'END'
import http from 'node:http';
import http2 from 'node:http2';
const [behind, behind2] = process.argv.slice(2).map(Number);
const lines = Array.from({ length: 900 }, (_, id) => `{"id":"${id}"}\n`).join('');
http.createServer((request, response) => {
    response.write(lines, () => setTimeout(() => request.socket.destroy(), 500));
}).listen(behind, '127.0.0.1');
http2.createServer().on('stream', (stream, headers) => {
    stream.on('error', () => {});
    stream.respond({ ':status': 200 });
    stream.write(lines, () => setTimeout(() => headers[':path'] === '/reset' ? stream.destroy(new Error('broken')) : stream.session.destroy(), 500));
}).listen(behind2, '127.0.0.1');
END
node break.mjs "$behind" "$behind2" >break.log 2>&1 &
servers+=($!)
cat >httpd.conf <<END
ServerRoot $folder
ServerName localhost
Listen 127.0.0.1:$front
User #65534
Group #65534
PidFile httpd.pid
ErrorLog error_log
Mutex pthread
$(for name in mpm_event authz_core http2 proxy proxy_http proxy_http2; do
    echo "LoadModule ${name}_module usr/lib/apache2/modules/mod_$name.so"
done)
Protocols h2c http/1.1
ProxyPass /http/ http://127.0.0.1:$behind/
ProxyPass /http2/ h2c://127.0.0.1:$behind2/
END
library=$(dirname "$(find "$folder/usr/lib" -name 'libapr-1.so.0' | head -n 1)")
LD_LIBRARY_PATH=$library usr/sbin/apache2 -f "$folder/httpd.conf" -DFOREGROUND 2>start.log &
servers+=($!)

# curl's exit status, once all are there and what was sent before the break came; what came after it is in the file more
status() {
    local status
    for _ in $(seq 40); do
        curl -s -o answer "$@" && status=0 || status=$?
        [ "$(grep -sc '"id"' answer)" != 900 ] || { tail -n +901 answer >more; echo $status; return; }
        sleep 0.5
    done
    echo none
}
# in HTTP/1.1 and in HTTP/2
both() { echo "$1 $(status "http://127.0.0.1:$front/$1") $(status --http2-prior-knowledge "http://127.0.0.1:$front/$1")"; }
seen="$(both http/lost), $(both http2/reset), $(both http2/lost)"
[ "$seen" = 'http/lost 18 92, http2/reset 0 92, http2/lost 0 0' ] || { echo "changed: $seen"; exit 1; }
grep -q '503 Service Unavailable' more || { echo 'changed: no error page in the end'; exit 1; }
echo "as found, curl's exit status in HTTP/1.1 and HTTP/2: $seen, with an error page in the end"
