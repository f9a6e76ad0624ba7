#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# psql and sqlite3 keep what they have loaded from a program that failed in the middle, and sqlite3 does not say so.
#
# Package   Debian postgresql-15 and postgresql-client-15 15.18-0+deb12u1 with libpq5 15.20-0+deb12u1; sqlite3
#           3.40.1-2+deb12u2 with libsqlite3-0 of the same
# Guess     \copy … from program 'curl …' is as COPY … FROM PROGRAM, which is an error without a row when the program fails;
#           sqlite3's .import '|curl …' at least ends with an error, and within begin and commit, with -bail, keeps nothing.
# Behaviour psql looks at the exit status when the rows are committed: it says COPY 2, then what the program ended with, and
#           goes on, with exit status 0 after a script that does not set ON_ERROR_STOP; with that it stops, and the rows stay.
#           sqlite3 does not look at all: exit status 0, no word, rows there. Half an export that broke off is a whole load.
# Output    \copy: 2 rows, status 1, 0 of a script, 3 with ON_ERROR_STOP; COPY: 0 rows; .import: 2 rows, status 0
# Way out   psql -v ON_ERROR_STOP=1 --single-transaction; a file that is loaded when the program has ended well
set -euo pipefail
folder=$(mktemp -d)
running=
stop() {
    if [ -n "$running" ]; then "${as_nobody[@]}" "$bin/pg_ctl" -D data -m immediate -w stop >/dev/null; fi
    rm -rf "$folder"
}
trap stop EXIT
cd "$folder"
chmod 755 .
packages=(postgresql-15=15.18-0+deb12u1 postgresql-client-15=15.18-0+deb12u1 libpq5=15.20-0+deb12u1
    sqlite3=3.40.1-2+deb12u2 libsqlite3-0=3.40.1-2+deb12u2)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
bin=$folder/usr/lib/postgresql/15/bin
LD_LIBRARY_PATH=$(dirname "$(find "$folder/usr/lib" -name 'libpq.so.5' | head -n 1)")
export LD_LIBRARY_PATH PGHOST=$folder/socket PGUSER=fleet PGDATABASE=postgres
# initdb refuses to be root
as_nobody=()
mkdir data socket
if [ "$(id -u)" = 0 ]; then
    as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    chown 65534 data socket
fi
"${as_nobody[@]}" "$bin/initdb" -D data -L "$folder/usr/share/postgresql/15" -A trust -U fleet --no-sync >init.log 2>&1 || { cat init.log; exit 2; }
printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$folder/socket'" 'fsync = off' >>data/postgresql.conf
"${as_nobody[@]}" "$bin/pg_ctl" -D data -w -l data/log start >start.log || { cat start.log data/log; exit 2; }
running=yes

# what curl does with an answer that breaks off
printf '#!/bin/sh\nprintf "1\\n2\\n"\nexit 18\n' >download
chmod 755 download
psql() { "$bin/psql" -XAtq "$@"; }
psql -c 'create table line (document text)'
echo "\\copy line from program '$folder/download'" >load.sql
# Rows that are there after psql has loaded with these options, and its exit status.
loaded() {
    local status=0
    psql -c 'truncate line'
    psql "$@" >psql.log 2>&1 || status=$?
    echo "$(psql -c 'select count(*) from line') rows, status $status"
}
expect() { [ "$2" = "$3" ] || { echo "changed: $1: $2"; exit 1; }; }
expect 'psql -c' "$(loaded -c "$(cat load.sql)")" '2 rows, status 1'
expect 'psql -f' "$(loaded -f load.sql)" '2 rows, status 0'
expect 'psql -f, ON_ERROR_STOP' "$(loaded -v ON_ERROR_STOP=1 -f load.sql)" '2 rows, status 3'
expect 'psql -f, ON_ERROR_STOP, one transaction' "$(loaded -v ON_ERROR_STOP=1 --single-transaction -f load.sql)" '0 rows, status 3'
expect COPY "$(loaded -c "copy line from program '$folder/download'")" '0 rows, status 1'

sqlite3() { LD_LIBRARY_PATH=$(dirname "$(find "$folder/usr/lib" -name 'libsqlite3.so.0' | head -n 1)") usr/bin/sqlite3 "$@"; }
sqlite3 lines.db 'create table line (document)'
status=0
sqlite3 -bail lines.db begin ".import '|$folder/download' line" commit >sqlite.log 2>&1 || status=$?
expect .import "$(sqlite3 lines.db 'select count(*) from line') rows, status $status, $(wc -c <sqlite.log) bytes" '2 rows, status 0, 0 bytes'
echo 'as found: psql 15.18 and sqlite3 3.40.1 keep the rows of a program that failed'
