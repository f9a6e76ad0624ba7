/* SPDX-License-Identifier: Apache-2.0 */
/* Removing a session: everything it has goes, a tombstone stays under its last usn. */
#include "write/remove.h"
#include "database/index.h"
#include "read/items.h"

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

/* Leave a tombstone under a new usn, and where it is to be found. */
static int bury(js_transaction *transaction, const jsp_entry *entry, uint64_t new_usn)
{
    const MDB_dbi *tables = transaction->database->tables;
    unsigned char usn[8];
    unsigned char id[8];
    unsigned char bytes[JSP_CHANGE_SIZE];
    MDB_val by_usn = {sizeof(usn), usn};
    MDB_val by_id = {sizeof(id), id};
    MDB_val value = {sizeof(bytes), bytes};
    jsp_put_be64(id, entry->id);
    jsp_put_be64(usn, entry->usn);
    int rc = mdb_del(transaction->txn, tables[JSP_TABLE_CHANGES], &by_usn, NULL);
    jsp_put_be64(usn, new_usn);
    jsp_change_pack(bytes, entry->id, true);
    rc = rc != 0
             ? rc
             : mdb_put(transaction->txn, tables[JSP_TABLE_CHANGES], &by_usn, &value, MDB_APPEND);
    return rc != 0 ? rc : mdb_put(transaction->txn, tables[JSP_TABLE_REMOVED], &by_id, &by_usn, 0);
}

int jsp_remove_tombstone(js_transaction *transaction, uint64_t session)
{
    const MDB_dbi *tables = transaction->database->tables;
    unsigned char id[8];
    MDB_val by_id = {sizeof(id), id};
    MDB_val usn;
    jsp_put_be64(id, session);
    int rc = mdb_get(transaction->txn, tables[JSP_TABLE_REMOVED], &by_id, &usn);
    if (rc != 0) {
        return rc == MDB_NOTFOUND ? 0 : rc;
    }
    rc = mdb_del(transaction->txn, tables[JSP_TABLE_CHANGES], &usn, NULL);
    return rc != 0 ? rc : mdb_del(transaction->txn, tables[JSP_TABLE_REMOVED], &by_id, NULL);
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
    rc = rc != 0 ? rc : jsp_index_remove(transaction->database, transaction->txn, &entry);
    rc = rc != 0 ? rc : jsp_items_remove(transaction, id);
    rc = rc != 0 ? rc : bury(transaction, &entry, usn);
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
    if (transaction == NULL) {
        return result;
    }
    result = js_transaction_remove(transaction, id, error);
    return jsp_transaction_end(transaction, result, error);
}
