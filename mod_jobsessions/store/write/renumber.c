/* SPDX-License-Identifier: Apache-2.0 */
/* js_transaction_renumber(): ids and usns that end writing for everybody are exchanged for the next ones that nobody
 * had. Versions that took any number let a single one do that. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "format/change.h"
#include "format/item.h"
#include "write/append.h"
#include "write/incoming.h"
#include "write/index_write.h"
#include "write/parse.h"
#include "write/remove.h"
#include "write/tombstone.h"

struct renumbering {
    js_transaction *transaction;
    uint64_t last_id; /* that may stay, or was given here */
    uint64_t last_usn;
    js_renumber_report *report;
    void *baton;
    js_renumbered *done;
    js_error *error;
};

static js_result fail(const struct renumbering *own, int rc)
{
    return jsp_transaction_break(own->transaction, own->error, rc, "renumber");
}

/* The first key of a table of numbers that is `from` or above: 0, MDB_NOTFOUND or another error. */
static int find_from(js_transaction *transaction, jsp_table table, uint64_t from, uint64_t *number,
                     MDB_val *value)
{
    unsigned char bytes[8];
    MDB_val key = {sizeof(bytes), bytes};
    MDB_cursor *cursor;
    jsp_put_be64(bytes, from);
    int rc = jsp_checked_reach(&transaction->checked, table, &key, NULL, JSP_GUARD_AROUND);
    rc = rc != 0 ? rc
                 : mdb_cursor_open(transaction->checked.txn, transaction->database->tables[table],
                                   &cursor);
    if (rc != 0) {
        return rc;
    }
    rc = mdb_cursor_get(cursor, &key, value, MDB_SET_RANGE);
    if (rc == 0) {
        *number = jsp_get_be64(key.mv_data);
    }
    mdb_cursor_close(cursor);
    return rc;
}

/* The highest key that is no higher than `most`; 0 where there is none. 0 or an error. */
static int find_last(js_transaction *transaction, jsp_table table, uint64_t most, uint64_t *number)
{
    unsigned char bytes[8];
    MDB_val key = {sizeof(bytes), bytes};
    MDB_val value;
    MDB_cursor *cursor;
    jsp_put_be64(bytes, most + 1);
    int rc = jsp_checked_reach(&transaction->checked, table, &key, NULL,
                               JSP_GUARD_AROUND | JSP_GUARD_LAST);
    rc = rc != 0 ? rc
                 : mdb_cursor_open(transaction->checked.txn, transaction->database->tables[table],
                                   &cursor);
    if (rc != 0) {
        return rc;
    }
    rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    rc = mdb_cursor_get(cursor, &key, &value, rc == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
    *number = rc == 0 ? jsp_get_be64(key.mv_data) : 0;
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* Where counting goes on. */
static js_result find_ends(struct renumbering *own)
{
    uint64_t removed = 0;
    int rc = find_last(own->transaction, JSP_TABLE_SESSIONS, JS_GIVEN_ID_MAX, &own->last_id);
    rc = rc != 0 ? rc : find_last(own->transaction, JSP_TABLE_REMOVED, JS_GIVEN_ID_MAX, &removed);
    rc = rc != 0
             ? rc
             : find_last(own->transaction, JSP_TABLE_CHANGES, JSP_USN_COUNTED_MAX, &own->last_usn);
    own->last_id = removed > own->last_id ? removed : own->last_id;
    return rc == 0 ? JS_OK : fail(own, rc);
}

/* The uuid by which a number is known, if it is. 0 or an error. */
static int find_uuid(js_transaction *transaction, jsp_facts *facts)
{
    int rc = jsp_naming_uuid(transaction, facts->id, facts->uuid);
    facts->has_uuid = rc == 0;
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* Read what is stored of a session, to write it again. */
static js_result read_again(const struct renumbering *own, uint64_t id, jsp_incoming *incoming)
{
    unsigned char bytes[8];
    MDB_val key = {sizeof(bytes), bytes};
    MDB_val value;
    *incoming = (jsp_incoming){.facts.id = id, .is_id_given = true, .exists = true};
    js_result result = jsp_naming_find(own->transaction, id, &incoming->before, own->error);
    if (result != JS_OK) {
        return result;
    }
    jsp_put_be64(bytes, id);
    int rc = jsp_checked_get(&own->transaction->checked, JSP_TABLE_SESSIONS, &key, &value);
    const char *damage =
        rc != 0 ? mdb_strerror(rc) : jsp_record_damage(id, value.mv_data, value.mv_size);
    if (damage != NULL) {
        return jsp_fail(own->error, JS_DAMAGED,
                        "session %s is damaged on disk (%s); import it anew, or remove it, before "
                        "it is renumbered",
                        jsp_naming_of(own->transaction, id).text, damage);
    }
    rc = find_uuid(own->transaction, &incoming->facts);
    if (rc != 0) {
        return fail(own, rc);
    }
    incoming->facts.usn = incoming->before.usn;
    return jsp_parse_object((const char *)value.mv_data + JSP_RECORD_HEADER,
                            value.mv_size - JSP_RECORD_HEADER, &incoming->session, own->error);
}

static js_result write_again(const struct renumbering *own, jsp_incoming *incoming)
{
    js_result result = jsp_incoming_check(incoming, own->transaction, own->error);
    return result == JS_OK ? jsp_incoming_write(incoming, own->transaction, own->error) : result;
}

/* Copy the first item that a session has to `text`. 0; MDB_NOTFOUND: there is none; or another error. */
static int take_first_item(js_transaction *transaction, uint64_t session,
                           unsigned char bytes[JSP_ITEM_KEY_SIZE], jsp_item_place *place)
{
    MDB_val key = {JSP_ITEM_KEY_SIZE, bytes};
    MDB_val value;
    MDB_cursor *cursor;
    jsp_item_key_pack(bytes, &(jsp_item_place){.session = session});
    int rc =
        jsp_checked_reach(&transaction->checked, JSP_TABLE_ITEMS, &key, NULL, JSP_GUARD_AROUND);
    rc = rc != 0 ? rc
                 : mdb_cursor_open(transaction->checked.txn,
                                   transaction->database->tables[JSP_TABLE_ITEMS], &cursor);
    if (rc != 0) {
        return rc;
    }
    rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    if (rc == 0 && key.mv_size == JSP_ITEM_KEY_SIZE) {
        memcpy(bytes, key.mv_data, JSP_ITEM_KEY_SIZE);
        jsp_item_key_read(bytes, place);
        rc = place->session != session                                      ? MDB_NOTFOUND
             : jsp_item_damage(bytes, value.mv_data, value.mv_size) != NULL ? MDB_CORRUPTED
                                                                            : 0;
    }
    if (rc == 0) {
        jsp_text_clear(&transaction->text);
        jsp_text_bytes(&transaction->text, (const char *)value.mv_data + JSP_ITEM_SEAL_SIZE,
                       value.mv_size - JSP_ITEM_SEAL_SIZE);
        rc = transaction->text.failed ? ENOMEM : 0;
    }
    mdb_cursor_close(cursor);
    return rc;
}

static int move_items(js_transaction *transaction, uint64_t from, uint64_t to)
{
    unsigned char bytes[JSP_ITEM_KEY_SIZE];
    MDB_val key = {sizeof(bytes), bytes};
    jsp_item_place place;
    int rc;
    while ((rc = take_first_item(transaction, from, bytes, &place)) == 0) {
        place.session = to;
        rc = jsp_append_item(transaction, &place, false);
        rc = rc != 0 ? rc : jsp_checked_remove(&transaction->checked, JSP_TABLE_ITEMS, &key, NULL);
        if (rc != 0) {
            return rc;
        }
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* Take a session out from under its id, its items already elsewhere. */
static int take_out(js_transaction *transaction, const jsp_entry *before)
{
    unsigned char usn[8];
    MDB_val key = {sizeof(usn), usn};
    jsp_put_be64(usn, before->usn);
    int rc = jsp_checked_remove(&transaction->checked, JSP_TABLE_CHANGES, &key, NULL);
    rc = rc != 0 ? rc : jsp_remove_session(transaction, before);
    if (rc == 0) {
        jsp_remove_uncount(&transaction->counters, before);
    }
    return rc;
}

static js_result move(struct renumbering *own, jsp_incoming *incoming, uint64_t to)
{
    uint64_t from = incoming->facts.id;
    int rc = move_items(own->transaction, from, to);
    rc = rc != 0 ? rc : take_out(own->transaction, &incoming->before);
    if (rc == 0 && incoming->facts.has_uuid) {
        rc = jsp_naming_move(own->transaction, incoming->facts.uuid, from, to);
    }
    if (rc != 0) {
        return fail(own, rc);
    }
    incoming->facts.id = to;
    incoming->exists = false;
    js_result result = write_again(own, incoming);
    if (result == JS_OK) {
        own->last_id = to;
    }
    if (result == JS_OK && !incoming->facts.has_uuid) { /* what is known by a uuid remains so */
        own->done->ids++;
        own->report(own->baton, from, to);
    }
    return result;
}

static js_result check_last(const struct renumbering *own)
{
    return own->last_id != JS_GIVEN_ID_MAX
               ? JS_OK
               : jsp_fail(own->error, JS_CONFLICT,
                          "session %s has the highest id that can be given, so that there is none "
                          "behind it; dump, and import under new ids",
                          jsp_naming_of(own->transaction, own->last_id).text);
}

static js_result move_session(struct renumbering *own, uint64_t id)
{
    jsp_incoming incoming;
    js_result result = read_again(own, id, &incoming);
    result = result == JS_OK ? move(own, &incoming, own->last_id + 1) : result;
    jsp_incoming_free(&incoming);
    return result;
}

static js_result move_sessions(struct renumbering *own)
{
    uint64_t id;
    MDB_val value;
    int rc;
    js_result result = JS_OK;
    while (
        result == JS_OK
        && (rc = find_from(own->transaction, JSP_TABLE_SESSIONS, JS_GIVEN_ID_MAX + 1, &id, &value))
               == 0) {
        result = check_last(own);
        result = result == JS_OK ? move_session(own, id) : result;
    }
    return result != JS_OK || rc == MDB_NOTFOUND ? result : fail(own, rc);
}

/* Who was removed under a uuid stays removed, under another number. */
static int move_tombstone(struct renumbering *own, const jsp_facts *facts)
{
    jsp_removal removal;
    js_transaction *transaction = own->transaction;
    int rc = jsp_tombstone_get(transaction, facts->id, &removal);
    rc = rc != 0 ? rc : jsp_tombstone_take_away(transaction, facts->id);
    rc = rc != 0 ? rc : jsp_naming_move(transaction, facts->uuid, facts->id, own->last_id + 1);
    rc = rc != 0 ? rc
                 : jsp_tombstone_put(transaction, own->last_id + 1, JSP_TOMBSTONE_NEW, &removal);
    own->last_id += rc == 0;
    return rc;
}

/* What is left of a removed session. A put with a number as high as this is refused without it, too. */
static js_result take_tombstone(struct renumbering *own, uint64_t id)
{
    jsp_facts facts = {.id = id};
    int rc = find_uuid(own->transaction, &facts);
    if (rc == 0 && facts.has_uuid) {
        js_result result = check_last(own);
        if (result != JS_OK) {
            return result;
        }
        rc = move_tombstone(own, &facts);
    } else if (rc == 0) {
        rc = jsp_tombstone_take_away(own->transaction, id);
    }
    return rc == 0 ? JS_OK : fail(own, rc);
}

static js_result take_tombstones(struct renumbering *own)
{
    uint64_t id;
    MDB_val value;
    int rc;
    js_result result = JS_OK;
    while (
        result == JS_OK
        && (rc = find_from(own->transaction, JSP_TABLE_REMOVED, JS_GIVEN_ID_MAX + 1, &id, &value))
               == 0) {
        result = take_tombstone(own, id);
    }
    return result != JS_OK || rc == MDB_NOTFOUND ? result : fail(own, rc);
}

static js_result move_removal(struct renumbering *own, uint64_t usn, uint64_t id)
{
    jsp_removal removal;
    int rc = jsp_tombstone_get(own->transaction, id, &removal);
    if (rc == 0) {
        removal.usn = own->last_usn + 1;
        rc = jsp_tombstone_put(own->transaction, id, usn, &removal);
    }
    return rc == 0 ? JS_OK : fail(own, rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc);
}

/* Give what stands under a usn the next one. */
static js_result move_change(struct renumbering *own, uint64_t usn, uint64_t id, bool is_deletion)
{
    jsp_incoming incoming;
    if (is_deletion) {
        return move_removal(own, usn, id);
    }
    js_result result = read_again(own, id, &incoming);
    incoming.facts.usn = own->last_usn + 1;
    result = result == JS_OK ? write_again(own, &incoming) : result;
    jsp_incoming_free(&incoming);
    return result;
}

static js_result move_changes(struct renumbering *own)
{
    uint64_t usn;
    MDB_val value;
    int rc;
    js_result result = JS_OK;
    while (result == JS_OK
           && (rc = find_from(own->transaction, JSP_TABLE_CHANGES, JSP_USN_COUNTED_MAX + 1, &usn,
                              &value))
                  == 0) {
        if (value.mv_size != JSP_CHANGE_SIZE) {
            return fail(own, MDB_CORRUPTED);
        }
        result = move_change(own, usn, jsp_change_id(value.mv_data),
                             jsp_change_is_deletion(value.mv_data));
        own->last_usn++;
        own->done->usns++;
    }
    return result != JS_OK || rc == MDB_NOTFOUND ? result : fail(own, rc);
}

/* The counters were above all that is written until now. */
static void count_from_here(const struct renumbering *own)
{
    jsp_counters *counters = &own->transaction->counters;
    if (counters->last_id > JS_GIVEN_ID_MAX) {
        counters->last_id = own->last_id;
    }
    if (counters->last_usn > JSP_USN_COUNTED_MAX) {
        counters->last_usn = own->last_usn;
    }
}

js_result js_transaction_renumber(js_transaction *transaction, js_renumber_report *report,
                                  void *baton, js_renumbered *done, js_error *error)
{
    struct renumbering own = {
        .transaction = transaction, .report = report, .baton = baton, .done = done, .error = error};
    *done = (js_renumbered){0};
    js_result result = jsp_transaction_check(transaction, error);
    if (result != JS_OK) {
        return result;
    }
    const jsp_counters before = transaction->counters;
    if (before.last_id <= JS_GIVEN_ID_MAX && before.last_usn <= JSP_USN_COUNTED_MAX) {
        return JS_OK;
    }
    result = find_ends(&own);
    result = result == JS_OK ? move_sessions(&own) : result;
    result = result == JS_OK ? take_tombstones(&own) : result;
    result = result == JS_OK ? move_changes(&own) : result;
    if (result != JS_OK) {
        transaction->broken = true; /* half of it is done */
        return result;
    }
    count_from_here(&own);
    return js_transaction_renew(transaction, error);
}
