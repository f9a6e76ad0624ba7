/* SPDX-License-Identifier: Apache-2.0 */
/* js_upgrade_begin(), js_upgrade_step(): a database of format 1 becomes one of format 2 (FORMAT.md). The first makes it
 * one whose index lacks the records' seals; the second enters those of a key of the index at a time. Sessions that
 * are written meanwhile bring theirs. */
#include "base/bytes.h"
#include "base/error.h"
#include "database/snapshot.h"
#include "write/index_write.h"
#include "write/transaction.h"

static int put_meta(js_transaction *transaction, const char *name, void *bytes, size_t size)
{
    MDB_val key = {strlen(name), (void *)name};
    MDB_val value = {size, bytes};
    return jsp_checked_put(&transaction->checked, JSP_TABLE_META, &key, &value, 0);
}

static int put_next(js_transaction *transaction, uint64_t bucket)
{
    unsigned char bytes[8];
    jsp_put_be64(bytes, bucket);
    return put_meta(transaction, JSP_KEY_UPGRADE, bytes, sizeof(bytes));
}

/* LMDB enters the tables of the new format beside the records of the others. */
static int make_tables(js_transaction *transaction)
{
    js_database *database = transaction->database;
    jsp_checked *checked = &transaction->checked;
    jsp_table had = jsp_tables_of(database->format);
    int rc = 0;
    for (jsp_table table = 0; table < had && rc == 0; table++) {
        rc = jsp_guard_open(&checked->guard, &checked->tables[table]);
    }
    for (jsp_table table = had; table < jsp_tables_of(JS_FORMAT) && rc == 0; table++) {
        rc =
            mdb_dbi_open(checked->txn, jsp_table_name(table), MDB_CREATE, &database->tables[table]);
    }
    return rc;
}

static int begin(js_transaction *transaction)
{
    unsigned char format[4];
    jsp_put_le32(format, JS_FORMAT);
    int rc = put_next(transaction, 0);
    rc = rc != 0 ? rc : put_meta(transaction, JSP_KEY_FORMAT, format, sizeof(format));
    return rc != 0 ? rc : make_tables(transaction);
}

js_result js_upgrade_begin(js_database *database, js_error *error)
{
    js_transaction *transaction;
    js_result result = js_transaction_begin(database, &transaction, error);
    if (result != JS_OK || database->format == JS_FORMAT) {
        js_transaction_abort(transaction);
        return result;
    }
    int rc = begin(transaction);
    if (rc != 0) {
        js_transaction_abort(transaction);
        return jsp_database_fail(database, error, rc, "upgrade");
    }
    result = js_transaction_commit(transaction, error);
    database->format = result == JS_OK ? JS_FORMAT : database->format;
    return result;
}

/* Where the next step begins, or *at is UINT64_MAX: nothing is left; and the first key of the index from there on. */
static int look(js_snapshot *snapshot, uint64_t *at, uint64_t *bucket)
{
    unsigned char bytes[8];
    MDB_val key = {sizeof(bytes), bytes};
    MDB_val value;
    int rc = jsp_snapshot_unsealed(snapshot, at);
    if (rc != 0 || *at == UINT64_MAX) {
        return rc;
    }
    jsp_put_be64(bytes, *at);
    rc = jsp_cursor_get(&snapshot->cursors[JSP_CURSOR_INDEX], &key, &value, MDB_SET_RANGE);
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
static int enter_seals(js_transaction *transaction, uint64_t bucket)
{
    jsp_entry entry;
    uint64_t id = bucket << JSP_ENTRY_BUCKET_BITS;
    int rc = 0;
    while (rc == 0 && jsp_entry_bucket(id) == bucket) {
        rc = jsp_index_write_from(&transaction->checked, transaction->index, id, &entry);
        if (rc == 0 && entry.seal == 0) {
            rc = enter_seal(transaction, &entry);
        }
        id = entry.id + 1;
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* One who upgrades it as well may have been here meanwhile: what is then found is left to the next step. */
static int is_at(js_transaction *transaction, uint64_t at, bool *is)
{
    MDB_val key = {sizeof(JSP_KEY_UPGRADE) - 1, JSP_KEY_UPGRADE};
    MDB_val value;
    int rc = jsp_checked_get(&transaction->checked, JSP_TABLE_META, &key, &value);
    *is = rc == 0 && value.mv_size == sizeof(at) && jsp_get_be64(value.mv_data) == at;
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static int step(js_transaction *transaction, uint64_t at, uint64_t bucket)
{
    MDB_val key = {sizeof(JSP_KEY_UPGRADE) - 1, JSP_KEY_UPGRADE};
    bool is;
    int rc = is_at(transaction, at, &is);
    if (rc != 0 || !is) {
        return rc;
    }
    if (bucket == UINT64_MAX) {
        return jsp_checked_remove(&transaction->checked, JSP_TABLE_META, &key, NULL);
    }
    rc = enter_seals(transaction, bucket);
    return rc != 0 ? rc : put_next(transaction, bucket + 1);
}

/* Found by a snapshot, as what it does not see yet has its seals. */
static js_result find_next(js_database *database, uint64_t *at, uint64_t *bucket, js_error *error)
{
    js_snapshot *snapshot;
    js_result result = js_snapshot_begin(database, &snapshot, error);
    if (result != JS_OK) {
        return result;
    }
    int rc = look(snapshot, at, bucket);
    js_snapshot_end(snapshot);
    return rc == 0 ? JS_OK : jsp_database_fail(database, error, rc, "look how far an upgrade is");
}

js_result js_upgrade_step(js_database *database, js_error *error)
{
    js_transaction *transaction;
    uint64_t at;
    uint64_t bucket = UINT64_MAX;
    js_result result = find_next(database, &at, &bucket, error);
    if (result != JS_OK || at == UINT64_MAX) {
        return result == JS_OK ? JS_END : result;
    }
    if (database->format < JS_FORMAT) {
        return jsp_fail(error, JS_INVALID, "%s: no upgrade was begun; run `jobsessions upgrade`",
                        database->directory);
    }
    result = js_transaction_begin(database, &transaction, error);
    if (result != JS_OK) {
        return result;
    }
    int rc = step(transaction, at, bucket);
    if (rc != 0) {
        js_transaction_abort(transaction);
        return jsp_database_fail(database, error, rc, "upgrade");
    }
    return js_transaction_commit(transaction, error);
}
