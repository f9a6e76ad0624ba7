#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# apr_dbd_select() without random access holds all rows in memory all the same, with PostgreSQL's driver and SQLite's.
#
# Package   Debian libaprutil1-dbd-pgsql and libaprutil1-dbd-sqlite3 1.6.3-1+deb12u1 (apr 1.7.2-3+deb12u1); the server is
#           npm @electric-sql/pglite-socket 0.2.17 (PostgreSQL), Debian's postgresql-15 does the same
# Guess     With random = 0, "only looping through results in order (async access - faster)" as apr_dbd.h says, rows come
#           as they are asked for, so that a handler may send any number of them in flat memory.
# Behaviour Before the first row can be had the process has grown by the size of the whole result: libpq is not asked for
#           single rows, and SQLite's driver copies every row into the pool. So does mod_dbd, and mod_lua's db:select().
# Output    100,000 rows of 400 bytes: pgsql grows by 50 MB before the first row, sqlite3 by 46; by a cursor of 1,000 rows a
#           FETCH pgsql grows by less than 2
# Way out   BEGIN, DECLARE … CURSOR, and FETCH 1000 with a pool that is cleared after each
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
packages=(libaprutil1-dbd-pgsql=1.6.3-1+deb12u1 libaprutil1-dbd-sqlite3=1.6.3-1+deb12u1 libaprutil1=1.6.3-1+deb12u1
    libaprutil1-dev=1.6.3-1+deb12u1 libapr1=1.7.2-3+deb12u1 libapr1-dev=1.7.2-3+deb12u1 libexpat1=2.5.0-1+deb12u5
    libpq5=15.20-0+deb12u1 libsqlite3-0=3.40.1-2+deb12u2)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
npm install --silent --no-audit --no-fund --legacy-peer-deps @electric-sql/pglite@0.5.14 @electric-sql/pglite-socket@0.2.17 >npm.log 2>&1 || { cat npm.log; exit 2; }
cat >serve.mjs <<'END'
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
const server = new PGLiteSocketServer({ db: await PGlite.create(), port: Number(process.argv[2]), host: '127.0.0.1' });
await server.start();
console.log('ready');
END
cat >rows.c <<'END'
#include <apr_dbd.h>
#include <apr_general.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long resident(void)
{
    char line[200];
    long kib = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof(line), status)) {
        sscanf(line, "VmRSS: %ld", &kib);
    }
    fclose(status);
    return kib;
}

static const apr_dbd_driver_t *driver;
static apr_dbd_t *handle;
static long before, most, rows;

static void must(int rc)
{
    if (rc != 0) {
        fprintf(stderr, "%s\n", handle ? apr_dbd_error(driver, handle, rc) : "no driver, or no server");
        exit(2);
    }
}

/* How many rows a statement has. */
static long look(apr_pool_t *pool, const char *statement)
{
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;
    long count = 0;
    must(apr_dbd_select(driver, pool, handle, &results, statement, 0));
    while (apr_dbd_get_row(driver, pool, results, &row, -1) == 0) {
        if (count++ == 0 && resident() - before > most) {
            most = resident() - before;
        }
    }
    return count;
}

int main(int argc, char **argv)
{
    apr_pool_t *pool, *batch;
    const char *error = NULL;
    int affected;
    apr_initialize();
    apr_pool_create(&pool, NULL);
    apr_pool_create(&batch, pool);
    must(apr_dbd_init(pool));
    must(apr_dbd_get_driver(pool, argv[1], &driver));
    must(apr_dbd_open_ex(driver, pool, argv[2], &handle, &error));
    before = resident();
    if (argc == 4) {
        rows = look(batch, argv[3]);
    } else {
        long count;
        must(apr_dbd_query(driver, handle, &affected, "BEGIN"));
        must(apr_dbd_query(driver, handle, &affected, argv[4]));
        while ((count = look(batch, "FETCH 1000 FROM all_rows")) > 0) {
            rows += count;
            apr_pool_clear(batch);
        }
    }
    printf("%ld %ld\n", rows, most / 1024);
    return 0;
}
END
library=$(dirname "$(find "$folder/usr/lib" -name 'libapr-1.so.0' | head -n 1)")
gcc -Iusr/include/apr-1.0 -o rows rows.c -L"$library" -l:libaprutil-1.so.0 -l:libapr-1.so.0
port=$(perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => q(127.0.0.1))->sockport')
node serve.mjs "$port" >serve.log 2>&1 &
server=$!
for _ in $(seq 100); do
    grep -q ready serve.log && break
    sleep 0.3
done
export LD_LIBRARY_PATH=$library:$library/apr-util-1
postgres="host=127.0.0.1 port=$port user=postgres dbname=postgres sslmode=disable"
select="select lpad(i::text, 400, '0') from generate_series(1, 100000) i"
whole=$(./rows pgsql "$postgres" "$select")
cursor=$(./rows pgsql "$postgres" by "declare all_rows cursor for $select")
sqlite=$(./rows sqlite3 :memory: "with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000) select printf('%0400d', i) from n")
echo "rows, and MB before the first: pgsql $whole, by a cursor $cursor, sqlite3 $sqlite"
for seen in "$whole" "$cursor" "$sqlite"; do
    [ "${seen% *}" = 100000 ] || { echo 'not all rows came'; exit 2; }
done
[ "${whole#* }" -ge 38 ] && [ "${sqlite#* }" -ge 38 ] || { echo 'changed: not all rows are in memory before the first'; exit 1; }
[ "${cursor#* }" -le 2 ] || { echo 'changed: a cursor does not help'; exit 1; }
echo 'as found: without random access all rows are in memory before the first'
