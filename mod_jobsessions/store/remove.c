/* SPDX-License-Identifier: Apache-2.0 */
/* Removing a session: everything it has goes, a tombstone stays under its last usn. */
#include "remove.h"
#include "index.h"
#include "items.h"

static int remove_record(js_transaction *transaction, uint64_t session)
{
    unsigned char id[8];
    MDB_val key = {sizeof(id), id};
    js_put_be64(id, session);
    int rc = mdb_del(transaction->txn, transaction->database->tables[JS_SESSIONS], &key, NULL);
    /* a damaged one may be gone already; what the index says is what counts */
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* Leave a tombstone under a new usn, and where it is to be found. */
static int bury(js_transaction *transaction, const js_entry *entry, uint64_t new_usn)
{
    const MDB_dbi *tables = transaction->database->tables;
    unsigned char usn[8];
    unsigned char id[8];
    unsigned char bytes[JS_CHANGE_SIZE];
    MDB_val by_usn = {sizeof(usn), usn};
    MDB_val by_id = {sizeof(id), id};
    MDB_val value = {sizeof(bytes), bytes};
    js_put_be64(id, entry->id);
    js_put_be64(usn, entry->usn);
    int rc = mdb_del(transaction->txn, tables[JS_CHANGES], &by_usn, NULL);
    js_put_be64(usn, new_usn);
    js_change_pack(bytes, entry->id, true);
    rc = rc != 0 ? rc : mdb_put(transaction->txn, tables[JS_CHANGES], &by_usn, &value, MDB_APPEND);
    return rc != 0 ? rc : mdb_put(transaction->txn, tables[JS_REMOVED], &by_id, &by_usn, 0);
}

int js_unbury(js_transaction *transaction, uint64_t session)
{
    const MDB_dbi *tables = transaction->database->tables;
    unsigned char id[8];
    MDB_val by_id = {sizeof(id), id};
    MDB_val usn;
    js_put_be64(id, session);
    int rc = mdb_get(transaction->txn, tables[JS_REMOVED], &by_id, &usn);
    if (rc != 0) {
        return rc == MDB_NOTFOUND ? 0 : rc;
    }
    rc = mdb_del(transaction->txn, tables[JS_CHANGES], &usn, NULL);
    return rc != 0 ? rc : mdb_del(transaction->txn, tables[JS_REMOVED], &by_id, NULL);
}

static void uncount(js_counters *counters, const js_entry *entry, uint64_t usn)
{
    counters->count--;
    counters->json_bytes -= entry->length;
    counters->id_digits -= js_id_digits(entry->id);
    counters->last_usn = usn;
}

js_status js_transaction_remove(js_transaction *transaction, uint64_t id, js_error *error)
{
    js_entry entry;
    uint64_t usn;
    js_status status = js_transaction_check(transaction, error);
    if (status != JS_OK) {
        return status;
    }
    status = js_transaction_find(transaction, id, &entry, error);
    if (status == JS_OK) {
        status = js_transaction_next_usn(transaction, &usn, error);
    }
    if (status != JS_OK) {
        return status;
    }
    int rc = remove_record(transaction, id);
    rc = rc != 0 ? rc : js_index_remove(transaction->database, transaction->txn, &entry);
    rc = rc != 0 ? rc : js_items_remove(transaction, id);
    rc = rc != 0 ? rc : bury(transaction, &entry, usn);
    if (rc != 0) {
        return js_transaction_break(transaction, error, rc, "remove a session");
    }
    uncount(&transaction->counters, &entry, usn);
    return JS_OK;
}

js_status js_remove(js_database *database, uint64_t id, js_error *error)
{
    js_transaction *transaction;
    js_status status = js_transaction_begin(database, &transaction, error);
    if (transaction == NULL) {
        return status;
    }
    status = js_transaction_remove(transaction, id, error);
    return js_transaction_end(transaction, status, error);
}
