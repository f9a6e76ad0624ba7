/* SPDX-License-Identifier: Apache-2.0 */
/* js_transaction_import(): a session as it was exported, with its id and usn. */
#include <inttypes.h>

#include "base/bytes.h"
#include "base/error.h"
#include "format/change.h"
#include "write/incoming.h"
#include "write/schema.h"

/* An imported session's own usn, unless another session has it. */
static js_result keep_usn(jsp_incoming *incoming, js_transaction *transaction, js_error *error)
{
    bool given;
    unsigned char usn[8];
    MDB_val key = {sizeof(usn), usn};
    MDB_val value;
    js_result result = jsp_schema_usn(incoming->session, &given, &incoming->facts.usn, error);
    if (result != JS_OK) {
        return result;
    }
    if (!given) {
        return jsp_transaction_next_usn(transaction, &incoming->facts.usn, error);
    }
    jsp_put_be64(usn, incoming->facts.usn);
    int rc =
        mdb_get(transaction->txn, transaction->database->tables[JSP_TABLE_CHANGES], &key, &value);
    if (rc == MDB_NOTFOUND) {
        return JS_OK;
    }
    if (rc != 0 || value.mv_size != JSP_CHANGE_SIZE) {
        return jsp_transaction_break(transaction, error, rc != 0 ? rc : MDB_CORRUPTED,
                                     "look a usn up");
    }
    uint64_t owner = jsp_change_id(value.mv_data);
    if (owner == incoming->facts.id) {
        return JS_OK;
    }
    result = jsp_refuse(error, "usn",
                        "%" PRIu64 " belongs to session %" PRIu64 "; leave it out to get a new one",
                        incoming->facts.usn, owner);
    if (error != NULL) {
        error->result = JS_CONFLICT;
    }
    return result == JS_INVALID ? JS_CONFLICT : result;
}

js_result js_transaction_import(js_transaction *transaction, const char *json, size_t length,
                                uint64_t *id, js_error *error)
{
    jsp_incoming incoming;
    js_result result = jsp_incoming_read(&incoming, transaction, json, length, error);
    if (result == JS_OK) {
        result = keep_usn(&incoming, transaction, error);
    }
    if (result == JS_OK) {
        result = jsp_incoming_store(&incoming, transaction, error);
    }
    if (result == JS_OK && id != NULL) {
        *id = incoming.facts.id;
    }
    jsp_incoming_free(&incoming);
    return result;
}
