#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An LMDB database that came with a container's image: with each write of others, who opened it for reading goes to and
# fro between the image's last two states, under the numbers of the new ones, and is told nothing.
#
# Package   Debian python3-lmdb 1.4.0-1+b1 with liblmdb0 0.9.24-1, python3 of Debian 12; overlayfs of Linux 6.18
# Guess     That overlayfs copies a file when it is first opened for writing is known; the reader was expected to stay
#           with the image's state.
# Behaviour lock.mdb is opened for writing by readers, too, and so is one file for all. data.mdb is the image's for the
#           reader and the copy for the writer. A read transaction takes its number from lock.mdb, and the number's last
#           bit says which of the two states in its file it reads: after one write of somebody else's the one before the
#           image's last, after the next the last, and so on. mdb_stat, which opens anew each time, shows all is well.
# Output    reader: txn 2 second; after a write: txn 3 first; after another: txn 4 second; opened again: txn 4 fourth
# Way out   the database on a volume; or data.mdb opened for writing once before the reader opens it
set -euo pipefail

folder=$(mktemp -d)
trap 'chmod -R u+rwx "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
{ apt-get download python3-lmdb=1.4.0-1+b1 liblmdb0=0.9.24-1 python3-cffi-backend && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
LD_LIBRARY_PATH=$(dirname "$(find "$folder/usr/lib" -name 'liblmdb.so.0' | head -n 1)")
export LD_LIBRARY_PATH
export PYTHONPATH=$folder/usr/lib/python3/dist-packages
mkdir lower upper work merged

cat >write.py <<'PYTHON'
import lmdb, sys
with lmdb.open(sys.argv[1], map_size=1 << 20) as env:
    with env.begin(write=True) as txn:
        txn.put(b'key', sys.argv[2].encode())
PYTHON
cat >read.py <<'PYTHON'
import lmdb, subprocess, sys
def look(env):
    with env.begin() as txn:
        return 'txn %d %s' % (txn.id(), txn.get(b'key').decode())
env = lmdb.open('merged/db', readonly=True, map_size=1 << 20)
seen = [look(env)]
for value in 'third', 'fourth':
    subprocess.run(['/usr/bin/python3', 'write.py', 'merged/db', value], check=True)
    seen.append(look(env))
env.close()
env = lmdb.open('merged/db', readonly=True, map_size=1 << 20)
print('reader: %s; after a write: %s; after another: %s; opened again: %s' % (*seen, look(env)))
PYTHON

/usr/bin/python3 write.py lower/db first
/usr/bin/python3 write.py lower/db second
seen=$(unshare -Urm sh -ec 'mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged; exec /usr/bin/python3 read.py')
echo "$seen"
[ "$seen" = 'reader: txn 2 second; after a write: txn 3 first; after another: txn 4 second; opened again: txn 4 fourth' ] || { echo 'changed'; exit 1; }
echo 'as found: the reader goes back and forth in the file of the image, and has no error'
