/* SPDX-License-Identifier: Apache-2.0 */
/* js_transaction_import(): a session as it was exported, with its id and usn. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/error.h"
#include "format/change.h"
#include "write/incoming.h"
#include "write/mistaken.h"
#include "write/remove.h"
#include "write/schema.h"
#include "write/tombstone.h"
#include "write/workers.h"

/* As jsp_refuse(), for what belongs to another session. */
__attribute__((format(printf, 3, 4))) static js_result conflict(js_error *error, const char *member,
                                                                const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    (void)jsp_refuse(error, member, "%s", text);
    if (error != NULL) {
        error->result = JS_CONFLICT;
    }
    return JS_CONFLICT;
}

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
    if (incoming->facts.usn > JS_GIVEN_USN_MAX) {
        return jsp_refuse(error, "usn",
                          "%" PRIu64 " is above %" PRIu64
                          ", the highest that JavaScript holds; leave it out to get a new one",
                          incoming->facts.usn, JS_GIVEN_USN_MAX);
    }
    jsp_put_be64(usn, incoming->facts.usn);
    int rc = jsp_checked_get(&transaction->checked, JSP_TABLE_CHANGES, &key, &value);
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
    if (jsp_change_is_mark(value.mv_data)) {
        return conflict(error, "usn",
                        "%" PRIu64 " was that of a removal; leave it out to get a new one",
                        incoming->facts.usn);
    }
    return conflict(error, "usn",
                    "%" PRIu64 " belongs to session %s; leave it out to get a new one",
                    incoming->facts.usn, jsp_naming_of(transaction, owner).text);
}

/* Whether it is what an export has in the place of a damaged record. (One that had nothing but its id and usn
 * is too short for the mark, and has nothing to lose.) */
static bool is_placeholder(const json_t *session)
{
    return json_is_true(json_object_get(session, "damaged"));
}

static js_result refuse_placeholder(const jsp_incoming *incoming, js_error *error)
{
    return jsp_fail(error, JS_INVALID,
                    "session %s: it stands in the place of a damaged record, and is left out; "
                    "take the session from a backup or an earlier export",
                    jsp_incoming_name(incoming).text);
}

/* The usn that a list of changes gives a removal; the next one where that is taken, or older than what is stored:
 * the session is removed in any case. */
static js_result find_removal_usn(jsp_incoming *incoming, js_transaction *transaction,
                                  uint64_t before, js_error *error)
{
    js_result result = keep_usn(incoming, transaction, error);
    return result == JS_CONFLICT || (result == JS_OK && incoming->facts.usn < before)
               ? jsp_transaction_next_usn(transaction, &incoming->facts.usn, error)
               : result;
}

static js_result write_removal(const jsp_incoming *incoming, js_transaction *transaction,
                               uint64_t before, js_error *error)
{
    uint64_t id = incoming->facts.id;
    uint64_t usn = incoming->facts.usn;
    jsp_counters *counters = &transaction->counters;
    int rc = incoming->is_new_name ? jsp_naming_put(transaction, incoming->facts.uuid, id) : 0;
    rc = rc == 0 && incoming->exists ? jsp_remove_session(transaction, &incoming->before) : rc;
    rc = rc != 0 ? rc : jsp_tombstone_put_now(transaction, id, before, usn);
    if (rc != 0) {
        return jsp_transaction_break(transaction, error, rc, "remove a session");
    }
    if (incoming->exists) {
        jsp_remove_uncount(counters, &incoming->before);
    }
    counters->last_id = id > counters->last_id ? id : counters->last_id;
    counters->last_usn = usn > counters->last_usn ? usn : counters->last_usn;
    counters->revision++;
    return JS_OK;
}

/* An element of a list of changes: the session was removed. */
static js_result import_removal(jsp_incoming *incoming, js_transaction *transaction,
                                js_error *error)
{
    uint64_t before = incoming->before.usn;
    int rc = incoming->exists ? 0 : jsp_tombstone_find(transaction, incoming->facts.id, &before);
    bool is_new = rc == MDB_NOTFOUND;
    if (rc != 0 && !is_new) {
        return jsp_transaction_break(transaction, error, rc, "look for a tombstone");
    }
    js_result result = find_removal_usn(incoming, transaction, is_new ? 0 : before, error);
    return result == JS_OK
               ? write_removal(incoming, transaction, is_new ? JSP_TOMBSTONE_NEW : before, error)
               : result;
}

/* The same session is one of the same type that began at the same time. */
static bool is_same(const jsp_incoming *incoming)
{
    return incoming->entry.type == incoming->before.type
           && incoming->entry.start == incoming->before.start;
}

/* What stands under the id gives way, or not. */
static js_result check_replaced(const jsp_incoming *incoming, js_transaction *transaction,
                                js_import_mode mode, js_error *error)
{
    if (!incoming->exists || is_same(incoming)) {
        return JS_OK;
    }
    if (mode != JS_IMPORT_MERGE) {
        return conflict(error, "id",
                        "%s belongs to another session here, of another type or start time; "
                        "say whether it is to be replaced (--merge), or the import is to get new "
                        "ids (--new-ids)",
                        jsp_incoming_name(incoming).text);
    }
    int rc = jsp_remove_items(transaction, incoming->facts.id);
    return rc == 0 ? JS_OK
                   : jsp_transaction_break(transaction, error, rc, "remove a session's items");
}

/* Under its own id and usn, or under new ones. */
static js_result find_numbers(jsp_incoming *incoming, js_transaction *transaction,
                              js_import_mode mode, js_error *error)
{
    js_result result;
    if (mode == JS_IMPORT_NEW_IDS) {
        result = jsp_incoming_take_next_id(incoming, transaction, error);
        if (result == JS_OK) {
            result = jsp_transaction_next_usn(transaction, &incoming->facts.usn, error);
        }
    } else {
        result = jsp_mistaken_id(incoming, error);
        result = result == JS_OK ? keep_usn(incoming, transaction, error) : result;
    }
    return result;
}

static js_result import_session(jsp_incoming *incoming, js_transaction *transaction,
                                js_import_mode mode, js_error *error)
{
    js_result result = find_numbers(incoming, transaction, mode, error);
    if (result == JS_OK) {
        result = jsp_incoming_check(incoming, transaction, error);
    }
    if (result == JS_OK) {
        result = jsp_mistaken_import(incoming->session, error);
    }
    if (result == JS_OK) {
        result = check_replaced(incoming, transaction, mode, error);
    }
    result = result == JS_OK ? jsp_incoming_write(incoming, transaction, error) : result;
    if (result != JS_OK) {
        return result;
    }
    int rc = jsp_workers_forget(transaction, incoming->facts.id); /* it is another life's */
    return rc == 0 ? JS_OK : jsp_transaction_break(transaction, error, rc, "forget a worker");
}

/* An import of changes under new ids has nobody to remove. */
static js_result import_deleted(jsp_incoming *incoming, js_transaction *transaction,
                                js_import_mode mode, js_error *error)
{
    if (mode == JS_IMPORT_NEW_IDS || !incoming->is_id_given) {
        return jsp_refuse(error, "deleted",
                          "a removal needs an id, and cannot be imported under a new one");
    }
    js_result result = jsp_mistaken_id(incoming, error);
    return result == JS_OK ? import_removal(incoming, transaction, error) : result;
}

js_result js_transaction_import(js_transaction *transaction, const char *json, size_t length,
                                js_import_mode mode, bool *replaced, uint64_t *id, js_error *error)
{
    jsp_incoming incoming;
    js_result result = jsp_incoming_read(&incoming, transaction, json, length, error);
    if (result == JS_OK && is_placeholder(incoming.session)) {
        result = refuse_placeholder(&incoming, error);
    } else if (result == JS_OK && json_is_true(json_object_get(incoming.session, "deleted"))) {
        result = import_deleted(&incoming, transaction, mode, error);
    } else if (result == JS_OK) {
        result = import_session(&incoming, transaction, mode, error);
    }
    if (result == JS_OK && id != NULL) {
        *id = incoming.facts.id;
    }
    if (result == JS_OK && replaced != NULL) {
        *replaced = incoming.exists;
    }
    jsp_incoming_free(&incoming);
    return result;
}
