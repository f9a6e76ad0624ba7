#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# After a break in the middle wget goes on by itself, with the rest of whatever the address answers then.
#
# Package   Debian wget 1.21.3-1+deb12u1; aria2 1.36.0-1 with libaria2-0 1.36.0-1. wget 1.25.0 of Debian 13 does the same
# Guess     That `wget -c` trusts the file that is there is known. Without -c wget tries anew from the beginning, or asks
#           with If-Range, as it has been told an ETag; and where the answer is 200, not 206, it takes all of it.
# Behaviour It asks for the rest with Range alone, also when the request was a POST. A 206 is appended, whatever its ETag;
#           of a 200 as many bytes are thrown away as there are. The first half of one version and the second of
#           another make one file, its length is right, and the exit status is 0. aria2c does so with 206, and refuses 200.
# Output    wget GET 206: 1000 lines of version 1, 1000 of version 2, status 0; GET 200 and POST 200: the same
# Way out   wget --tries=1, and again from the beginning; or curl --retry 3 --retry-all-errors -o file, which begins anew
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
packages=(wget=1.21.3-1+deb12u1 aria2=1.36.0-1 libaria2-0=1.36.0-1)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
cat >versions.mjs <<'END'
import http from 'node:http';
// Each path has version 1 at first, whose first answer breaks off in the middle, and version 2 from then on.
const asked = new Set();
const server = http.createServer((request, response) => {
    const version = asked.has(request.url) ? 2 : 1;
    asked.add(request.url);
    const lines = Array.from({ length: 2000 }, (_, id) => `{"id":"${1000 + id}","version":${version}}\n`).join('');
    const tag = `"${version}"`;
    const range = /^bytes=(\d+)-/.exec(request.headers.range ?? '');
    response.setHeader('ETag', tag);
    if (range && request.url.includes('206') && (request.headers['if-range'] ?? tag) === tag) {
        const from = Number(range[1]);
        response.writeHead(206, { 'Content-Range': `bytes ${from}-${lines.length - 1}/${lines.length}`, 'Content-Length': lines.length - from });
        response.end(lines.slice(from));
        return;
    }
    response.writeHead(200, { 'Content-Length': lines.length });
    if (version === 1) response.write(lines.slice(0, lines.length / 2), () => setTimeout(() => request.socket.destroy(), 300));
    else response.end(lines);
}).listen(0, '127.0.0.1', () => console.log(server.address().port));
END
node versions.mjs >port &
server=$!
for _ in $(seq 100); do
    [ ! -s port ] || break
    sleep 0.1
done
url=http://127.0.0.1:$(cat port)
library=$(dirname "$(find "$folder/usr/lib" -name 'libaria2.so.0' | head -n 1)")

# The exit status, and how many lines of each version are in the file.
seen() {
    local status=0
    rm -f file
    "$@" >run.log 2>&1 || status=$?
    echo "status $status, lines $(grep -c '"version":1' file) $(grep -c '"version":2' file)"
}
expect() { [ "$2" = "$3" ] || { echo "changed: $1 $2"; exit 1; }; }
mixed='status 0, lines 1000 1000'
expect 'wget GET 206' "$(seen usr/bin/wget --no-config -O file "$url/206")" "$mixed"
expect 'wget GET 200' "$(seen usr/bin/wget --no-config -O file "$url/200")" "$mixed"
expect 'wget POST 200' "$(seen usr/bin/wget --no-config --post-data= -O file "$url/200-post")" "$mixed"
expect 'wget --tries=1' "$(seen usr/bin/wget --no-config --tries=1 -O file "$url/200-once")" 'status 4, lines 1000 0'
expect 'aria2c GET 206' "$(seen env LD_LIBRARY_PATH="$library" usr/bin/aria2c --no-conf --retry-wait=1 -o file "$url/206-aria")" "$mixed"
expect 'curl --retry' "$(seen curl -sS --retry 3 --retry-all-errors -o file "$url/200-curl")" 'status 0, lines 0 2000'
echo 'as found: wget 1.21.3 joins the halves of two versions after a break, in GET and POST, and exits with 0'
