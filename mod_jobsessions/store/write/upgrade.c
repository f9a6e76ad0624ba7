/* SPDX-License-Identifier: Apache-2.0 */
/* js_upgrade_begin(), js_upgrade_step(): a database of format 1, or one without counts, becomes one that has all of
 * FORMAT.md. The first makes it one whose index may lack the records' seals and whose sessions are not counted; the
 * second does both for a key of the index at a time. Sessions that are written meanwhile bring their seals, and are
 * counted where it has been. */
#include "base/bytes.h"
#include "base/error.h"
#include "database/snapshot.h"
#include "lmdb/cursor.h"
#include "write/counts.h"
#include "write/index_write.h"

static int put_meta(js_transaction *transaction, const char *name, void *bytes, size_t size)
{
    MDB_val key = {strlen(name), (void *)name};
    MDB_val value = {size, bytes};
    return jsp_checked_put(&transaction->checked, JSP_TABLE_META, &key, &value, 0);
}

static int put_number(js_transaction *transaction, const char *name, uint32_t number)
{
    unsigned char bytes[4];
    jsp_put_le32(bytes, number);
    return put_meta(transaction, name, bytes, sizeof(bytes));
}

static int put_next(js_transaction *transaction, uint64_t bucket)
{
    unsigned char bytes[8];
    jsp_put_be64(bytes, bucket);
    return put_meta(transaction, JSP_KEY_UPGRADE, bytes, sizeof(bytes));
}

/* LMDB enters the tables that are missing beside the records of the others. */
static int make_tables(js_transaction *transaction)
{
    js_database *database = transaction->database;
    jsp_checked *checked = &transaction->checked;
    jsp_table had = jsp_tables_of(database->format, database->writers);
    int rc = 0;
    for (jsp_table table = 0; table < had && rc == 0; table++) {
        rc = jsp_guard_open(&checked->guard, &checked->tables[table]);
    }
    for (jsp_table table = had; table < JSP_TABLE_WORKERS && rc == 0; table++) {
        unsigned sorted = jsp_table_is_sorted(table) ? MDB_DUPSORT | MDB_DUPFIXED : 0;
        rc = mdb_dbi_open(checked->txn, jsp_table_name(table), sorted | MDB_CREATE,
                          &database->tables[table]);
    }
    return rc;
}

static int begin(js_transaction *transaction)
{
    int rc = put_next(transaction, 0);
    rc = rc != 0 ? rc : put_number(transaction, JSP_KEY_FORMAT, JS_FORMAT);
    rc = rc != 0 ? rc : put_number(transaction, JSP_KEY_WRITERS, JSP_WRITERS_KNOWN);
    return rc != 0 ? rc : make_tables(transaction);
}

js_result js_upgrade_begin(js_database *database, js_error *error)
{
    js_transaction *transaction;
    js_result result = js_transaction_begin(database, &transaction, error);
    if (result != JS_OK || jsp_database_has_all(database)) {
        js_transaction_abort(transaction);
        return result;
    }
    int rc = begin(transaction);
    if (rc != 0) {
        js_transaction_abort(transaction);
        return jsp_database_fail(database, error, rc, "upgrade");
    }
    result = js_transaction_commit(transaction, error);
    if (result == JS_OK) {
        database->format = JS_FORMAT;
        database->writers = JSP_WRITERS_KNOWN;
    }
    return result;
}

/* Where the next step begins. 0, MDB_NOTFOUND: nothing is left; or another error. */
static int find_next(js_transaction *transaction, uint64_t *at)
{
    MDB_val key = {sizeof(JSP_KEY_UPGRADE) - 1, JSP_KEY_UPGRADE};
    MDB_val value;
    int rc = jsp_checked_get(&transaction->checked, JSP_TABLE_META, &key, &value);
    if (rc == 0 && value.mv_size != sizeof(*at)) {
        return MDB_CORRUPTED;
    }
    *at = rc == 0 ? jsp_get_be64(value.mv_data) : UINT64_MAX;
    return rc;
}

/* The first key of the index from one on, UINT64_MAX: there is none; in the table as the last commit has left it, which
 * this transaction has not changed yet. */
static int find_bucket(js_transaction *transaction, uint64_t at, uint64_t *bucket)
{
    jsp_guard *guard = &transaction->checked.guard;
    jsp_guard_table *table = &transaction->checked.tables[JSP_TABLE_INDEX];
    unsigned char bytes[8];
    MDB_val key = {sizeof(bytes), bytes};
    jsp_cursor cursor;
    jsp_put_be64(bytes, at);
    int rc = jsp_guard_open(guard, table);
    if (rc == 0 && !jsp_cursor_open(&cursor, &guard->checks.pages, &table->tree.tree, true)) {
        rc = MDB_CORRUPTED;
    }
    rc = rc != 0 ? rc : jsp_cursor_get(&cursor, &key, NULL, MDB_SET_RANGE);
    *bucket = rc == 0 && key.mv_size == sizeof(bytes) ? jsp_get_be64(key.mv_data) : UINT64_MAX;
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static int enter_seal(js_transaction *transaction, const jsp_entry *entry)
{
    unsigned char id[8];
    MDB_val key = {sizeof(id), id};
    MDB_val record;
    jsp_entry sealed = *entry;
    jsp_put_be64(id, entry->id);
    int rc = jsp_checked_get(&transaction->checked, JSP_TABLE_SESSIONS, &key, &record);
    if (rc == MDB_NOTFOUND || (rc == 0 && record.mv_size < JSP_RECORD_HEADER)) {
        return 0; /* it is damaged, which costs it its seal and nothing else */
    }
    if (rc != 0) {
        return rc;
    }
    sealed.seal = jsp_record_get_seal(record.mv_data);
    return jsp_index_write_replace(&transaction->checked, transaction->index, entry, &sealed);
}

/* All entries under a key. */
static int enter_bucket(js_transaction *transaction, uint64_t bucket)
{
    jsp_entry entry;
    uint64_t id = bucket << JSP_ENTRY_BUCKET_BITS;
    int rc = 0;
    while (rc == 0 && jsp_entry_bucket(id) == bucket) {
        rc = jsp_index_write_from(&transaction->checked, transaction->index, id, &entry);
        if (rc == 0 && entry.seal == 0) {
            rc = enter_seal(transaction, &entry);
        }
        rc = rc != 0 ? rc : jsp_counts_enter(transaction, &entry);
        id = entry.id + 1;
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* MDB_NOTFOUND: there is nothing to do. One who upgrades it as well goes on where this has come to. */
static int step(js_transaction *transaction)
{
    MDB_val key = {sizeof(JSP_KEY_UPGRADE) - 1, JSP_KEY_UPGRADE};
    uint64_t at;
    uint64_t bucket;
    int rc = find_next(transaction, &at);
    rc = rc != 0 ? rc : find_bucket(transaction, at, &bucket);
    if (rc != 0) {
        return rc;
    }
    if (bucket == UINT64_MAX) {
        return jsp_checked_remove(&transaction->checked, JSP_TABLE_META, &key, NULL);
    }
    rc = enter_bucket(transaction, bucket);
    return rc != 0 ? rc : put_next(transaction, bucket + 1);
}

js_result js_upgrade_step(js_database *database, js_error *error)
{
    js_transaction *transaction;
    js_result result = js_transaction_begin(database, &transaction, error);
    if (result != JS_OK) {
        return result;
    }
    if (database->format < JS_FORMAT) {
        js_transaction_abort(transaction);
        return jsp_fail(error, JS_INVALID, "%s: no upgrade was begun; run `jobsessions upgrade`",
                        database->directory);
    }
    int rc = step(transaction);
    if (rc != 0) {
        js_transaction_abort(transaction);
        return rc == MDB_NOTFOUND ? JS_END : jsp_database_fail(database, error, rc, "upgrade");
    }
    return js_transaction_commit(transaction, error);
}
