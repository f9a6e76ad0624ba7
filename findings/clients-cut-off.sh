#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An answer that is shorter than its Content-Length, or a document that stops, is all right to wget2, LWP, JSONStream and
# whoever reads lines in Python.
#
# Package   Debian wget2 1.99.1-2.2; libwww-perl 6.68-1; python3.11-minimal 3.11.2-6+deb12u9; npm JSONStream 1.3.5. wget2
#           2.2.0+ds-1+deb13u1 sees what is shorter than its length, and not that the last chunk is missing.
# Guess     As with wget ("connection closed", status 4) and curl (18): wget2 fails, LWP's is_success is false, or a header
#           tells; a parser that streams ends in an error where its document does, and a loop over lines as read() does.
# Behaviour wget2 exits with 0. LWP has 200 and is_success; of an answer without its last chunk Client-Aborted tells, of a
#           short one nothing does, but for the length itself. JSONStream.parse() emits end, wherever the document stops, and
#           no error (stream-json 3.8.0, @streamparser/json 0.0.26 and oboe 2.1.7 do emit one). Python's read() of what
#           urlopen() returns raises IncompleteRead; for line in urlopen(…) ends, whether a length or the last chunk is missing.
# Output    wget2: status 0; LWP: success, Client-Aborted none; JSONStream: 3 of 5, end; Python: 900 lines
# Way out   compare the length, or totalCount, with what came; another parser; io.BytesIO(answer.read())
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
packages=(wget2=1.99.1-2.2 libwget0=1.99.1-2.2 libwww-perl=6.68-1 libhttp-message-perl=6.44-1
    libnet-http-perl=6.22-1 liburi-perl=5.17-1 libhttp-date-perl=6.05-2 libencode-locale-perl=1.05-3
    liblwp-mediatypes-perl=6.04-2 libio-html-perl=1.004-3 libtry-tiny-perl=0.31-2 libclone-perl=0.46-1
    libtimedate-perl=2.3300-2
    python3.11-minimal=3.11.2-6+deb12u9 libpython3.11-minimal=3.11.2-6+deb12u9 libpython3.11-stdlib=3.11.2-6+deb12u9)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
npm install --silent --ignore-scripts --no-audit --no-fund JSONStream@1.3.5 >npm.log 2>&1 || { cat npm.log; exit 2; }
cat >serve.mjs <<'END'
import http from 'node:http';
const lines = Array.from({ length: 900 }, (_, id) => `{"id":"${1000 + id}"}\n`).join('');
const server = http.createServer((request, response) => {
    if (request.url === '/length') response.setHeader('Content-Length', 2 * lines.length);
    response.write(lines, () => setTimeout(() => request.socket.destroy(), 300));
}).listen(0, '127.0.0.1', () => console.log(server.address().port));
END
node serve.mjs >port &
server=$!
for _ in $(seq 100); do
    [ ! -s port ] || break
    sleep 0.1
done
url=http://127.0.0.1:$(cat port)
expect() { [ "$2" = "$3" ] || { echo "changed: $1 $2"; exit 1; }; }

wget2() {
    local status=0
    LD_LIBRARY_PATH=$(dirname "$(find "$folder/usr/lib" -name 'libwget.so.0' | head -n 1)") usr/bin/wget2 --no-config -q -O file "$1" || status=$?
    echo "status $status, $(wc -l <file) lines"
}
expect 'wget2, short' "$(wget2 "$url/length")" 'status 0, 900 lines'
expect 'wget2, no last chunk' "$(wget2 "$url/chunked")" 'status 0, 900 lines'

cat >lwp.pl <<'END'
use LWP::UserAgent;
my $answer = LWP::UserAgent->new->get($ARGV[0]);
printf "%s, success %d, %d lines, aborted %s\n", $answer->code, $answer->is_success, $answer->content =~ tr/\n//, $answer->header('Client-Aborted') // 'none';
END
lwp() { perl -I "$folder/usr/share/perl5" -I "$(dirname "$(find "$folder/usr/lib" -name Clone.pm)")" lwp.pl "$1"; }
expect 'LWP, short' "$(lwp "$url/length")" '200, success 1, 900 lines, aborted none'
expect 'LWP, no last chunk' "$(lwp "$url/chunked")" '200, success 1, 900 lines, aborted die'

cat >lines.py <<'END'
import http.client, sys, urllib.request
try:
    urllib.request.urlopen(sys.argv[1]).read()
    error = "no error"
except http.client.IncompleteRead:
    error = "IncompleteRead"
print(f"read() {error}, {sum(1 for line in urllib.request.urlopen(sys.argv[1]))} lines")
END
for path in length chunked; do
    expect "Python, $path" "$(PYTHONHOME=$folder/usr usr/bin/python3.11 lines.py "$url/$path")" 'read() IncompleteRead, 900 lines'
done

cat >parse.cjs <<'END'
const { Readable } = require('stream');
const JSONStream = require('JSONStream');
const whole = JSON.stringify({ results: Array.from({ length: 5 }, (_, id) => ({ id: String(id) })) });
for (const stop of [',{"id":"3"', '{"id":"3"', '3"', '}]}', ']}']) {
    let count = 0;
    Readable.from([whole.slice(0, whole.indexOf(stop))]).pipe(JSONStream.parse('results.*'))
        .on('data', () => count++)
        .on('end', () => console.log(`before ${stop}: ${count}`))
        .on('error', (error) => console.log(`before ${stop}: ${error.message}`));
}
END
expect JSONStream "$(node parse.cjs)" 'before ,{"id":"3": 3
before {"id":"3": 3
before 3": 3
before }]}: 4
before ]}: 5'
echo 'as found: wget2 1.99.1, LWP 6.68, JSONStream 1.3.5 and lines in Python 3.11.2 do not tell of what was cut off'
