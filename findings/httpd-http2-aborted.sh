#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Over HTTP/2 httpd's access log has X, "aborted before the response completed", for short answers that came whole.
#
# Package   Debian apache2-bin 2.4.71-1~deb12u1 with libnghttp2-14 1.52.0-1+deb12u3
# Guess     %X counts what clients broke off: X where one left in the middle, + or - where the answer came to its end. Over HTTP/2
#           it goes by the stream, and is X where that was reset.
# Behaviour So it is in HTTP/1.1. Of a stream the connection's thread says that it is aborted when it has sent the end and the
#           one that made the answer is not done yet: a race, which a proxied answer of some bytes loses every third time, a
#           file now and then, with a client that has read all and asks on. c->aborted is what modules see of it. An answer that
#           broke off behind a proxy is X over HTTP/2 as well, though no client left, and - in HTTP/1.1, as many whole ones.
# Output    of 400 whole answers, status 200: HTTP/1.1 0 have X, HTTP/2 137, and 157 in a second run
# Way out   %O, where an answer has a length; X of HTTP/1.1 alone
set -euo pipefail
folder=$(mktemp -d)
servers=()
trap '[ ${#servers[@]} = 0 ] || { kill "${servers[@]}"; wait "${servers[@]}" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
packages=(apache2-bin=2.4.71-1~deb12u1 libapr1=1.7.2-3+deb12u1 libaprutil1=1.6.3-1+deb12u1 libexpat1=2.5.0-1+deb12u5
    libnghttp2-14=1.52.0-1+deb12u3)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
read -r behind front < <(perl -MIO::Socket::INET -e 'my @s = map { IO::Socket::INET->new(Listen => 1, LocalAddr => q(127.0.0.1)) } 1 .. 2; print join(q( ), map { $_->sockport } @s), qq(\n)')
cat >behind.mjs <<'END_OF_FILE'
import http from 'node:http';
const lines = 'x'.repeat(99999) + '\n';
http.createServer((request, response) => {
    if (request.url === '/break') response.write(lines, () => setTimeout(() => request.socket.destroy(), 500));
    else response.end('whole');
}).listen(Number(process.argv[2]), '127.0.0.1');
END_OF_FILE
# asks 400 times, one after the other over one connection, which stays until all is in the log
cat >ask.mjs <<'END_OF_FILE'
import http from 'node:http';
import http2 from 'node:http2';
const [version, origin, path, times] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const session = version === '2' ? http2.connect(origin) : undefined;
const body = () => new Promise((resolve) => {
    let text = '';
    const take = (stream) => {
        stream.setEncoding('utf8').on('data', (data) => text += data);
        stream.on('end', () => resolve(text)).on('error', () => resolve('broken off'));
    };
    if (session) take(session.request({ ':path': path }));
    else http.get(origin + path, { agent }, take).on('error', () => resolve('broken off'));
});
const seen = new Set();
for (let i = 0; i < Number(times); i++) seen.add(await body());
await new Promise((resolve) => setTimeout(resolve, 1000));
console.log([...seen].join());
session?.close();
agent.destroy();
END_OF_FILE
node behind.mjs "$behind" >behind.log 2>&1 &
servers+=($!)
cat >httpd.conf <<END_OF_FILE
ServerRoot $folder
ServerName localhost
Listen 127.0.0.1:$front
User #65534
Group #65534
PidFile httpd.pid
ErrorLog error_log
Mutex pthread
$(for name in mpm_event authz_core http2 proxy proxy_http; do
    echo "LoadModule ${name}_module usr/lib/apache2/modules/mod_$name.so"
done)
Protocols h2c http/1.1
MaxKeepAliveRequests 0
LogFormat "%H %U %>s %X" ends
CustomLog access_log ends
ProxyPass / http://127.0.0.1:$behind/
END_OF_FILE
library=$(dirname "$(find "$folder/usr/lib" -name 'libapr-1.so.0' | head -n 1)")
LD_LIBRARY_PATH=$library usr/sbin/apache2 -f "$folder/httpd.conf" -DFOREGROUND 2>start.log &
servers+=($!)
for _ in $(seq 50); do
    [ "$(curl -s "http://127.0.0.1:$front/ready")" != whole ] || break
    sleep 0.2
done

expect() { [ "$2" = "$3" ] || { echo "changed: $1: $2"; cat start.log; exit 1; }; }
ask() { node ask.mjs "$1" "http://127.0.0.1:$front" "$2" "$3"; }
aborted() { grep -c "^HTTP/$1 /short 200 X\$" access_log || true; }
expect 'bodies, HTTP/1.1' "$(ask 1 /short 400)" whole
expect 'bodies, HTTP/2' "$(ask 2 /short 400)" whole
expect 'lines in the log' "$(grep -c '/short 200' access_log)" 800
expect 'X in HTTP/1.1' "$(aborted 1.1)" 0
[ "$(aborted 2.0)" -gt 0 ] || { echo 'changed: no X in HTTP/2'; exit 1; }
ask 1 /break 1 >broken
ask 2 /break 1 >>broken
expect 'what broke off behind' "$(sed -n 's|/break 200 ||p' access_log)" $'HTTP/1.1 -\nHTTP/2.0 X'
echo "as found: of 400 whole answers $(aborted 1.1) have X in HTTP/1.1, $(aborted 2.0) in HTTP/2"
