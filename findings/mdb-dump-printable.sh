#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# mdb_load of what `mdb_dump -p` wrote gives other values than there were, or stops, where values hold backslashes.
#
# Package   Debian lmdb-utils 0.9.24-1 with liblmdb0 0.9.24-1
# Guess     The printable form of a dump comes back as it was, as the hexadecimal one does.
# Behaviour mdb_dump -p writes a backslash as it is; mdb_load takes it for the beginning of an escape. Of two
#           backslashes one is left, and the exit status is 0: text in JSON that had C:\fa has a form feed in it then,
#           and is still JSON. At \n or \" mdb_load ends with "unexpected end of input" and status 1; nothing is loaded.
# Output    {"m":"C:\\fa"} is {"m":"C:\fa"} after mdb_dump -p | mdb_load; without -p it is equal.
# Way out   mdb_dump without -p
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
{ apt-get download lmdb-utils=0.9.24-1 liblmdb0=0.9.24-1 && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
LD_LIBRARY_PATH=$(dirname "$(find "$folder/usr/lib" -name 'liblmdb.so.0' | head -n 1)")
export LD_LIBRARY_PATH
PATH=$folder/usr/bin:$PATH

# A database with one value, from the hexadecimal form of a dump.
make() {
    mkdir "$1"
    printf 'VERSION=3\nformat=bytevalue\ntype=btree\nHEADER=END\n 31\n %s\nDATA=END\n' "$(printf %s "$2" | od -An -tx1 | tr -d ' \n')" | mdb_load "$1"
}
value_of() { mdb_dump "$1" | sed '1,/^HEADER=END/d' | sed -n '2s/^ //p'; }

make paths '{"m":"C:\\fa"}'
mkdir plain printable
mdb_dump paths | mdb_load plain 2>load.log
mdb_dump -p paths | mdb_load printable 2>load.log
[ "$(value_of plain)" = "$(value_of paths)" ] || { echo 'changed: the hexadecimal form does not come back either'; exit 1; }
[ "$(value_of printable)" = "$(printf %s '{"m":"C:\fa"}' | od -An -tx1 | tr -d ' \n')" ] || { echo "changed: -p gives $(value_of printable)"; exit 1; }

make quotes '{"m":"say \"yes\""}'
mkdir stopped
if mdb_dump -p quotes | mdb_load stopped 2>load.log; then echo 'changed: \" is loaded'; exit 1; fi
grep -q 'unexpected end of input' load.log || { cat load.log; exit 1; }
echo 'as found: mdb_dump -p | mdb_load loses backslashes, and stops at \"'
