/* SPDX-License-Identifier: Apache-2.0 */
#include "write/incoming.h"

#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/invariant.h"
#include "format/change.h"
#include "write/counts.h"
#include "write/index_write.h"
#include "write/parse.h"
#include "write/schema.h"
#include "write/tombstone.h"
#include "write/types.h"

js_result jsp_incoming_take_next_id(jsp_incoming *incoming, js_transaction *transaction,
                                    js_error *error)
{
    if (transaction->counters.last_id == UINT64_MAX) {
        return jsp_refuse(error, "id",
                          "the highest id is taken; give one, or mend that: jobsessions renumber");
    }
    incoming->facts.id = transaction->counters.last_id + 1;
    incoming->facts.has_uuid = incoming->is_new_name = false;
    incoming->is_id_given = incoming->exists = false;
    return JS_OK;
}

jsp_name jsp_incoming_name(const jsp_incoming *incoming)
{
    jsp_name name;
    unsigned length = JSP_UUID_TEXT;
    if (incoming->facts.has_uuid) {
        jsp_uuid_format(incoming->facts.uuid, name.text);
    } else {
        length = jsp_id_format(incoming->facts.id, name.text);
    }
    name.text[length] = '\0';
    return name;
}

/* A uuid has the number it was given when it came first, or gets the next. */
static js_result find_number(jsp_incoming *incoming, js_transaction *transaction, js_error *error)
{
    jsp_facts *facts = &incoming->facts;
    if (transaction->database->format < JSP_FORMAT_2) {
        return jsp_refuse(error, "id",
                          "a database of format 1 has no uuids; run `jobsessions upgrade` first");
    }
    int rc = jsp_naming_number(transaction, facts->uuid, &facts->id);
    if (rc == MDB_NOTFOUND && transaction->counters.last_id == UINT64_MAX) {
        return jsp_refuse(error, "id", "the highest number is taken, and a uuid needs one");
    }
    incoming->is_new_name = rc == MDB_NOTFOUND;
    if (incoming->is_new_name) {
        facts->id = transaction->counters.last_id + 1;
    }
    return rc == 0 || rc == MDB_NOTFOUND
               ? JS_OK
               : jsp_transaction_break(transaction, error, rc, "look a uuid up");
}

/* A number that stands for a uuid is no id. */
static js_result check_number(const jsp_incoming *incoming, js_transaction *transaction,
                              js_error *error)
{
    uint8_t uuid[JSP_UUID_SIZE];
    int rc = jsp_naming_uuid(transaction, incoming->facts.id, uuid);
    if (rc == 0) {
        return jsp_refuse(error, "id",
                          "the number %s is taken by session %s, which came when it was the next; "
                          "give another one, or none",
                          jsp_incoming_name(incoming).text,
                          jsp_naming_of(transaction, incoming->facts.id).text);
    }
    return rc == MDB_NOTFOUND ? JS_OK
                              : jsp_transaction_break(transaction, error, rc, "look an id up");
}

/* Which id the session gets, and what stands under it. */
static js_result find_place(jsp_incoming *incoming, js_transaction *transaction, js_error *error)
{
    js_result result =
        jsp_schema_id(incoming->session, &incoming->is_id_given, &incoming->facts, error);
    if (result == JS_OK && incoming->is_id_given) {
        result = incoming->facts.has_uuid ? find_number(incoming, transaction, error)
                                          : check_number(incoming, transaction, error);
    }
    if (result != JS_OK) {
        return result;
    }
    if (!incoming->is_id_given) {
        return jsp_incoming_take_next_id(incoming, transaction, error);
    }
    int rc = jsp_index_write_find(&transaction->checked, transaction->index, incoming->facts.id,
                                  &incoming->before);
    incoming->exists = rc == 0;
    return rc == 0 || rc == MDB_NOTFOUND
               ? JS_OK
               : jsp_transaction_break(transaction, error, rc, "look a session up");
}

js_result jsp_incoming_read(jsp_incoming *incoming, js_transaction *transaction, const char *json,
                            size_t length, js_error *error)
{
    memset(incoming, 0, sizeof(*incoming));
    js_result result = jsp_transaction_check(transaction, error);
    if (result != JS_OK) {
        return result;
    }
    result = jsp_parse_object(json, length, &incoming->session, error);
    return result == JS_OK ? find_place(incoming, transaction, error) : result;
}

void jsp_incoming_free(jsp_incoming *incoming)
{
    json_decref(incoming->session);
    incoming->session = NULL;
}

static int write_record(js_transaction *transaction, const jsp_facts *facts, bool last,
                        uint32_t *seal)
{
    const jsp_text *text = &transaction->text;
    unsigned char id[8];
    MDB_val key = {sizeof(id), id};
    MDB_val value = {JSP_RECORD_HEADER + text->length, NULL};
    jsp_put_be64(id, facts->id);
    int rc = jsp_checked_put(&transaction->checked, JSP_TABLE_SESSIONS, &key, &value,
                             MDB_RESERVE | (last ? MDB_APPEND : 0));
    if (rc == 0) {
        *seal = jsp_record_seal(value.mv_data, facts, text->data, text->length);
        JSP_INVARIANT(1, jsp_record_damage(facts->id, value.mv_data, value.mv_size) == NULL);
    }
    return rc;
}

static int write_change(js_transaction *transaction, const jsp_incoming *incoming)
{
    unsigned char usn[8];
    unsigned char bytes[JSP_CHANGE_SIZE];
    MDB_val key = {sizeof(usn), usn};
    MDB_val value = {sizeof(bytes), bytes};
    int rc = 0;
    if (incoming->exists) {
        jsp_put_be64(usn, incoming->before.usn);
        rc = jsp_checked_remove(&transaction->checked, JSP_TABLE_CHANGES, &key, NULL);
    }
    jsp_put_be64(usn, incoming->facts.usn);
    jsp_change_pack(bytes,
                    &(jsp_change){.id = incoming->facts.id, .has_uuid = incoming->facts.has_uuid});
    bool last = incoming->facts.usn > transaction->counters.last_usn;
    return rc != 0 ? rc
                   : jsp_checked_put(&transaction->checked, JSP_TABLE_CHANGES, &key, &value,
                                     last ? MDB_APPEND : 0);
}

static void count(jsp_counters *counters, const jsp_incoming *incoming, size_t length)
{
    const jsp_facts *facts = &incoming->facts;
    if (incoming->exists) {
        counters->json_bytes -= incoming->before.length;
    } else {
        counters->count++;
        counters->id_digits += jsp_entry_id_length(&incoming->entry);
    }
    counters->json_bytes += length;
    counters->last_id = facts->id > counters->last_id ? facts->id : counters->last_id;
    if (facts->usn > counters->last_usn) {
        counters->last_usn = facts->usn;
    } else { /* an import with a usn of its own: the last usn does not tell that there was a change */
        counters->revision++;
    }
    JSP_INVARIANT(3, counters->last_usn >= facts->usn && counters->last_id >= facts->id);
}

js_result jsp_incoming_check(jsp_incoming *incoming, js_transaction *transaction, js_error *error)
{
    const char *type = NULL;
    jsp_facts *facts = &incoming->facts;
    js_result result = jsp_schema_write(incoming->session, facts, &type, &transaction->text, error);
    if (result == JS_OK && type != NULL) {
        result = jsp_types_code(transaction, type, &facts->type, error);
    }
    if (result == JS_OK) {
        jsp_entry_make(&incoming->entry, facts, transaction->text.length);
    }
    return result;
}

static int write_entry(const jsp_incoming *incoming, js_transaction *transaction, bool last)
{
    return incoming->exists ? jsp_index_write_replace(&transaction->checked, transaction->index,
                                                      &incoming->before, &incoming->entry)
                            : jsp_index_write_add(&transaction->checked, &incoming->entry, last);
}

/* Everything but the counters. */
static int write_everywhere(jsp_incoming *incoming, js_transaction *transaction)
{
    const jsp_facts *facts = &incoming->facts;
    bool last = facts->id > transaction->counters.last_id;
    uint32_t seal = 0;
    int rc = incoming->exists ? 0 : jsp_tombstone_take_away(transaction, facts->id);
    rc = rc != 0 ? rc : write_record(transaction, facts, last, &seal);
    incoming->entry.seal = transaction->database->format < JSP_FORMAT_2 ? 0 : seal;
    rc = rc != 0 ? rc : write_change(transaction, incoming);
    if (rc == 0 && incoming->is_new_name) {
        rc = jsp_naming_put(transaction, facts->uuid, facts->id);
    }
    return rc != 0 ? rc : write_entry(incoming, transaction, last);
}

js_result jsp_incoming_write(jsp_incoming *incoming, js_transaction *transaction, js_error *error)
{
    const jsp_text *text = &transaction->text;
    jsp_count before;
    jsp_count after;
    int rc = incoming->exists ? jsp_counts_of_stored(transaction, &incoming->before, &before) : 0;
    rc = rc != 0 ? rc : write_everywhere(incoming, transaction);
    if (rc == 0) {
        jsp_counts_of(&after, &incoming->facts, (jsp_slice){text->data, text->length});
        rc = jsp_counts_replace(transaction, incoming->exists ? &before : NULL, &after);
    }
    if (rc != 0) {
        return jsp_transaction_break(transaction, error, rc, "write a session");
    }
    count(&transaction->counters, incoming, text->length);
    return JS_OK;
}
