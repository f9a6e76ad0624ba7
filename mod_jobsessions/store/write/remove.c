/* SPDX-License-Identifier: Apache-2.0 */
/* Removing a session: everything it has goes, a tombstone stays under its last usn. */
#include "base/bytes.h"
#include "base/id.h"
#include "format/item.h"
#include "write/index_write.h"
#include "write/tombstone.h"

static int remove_record(js_transaction *transaction, uint64_t session)
{
    unsigned char id[8];
    MDB_val key = {sizeof(id), id};
    jsp_put_be64(id, session);
    int rc =
        mdb_del(transaction->txn, transaction->database->tables[JSP_TABLE_SESSIONS], &key, NULL);
    /* a damaged one may be gone already; what the index says is what counts */
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static int remove_items(js_transaction *transaction, uint64_t session)
{
    unsigned char bytes[JSP_ITEM_KEY_SIZE];
    MDB_cursor *cursor;
    MDB_val key = {sizeof(bytes), bytes};
    MDB_val value;
    jsp_item_key_pack(bytes, &(jsp_item_place){.session = session});
    int rc =
        mdb_cursor_open(transaction->txn, transaction->database->tables[JSP_TABLE_ITEMS], &cursor);
    if (rc != 0) {
        return rc;
    }
    rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (rc == 0 && key.mv_size == JSP_ITEM_KEY_SIZE && jsp_get_be64(key.mv_data) == session) {
        rc = mdb_cursor_del(cursor, 0);
        rc = rc != 0 ? rc : mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static void uncount(jsp_counters *counters, const jsp_entry *entry, uint64_t usn)
{
    counters->count--;
    counters->json_bytes -= entry->length;
    counters->id_digits -= jsp_id_digits(entry->id);
    counters->last_usn = usn;
}

js_result js_transaction_remove(js_transaction *transaction, uint64_t id, js_error *error)
{
    jsp_entry entry;
    uint64_t usn;
    js_result result = jsp_transaction_check(transaction, error);
    if (result != JS_OK) {
        return result;
    }
    result = jsp_transaction_find(transaction, id, &entry, error);
    if (result == JS_OK) {
        result = jsp_transaction_next_usn(transaction, &usn, error);
    }
    if (result != JS_OK) {
        return result;
    }
    int rc = remove_record(transaction, id);
    rc = rc != 0 ? rc : jsp_index_write_remove(transaction->database, transaction->txn, &entry);
    rc = rc != 0 ? rc : remove_items(transaction, id);
    rc = rc != 0 ? rc : jsp_tombstone_put(transaction, &entry, usn);
    if (rc != 0) {
        return jsp_transaction_break(transaction, error, rc, "remove a session");
    }
    uncount(&transaction->counters, &entry, usn);
    return JS_OK;
}

js_result js_remove(js_database *database, uint64_t id, js_error *error)
{
    js_transaction *transaction;
    js_result result = js_transaction_begin(database, &transaction, error);
    if (result != JS_OK) {
        return result;
    }
    result = js_transaction_remove(transaction, id, error);
    return jsp_transaction_end(transaction, result, error);
}
