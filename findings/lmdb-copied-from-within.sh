#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A program that copies the folder of an LMDB database it has open loses what it reads: its transaction finds nothing any more.
#
# Package   Debian python3-lmdb 1.4.0-1+b1, lmdb-utils 0.9.24-1 and liblmdb0 0.9.24-1, python3 of Debian 12
# Guess     shutil.copytree() reads two files. The copy may be torn, as a writer goes on meanwhile; the read transaction that the
#           program has open is as before, and in the reader table.
# Behaviour LMDB tells by a lock of fcntl() on lock.mdb that a process has the database open, and when a process closes a file,
#           Linux takes all its locks on it away, by whichever descriptor they came. Whoever opens the database next, mdb_stat
#           for one, thinks that it is alone and makes lock.mdb anew: the reader is not in the table, writers reuse its pages.
#           Nothing is told. lock.mdb alone is enough, in another thread as well; data.mdb alone does no harm.
# Output    data.mdb copied: the reader is in the table, 200 of 200 keys as they were; the folder copied: no active readers, and
#           none of the 200 keys is there
# Way out   mdb_copy, or env.copy(); another process where it has to be the folder
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
packages=(lmdb-utils=0.9.24-1 liblmdb0=0.9.24-1 python3-lmdb=1.4.0-1+b1 python3-cffi-backend)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
LD_LIBRARY_PATH=$(dirname "$(find "$folder/usr/lib" -name 'liblmdb.so.0' | head -n 1)")
PYTHONPATH=$folder/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH PYTHONPATH
cat >write.py <<'PYTHON'
import lmdb, sys
with lmdb.open(sys.argv[1], map_size=1 << 24) as env:
    for number in range(int(sys.argv[2])):
        with env.begin(write=True) as txn:
            for key in range(200):
                txn.put(b'%04d' % key, b'%d of %s' % (number, sys.argv[2].encode()))
PYTHON
cat >read.py <<'PYTHON'
import lmdb, shutil, subprocess, sys
db, copied = sys.argv[1:]
env = lmdb.open(db, map_size=1 << 24)
with env.begin() as txn:
    before = txn.get(b'0000')
    {'file': lambda: shutil.copy(db + '/data.mdb', 'copy.mdb'), 'folder': lambda: shutil.copytree(db, 'copy')}[copied]()
    table = subprocess.run(['usr/bin/mdb_stat', '-r', db], capture_output=True, text=True).stdout    # its status is 1
    assert 'Reader Table Status' in table
    subprocess.run([sys.executable, 'write.py', db, '6'], check=True)
    same = sum(txn.get(b'%04d' % key) == before for key in range(200))
    print(copied + ':', 'no readers,' if 'no active readers' in table else 'a reader,', same)
PYTHON
for db in one two; do /usr/bin/python3 write.py "$db" 1; done
seen="$(/usr/bin/python3 read.py one file); $(/usr/bin/python3 read.py two folder)"
[ "$seen" = 'file: a reader, 200; folder: no readers, 0' ] || { echo "changed: $seen"; exit 1; }
echo "as found: $seen"
