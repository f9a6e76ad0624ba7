/* SPDX-License-Identifier: Apache-2.0 */
#include "database/database.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/invariant.h"
#include "base/process.h"
#include "lmdb/cause.h"
#include "lmdb/extent.h"

/* How long a reader waits for others to let go of the map: they hold it for one rendering. */
#define MAP_WAIT_SECONDS 5

#define MIB ((size_t)1 << 20)

static MDB_val key_counters = {sizeof(JSP_KEY_COUNTERS) - 1, JSP_KEY_COUNTERS};

js_result jsp_database_fail(const js_database *database, js_error *error, int rc, const char *doing)
{
    return jsp_cause_fail(error, jsp_extent_cause(database->env, rc), database->directory, doing);
}

js_result jsp_database_has_no_room(const js_database *database, size_t map_size, js_error *error)
{
    return jsp_fail(error, JS_SYSTEM,
                    "%s: map data.mdb: no memory: %zu MiB of address space are needed, twice the "
                    "largest size the database may reach; ask for a smaller one (--map-size, "
                    "js_options.map_size), or let the process have more (ulimit -v, LimitAS=)",
                    database->directory, (2 * map_size + MIB - 1) / MIB);
}

bool jsp_database_is_inherited(const js_database *database)
{
    return database->forks != jsp_process_forks();
}

js_result jsp_database_check_process(const js_database *database, js_error *error)
{
    return jsp_database_is_inherited(database)
               ? jsp_fail(error, JS_MISUSE,
                          "%s: the database was opened by process %ld and does not survive fork(); "
                          "open it in this one",
                          database->directory, (long)database->process)
               : JS_OK;
}

void jsp_database_name_tables(jsp_guard_table tables[JSP_TABLES])
{
    for (jsp_table table = 0; table < JSP_TABLES; table++) {
        tables[table] = (jsp_guard_table){.name = jsp_table_name(table),
                                          .duplicates = jsp_table_value_size(table)};
    }
}

int jsp_database_guard(js_database *database, MDB_txn *txn, jsp_guard *guard,
                       jsp_guard_table tables[JSP_TABLES])
{
    jsp_pages pages;
    jsp_meta meta;
    int rc = jsp_map_base(&database->map, txn, &pages, &meta);
    jsp_database_name_tables(tables);
    return rc != 0 ? rc : jsp_guard_begin(guard, &pages, &meta, &database->sound);
}

bool jsp_database_is_in_place(const js_database *database)
{
    jsp_files now;
    return jsp_files_look(database->path, &now) && jsp_files_same(&database->opened.files, &now);
}

const jsp_running *jsp_database_worker(js_database *database)
{
    if (!database->worker_is_known) {
        (void)jsp_running_look(getpid(), &database->worker);
        database->worker_is_known = true;
    }
    return &database->worker;
}

const char *jsp_database_counters(const js_database *database, MDB_txn *txn, jsp_counters *counters)
{
    MDB_val value;
    int rc = mdb_get(txn, database->tables[JSP_TABLE_META], &key_counters, &value);
    return rc == 0 ? jsp_counters_open(value.mv_data, value.mv_size, counters) : mdb_strerror(rc);
}

int jsp_database_set_counters(const js_database *database, MDB_txn *txn,
                              const jsp_counters *counters)
{
    unsigned char bytes[JSP_COUNTERS_SIZE];
    MDB_val value = {sizeof(bytes), bytes};
    jsp_counters_seal(bytes, counters);
    return mdb_put(txn, database->tables[JSP_TABLE_META], &key_counters, &value, 0);
}

void jsp_database_clear_readers(js_database *database)
{
    struct timespec now;
    int dead;
    (void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    if (now.tv_sec != database->readers_cleared) {
        database->readers_cleared = now.tv_sec;
        (void)mdb_reader_check(database->env, &dead);
    }
}

/* With the lock held, wait until `database` is as wanted; false when that takes too long. */
static bool wait_until(js_database *database, bool (*wanted)(const js_database *))
{
    struct timespec deadline;
    (void)clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += MAP_WAIT_SECONDS;
    while (!wanted(database)) {
        if (pthread_cond_clockwait(&database->changed, &database->lock, CLOCK_MONOTONIC, &deadline)
            == ETIMEDOUT) {
            return wanted(database);
        }
    }
    return true;
}

static bool map_is_stable(const js_database *database)
{
    return !database->map_changing;
}

static bool nobody_reads(const js_database *database)
{
    return database->in_use == 0;
}

static js_result map_busy(const js_database *database, js_error *error)
{
    return jsp_fail(
        error, JS_BUSY,
        "%s: a worker has grown the map and readers here have not let go of the old one; "
        "try again shortly",
        database->directory);
}

js_result jsp_database_enter(js_database *database, js_error *error)
{
    js_result result = jsp_database_check_process(database, error);
    if (result != JS_OK) {
        return result;
    }
    (void)pthread_mutex_lock(&database->lock);
    bool stable = wait_until(database, map_is_stable);
    if (stable) {
        database->in_use++;
    }
    (void)pthread_mutex_unlock(&database->lock);
    return stable ? JS_OK : map_busy(database, error);
}

void jsp_database_leave(js_database *database)
{
    (void)pthread_mutex_lock(&database->lock);
    JSP_INVARIANT(6, database->in_use > 0);
    database->in_use--;
    (void)pthread_cond_broadcast(&database->changed);
    (void)pthread_mutex_unlock(&database->lock);
}

/* LMDB lets go of its map before it knows whether it gets another, so how large it is to be must not
 * come from a damaged page. */
static js_result change_map(js_database *database, js_error *error)
{
    js_result result = jsp_extent_check(database->env, &database->map, database->directory,
                                        database->mode == JS_WRITE, error);
    if (result != JS_OK) {
        return result;
    }
    JSP_INVARIANT(6, database->in_use == 0);
    size_t before = database->map.size;
    size_t wanted = jsp_map_wanted(&database->map);
    jsp_map_close(&database->map);
    if (wanted > before && !jsp_map_has_room(2 * wanted - before)) {
        /* as it was: who reads is told to begin anew, and comes here again */
        int rc = jsp_map_open(&database->map, database->env);
        return rc == 0 ? jsp_database_has_no_room(database, wanted, error)
                       : jsp_database_fail(database, error, rc, "map data.mdb");
    }
    int rc = mdb_env_set_mapsize(database->env, 0);
    rc = rc != 0 ? rc : jsp_map_open(&database->map, database->env);
    return rc == 0 ? JS_OK : jsp_database_fail(database, error, rc, "take over the map");
}

js_result jsp_database_adopt_map(js_database *database, js_error *error)
{
    js_result result = JS_OK;
    (void)pthread_mutex_lock(&database->lock);
    if (!database->map_changing) {
        database->map_changing = true;
        if (wait_until(database, nobody_reads)) {
            result = change_map(database, error);
        } else {
            result = map_busy(database, error);
        }
        database->map_changing = false;
        (void)pthread_cond_broadcast(&database->changed);
    } else if (!wait_until(database, map_is_stable)) {
        result = map_busy(database, error);
    }
    (void)pthread_mutex_unlock(&database->lock);
    return result;
}
