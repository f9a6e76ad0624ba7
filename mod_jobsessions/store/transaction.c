/* SPDX-License-Identifier: Apache-2.0 */
/* Writing: a session's JSON becomes its record, its index entries and the counters, or nothing. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "extent.h"
#include "index.h"
#include "patch.h"
#include "remove.h"
#include "schema.h"
#include "text.h"
#include "transaction.h"

/* A session on its way in. */
struct change {
    json_t *session;
    js_facts facts;
    bool exists;
    js_entry before; /* when it exists */
};

js_status js_transaction_break(js_transaction *transaction, js_error *error, int rc,
                               const char *doing)
{
    transaction->broken = true;
    return js_database_fail(transaction->database, error, rc, doing);
}

/* Begin to write, though another process may just have grown the map. */
static js_status begin(js_transaction *transaction, js_error *error)
{
    js_database *database = transaction->database;
    int rc = mdb_txn_begin(database->env, NULL, 0, &transaction->txn);
    if (rc == MDB_MAP_RESIZED) {
        js_status status = js_database_adopt_map(database, error);
        if (status != JS_OK) {
            return status;
        }
        rc = mdb_txn_begin(database->env, NULL, 0, &transaction->txn);
    }
    if (rc != 0) {
        return js_database_fail(database, error, rc, "begin to write");
    }
    js_database_clear_readers(database);
    const char *damage = js_database_counters(database, transaction->txn, &transaction->counters);
    if (damage != NULL) {
        return js_fail(error, JS_DAMAGED,
                       "%s: %s; export what is left, restore the database from it",
                       database->directory, damage);
    }
    rc = mdb_cursor_open(transaction->txn, database->tables[JS_INDEX], &transaction->index);
    return rc == 0 ? JS_OK : js_database_fail(database, error, rc, "begin to write");
}

js_status js_transaction_check(const js_transaction *transaction, js_error *error)
{
    return transaction->broken ? js_fail(error, JS_SYSTEM,
                                         "%s: an earlier call in the transaction failed; abort it",
                                         transaction->database->directory)
                               : JS_OK;
}

js_status js_transaction_begin(js_database *database, js_transaction **transaction, js_error *error)
{
    *transaction = NULL;
    if (database->mode != JS_WRITE) {
        return js_fail(error, JS_FORBIDDEN, "%s: opened for reading only", database->directory);
    }
    js_transaction *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return js_fail(error, JS_SYSTEM, "%s: out of memory", database->directory);
    }
    made->database = database;
    js_status status = begin(made, error);
    if (status != JS_OK) {
        js_transaction_abort(made);
        return status;
    }
    *transaction = made;
    return JS_OK;
}

static void dispose(js_transaction *transaction)
{
    js_text_free(&transaction->text);
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

js_status js_transaction_commit(js_transaction *transaction, js_error *error)
{
    js_database *database = transaction->database;
    if (transaction->broken) {
        js_transaction_abort(transaction);
        return js_fail(error, JS_SYSTEM,
                       "%s: an earlier call in the transaction failed; nothing of it was kept",
                       database->directory);
    }
    int rc = js_database_set_counters(database, transaction->txn, &transaction->counters);
    if (rc != 0) {
        js_transaction_abort(transaction);
        return js_database_fail(database, error, rc, "write the counters");
    }
    rc = mdb_txn_commit(transaction->txn);
    dispose(transaction);
    if (rc != 0) {
        return js_database_fail(database, error, rc, "commit");
    }
    js_extent_keep(database);
    return JS_OK;
}

/* Which id the session gets, and what stands under it. */
static js_status find_place(js_transaction *transaction, struct change *change, js_error *error)
{
    bool given;
    js_status status = js_schema_id(change->session, &given, &change->facts.id, error);
    if (status != JS_OK) {
        return status;
    }
    if (!given) {
        if (transaction->counters.last_id == UINT64_MAX) {
            return js_refuse(error, "id", "the highest id is taken; give one");
        }
        change->facts.id = transaction->counters.last_id + 1;
        return JS_OK;
    }
    int rc = js_index_find_written(transaction->index, change->facts.id, &change->before);
    change->exists = rc == 0;
    return rc == 0 || rc == MDB_NOTFOUND
               ? JS_OK
               : js_transaction_break(transaction, error, rc, "look a session up");
}

js_status js_transaction_find(js_transaction *transaction, uint64_t id, js_entry *entry,
                              js_error *error)
{
    int rc = js_index_find_written(transaction->index, id, entry);
    if (rc == MDB_NOTFOUND) {
        return js_fail(error, JS_NOT_FOUND, "%s: there is no session \"%" PRIu64 "\"",
                       transaction->database->directory, id);
    }
    return rc == 0 ? JS_OK : js_transaction_break(transaction, error, rc, "look a session up");
}

js_status js_transaction_next_usn(js_transaction *transaction, uint64_t *usn, js_error *error)
{
    if (transaction->counters.last_usn >= INT64_MAX) {
        return js_fail(error, JS_FULL, "%s: all usns are used up; export, and import without usn",
                       transaction->database->directory);
    }
    *usn = transaction->counters.last_usn + 1;
    return JS_OK;
}

static js_status next_usn(js_transaction *transaction, struct change *change, js_error *error)
{
    return js_transaction_next_usn(transaction, &change->facts.usn, error);
}

/* An imported session's own usn, unless another session has it. */
static js_status keep_usn(js_transaction *transaction, struct change *change, js_error *error)
{
    bool given;
    unsigned char usn[8];
    MDB_val key = {sizeof(usn), usn};
    MDB_val value;
    js_status status = js_schema_usn(change->session, &given, &change->facts.usn, error);
    if (status != JS_OK) {
        return status;
    }
    if (!given) {
        return next_usn(transaction, change, error);
    }
    js_put_be64(usn, change->facts.usn);
    int rc = mdb_get(transaction->txn, transaction->database->tables[JS_CHANGES], &key, &value);
    if (rc == MDB_NOTFOUND) {
        return JS_OK;
    }
    if (rc != 0 || value.mv_size != JS_CHANGE_SIZE) {
        return js_transaction_break(transaction, error, rc != 0 ? rc : MDB_CORRUPTED,
                                    "look a usn up");
    }
    uint64_t owner = js_change_id(value.mv_data);
    if (owner == change->facts.id) {
        return JS_OK;
    }
    status = js_refuse(error, "usn",
                       "%" PRIu64 " belongs to session %" PRIu64 "; leave it out to get a new one",
                       change->facts.usn, owner);
    if (error != NULL) {
        error->status = JS_CONFLICT;
    }
    return status == JS_INVALID ? JS_CONFLICT : status;
}

/* Put the patch on what is stored; a new session is a patch on nothing. */
static js_status apply_patch(js_transaction *transaction, struct change *change, js_error *error)
{
    json_t *stored = NULL;
    if (change->exists) {
        unsigned char id[8];
        MDB_val key = {sizeof(id), id};
        MDB_val value;
        js_put_be64(id, change->facts.id);
        int rc =
            mdb_get(transaction->txn, transaction->database->tables[JS_SESSIONS], &key, &value);
        const char *damage = rc != 0
                                 ? mdb_strerror(rc)
                                 : js_record_damage(change->facts.id, value.mv_data, value.mv_size);
        if (damage != NULL) {
            return js_fail(error, JS_INVALID,
                           "session %" PRIu64 " is damaged on disk (%s); import it anew",
                           change->facts.id, damage);
        }
        js_status status = js_schema_parse((const char *)value.mv_data + JS_RECORD_HEADER,
                                           value.mv_size - JS_RECORD_HEADER, &stored, error);
        if (status != JS_OK) {
            return status;
        }
    } else {
        stored = json_object();
        if (stored == NULL) {
            return js_fail(error, JS_SYSTEM, "out of memory");
        }
    }
    js_status status = js_patch(stored, change->session, error);
    json_decref(change->session);
    change->session = stored;
    return status;
}

/* The code of a type, a new one when it has none yet. */
static js_status type_code(js_transaction *transaction, const char *type, uint16_t *code,
                           js_error *error)
{
    MDB_dbi types = transaction->database->tables[JS_TYPES];
    MDB_val key = {strlen(type), (void *)type};
    MDB_val value;
    MDB_stat stat;
    unsigned char bytes[2];
    int rc = mdb_get(transaction->txn, types, &key, &value);
    if (rc == 0 && value.mv_size == sizeof(bytes)) {
        *code = js_get_le16(value.mv_data);
        return JS_OK;
    }
    if (rc != MDB_NOTFOUND) {
        return js_transaction_break(transaction, error, rc != 0 ? rc : MDB_CORRUPTED,
                                    "look a type up");
    }
    rc = mdb_stat(transaction->txn, types, &stat);
    if (rc != 0) {
        return js_transaction_break(transaction, error, rc, "count the types");
    }
    if (stat.ms_entries >= UINT16_MAX) {
        return js_refuse(error, "type", "the database knows %u types already and takes no more",
                         UINT16_MAX);
    }
    *code = (uint16_t)(stat.ms_entries + 1);
    js_put_le16(bytes, *code);
    value = (MDB_val){sizeof(bytes), bytes};
    rc = mdb_put(transaction->txn, types, &key, &value, MDB_NOOVERWRITE);
    return rc == 0 ? JS_OK : js_transaction_break(transaction, error, rc, "enter a type");
}

static int write_record(js_transaction *transaction, const js_facts *facts, bool last)
{
    const js_text *text = &transaction->text;
    unsigned char id[8];
    MDB_val key = {sizeof(id), id};
    MDB_val value = {JS_RECORD_HEADER + text->length, NULL};
    js_put_be64(id, facts->id);
    int rc = mdb_put(transaction->txn, transaction->database->tables[JS_SESSIONS], &key, &value,
                     MDB_RESERVE | (last ? MDB_APPEND : 0));
    if (rc == 0) {
        js_record_seal(value.mv_data, facts, text->data, text->length);
    }
    return rc;
}

static int write_change(js_transaction *transaction, const struct change *change)
{
    MDB_dbi changes = transaction->database->tables[JS_CHANGES];
    unsigned char usn[8];
    unsigned char bytes[JS_CHANGE_SIZE];
    MDB_val key = {sizeof(usn), usn};
    MDB_val value = {sizeof(bytes), bytes};
    int rc = 0;
    if (change->exists) {
        js_put_be64(usn, change->before.usn);
        rc = mdb_del(transaction->txn, changes, &key, NULL);
    }
    js_put_be64(usn, change->facts.usn);
    js_change_pack(bytes, change->facts.id, false);
    bool last = change->facts.usn > transaction->counters.last_usn;
    return rc != 0 ? rc : mdb_put(transaction->txn, changes, &key, &value, last ? MDB_APPEND : 0);
}

static void count(js_counters *counters, const struct change *change, size_t length)
{
    const js_facts *facts = &change->facts;
    if (change->exists) {
        counters->json_bytes -= change->before.length;
    } else {
        counters->count++;
        counters->id_digits += js_id_digits(facts->id);
    }
    counters->json_bytes += length;
    counters->last_id = facts->id > counters->last_id ? facts->id : counters->last_id;
    if (facts->usn > counters->last_usn) {
        counters->last_usn = facts->usn;
    } else { /* an import with a usn of its own: the last usn does not tell that there was a change */
        counters->revision++;
    }
}

static js_status store(js_transaction *transaction, struct change *change, js_error *error)
{
    const char *type = NULL;
    js_entry entry;
    js_facts *facts = &change->facts;
    js_status status = js_schema_write(change->session, facts, &type, &transaction->text, error);
    if (status == JS_OK && type != NULL) {
        status = type_code(transaction, type, &facts->type, error);
    }
    if (status != JS_OK) {
        return status;
    }
    bool last = facts->id > transaction->counters.last_id;
    js_entry_make(&entry, facts, transaction->text.length);
    int rc = change->exists ? 0 : js_unbury(transaction, facts->id);
    rc = rc != 0 ? rc : write_record(transaction, facts, last);
    rc = rc != 0 ? rc : write_change(transaction, change);
    if (rc == 0) {
        rc = change->exists ? js_index_replace(transaction->database, transaction->index,
                                               &change->before, &entry)
                            : js_index_add(transaction->database, transaction->txn, &entry, last);
    }
    if (rc != 0) {
        return js_transaction_break(transaction, error, rc, "write a session");
    }
    count(&transaction->counters, change, transaction->text.length);
    return JS_OK;
}

typedef js_status step(js_transaction *transaction, struct change *change, js_error *error);

/* What put and import have in common; `first` and `second` are where they differ. */
static js_status write_session(js_transaction *transaction, const char *json, size_t length,
                               step *first, step *second, uint64_t *id, js_error *error)
{
    struct change change = {0};
    js_status status = js_transaction_check(transaction, error);
    if (status != JS_OK) {
        return status;
    }
    status = js_schema_parse(json, length, &change.session, error);
    if (status != JS_OK) {
        return status;
    }
    status = find_place(transaction, &change, error);
    status = status == JS_OK ? first(transaction, &change, error) : status;
    status = status == JS_OK && second != NULL ? second(transaction, &change, error) : status;
    status = status == JS_OK ? store(transaction, &change, error) : status;
    json_decref(change.session);
    if (status == JS_OK && id != NULL) {
        *id = change.facts.id;
    }
    return status;
}

js_status js_transaction_put(js_transaction *transaction, const char *json, size_t length,
                             uint64_t *id, js_error *error)
{
    return write_session(transaction, json, length, next_usn, apply_patch, id, error);
}

js_status js_transaction_import(js_transaction *transaction, const char *json, size_t length,
                                uint64_t *id, js_error *error)
{
    return write_session(transaction, json, length, keep_usn, NULL, id, error);
}

js_status js_transaction_end(js_transaction *transaction, js_status status, js_error *error)
{
    if (status != JS_OK) {
        js_transaction_abort(transaction);
        return status;
    }
    return js_transaction_commit(transaction, error);
}

js_status js_put(js_database *database, const char *json, size_t length, uint64_t *id,
                 js_error *error)
{
    js_transaction *transaction;
    js_status status = js_transaction_begin(database, &transaction, error);
    if (transaction == NULL) {
        return status;
    }
    status = js_transaction_put(transaction, json, length, id, error);
    return js_transaction_end(transaction, status, error);
}
