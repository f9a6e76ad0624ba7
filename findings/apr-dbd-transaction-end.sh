#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# apr_dbd_transaction_end() returns 0 after it has rolled back.
#
# Package   Debian libaprutil1-dbd-sqlite3 1.6.3-1+deb12u1 (apr 1.7.2-3+deb12u1). libaprutil1-dbd-pgsql 1.6.3-1+deb12u1 does
#           the same.
# Guess     Who takes a duplicate key for no failure and goes on is told at the end: apr_dbd.h has it return "0 for success
#           or error code", and a transaction that was not committed is no success.
# Behaviour After the first statement that fails none of the following is executed; each returns the first one's error,
#           whatever it is itself. The end rolls back, which works, and so it returns 0. Nothing of the transaction is
#           there, what came before the duplicate included.
# Output    insert 0, duplicate 1, insert 1, end 0, rows 0
# Way out   the results of all statements count, not that of the end; or INSERT … ON CONFLICT DO NOTHING
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
packages=(libaprutil1-dbd-sqlite3=1.6.3-1+deb12u1 libaprutil1=1.6.3-1+deb12u1 libaprutil1-dev=1.6.3-1+deb12u1
    libapr1=1.7.2-3+deb12u1 libapr1-dev=1.7.2-3+deb12u1 libexpat1=2.5.0-1+deb12u5 libsqlite3-0=3.40.1-2+deb12u2)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
cat >end.c <<'END'
#include <apr_dbd.h>
#include <apr_general.h>
#include <stdio.h>
#include <stdlib.h>

static const apr_dbd_driver_t *driver;
static apr_dbd_t *handle;

static int run(const char *statement)
{
    int affected;
    return apr_dbd_query(driver, handle, &affected, statement);
}

static const char *count_rows(apr_pool_t *pool)
{
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;
    return apr_dbd_select(driver, pool, handle, &results, "select count(*) from runs", 1) == 0
                   && apr_dbd_get_row(driver, pool, results, &row, -1) == 0
               ? apr_dbd_get_entry(driver, row, 0)
               : "unknown";
}

int main(void)
{
    apr_pool_t *pool;
    apr_dbd_transaction_t *transaction = NULL;
    const char *error = NULL;
    apr_initialize();
    apr_pool_create(&pool, NULL);
    apr_dbd_init(pool);
    if (apr_dbd_get_driver(pool, "sqlite3", &driver) != 0
        || apr_dbd_open_ex(driver, pool, ":memory:", &handle, &error) != 0
        || run("create table runs (id integer primary key)") != 0
        || apr_dbd_transaction_start(driver, pool, handle, &transaction) != 0) {
        return 2;
    }
    printf("insert %d, ", run("insert into runs values (1)"));
    printf("duplicate %d, ", run("insert into runs values (1)"));
    printf("insert %d, ", run("insert into runs values (2)"));
    printf("end %d, ", apr_dbd_transaction_end(driver, pool, transaction));
    printf("rows %s\n", count_rows(pool));
    return 0;
}
END
library=$(dirname "$(find "$folder/usr/lib" -name 'libapr-1.so.0' | head -n 1)")
gcc -Iusr/include/apr-1.0 -o end end.c -L"$library" -l:libaprutil-1.so.0 -l:libapr-1.so.0
seen=$(LD_LIBRARY_PATH=$library:$library/apr-util-1 ./end)
[ "$seen" = 'insert 0, duplicate 1, insert 1, end 0, rows 0' ] || { echo "changed: $seen"; exit 1; }
echo "as found: $seen"
