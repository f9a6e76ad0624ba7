/* SPDX-License-Identifier: Apache-2.0 */
/* Writing: a session's JSON becomes its record, its index entries and the counters, or nothing. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "database/index.h"
#include "lmdb/extent.h"
#include "write/patch.h"
#include "write/remove.h"
#include "write/schema.h"
#include "write/transaction.h"

/* A session on its way in. */
struct change {
    json_t *session;
    jsp_facts facts;
    bool exists;
    jsp_entry before; /* when it exists */
};

js_result jsp_transaction_break(js_transaction *transaction, js_error *error, int rc,
                                const char *doing)
{
    transaction->broken = true;
    return jsp_database_fail(transaction->database, error, rc, doing);
}

/* Begin to write, though another process may just have grown the map. */
static js_result begin(js_transaction *transaction, js_error *error)
{
    js_database *database = transaction->database;
    int rc = mdb_txn_begin(database->env, NULL, 0, &transaction->txn);
    if (rc == MDB_MAP_RESIZED) {
        js_result result = jsp_database_adopt_map(database, error);
        if (result != JS_OK) {
            return result;
        }
        rc = mdb_txn_begin(database->env, NULL, 0, &transaction->txn);
    }
    if (rc != 0) {
        return jsp_database_fail(database, error, rc, "begin to write");
    }
    jsp_database_clear_readers(database);
    const char *damage = jsp_database_counters(database, transaction->txn, &transaction->counters);
    if (damage != NULL) {
        return jsp_fail(error, JS_DAMAGED,
                        "%s: %s; export what is left, restore the database from it",
                        database->directory, damage);
    }
    rc = mdb_cursor_open(transaction->txn, database->tables[JSP_TABLE_INDEX], &transaction->index);
    return rc == 0 ? JS_OK : jsp_database_fail(database, error, rc, "begin to write");
}

js_result jsp_transaction_check(const js_transaction *transaction, js_error *error)
{
    return transaction->broken ? jsp_fail(error, JS_SYSTEM,
                                          "%s: an earlier call in the transaction failed; abort it",
                                          transaction->database->directory)
                               : JS_OK;
}

js_result js_transaction_begin(js_database *database, js_transaction **transaction, js_error *error)
{
    *transaction = NULL;
    if (database->mode != JS_WRITE) {
        return jsp_fail(error, JS_FORBIDDEN, "%s: opened for reading only", database->directory);
    }
    js_transaction *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return jsp_fail(error, JS_SYSTEM, "%s: out of memory", database->directory);
    }
    made->database = database;
    js_result result = begin(made, error);
    if (result != JS_OK) {
        js_transaction_abort(made);
        return result;
    }
    *transaction = made;
    return JS_OK;
}

static void dispose(js_transaction *transaction)
{
    jsp_text_free(&transaction->text);
    free(transaction);
}

void js_transaction_abort(js_transaction *transaction)
{
    if (transaction == NULL) {
        return;
    }
    if (transaction->txn != NULL) {
        mdb_txn_abort(transaction->txn); /* closes the cursor, too */
    }
    dispose(transaction);
}

js_result js_transaction_commit(js_transaction *transaction, js_error *error)
{
    js_database *database = transaction->database;
    if (transaction->broken) {
        js_transaction_abort(transaction);
        return jsp_fail(error, JS_SYSTEM,
                        "%s: an earlier call in the transaction failed; nothing of it was kept",
                        database->directory);
    }
    int rc = jsp_database_set_counters(database, transaction->txn, &transaction->counters);
    if (rc != 0) {
        js_transaction_abort(transaction);
        return jsp_database_fail(database, error, rc, "write the counters");
    }
    rc = mdb_txn_commit(transaction->txn);
    dispose(transaction);
    if (rc != 0) {
        return jsp_database_fail(database, error, rc, "commit");
    }
    jsp_extent_keep(database);
    return JS_OK;
}

/* Which id the session gets, and what stands under it. */
static js_result find_place(js_transaction *transaction, struct change *change, js_error *error)
{
    bool given;
    js_result result = jsp_schema_id(change->session, &given, &change->facts.id, error);
    if (result != JS_OK) {
        return result;
    }
    if (!given) {
        if (transaction->counters.last_id == UINT64_MAX) {
            return jsp_refuse(error, "id", "the highest id is taken; give one");
        }
        change->facts.id = transaction->counters.last_id + 1;
        return JS_OK;
    }
    int rc = jsp_index_find_written(transaction->index, change->facts.id, &change->before);
    change->exists = rc == 0;
    return rc == 0 || rc == MDB_NOTFOUND
               ? JS_OK
               : jsp_transaction_break(transaction, error, rc, "look a session up");
}

js_result jsp_transaction_find(js_transaction *transaction, uint64_t id, jsp_entry *entry,
                               js_error *error)
{
    int rc = jsp_index_find_written(transaction->index, id, entry);
    if (rc == MDB_NOTFOUND) {
        return jsp_fail(error, JS_NOT_FOUND, "%s: there is no session \"%" PRIu64 "\"",
                        transaction->database->directory, id);
    }
    return rc == 0 ? JS_OK : jsp_transaction_break(transaction, error, rc, "look a session up");
}

js_result jsp_transaction_next_usn(js_transaction *transaction, uint64_t *usn, js_error *error)
{
    if (transaction->counters.last_usn >= INT64_MAX) {
        return jsp_fail(error, JS_FULL, "%s: all usns are used up; export, and import without usn",
                        transaction->database->directory);
    }
    *usn = transaction->counters.last_usn + 1;
    return JS_OK;
}

static js_result next_usn(js_transaction *transaction, struct change *change, js_error *error)
{
    return jsp_transaction_next_usn(transaction, &change->facts.usn, error);
}

/* An imported session's own usn, unless another session has it. */
static js_result keep_usn(js_transaction *transaction, struct change *change, js_error *error)
{
    bool given;
    unsigned char usn[8];
    MDB_val key = {sizeof(usn), usn};
    MDB_val value;
    js_result result = jsp_schema_usn(change->session, &given, &change->facts.usn, error);
    if (result != JS_OK) {
        return result;
    }
    if (!given) {
        return next_usn(transaction, change, error);
    }
    jsp_put_be64(usn, change->facts.usn);
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
    if (owner == change->facts.id) {
        return JS_OK;
    }
    result = jsp_refuse(error, "usn",
                        "%" PRIu64 " belongs to session %" PRIu64 "; leave it out to get a new one",
                        change->facts.usn, owner);
    if (error != NULL) {
        error->result = JS_CONFLICT;
    }
    return result == JS_INVALID ? JS_CONFLICT : result;
}

/* Put the patch on what is stored; a new session is a patch on nothing. */
static js_result apply_patch(js_transaction *transaction, struct change *change, js_error *error)
{
    json_t *stored = NULL;
    if (change->exists) {
        unsigned char id[8];
        MDB_val key = {sizeof(id), id};
        MDB_val value;
        jsp_put_be64(id, change->facts.id);
        int rc = mdb_get(transaction->txn, transaction->database->tables[JSP_TABLE_SESSIONS], &key,
                         &value);
        const char *damage =
            rc != 0 ? mdb_strerror(rc)
                    : jsp_record_damage(change->facts.id, value.mv_data, value.mv_size);
        if (damage != NULL) {
            return jsp_fail(error, JS_INVALID,
                            "session %" PRIu64 " is damaged on disk (%s); import it anew",
                            change->facts.id, damage);
        }
        js_result result = jsp_schema_parse((const char *)value.mv_data + JSP_RECORD_HEADER,
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
    js_result result = jsp_patch(stored, change->session, error);
    json_decref(change->session);
    change->session = stored;
    return result;
}

/* The code of a type, a new one when it has none yet. */
static js_result type_code(js_transaction *transaction, const char *type, uint16_t *code,
                           js_error *error)
{
    MDB_dbi types = transaction->database->tables[JSP_TABLE_TYPES];
    MDB_val key = {strlen(type), (void *)type};
    MDB_val value;
    MDB_stat stat;
    unsigned char bytes[2];
    int rc = mdb_get(transaction->txn, types, &key, &value);
    if (rc == 0 && value.mv_size == sizeof(bytes)) {
        *code = jsp_get_le16(value.mv_data);
        return JS_OK;
    }
    if (rc != MDB_NOTFOUND) {
        return jsp_transaction_break(transaction, error, rc != 0 ? rc : MDB_CORRUPTED,
                                     "look a type up");
    }
    rc = mdb_stat(transaction->txn, types, &stat);
    if (rc != 0) {
        return jsp_transaction_break(transaction, error, rc, "count the types");
    }
    if (stat.ms_entries >= UINT16_MAX) {
        return jsp_refuse(error, "type", "the database knows %u types already and takes no more",
                          UINT16_MAX);
    }
    *code = (uint16_t)(stat.ms_entries + 1);
    jsp_put_le16(bytes, *code);
    value = (MDB_val){sizeof(bytes), bytes};
    rc = mdb_put(transaction->txn, types, &key, &value, MDB_NOOVERWRITE);
    return rc == 0 ? JS_OK : jsp_transaction_break(transaction, error, rc, "enter a type");
}

static int write_record(js_transaction *transaction, const jsp_facts *facts, bool last)
{
    const jsp_text *text = &transaction->text;
    unsigned char id[8];
    MDB_val key = {sizeof(id), id};
    MDB_val value = {JSP_RECORD_HEADER + text->length, NULL};
    jsp_put_be64(id, facts->id);
    int rc = mdb_put(transaction->txn, transaction->database->tables[JSP_TABLE_SESSIONS], &key,
                     &value, MDB_RESERVE | (last ? MDB_APPEND : 0));
    if (rc == 0) {
        jsp_record_seal(value.mv_data, facts, text->data, text->length);
    }
    return rc;
}

static int write_change(js_transaction *transaction, const struct change *change)
{
    MDB_dbi changes = transaction->database->tables[JSP_TABLE_CHANGES];
    unsigned char usn[8];
    unsigned char bytes[JSP_CHANGE_SIZE];
    MDB_val key = {sizeof(usn), usn};
    MDB_val value = {sizeof(bytes), bytes};
    int rc = 0;
    if (change->exists) {
        jsp_put_be64(usn, change->before.usn);
        rc = mdb_del(transaction->txn, changes, &key, NULL);
    }
    jsp_put_be64(usn, change->facts.usn);
    jsp_change_pack(bytes, change->facts.id, false);
    bool last = change->facts.usn > transaction->counters.last_usn;
    return rc != 0 ? rc : mdb_put(transaction->txn, changes, &key, &value, last ? MDB_APPEND : 0);
}

static void count(jsp_counters *counters, const struct change *change, size_t length)
{
    const jsp_facts *facts = &change->facts;
    if (change->exists) {
        counters->json_bytes -= change->before.length;
    } else {
        counters->count++;
        counters->id_digits += jsp_id_digits(facts->id);
    }
    counters->json_bytes += length;
    counters->last_id = facts->id > counters->last_id ? facts->id : counters->last_id;
    if (facts->usn > counters->last_usn) {
        counters->last_usn = facts->usn;
    } else { /* an import with a usn of its own: the last usn does not tell that there was a change */
        counters->revision++;
    }
}

static js_result store(js_transaction *transaction, struct change *change, js_error *error)
{
    const char *type = NULL;
    jsp_entry entry;
    jsp_facts *facts = &change->facts;
    js_result result = jsp_schema_write(change->session, facts, &type, &transaction->text, error);
    if (result == JS_OK && type != NULL) {
        result = type_code(transaction, type, &facts->type, error);
    }
    if (result != JS_OK) {
        return result;
    }
    bool last = facts->id > transaction->counters.last_id;
    jsp_entry_make(&entry, facts, transaction->text.length);
    int rc = change->exists ? 0 : jsp_remove_tombstone(transaction, facts->id);
    rc = rc != 0 ? rc : write_record(transaction, facts, last);
    rc = rc != 0 ? rc : write_change(transaction, change);
    if (rc == 0) {
        rc = change->exists ? jsp_index_replace(transaction->database, transaction->index,
                                                &change->before, &entry)
                            : jsp_index_add(transaction->database, transaction->txn, &entry, last);
    }
    if (rc != 0) {
        return jsp_transaction_break(transaction, error, rc, "write a session");
    }
    count(&transaction->counters, change, transaction->text.length);
    return JS_OK;
}

typedef js_result step(js_transaction *transaction, struct change *change, js_error *error);

/* What put and import have in common; `first` and `second` are where they differ. */
static js_result write_session(js_transaction *transaction, const char *json, size_t length,
                               step *first, step *second, uint64_t *id, js_error *error)
{
    struct change change = {0};
    js_result result = jsp_transaction_check(transaction, error);
    if (result != JS_OK) {
        return result;
    }
    result = jsp_schema_parse(json, length, &change.session, error);
    if (result != JS_OK) {
        return result;
    }
    result = find_place(transaction, &change, error);
    result = result == JS_OK ? first(transaction, &change, error) : result;
    result = result == JS_OK && second != NULL ? second(transaction, &change, error) : result;
    result = result == JS_OK ? store(transaction, &change, error) : result;
    json_decref(change.session);
    if (result == JS_OK && id != NULL) {
        *id = change.facts.id;
    }
    return result;
}

js_result js_transaction_put(js_transaction *transaction, const char *json, size_t length,
                             uint64_t *id, js_error *error)
{
    return write_session(transaction, json, length, next_usn, apply_patch, id, error);
}

js_result js_transaction_import(js_transaction *transaction, const char *json, size_t length,
                                uint64_t *id, js_error *error)
{
    return write_session(transaction, json, length, keep_usn, NULL, id, error);
}

js_result jsp_transaction_end(js_transaction *transaction, js_result result, js_error *error)
{
    if (result != JS_OK) {
        js_transaction_abort(transaction);
        return result;
    }
    return js_transaction_commit(transaction, error);
}

js_result js_put(js_database *database, const char *json, size_t length, uint64_t *id,
                 js_error *error)
{
    js_transaction *transaction;
    js_result result = js_transaction_begin(database, &transaction, error);
    if (transaction == NULL) {
        return result;
    }
    result = js_transaction_put(transaction, json, length, id, error);
    return jsp_transaction_end(transaction, result, error);
}
