/* SPDX-License-Identifier: Apache-2.0 */
/* Reading: snapshots, and the walk over all sessions that no damaged record can break off. */
#include "database/snapshot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "database/index.h"

/* Ended snapshots that are kept, each with its reader slot. */
#define IDLE_MAX 64
/* How often to begin anew when commits overtake the beginning. */
#define BEGIN_TRIES 10

/* Bytes of a page, and of a processor's cache line: where they are others, reading ahead does less. */
#define PAGE 4096
#define CACHE_LINE 64

/* Which table each cursor is on. */
static const jsp_table cursor_tables[JSP_CURSORS] = {
    [JSP_CURSOR_SESSIONS] = JSP_TABLE_SESSIONS, [JSP_CURSOR_RECORDS] = JSP_TABLE_SESSIONS,
    [JSP_CURSOR_INDEX] = JSP_TABLE_INDEX,       [JSP_CURSOR_SCAN] = JSP_TABLE_INDEX,
    [JSP_CURSOR_STARTS] = JSP_TABLE_STARTS,     [JSP_CURSOR_CHANGES] = JSP_TABLE_CHANGES,
    [JSP_CURSOR_ITEMS] = JSP_TABLE_ITEMS,
};

void jsp_snapshot_free(js_snapshot *snapshot)
{
    if (snapshot->txn != NULL) {
        mdb_txn_abort(snapshot->txn);
    }
    free(snapshot);
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

/* What is wrong with the counters, or NULL. */
static const char *read_counters(js_snapshot *snapshot)
{
    MDB_val key = {8, "counters"};
    MDB_val value;
    int rc = jsp_snapshot_find(snapshot, JSP_TABLE_META, &key, &value);
    return rc == 0 ? jsp_counters_open(value.mv_data, value.mv_size, &snapshot->counters)
                   : mdb_strerror(rc);
}

/* Find the tables, put the cursors on them and read the counters; all of that stays as it is until the
 * next commit. */
static int look_at_tables(js_snapshot *snapshot)
{
    int rc = 0;
    if (snapshot->tables_of == 0 || snapshot->tables_of != snapshot->meta.transaction) {
        snapshot->tables_of = 0;
        rc = jsp_database_trees(&snapshot->pages, &snapshot->meta.main, snapshot->trees);
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
        jsp_snapshot_free(*snapshot);
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
        js_snapshot_rewind(made);
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
    mdb_txn_reset(snapshot->txn);
    if (!keep_idle(snapshot)) {
        jsp_snapshot_free(snapshot);
    }
    jsp_database_leave(database);
}

js_result js_snapshot_totals(js_snapshot *snapshot, js_totals *totals, js_error *error)
{
    const jsp_counters *counters = &snapshot->counters;
    if (snapshot->counters_damage == NULL) {
        totals->count = counters->count;
        totals->json_bytes = counters->json_bytes;
        totals->id_digits = counters->id_digits;
        totals->usn = counters->last_usn;
        totals->highest_id = counters->last_id;
        return JS_OK;
    }
    int rc = jsp_index_sum(&snapshot->cursors[JSP_CURSOR_INDEX], totals);
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

static void fill(js_session *session, uint64_t id, const MDB_val *value, const char *damage)
{
    session->id = id;
    session->deleted_usn = 0;
    session->damage = damage;
    session->json = damage == NULL ? (const char *)value->mv_data + JSP_RECORD_HEADER : NULL;
    session->length = damage == NULL ? value->mv_size - JSP_RECORD_HEADER : 0;
}

const char *jsp_snapshot_record(js_snapshot *snapshot, uint64_t id, jsp_facts *facts)
{
    unsigned char bytes[8];
    MDB_val key = {sizeof(bytes), bytes};
    MDB_val value;
    jsp_put_be64(bytes, id);
    int rc = jsp_cursor_get(&snapshot->cursors[JSP_CURSOR_RECORDS], &key, &value, MDB_SET_KEY);
    if (rc != 0 || jsp_record_damage(id, value.mv_data, value.mv_size) != NULL) {
        return NULL;
    }
    jsp_record_facts(value.mv_data, facts);
    return (const char *)value.mv_data + JSP_RECORD_HEADER;
}

/* Read the record of an id that is known to exist, by the index or by its key. */
static void read_by_id(js_snapshot *snapshot, uint64_t id, js_session *session)
{
    unsigned char bytes[8];
    MDB_val key = {sizeof(bytes), bytes};
    MDB_val value = {0, NULL};
    jsp_put_be64(bytes, id);
    int rc = jsp_cursor_get(&snapshot->cursors[JSP_CURSOR_SESSIONS], &key, &value, MDB_SET_KEY);
    snapshot->lost = rc != 0;
    fill(session, id, &value,
         rc == MDB_NOTFOUND ? "it is missing"
         : rc != 0          ? mdb_strerror(rc)
                            : jsp_record_damage(id, value.mv_data, value.mv_size));
}

js_result js_snapshot_get(js_snapshot *snapshot, uint64_t id, js_session *session)
{
    jsp_entry entry;
    read_by_id(snapshot, id, session);
    bool missing = snapshot->lost;
    snapshot->lost = true; /* a walk that is under way must find its place again */
    if (session->damage == NULL) {
        return JS_OK;
    }
    int rc = jsp_index_find(&snapshot->cursors[JSP_CURSOR_INDEX], id, &entry);
    if (rc == 0) {
        session->length = entry.length;
        return JS_OK;
    }
    return rc == MDB_NOTFOUND && missing ? JS_NOT_FOUND : JS_DAMAGED;
}

void js_snapshot_rewind(js_snapshot *snapshot)
{
    snapshot->handed = 0;
    snapshot->lost = false;
}

/* Where the walk has come to. */
struct position {
    int rc; /* of LMDB: whether there is a record */
    MDB_val key;
    MDB_val value;
};

static bool stands_at(const struct position *at, uint64_t id)
{
    return at->rc == 0 && at->key.mv_size == sizeof(id) && jsp_get_be64(at->key.mv_data) == id;
}

/* One step of the cursor towards older sessions, from wherever it must start. */
static void step(js_snapshot *snapshot, struct position *at)
{
    unsigned char last[8];
    MDB_cursor_op towards = snapshot->handed == 0 ? MDB_LAST : MDB_PREV;
    if (snapshot->handed > 0 && snapshot->lost) {
        jsp_put_be64(last, snapshot->last);
        at->key = (MDB_val){sizeof(last), last};
        /* without the value: it may be what cannot be read */
        at->rc =
            jsp_cursor_get(&snapshot->cursors[JSP_CURSOR_SESSIONS], &at->key, NULL, MDB_SET_RANGE);
        if (at->rc == MDB_NOTFOUND) {
            towards = MDB_LAST;
        } else if (at->rc != 0) {
            return;
        }
    }
    at->rc = jsp_cursor_get(&snapshot->cursors[JSP_CURSOR_SESSIONS], &at->key, &at->value, towards);
    snapshot->lost = at->rc != 0;
}

/* The session after `last` as the index knows it, for when the records do not lead on. */
static js_result next_by_index(js_snapshot *snapshot, const struct position *at,
                               js_session *session)
{
    jsp_entry entry;
    int rc = jsp_index_before(&snapshot->cursors[JSP_CURSOR_INDEX], snapshot->handed > 0,
                              snapshot->last, &entry);
    if (rc != 0) {
        return rc == MDB_NOTFOUND ? JS_END : JS_DAMAGED;
    }
    const char *damage = at->rc != 0
                             ? mdb_strerror(at->rc)
                             : jsp_record_damage(entry.id, at->value.mv_data, at->value.mv_size);
    if (stands_at(at, entry.id) || (at->rc != 0 && at->rc != MDB_NOTFOUND)) {
        fill(session, entry.id, &at->value, damage);
    } else if (damage == NULL) {
        /* a search would be led astray by the key; the cursor stands where it should */
        fill(session, entry.id, &at->value, "it is stored under the key of another session");
    } else {
        read_by_id(snapshot, entry.id, session);
    }
    if (session->damage != NULL) {
        session->length = entry.length;
    }
    return JS_OK;
}

static bool complete(const js_snapshot *snapshot)
{
    return snapshot->counters_damage == NULL && snapshot->handed >= snapshot->counters.count;
}

/* The walk goes towards lower addresses, page by page, which processors do not foresee. What stands one
 * page before this record will be read a page later; but a prefetch is dropped where its page's
 * translation is not at hand, so the page after the next is touched for that. There is one: a record lies
 * behind the two first pages of the file. A guess that is wrong costs little. */
static void read_ahead(const MDB_val *value)
{
    const char *record = value->mv_data;
    const char *page = record - (uintptr_t)record % PAGE;
    (void)*(volatile const char *)(page - 2 * PAGE);
    for (size_t at = 0; at < value->mv_size && at < PAGE; at += CACHE_LINE) {
        __builtin_prefetch(record - PAGE + at);
    }
}

js_result js_snapshot_next(js_snapshot *snapshot, js_session *session)
{
    struct position at = {0};
    js_result result = JS_OK;
    if (complete(snapshot)) {
        return JS_END;
    }
    step(snapshot, &at);
    uint64_t id = at.rc == 0 && at.key.mv_size == 8 ? jsp_get_be64(at.key.mv_data) : 0;
    if (stands_at(&at, id) && (snapshot->handed == 0 || id < snapshot->last)
        && jsp_record_damage(id, at.value.mv_data, at.value.mv_size) == NULL) {
        read_ahead(&at.value);
        fill(session, id, &at.value, NULL);
    } else {
        result = next_by_index(snapshot, &at, session);
    }
    if (result == JS_OK) {
        snapshot->last = session->id;
        snapshot->handed++;
    }
    return result;
}
