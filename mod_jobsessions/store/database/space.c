/* SPDX-License-Identifier: Apache-2.0 */
/* What a database takes, and who keeps it from using its pages again. */
#include <stdlib.h>

#include "base/bytes.h"
#include "base/error.h"
#include "database/snapshot.h"

/* Each transaction that left pages free has a record: how many, then their numbers. */
static int count_free(const js_snapshot *snapshot, uint64_t *pages)
{
    jsp_cursor cursor;
    MDB_val key;
    MDB_val value;
    *pages = 0;
    if (!jsp_cursor_open(&cursor, &snapshot->pages, &snapshot->meta.free, false)) {
        return MDB_CORRUPTED;
    }
    int rc = jsp_cursor_get(&cursor, &key, &value, MDB_FIRST);
    while (rc == 0) {
        if (value.mv_size < sizeof(uint64_t)) {
            return MDB_CORRUPTED;
        }
        *pages += jsp_get_le64(value.mv_data);
        rc = jsp_cursor_get(&cursor, &key, &value, MDB_NEXT);
    }
    return rc == MDB_NOTFOUND && *pages <= snapshot->meta.last_page ? 0 : MDB_CORRUPTED;
}

js_result js_snapshot_space(const js_snapshot *snapshot, js_space *space, js_error *error)
{
    MDB_envinfo info;
    js_result result = jsp_snapshot_check(snapshot, error);
    if (result != JS_OK) {
        return result;
    }
    int rc = mdb_env_info(snapshot->database->env, &info);
    rc = rc != 0 ? rc : count_free(snapshot, &space->free_pages);
    if (rc != 0) {
        return jsp_fail(error, JS_DAMAGED,
                        "%s: the list of free pages cannot be read; run `jobsessions verify`",
                        snapshot->database->directory);
    }
    space->page_size = snapshot->meta.page_size;
    space->pages = snapshot->meta.last_page + 1;
    space->map_size = info.me_mapsize;
    return JS_OK;
}

/* Who is told of readers, and what has been committed. */
struct readers {
    js_reader_report *report;
    void *baton;
    uint64_t last;
};

/* LMDB tells of them in lines: process, thread in hexadecimal digits, transaction or "-". The first line has their
 * names. */
static int take_line(const char *line, void *baton)
{
    const struct readers *readers = baton;
    js_reader reader = {0};
    char *end;
    char *transaction_end;
    reader.process = (int)strtol(line, &end, 10);
    if (end == line) {
        return 0;
    }
    (void)strtoull(end, &end, 16);
    uint64_t transaction = strtoull(end, &transaction_end, 10);
    reader.reading = transaction_end != end;
    reader.age = reader.reading && readers->last > transaction ? readers->last - transaction : 0;
    readers->report(readers->baton, &reader);
    return 0;
}

js_result js_readers(js_database *database, js_reader_report *report, void *baton, js_error *error)
{
    MDB_envinfo info;
    struct readers readers = {.report = report, .baton = baton};
    js_result result = jsp_database_check_process(database, error);
    if (result != JS_OK) {
        return result;
    }
    int rc = mdb_env_info(database->env, &info);
    if (rc != 0) {
        return jsp_database_fail(database, error, rc, "look at the readers");
    }
    readers.last = info.me_last_txnid;
    rc = mdb_reader_list(database->env, take_line, &readers);
    return rc >= 0 ? JS_OK : jsp_database_fail(database, error, rc, "look at the readers");
}
