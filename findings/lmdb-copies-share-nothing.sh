#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Night after night a compacted copy of an LMDB database is as good as all new to borg and restic, though one record in a
# hundred came.
#
# Package   Debian lmdb-utils 0.9.24-1 with liblmdb0 0.9.24-1, python3-lmdb 1.4.0-1+b1; borgbackup 1.2.4-1 with
#           python3-msgpack 1.0.3-2+b1, restic 0.14.0-1+b5
# Guess     Records that nobody touched lie on pages that nobody touched, in the order of their keys: what was added behind
#           them, and what of an index had to change, is a small part.
# Behaviour Each page has its own number in its first bytes, and mdb_copy -c numbers as it writes, one table after the other: a
#           table that grew by one page changes every page behind it, each 4 KB, so that not one piece of borg's or restic's is
#           as it was. mdb_copy without -c keeps numbers, but an index with keys in no order has its changed pages everywhere.
#           The text of mdb_dump has no numbers of pages.
# Output    new on the second night, borg and restic: mdb_copy -c 100 100, mdb_copy 92 79, mdb_dump -a 10 6 per cent; restic
#           cuts by chance, and so differs by a few
# Way out   what goes into a store that keeps equal pieces once is the dump
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
packages=(lmdb-utils=0.9.24-1 liblmdb0=0.9.24-1 python3-lmdb=1.4.0-1+b1 restic=0.14.0-1+b5 borgbackup=1.2.4-1
    python3-msgpack=1.0.3-2+b1 libxxhash0=0.8.1-1)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
LD_LIBRARY_PATH=$(dirname "$(find "$folder/usr/lib" -name 'liblmdb.so.0' | head -n 1)")
mkdir own database
export LD_LIBRARY_PATH HOME=$folder/own BORG_BASE_DIR=$folder/own PYTHONPATH=$folder/usr/lib/python3/dist-packages RESTIC_PASSWORD=finding
cat >write.py <<'END'
import hashlib, lmdb, sys
first, last = int(sys.argv[1]), int(sys.argv[2])
database = lmdb.open('database', map_size=1 << 30, max_dbs=2, sync=False)
by_name, records = database.open_db(b'by name'), database.open_db(b'records')
for start in range(first, last, 1000):
    with database.begin(write=True) as transaction:
        for number in range(start, min(start + 1000, last)):
            record = hashlib.shake_128(str(number).encode()).digest(500)
            key = number.to_bytes(8, 'big')
            transaction.put(key, record, db=records)
            transaction.put(record[:8], key, db=by_name)
END
night() { # the night, its records
    /usr/bin/python3 write.py "$2" "$3"
    mkdir -p "$1"/{compacted,copied,dumped}
    usr/bin/mdb_copy -c database "$1/compacted"
    usr/bin/mdb_copy database "$1/copied"
    usr/bin/mdb_dump -a database >"$1/dumped/text"
}
night 1 0 60000
night 2 60000 60600

restic() { "$folder/usr/bin/restic" --no-cache "$@"; }
borg() { /usr/bin/python3 "$folder/usr/bin/borg" "$@"; }
# One member in per cent of another.
per_cent() { node -e 'const [document, ...names] = process.argv.slice(1);
    const [part, whole] = names.map((name) => name.split(".").reduce((value, one) => value[one], JSON.parse(document)));
    console.log(Math.round(100 * part / whole))' "$@"; }
# Per cent of the second night that were not there yet, in borg and in restic.
new_of() {
    local by_borg by_restic
    export BORG_REPO=$folder/own/borg-$1 RESTIC_REPOSITORY=$folder/own/restic-$1
    { borg init -e none && restic init && cd 1 && borg create -C none ::1 "$1" && restic backup "$1"; } >first.log 2>&1 || { cat first.log; exit 2; }
    cd ../2
    by_borg=$(borg create -C none --json ::2 "$1")
    by_restic=$(restic backup --json "$1" | tail -n 1)
    cd ..
    per_cent "$by_borg" archive.stats.deduplicated_size archive.stats.original_size
    per_cent "$by_restic" data_added total_bytes_processed
}
seen=
for kind in compacted copied dumped; do
    new_of $kind >new
    mapfile -t new <new
    seen+="$kind ${new[*]}, "
    case $kind in
        compacted) [ "${new[0]}" -ge 95 ] && [ "${new[1]}" -ge 95 ] ;;
        copied) [ "${new[0]}" -ge 60 ] && [ "${new[1]}" -ge 50 ] ;;
        dumped) [ "${new[0]}" -le 25 ] && [ "${new[1]}" -le 15 ] ;;
    esac || { echo "changed: $seen"; exit 1; }
done
echo "as found, per cent that are new on the second night, borg and restic: ${seen%, }"
