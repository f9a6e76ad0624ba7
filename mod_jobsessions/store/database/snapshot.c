/* SPDX-License-Identifier: Apache-2.0 */
/* Beginning and ending snapshots, and what is known of one as a whole. */
#include "database/snapshot.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/invariant.h"
#include "database/index.h"

/* Ended snapshots that are kept, each with its reader slot. */
#define IDLE_MAX 64
/* How often to begin anew when commits overtake the beginning. */
#define BEGIN_TRIES 10

/* Which table each cursor is on. */
static const jsp_table cursor_tables[JSP_CURSORS] = {
    [JSP_CURSOR_SESSIONS] = JSP_TABLE_SESSIONS, [JSP_CURSOR_RECORDS] = JSP_TABLE_SESSIONS,
    [JSP_CURSOR_INDEX] = JSP_TABLE_INDEX,       [JSP_CURSOR_SCAN] = JSP_TABLE_INDEX,
    [JSP_CURSOR_STARTS] = JSP_TABLE_STARTS,     [JSP_CURSOR_CHANGES] = JSP_TABLE_CHANGES,
    [JSP_CURSOR_ITEMS] = JSP_TABLE_ITEMS,
};

static void free_snapshot(js_snapshot *snapshot)
{
    if (snapshot->txn != NULL) {
        mdb_txn_abort(snapshot->txn);
    }
    free(snapshot);
}

void jsp_snapshot_free_idle(js_database *database)
{
    while (database->idle != NULL) {
        js_snapshot *snapshot = database->idle;
        database->idle = snapshot->next_idle;
        free_snapshot(snapshot);
    }
    database->idle_count = 0;
}

void jsp_snapshot_forget_idle(js_database *database)
{
    while (database->idle != NULL) {
        js_snapshot *snapshot = database->idle;
        database->idle = snapshot->next_idle;
        free(snapshot);
    }
}

js_result jsp_snapshot_check(const js_snapshot *snapshot, js_error *error)
{
    return jsp_database_check_process(snapshot->database, error);
}

static js_snapshot *take_idle(js_database *database)
{
    (void)pthread_mutex_lock(&database->lock);
    js_snapshot *snapshot = database->idle;
    if (snapshot != NULL) {
        database->idle = snapshot->next_idle;
        database->idle_count--;
    }
    (void)pthread_mutex_unlock(&database->lock);
    return snapshot;
}

static bool keep_idle(js_snapshot *snapshot)
{
    js_database *database = snapshot->database;
    (void)pthread_mutex_lock(&database->lock);
    bool keep = database->idle_count < IDLE_MAX;
    if (keep) {
        snapshot->next_idle = database->idle;
        database->idle = snapshot;
        database->idle_count++;
    }
    (void)pthread_mutex_unlock(&database->lock);
    return keep;
}

int jsp_snapshot_cursor(const js_snapshot *snapshot, jsp_table table, jsp_cursor *cursor)
{
    return jsp_cursor_open(cursor, &snapshot->pages, &snapshot->trees[table],
                           jsp_table_is_sorted(table))
               ? 0
               : MDB_CORRUPTED;
}

int jsp_snapshot_find(const js_snapshot *snapshot, jsp_table table, MDB_val *key, MDB_val *value)
{
    jsp_cursor cursor;
    int rc = jsp_snapshot_cursor(snapshot, table, &cursor);
    return rc == 0 ? jsp_cursor_get(&cursor, key, value, MDB_SET_KEY) : rc;
}

int jsp_snapshot_number(const js_snapshot *snapshot, const char *name, uint32_t *number)
{
    MDB_val key = {strlen(name), (void *)name};
    MDB_val value;
    int rc = jsp_snapshot_find(snapshot, JSP_TABLE_META, &key, &value);
    if (rc == 0) {
        rc = value.mv_size == sizeof(*number) ? 0 : MDB_NOTFOUND;
    }
    if (rc == 0) {
        *number = jsp_get_le32(value.mv_data);
    }
    return rc;
}

int jsp_snapshot_unsealed(const js_snapshot *snapshot, uint64_t *bucket)
{
    MDB_val key = {sizeof(JSP_KEY_UPGRADE) - 1, JSP_KEY_UPGRADE};
    MDB_val value;
    *bucket = snapshot->database->format < JSP_FORMAT_2 ? 0 : UINT64_MAX;
    if (*bucket == 0) {
        return 0;
    }
    int rc = jsp_snapshot_find(snapshot, JSP_TABLE_META, &key, &value);
    if (rc != 0) {
        return rc == MDB_NOTFOUND ? 0 : rc;
    }
    if (value.mv_size != sizeof(*bucket)) {
        return MDB_CORRUPTED;
    }
    *bucket = jsp_get_be64(value.mv_data);
    return 0;
}

/* Begin the read transaction, a new one or one kept from before. */
static int begin_transaction(js_snapshot *snapshot)
{
    MDB_env *env = snapshot->database->env;
    if (snapshot->txn != NULL) {
        return mdb_txn_renew(snapshot->txn);
    }
    int rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &snapshot->txn);
    if (rc == MDB_READERS_FULL) {
        int dead = 0;
        (void)mdb_reader_check(env, &dead);
        rc = dead > 0 ? mdb_txn_begin(env, NULL, MDB_RDONLY, &snapshot->txn) : rc;
    }
    if (rc != 0) {
        snapshot->txn = NULL;
    }
    return rc;
}

/* What is wrong with the mark of forgotten removals, or NULL. Of none, all are there. */
static const char *read_forgotten(js_snapshot *snapshot)
{
    MDB_val key = {sizeof(JSP_KEY_FORGOTTEN) - 1, JSP_KEY_FORGOTTEN};
    MDB_val value;
    int rc = jsp_snapshot_find(snapshot, JSP_TABLE_META, &key, &value);
    snapshot->forgotten = 0;
    if (rc != 0) {
        return rc == MDB_NOTFOUND ? NULL : mdb_strerror(rc);
    }
    if (value.mv_size == sizeof(snapshot->forgotten)) {
        snapshot->forgotten = jsp_get_be64(value.mv_data);
    }
    return snapshot->forgotten > 0 && snapshot->forgotten <= snapshot->counters.last_usn
               ? NULL
               : "the usn up to which removals are forgotten was never given";
}

/* What is wrong with the counters, or NULL. */
static const char *read_counters(js_snapshot *snapshot)
{
    MDB_val key = {sizeof(JSP_KEY_COUNTERS) - 1, JSP_KEY_COUNTERS};
    MDB_val value;
    int rc = jsp_snapshot_find(snapshot, JSP_TABLE_META, &key, &value);
    const char *damage = rc == 0
                             ? jsp_counters_open(value.mv_data, value.mv_size, &snapshot->counters)
                             : mdb_strerror(rc);
    return damage == NULL ? read_forgotten(snapshot) : damage;
}

/* The tree of the name at hand, if it is one of ours. */
static bool read_tree(const jsp_path *names, jsp_tree trees[JSP_TABLES], unsigned *found)
{
    MDB_val name;
    MDB_val value;
    unsigned kind;
    if (!jsp_path_entry(names, &name, &value, &kind)) {
        return false;
    }
    jsp_table table = jsp_table_named(name.mv_data, name.mv_size);
    if (table == JSP_TABLES || kind == 0) {
        return true; /* a table of somebody else's, or a plain value */
    }
    if (value.mv_size != JSP_TREE_SIZE || kind != JSP_NODE_TREE) {
        return false;
    }
    jsp_tree_read(value.mv_data, &trees[table]);
    *found |= 1U << table;
    return true;
}

/* Find the tables of a format among the named ones; those of later formats that are not there have nothing in them.
 * 0, MDB_NOTFOUND: one is missing; or MDB_CORRUPTED. */
static int find_trees(const jsp_pages *pages, const jsp_tree *main, unsigned format,
                      jsp_tree trees[JSP_TABLES])
{
    jsp_path names;
    unsigned found = 0;
    unsigned wanted = (1U << jsp_tables_of(format, 0)) - 1;
    for (jsp_table table = 0; table < JSP_TABLES; table++) {
        trees[table] = (jsp_tree){.root = JSP_NO_PAGE};
    }
    int rc =
        jsp_path_begin(&names, pages, main, JSP_PAGE_LEAF) ? jsp_path_first(&names) : MDB_CORRUPTED;
    while (rc == 0) {
        rc = read_tree(&names, trees, &found) ? jsp_path_next(&names) : MDB_CORRUPTED;
    }
    return rc == MDB_NOTFOUND && (found & wanted) == wanted ? 0 : rc;
}

/* Find the tables, put the cursors on them and read the counters; all of that stays as it is until the
 * next commit. */
static int look_at_tables(js_snapshot *snapshot)
{
    int rc = 0;
    if (snapshot->tables_of == 0 || snapshot->tables_of != snapshot->meta.transaction) {
        snapshot->tables_of = 0;
        rc = find_trees(&snapshot->pages, &snapshot->meta.main, snapshot->database->format,
                        snapshot->trees);
    }
    for (int i = 0; i < JSP_CURSORS && rc == 0; i++) {
        rc = jsp_snapshot_cursor(snapshot, cursor_tables[i], &snapshot->cursors[i]);
    }
    if (rc == 0 && snapshot->tables_of == 0) {
        snapshot->counters_damage = read_counters(snapshot);
        snapshot->tables_of = snapshot->counters_damage == NULL ? snapshot->meta.transaction : 0;
    }
    return rc;
}

static int begin(js_snapshot *snapshot)
{
    int rc = begin_transaction(snapshot);
    for (int tries = 0; rc == 0; tries++) {
        rc = jsp_map_view(&snapshot->database->map, snapshot->txn, &snapshot->pages,
                          &snapshot->meta);
        if (rc == 0) {
            return look_at_tables(snapshot);
        }
        if (rc == MDB_BAD_TXN) {
            mdb_txn_reset(snapshot->txn);
            rc = tries < BEGIN_TRIES ? mdb_txn_renew(snapshot->txn) : MDB_CORRUPTED;
        }
    }
    return rc;
}

js_result jsp_snapshot_foreign(const char *directory, js_error *error)
{
    return jsp_fail(error, JS_FOREIGN,
                    "%s: data.mdb is an LMDB file, but holds no job sessions; name the right "
                    "directory",
                    directory);
}

static js_result failed(const js_snapshot *snapshot, int rc, js_error *error)
{
    const js_database *database = snapshot->database;
    if (rc == ESTALE) {
        return jsp_fail(error, JS_SYSTEM,
                        "%s: data.mdb lies in an image's layer (overlayfs), was copied when it was "
                        "first written to, and this process still sees the image's; restart it, "
                        "let its user write to data.mdb, and keep the database on a volume",
                        database->directory);
    }
    if (rc != MDB_NOTFOUND) {
        return jsp_database_fail(database, error, rc, "begin to read");
    }
    return snapshot->meta.main.root != JSP_NO_PAGE
               ? jsp_snapshot_foreign(database->directory, error)
               : jsp_fail(error, JS_NO_DATABASE,
                          "%s: the database is still empty; let a worker or `jobsessions put` set "
                          "it up",
                          database->directory);
}

static js_result begin_once(js_database *database, js_snapshot **snapshot, int *rc, js_error *error)
{
    js_result result = jsp_database_enter(database, error);
    *rc = 0;
    if (result != JS_OK) {
        return result;
    }
    *snapshot = take_idle(database);
    if (*snapshot == NULL) {
        *snapshot = calloc(1, sizeof(**snapshot));
    }
    if (*snapshot == NULL) {
        jsp_database_leave(database);
        return jsp_fail(error, JS_SYSTEM, "%s: out of memory", database->directory);
    }
    (*snapshot)->database = database;
    *rc = begin(*snapshot);
    if (*rc != 0) {
        result = failed(*snapshot, *rc, error);
        free_snapshot(*snapshot);
        *snapshot = NULL;
        jsp_database_leave(database);
    }
    return result;
}

js_result js_snapshot_begin(js_database *database, js_snapshot **snapshot, js_error *error)
{
    js_snapshot *made = NULL;
    int rc;
    *snapshot = NULL;
    js_result result = begin_once(database, &made, &rc, error);
    if (rc == MDB_MAP_RESIZED) {
        result = jsp_database_adopt_map(database, error);
        result = result == JS_OK ? begin_once(database, &made, &rc, error) : result;
    }
    if (made != NULL) {
        made->handed = 0;
        made->lost = false;
        *snapshot = made;
    }
    return result;
}

void js_snapshot_end(js_snapshot *snapshot)
{
    if (snapshot == NULL) {
        return;
    }
    js_database *database = snapshot->database;
    if (jsp_database_is_inherited(database)) {
        free(snapshot); /* its reader slot is the parent's */
        return;
    }
    JSP_INVARIANT(5, snapshot->meta.transaction == mdb_txn_id(snapshot->txn));
    mdb_txn_reset(snapshot->txn);
    if (!keep_idle(snapshot)) {
        free_snapshot(snapshot);
    }
    jsp_database_leave(database);
}

/* What the trees know by themselves. */
static void count_beside(const js_snapshot *snapshot, js_totals *totals)
{
    totals->items = snapshot->trees[JSP_TABLE_ITEMS].entries;
    totals->removed = snapshot->trees[JSP_TABLE_REMOVED].entries;
}

unsigned js_snapshot_format(const js_snapshot *snapshot)
{
    return snapshot->database->format;
}

bool js_snapshot_is_upgraded(const js_snapshot *snapshot)
{
    return jsp_database_has_all(snapshot->database);
}

js_result js_snapshot_totals(js_snapshot *snapshot, js_totals *totals, js_error *error)
{
    const jsp_counters *counters = &snapshot->counters;
    int rc = 0;
    js_result result = jsp_snapshot_check(snapshot, error);
    if (result != JS_OK) {
        return result;
    }
    if (snapshot->counters_damage == NULL) {
        *totals = (js_totals){.count = counters->count,
                              .json_bytes = counters->json_bytes,
                              .id_digits = counters->id_digits,
                              .usn = counters->last_usn,
                              .highest_id = counters->last_id};
    } else {
        rc = jsp_index_sum(&snapshot->cursors[JSP_CURSOR_INDEX], totals);
    }
    count_beside(snapshot, totals);
    return rc == 0 ? JS_OK
                   : jsp_fail(error, JS_DAMAGED, "%s: %s, and the index cannot be read (%s)",
                              snapshot->database->directory, snapshot->counters_damage,
                              mdb_strerror(rc));
}

uint64_t js_snapshot_age(const js_snapshot *snapshot)
{
    MDB_envinfo info;
    int rc = mdb_env_info(snapshot->database->env, &info);
    uint64_t began = mdb_txn_id(snapshot->txn);
    /* a snapshot may begin a moment before the commit it sees shows in the file */
    return rc == 0 && info.me_last_txnid > began ? info.me_last_txnid - began : 0;
}

/* A number with at least so many digits; returns its end. Every response has three of them. */
static char *put_hex(char *text, uint64_t number, unsigned least)
{
    unsigned digits = least;
    while (digits < 16 && number >> 4 * digits != 0) {
        digits++;
    }
    for (unsigned at = digits; at > 0; number >>= 4) {
        text[--at] = "0123456789abcdef"[number & 15];
    }
    return text + digits;
}

bool js_snapshot_version(const js_snapshot *snapshot, char text[JS_VERSION_TEXT])
{
    const jsp_counters *counters = &snapshot->counters;
    if (snapshot->counters_damage != NULL) {
        return false;
    }
    char *end = put_hex(text, jsp_get_le64(counters->identity), 16);
    *end++ = '-';
    end = put_hex(end, counters->last_usn, 1);
    *end++ = '-';
    end = put_hex(end, counters->revision, 1);
    *end = '\0';
    return true;
}

bool js_snapshot_identity(const js_snapshot *snapshot, char text[JS_IDENTITY_TEXT])
{
    const uint8_t *identity = snapshot->counters.identity;
    if (snapshot->counters_damage != NULL) {
        return false;
    }
    for (size_t i = 0; i < sizeof(snapshot->counters.identity); i++) {
        (void)put_hex(text + 2 * i, identity[i], 2);
    }
    text[JS_IDENTITY_TEXT - 1] = '\0';
    return true;
}
