#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Over HTTP/2 curl and got throw a whole answer away that comes before they have sent all: a 404 or 401 is a broken stream.
#
# Package   Debian curl 7.88.1-10+deb12u15 with libcurl4 of the same, and npm got 14.6.6 (http2-wrapper 2.2.1), at apache2-bin
#           2.4.71-1~deb12u1 with libnghttp2-14 1.52.0-1+deb12u3. OpenJDK 17.0.15's HttpClient does so from 64 KiB on
#           (IOException: GOAWAY received); curl 8.14.1 and 8.22.0, node:http2, undici 7.30.2 and Go 1.19.8 do not
# Guess     A server that needs no more of a request answers and says so by RST_STREAM with NO_ERROR; as RFC 9113, section 8.1,
#           forbids to discard the answer for that, whoever speaks HTTP/2 shows its status, as over HTTP/1.1.
# Behaviour HEADERS, DATA with END_STREAM and RST_STREAM come together, and curl and got see the last of them: no status, no
#           body, exit status 92 ("Stream error in the HTTP/2 framing layer"), ECONNRESET. httpd reads no body before an error
#           there, while over HTTP/1.1 it does. What is over a stream's window, 64 KiB, is lost always or more often than not;
#           with curl a race decides of less, and of every twentieth POST of 20 bytes. It looks like the network.
# Output    node:http2 sees 20 of 20 404, curl 7.88.1 has 000 and 92 for most of 20, got ECONNRESET for 10 of 10
# Way out   curl --http1.1, got without http2; in a server: read what is left of the body before the error
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
packages=(curl=7.88.1-10+deb12u15 libcurl4=7.88.1-10+deb12u15 apache2-bin=2.4.71-1~deb12u1 libapr1=1.7.2-3+deb12u1
    libaprutil1=1.6.3-1+deb12u1 libexpat1=2.5.0-1+deb12u5 libnghttp2-14=1.52.0-1+deb12u3)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
npm install --silent --no-save --ignore-scripts --no-audit --no-fund got@14.6.6 http2-wrapper@2.2.1 >npm.log 2>&1 || { cat npm.log; exit 2; }
port=$(perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => q(127.0.0.1))->sockport')
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout key.pem -out certificate.pem 2>openssl.log
cat >httpd.conf <<END
ServerRoot $folder
ServerName localhost
Listen 127.0.0.1:$port
User #65534
Group #65534
PidFile httpd.pid
ErrorLog error_log
Mutex pthread
$(for name in mpm_event authz_core http2 ssl; do
    echo "LoadModule ${name}_module usr/lib/apache2/modules/mod_$name.so"
done)
Protocols h2 http/1.1
SSLEngine on
SSLCertificateFile certificate.pem
SSLCertificateKeyFile key.pem
DocumentRoot $folder/usr/share
END
library=$(dirname "$(find "$folder/usr/lib" -name 'libcurl.so.4' | head -n 1)")
LD_LIBRARY_PATH=$library usr/sbin/apache2 -f "$folder/httpd.conf" -DFOREGROUND 2>start.log &
server=$!
cat >ask.mjs <<'END'
import http2 from 'node:http2';
import got from 'got';
const [url, who] = process.argv.slice(2);
const body = Buffer.alloc(200000, 'x');
const bare = () => new Promise((resolve) => {
    const session = http2.connect(url);
    const stream = session.request({ ':method': 'POST', ':path': '/none' });
    let status, length = 0;
    stream.on('response', (headers) => status = headers[':status']).on('data', (data) => length += data.length);
    stream.on('error', () => {}).on('close', () => { session.close(); resolve(`${status} ${length > 0} ${stream.rstCode}`); });
    stream.end(body);
});
const asks = {
    bare,
    got: (version) => got.post(`${url}/none`, { body, http2: version === 2, throwHttpErrors: false }).then(({ statusCode }) => statusCode, ({ code }) => code),
};
const seen = {};
for (let i = 0; i < (who === 'bare' ? 20 : 10); i++) {
    const result = await asks[who](Number(process.argv[4] ?? 2));
    seen[result] = (seen[result] ?? 0) + 1;
}
console.log(JSON.stringify(seen));
process.exit(0);
END
head -c 200000 /dev/zero | tr '\0' x >body
expect() { [ "$2" = "$3" ] || { echo "changed: $1: $2"; cat start.log; exit 1; }; }
ask() { NODE_EXTRA_CA_CERTS=certificate.pem node ask.mjs "https://localhost:$port" "$@"; }
post() {
    local status=0
    LD_LIBRARY_PATH=$library usr/bin/curl -q -sS --cacert certificate.pem -o /dev/null -w '%{http_code}' --data-binary @body "$@" \
        "https://localhost:$port/none" 2>>curl.log || status=$?
    echo " $status"
}
posts() { for _ in $(seq 20); do post "$@"; done | sort | uniq -c | sed 's/^ *//'; }
for _ in $(seq 50); do
    [ "$(post --http1.1)" != '404 0' ] || break
    sleep 0.2
done
expect 'what is on the wire' "$(ask bare)" '{"404 true 0":20}'
expect 'curl, HTTP/1.1' "$(posts --http1.1)" '20 404 0'
lost=$(posts --http2 | sed -n 's/ 000 92$//p')
[ "${lost:-0}" -gt 0 ] || { echo 'changed: curl has each answer'; exit 1; }
expect 'got, HTTP/1.1' "$(ask got 1)" '{"404":10}'
expect 'got, HTTP/2' "$(ask got 2)" '{"ECONNRESET":10}'
echo "as found: of 20 whole 404 curl 7.88.1 has thrown $lost away, of 10 got 14.6.6 all"
