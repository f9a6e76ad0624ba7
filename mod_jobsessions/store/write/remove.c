/* SPDX-License-Identifier: Apache-2.0 */
/* Removing a session: everything it has goes, a tombstone stays under its last usn. */
#include "write/remove.h"
#include "write/counts.h"

#include "base/bytes.h"
#include "base/error.h"
#include "base/id.h"
#include "format/item.h"
#include "format/status.h"
#include "write/index_write.h"
#include "write/naming.h"
#include "write/tombstone.h"
#include "write/workers.h"

static int remove_record(js_transaction *transaction, uint64_t session)
{
    unsigned char id[8];
    MDB_val key = {sizeof(id), id};
    jsp_put_be64(id, session);
    int rc = jsp_checked_remove(&transaction->checked, JSP_TABLE_SESSIONS, &key, NULL);
    /* a damaged one may be gone already; what the index says is what counts */
    return rc == MDB_NOTFOUND ? 0 : rc;
}

int jsp_remove_items(js_transaction *transaction, uint64_t session)
{
    unsigned char bytes[JSP_ITEM_KEY_SIZE];
    MDB_cursor *cursor;
    MDB_val key = {sizeof(bytes), bytes};
    MDB_val value;
    jsp_item_key_pack(bytes, &(jsp_item_place){.session = session});
    int rc = mdb_cursor_open(transaction->checked.txn,
                             transaction->database->tables[JSP_TABLE_ITEMS], &cursor);
    if (rc != 0) {
        return rc;
    }
    rc = jsp_checked_reach(&transaction->checked, JSP_TABLE_ITEMS, &key, NULL, JSP_GUARD_AROUND);
    rc = rc != 0 ? rc : mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (rc == 0 && key.mv_size == JSP_ITEM_KEY_SIZE && jsp_get_be64(key.mv_data) == session) {
        rc = jsp_checked_reach_to_write(&transaction->checked, JSP_TABLE_ITEMS, &key, NULL,
                                        JSP_GUARD_REMOVE);
        rc = rc != 0 ? rc : mdb_cursor_del(cursor, 0);
        rc = rc != 0 ? rc : mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static js_result still_running(js_transaction *transaction, uint64_t id, js_error *error)
{
    return jsp_fail(error, JS_RUNNING,
                    "%s: session \"%s\" is not finished; its worker would write to it again",
                    transaction->database->directory, jsp_naming_of(transaction, id).text);
}

/* Everything but the tombstone and the counters. */
int jsp_remove_session(js_transaction *transaction, const jsp_entry *entry)
{
    jsp_count count;
    int rc = jsp_counts_of_stored(transaction, entry, &count);
    rc = rc != 0 ? rc : jsp_counts_replace(transaction, &count, NULL);
    rc = rc != 0 ? rc : remove_record(transaction, entry->id);
    rc = rc != 0 ? rc : jsp_index_write_remove(&transaction->checked, entry);
    rc = rc != 0 ? rc : jsp_remove_items(transaction, entry->id);
    return rc != 0 ? rc : jsp_workers_forget(transaction, entry->id);
}

void jsp_remove_uncount(jsp_counters *counters, const jsp_entry *entry)
{
    counters->count--;
    counters->json_bytes -= entry->length;
    counters->id_digits -= jsp_entry_id_length(entry);
}

js_result js_transaction_remove(js_transaction *transaction, uint64_t id, js_removal removal,
                                js_error *error)
{
    jsp_entry entry;
    uint64_t usn;
    js_result result = jsp_transaction_check(transaction, error);
    if (result != JS_OK) {
        return result;
    }
    result = jsp_naming_find(transaction, id, &entry, error);
    if (result == JS_OK && removal == JS_REMOVE_FINISHED && jsp_status_is_running(entry.status)) {
        result = still_running(transaction, id, error);
    }
    if (result == JS_OK) {
        result = jsp_transaction_next_usn(transaction, &usn, error);
    }
    if (result != JS_OK) {
        return result;
    }
    int rc = jsp_remove_session(transaction, &entry);
    rc = rc != 0 ? rc : jsp_tombstone_put_now(transaction, id, entry.usn, usn);
    if (rc != 0) {
        return jsp_transaction_break(transaction, error, rc, "remove a session");
    }
    jsp_remove_uncount(&transaction->counters, &entry);
    transaction->counters.last_usn = usn;
    return JS_OK;
}

js_result js_remove(js_database *database, uint64_t id, js_removal removal, js_error *error)
{
    js_transaction *transaction;
    js_result result = js_transaction_begin(database, &transaction, error);
    if (result != JS_OK) {
        return result;
    }
    result = js_transaction_remove(transaction, id, removal, error);
    return jsp_transaction_end(transaction, result, error);
}
