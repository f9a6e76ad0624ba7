#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# curl --etag-save keeps the tag of an answer that broke off: the next poll gets 304, and half a file stays.
#
# Package   Debian curl 7.88.1-10+deb12u15 with libcurl4 of the same. curl 8.14.1 of Debian 13 and 8.23.0 of unstable do the
#           same
# Guess     The tag is that of the file beside it, so it is kept when the answer has come whole: after a break the next call
#           with --etag-compare gets the document anew.
# Behaviour The tag is written with the header. A call that ends with 18 leaves half a document and its tag; the next one
#           asks with that, gets 304, leaves the file as it is and exits with 0, and so on until the document changes. Who
#           looks at the last call sees that all is well. With --retry 3 --retry-all-errors the call that breaks off gets
#           the whole itself; its tag stands in the file twice then (8.14.1, 8.23.0: once), and so the next is no 304.
# Output    1: 200, status 18, 900 lines of 1800; 2: 304, status 0, 900 lines; 3: 304, status 0, 900 lines
# Way out   curl -f --etag-compare tag --etag-save tag.new -o new …, and mv of both after status 0 and 200 alone
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
packages=(curl=7.88.1-10+deb12u15 libcurl4=7.88.1-10+deb12u15)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
library=$(dirname "$(find "$folder/usr/lib" -name 'libcurl.so.4' | head -n 1)")
cat >serve.mjs <<'END'
import http from 'node:http';
const lines = Array.from({ length: 900 }, (_, id) => `{"id":"${1000 + id}"}\n`).join('');
const seen = new Set();
http.createServer((request, response) => {
    response.setHeader('ETag', '"v1"');
    if (request.headers['if-none-match'] === '"v1"') {
        response.writeHead(304).end();
    } else if (seen.has(request.url)) {
        response.end(lines + lines);
    } else {
        seen.add(request.url);
        response.setHeader('Content-Length', 2 * lines.length);
        response.write(lines, () => setTimeout(() => request.socket.destroy(), 300));
    }
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
END
node serve.mjs >port &
server=$!
for _ in $(seq 100); do
    [ ! -s port ] || break
    sleep 0.1
done
url=http://127.0.0.1:$(cat port)
expect() { [ "$2" = "$3" ] || { echo "changed: $1: $2"; exit 1; }; }
fetch() { LD_LIBRARY_PATH=$library usr/bin/curl -q -sS -w '%{http_code}' "$@" 2>>curl.log; }
poll() {
    local status=0 code
    code=$(fetch --etag-compare tag --etag-save tag -o lines "$@") || status=$?
    echo "${code: -3}, status $status, $(wc -l <lines) lines"
}
expect 'the call that breaks off' "$(poll "$url/")" '200, status 18, 900 lines'
expect 'the next one' "$(poll "$url/")" '304, status 0, 900 lines'
expect 'the third' "$(poll "$url/")" '304, status 0, 900 lines'

rm tag lines
expect 'with retries' "$(poll --retry 3 --retry-all-errors "$url/again")" '200, status 0, 1800 lines'
expect 'the tag' "$(tr '\n' ' ' <tag)" '"v1" "v1" '

rm tag lines
way_out() {
    local status=0 code
    code=$(fetch -f --etag-compare tag --etag-save tag.new -o new "$url/out") || status=$?
    touch lines
    if [ "$status $code" = '0 200' ]; then
        mv new lines
        mv tag.new tag
    fi
    echo "$code, status $status, $(wc -l <lines) lines"
}
expect 'the way out, first' "$(way_out)" '200, status 18, 0 lines'
expect 'the way out, second' "$(way_out)" '200, status 0, 1800 lines'
expect 'the way out, third' "$(way_out)" '304, status 0, 1800 lines'
echo 'as found: curl 7.88.1 keeps the tag of an answer that broke off after 900 of 1800 lines, and is told 304 from then on'
