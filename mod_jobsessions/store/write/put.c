/* SPDX-License-Identifier: Apache-2.0 */
/* js_put(): a new session, or a merge patch on the stored one, under the next usn. js_update(): the latter alone. */
#include "base/bytes.h"
#include "base/error.h"
#include "write/incoming.h"
#include "write/mistaken.h"
#include "write/parse.h"
#include "write/patch.h"
#include "write/together.h"
#include "write/tombstone.h"
#include "write/workers.h"

/* Put the patch on what is stored; a new session is a patch on nothing. */
static js_result apply_patch(jsp_incoming *incoming, js_transaction *transaction, js_error *error)
{
    json_t *stored = NULL;
    if (incoming->exists) {
        unsigned char id[8];
        MDB_val key = {sizeof(id), id};
        MDB_val value;
        jsp_put_be64(id, incoming->facts.id);
        int rc = jsp_checked_get(&transaction->checked, JSP_TABLE_SESSIONS, &key, &value);
        if (rc != 0 && rc != MDB_NOTFOUND) {
            return jsp_transaction_break(transaction, error, rc, "look a session up");
        }
        const char *damage =
            rc != 0 ? mdb_strerror(rc)
                    : jsp_record_damage(incoming->facts.id, value.mv_data, value.mv_size);
        if (damage != NULL) {
            return jsp_fail(error, JS_INVALID, "session %s is damaged on disk (%s); import it anew",
                            jsp_incoming_name(incoming).text, damage);
        }
        js_result result = jsp_parse_object((const char *)value.mv_data + JSP_RECORD_HEADER,
                                            value.mv_size - JSP_RECORD_HEADER, &stored, error);
        if (result != JS_OK) {
            return result;
        }
    } else {
        stored = json_object();
        if (stored == NULL) {
            return jsp_fail(error, JS_SYSTEM, "out of memory");
        }
    }
    js_result result = jsp_patch(stored, incoming->session, error);
    json_decref(incoming->session);
    incoming->session = stored;
    return result;
}

/* A worker that writes once more to what was removed must not bring a stub of it back. */
static js_result check_not_removed(const jsp_incoming *incoming, js_transaction *transaction,
                                   js_error *error)
{
    uint64_t usn;
    if (incoming->exists || !incoming->is_id_given) {
        return JS_OK;
    }
    int rc = jsp_tombstone_find(transaction, incoming->facts.id, &usn);
    if (rc == 0) {
        return jsp_fail(error, JS_REMOVED,
                        "%s: session \"%s\" was removed; a late write does not bring it back, "
                        "only an import does",
                        transaction->database->directory, jsp_incoming_name(incoming).text);
    }
    return rc == MDB_NOTFOUND
               ? JS_OK
               : jsp_transaction_break(transaction, error, rc, "look for a tombstone");
}

/* What is only to be updated has to be there. */
static js_result check_exists(const jsp_incoming *incoming, js_transaction *transaction,
                              js_error *error)
{
    if (!incoming->is_id_given) {
        return jsp_refuse(error, "id", "is missing; an update says which session it is of");
    }
    return incoming->exists
               ? JS_OK
               : jsp_fail(error, JS_NOT_FOUND,
                          "%s: there is no session \"%s\", or it was removed; an update makes none",
                          transaction->database->directory, jsp_incoming_name(incoming).text);
}

static js_result write_checked(jsp_incoming *incoming, js_transaction *transaction, js_error *error)
{
    const jsp_facts *facts = &incoming->facts;
    js_result result = jsp_incoming_write(incoming, transaction, error);
    if (result != JS_OK) {
        return result;
    }
    int rc = jsp_workers_note(transaction, facts->id, facts->usn, facts->status);
    return rc == 0 ? JS_OK : jsp_transaction_break(transaction, error, rc, "note who writes");
}

/* Merge what has come into what is there, and write it. */
static js_result write(jsp_incoming *incoming, js_transaction *transaction, js_error *error)
{
    js_result result = jsp_transaction_next_usn(transaction, &incoming->facts.usn, error);
    if (result == JS_OK) {
        result = apply_patch(incoming, transaction, error);
    }
    if (result == JS_OK) {
        result = jsp_incoming_check(incoming, transaction, error);
    }
    if (result == JS_OK) {
        result = jsp_mistaken_status(incoming->session, error);
    }
    return result == JS_OK ? write_checked(incoming, transaction, error) : result;
}

/* What may stand in the way before anything is written, by what stands under the id. */
typedef js_result check_place(const jsp_incoming *incoming, js_transaction *transaction,
                              js_error *error);

static js_result put(js_transaction *transaction, const char *json, size_t length,
                     check_place *check, uint64_t *id, js_error *error)
{
    jsp_incoming incoming;
    js_result result = jsp_incoming_read(&incoming, transaction, json, length, error);
    if (result == JS_OK) {
        result = jsp_mistaken_put(&incoming, error);
    }
    if (result == JS_OK) {
        result = check(&incoming, transaction, error);
    }
    if (result == JS_OK) {
        result = write(&incoming, transaction, error);
    }
    if (result == JS_OK && id != NULL) {
        *id = incoming.facts.id;
    }
    jsp_incoming_free(&incoming);
    return result;
}

js_result js_transaction_put(js_transaction *transaction, const char *json, size_t length,
                             uint64_t *id, js_error *error)
{
    return put(transaction, json, length, check_not_removed, id, error);
}

js_result js_transaction_update(js_transaction *transaction, const char *json, size_t length,
                                uint64_t *id, js_error *error)
{
    return put(transaction, json, length, check_exists, id, error);
}

static const jsp_together_writes writes = {js_transaction_put, js_transaction_update};

js_result js_put(js_database *database, const char *json, size_t length, uint64_t *id,
                 js_error *error)
{
    return jsp_together_put(database, &writes, false, json, length, id, error);
}

js_result js_update(js_database *database, const char *json, size_t length, uint64_t *id,
                    js_error *error)
{
    return jsp_together_put(database, &writes, true, json, length, id, error);
}
