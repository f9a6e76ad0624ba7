/* SPDX-License-Identifier: Apache-2.0 */
/* js_append(): an item behind the others of a session's log or lists. */
#include "write/append.h"

#include "base/error.h"
#include "write/mistaken.h"
#include "write/parse.h"
#include "write/schema.h"
#include "write/workers.h"

/* The number of the last item of a list, as far as it has been written. */
static int last_written(js_transaction *transaction, MDB_cursor *cursor, uint64_t session,
                        unsigned kind, uint64_t *number)
{
    unsigned char end[JSP_ITEM_KEY_SIZE];
    MDB_val key = {sizeof(end), end};
    MDB_val value;
    jsp_item_key_pack(end, &(jsp_item_place){session, kind, UINT64_MAX});
    int rc = jsp_checked_reach(&transaction->checked, JSP_TABLE_ITEMS, &key, NULL,
                               JSP_GUARD_AROUND | JSP_GUARD_LAST);
    if (rc != 0) {
        return rc;
    }
    rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    rc = mdb_cursor_get(cursor, &key, &value, rc == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
    *number = rc == 0 ? jsp_item_last_number(key.mv_data, key.mv_size, end) : 0;
    return rc == MDB_NOTFOUND ? 0 : rc;
}

int jsp_append_item(js_transaction *transaction, const jsp_item_place *place, bool last)
{
    const jsp_text *text = &transaction->text;
    unsigned char bytes[JSP_ITEM_KEY_SIZE];
    MDB_val key = {sizeof(bytes), bytes};
    MDB_val value = {JSP_ITEM_SEAL_SIZE + text->length, NULL};
    jsp_item_key_pack(bytes, place);
    int rc = jsp_checked_put(&transaction->checked, JSP_TABLE_ITEMS, &key, &value,
                             MDB_RESERVE | (last ? MDB_APPEND : 0));
    if (rc == 0) {
        jsp_item_seal(value.mv_data, bytes, text->data, text->length);
    }
    return rc;
}

static int append(js_transaction *transaction, uint64_t session, js_item_kind kind)
{
    uint64_t number;
    MDB_cursor *cursor;
    int rc = mdb_cursor_open(transaction->checked.txn,
                             transaction->database->tables[JSP_TABLE_ITEMS], &cursor);
    if (rc != 0) {
        return rc;
    }
    rc = last_written(transaction, cursor, session, kind, &number);
    mdb_cursor_close(cursor);
    jsp_item_place place = {session, kind, number + 1};
    return rc != 0 ? rc : jsp_append_item(transaction, &place, false);
}

js_result js_transaction_append(js_transaction *transaction, uint64_t id, js_item_kind kind,
                                const char *json, size_t length, js_error *error)
{
    jsp_entry entry;
    json_t *item;
    js_result result = jsp_transaction_check(transaction, error);
    if (result != JS_OK) {
        return result;
    }
    if (js_item_list(kind) == NULL) {
        return jsp_fail(error, JS_INVALID, "there is no such list of items (js_item_kind %d)",
                        (int)kind);
    }
    result = jsp_naming_find(transaction, id, &entry, error);
    if (result != JS_OK) {
        return result;
    }
    result = jsp_parse_object(json, length, &item, error);
    if (result != JS_OK) {
        return result;
    }
    result = jsp_mistaken_names(item, jsp_schema_item_members(kind), error);
    if (result == JS_OK) {
        result = jsp_schema_write_item(item, kind, &transaction->text, error);
    }
    json_decref(item);
    if (result != JS_OK) {
        return result;
    }
    int rc = append(transaction, id, kind);
    rc = rc != 0 ? rc : jsp_workers_hear(transaction, &entry);
    if (rc != 0) {
        return jsp_transaction_break(transaction, error, rc, "append an item");
    }
    transaction->counters.revision++;
    return JS_OK;
}

js_result js_append(js_database *database, uint64_t id, js_item_kind kind, const char *json,
                    size_t length, js_error *error)
{
    js_transaction *transaction;
    js_result result = js_transaction_begin(database, &transaction, error);
    if (result != JS_OK) {
        return result;
    }
    result = js_transaction_append(transaction, id, kind, json, length, error);
    return jsp_transaction_end(transaction, result, error);
}
