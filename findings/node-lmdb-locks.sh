#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# node-lmdb reads and writes what liblmdb 0.9 reads and writes, and the two cannot have a database open together.
#
# Package   npm node-lmdb 0.10.1; Debian lmdb-utils 0.9.24-1 with liblmdb0 0.9.24-1
# Guess     Its LMDB calls itself 0.9.70, so that it shares a database with other processes' 0.9.24.
# Behaviour Files are alike, lock files are not. Each opens the database while the other is away, which is what one
#           tries first; while one has it open the other gets MDB_VERSION_MISMATCH, whose text speaks of the database.
# Output    mdb_env_open failed, error -30794 MDB_VERSION_MISMATCH: Database environment version mismatch
# Way out   one LMDB for all processes of a database
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
{ apt-get download lmdb-utils=0.9.24-1 liblmdb0=0.9.24-1 && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
# its install script builds it where the system has no glibc 2.38
npm install --silent --no-audit --no-fund node-lmdb@0.10.1 >npm.log 2>&1 || { cat npm.log; exit 2; }
library=$(dirname "$(find "$folder/usr/lib" -name 'liblmdb.so.0' | head -n 1)")

mkdir db
printf 'VERSION=3\nformat=bytevalue\ntype=btree\nHEADER=END\n 31\n 32\nDATA=END\n' | LD_LIBRARY_PATH=$library "$folder/usr/bin/mdb_load" db
cat >open.js <<'END'
const lmdb = require('node-lmdb');
const { spawnSync } = require('child_process');
const env = new lmdb.Env();
env.open({ path: 'db', maxDbs: 1 });
const dbi = env.openDbi({ name: null, keyIsBuffer: true });
const txn = env.beginTxn({ readOnly: true });
if (txn.getBinary(dbi, Buffer.from('1')).toString() !== '2') throw new Error('it does not read the value');
const beside = spawnSync(process.argv[2], ['db'], { encoding: 'utf8' });
txn.abort();
env.close();
process.stdout.write(beside.stderr);
process.exit(beside.status);
END
if LD_LIBRARY_PATH=$library node open.js "$folder/usr/bin/mdb_stat" >beside.log; then echo 'changed: both have it open'; exit 1; fi
grep -q 'MDB_VERSION_MISMATCH' beside.log || { cat beside.log; exit 1; }
LD_LIBRARY_PATH=$library "$folder/usr/bin/mdb_stat" db | grep -q 'Entries: 1' || { echo 'changed: not even afterwards'; exit 1; }
echo 'as found: while node-lmdb 0.10.1 has a database open, liblmdb 0.9.24 is refused'
