#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# PHP's dba reads an LMDB database beside its writers under a lock file of its own: a walk changes under way.
#
# Package   Debian php8.2-dba 8.2.36-1~deb12u1 with liblmdb0 0.9.24-1; the writer is python3-lmdb 1.4.0-1+b1
# Guess     dba_open('db/data.mdb', 'r', 'lmdb') is a reader like others: it is in the reader table of db/lock.mdb, and a walk
#           by dba_firstkey() and dba_nextkey(), which holds a transaction, is one snapshot.
# Behaviour dba takes no directory: it opens the file with MDB_NOSUBDIR, and so makes and locks db/data.mdb-lock. Writers look
#           into db/lock.mdb, find no reader, and reuse the pages it is reading. Nothing is told; PHP writing ('w') would be
#           a second writer beside theirs.
# Output    mdb_stat -r has no reader; one of 200 values is from before six writes, the other 199 are from the last of them
# Way out   a database in one file (MDB_NOSUBDIR) for all its programs; or mdb_copy, and PHP reads the copy
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
packages=(php8.2-cli=8.2.36-1~deb12u1 php8.2-common=8.2.36-1~deb12u1 php8.2-dba=8.2.36-1~deb12u1 libqdbm14=1.8.78-12+b1
    libdb5.3=5.3.28+dfsg2-1 liblmdb0=0.9.24-1 lmdb-utils=0.9.24-1 python3-lmdb=1.4.0-1+b1 python3-cffi-backend)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
LD_LIBRARY_PATH=$folder/usr/lib:$(dirname "$(find "$folder/usr/lib" -name 'liblmdb.so.0' | head -n 1)")
PYTHONPATH=$folder/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH PYTHONPATH
cat >write.py <<'PYTHON'
import lmdb, sys
with lmdb.open(sys.argv[1], subdir=sys.argv[2] == 'directory', map_size=1 << 24) as env:
    for number in range(6):
        with env.begin(write=True) as txn:
            for key in range(200):
                txn.put(b'%04d' % key, b'%s%d' % (sys.argv[3].encode(), number) * 20)
PYTHON
cat >read.php <<'PHP'
<?php
[, $file, $env, $kind] = $argv;
$handle = dba_open($file, 'r', 'lmdb') or exit(2);
$seen = [];
for ($key = dba_firstkey($handle); $key !== false; $key = dba_nextkey($handle)) {
    $value = substr(dba_fetch($key, $handle), 0, 2);
    $seen[$value] = ($seen[$value] ?? 0) + 1;
    if ($key === '0000') {
        $readers = str_contains(shell_exec("usr/bin/mdb_stat -r $env"), 'no active readers') ? 'none' : 'some';
        system("/usr/bin/python3 write.py $env $kind b", $status);
        $status === 0 or exit(2);
    }
}
echo "readers $readers,";
foreach ($seen as $value => $count) echo " $value $count";
PHP
php() {
    usr/bin/php8.2 -n -d extension_dir="$(dirname "$(find "$folder/usr/lib/php" -name dba.so)")" -d extension=dba read.php "$@"
}
/usr/bin/python3 write.py db directory a
/usr/bin/python3 write.py one.mdb file a
seen="directory: $(php db/data.mdb db directory); file: $(php one.mdb '-n one.mdb' file)"
[ "$seen" = 'directory: readers none, a5 1 b5 199; file: readers some, a5 200' ] || { echo "changed: $seen"; exit 1; }
echo "as found: $seen"
