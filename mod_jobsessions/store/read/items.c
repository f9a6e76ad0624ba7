/* SPDX-License-Identifier: Apache-2.0 */
#include "read/items.h"

#include <inttypes.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/error.h"
#include "base/pattern.h"
#include "database/index.h"
#include "database/snapshot.h"
#include "write/schema.h"

/* An item's key: session, kind, number from 1. Its value: a CRC-32C of key and JSON, the JSON. */
#define KEY_SIZE 17
#define SEAL_SIZE 4

/* What stands before the name in the JSON of an item that has one: {"name":" */
#define BEFORE_NAME 9

static void pack_key(unsigned char bytes[KEY_SIZE], uint64_t session, unsigned kind,
                     uint64_t number)
{
    jsp_put_be64(bytes, session);
    bytes[8] = (unsigned char)kind;
    jsp_put_be64(bytes + 9, number);
}

static uint32_t seal(const unsigned char key[KEY_SIZE], const void *json, size_t length)
{
    unsigned char parts[KEY_SIZE + 4];
    memcpy(parts, key, KEY_SIZE);
    jsp_put_le32(parts + KEY_SIZE, jsp_crc32c(json, length));
    return jsp_crc32c(parts, sizeof(parts));
}

/* The number of a list's last item, 0 when it has none: the one in front of where the list ends. */
static int last_number(int rc, const MDB_val *key, const unsigned char end[KEY_SIZE],
                       uint64_t *number)
{
    *number = 0;
    if (rc == 0 && key->mv_size == KEY_SIZE && memcmp(key->mv_data, end, KEY_SIZE - 8) == 0) {
        *number = jsp_get_be64((const unsigned char *)key->mv_data + KEY_SIZE - 8);
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static int last_written(MDB_cursor *cursor, uint64_t session, unsigned kind, uint64_t *number)
{
    unsigned char end[KEY_SIZE];
    MDB_val key = {sizeof(end), end};
    MDB_val value;
    pack_key(end, session, kind, UINT64_MAX);
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    rc = mdb_cursor_get(cursor, &key, &value, rc == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
    return last_number(rc, &key, end, number);
}

static int append(js_transaction *transaction, uint64_t session, js_item_kind kind)
{
    MDB_dbi items = transaction->database->tables[JSP_TABLE_ITEMS];
    const jsp_text *text = &transaction->text;
    unsigned char bytes[KEY_SIZE];
    uint64_t number;
    MDB_cursor *cursor;
    MDB_val key = {sizeof(bytes), bytes};
    MDB_val value = {SEAL_SIZE + text->length, NULL};
    int rc = mdb_cursor_open(transaction->txn, items, &cursor);
    if (rc != 0) {
        return rc;
    }
    rc = last_written(cursor, session, kind, &number);
    mdb_cursor_close(cursor);
    pack_key(bytes, session, kind, number + 1);
    rc = rc != 0 ? rc : mdb_put(transaction->txn, items, &key, &value, MDB_RESERVE);
    if (rc == 0) {
        jsp_put_le32(value.mv_data, seal(bytes, text->data, text->length));
        memcpy((char *)value.mv_data + SEAL_SIZE, text->data, text->length);
    }
    return rc;
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
    result = jsp_transaction_find(transaction, id, &entry, error);
    if (result != JS_OK) {
        return result;
    }
    result = jsp_schema_parse(json, length, &item, error);
    if (result != JS_OK) {
        return result;
    }
    result = jsp_schema_write_item(item, kind, &transaction->text, error);
    json_decref(item);
    if (result != JS_OK) {
        return result;
    }
    int rc = append(transaction, id, kind);
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
    if (transaction == NULL) {
        return result;
    }
    result = js_transaction_append(transaction, id, kind, json, length, error);
    return jsp_transaction_end(transaction, result, error);
}

int jsp_items_remove(js_transaction *transaction, uint64_t session)
{
    unsigned char bytes[KEY_SIZE];
    MDB_cursor *cursor;
    MDB_val key = {sizeof(bytes), bytes};
    MDB_val value;
    pack_key(bytes, session, 0, 0);
    int rc =
        mdb_cursor_open(transaction->txn, transaction->database->tables[JSP_TABLE_ITEMS], &cursor);
    if (rc != 0) {
        return rc;
    }
    rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (rc == 0 && key.mv_size == KEY_SIZE && jsp_get_be64(key.mv_data) == session) {
        rc = mdb_cursor_del(cursor, 0);
        rc = rc != 0 ? rc : mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* ---- Reading ---- */

struct js_items {
    js_items_totals totals;
    js_snapshot *snapshot;
    uint64_t session;
    js_item_kind kind;
    const char *pattern; /* NULL: all */
    uint64_t offset;
    uint64_t limit;
    uint64_t next;   /* number of the item to look at */
    uint64_t met;    /* matches before it */
    uint64_t handed; /* of the page */
};

size_t js_items_size(void)
{
    return sizeof(struct js_items);
}

const js_items_totals *js_items_get_totals(const js_items *items)
{
    return &items->totals;
}

bool jsp_item_place_read(const MDB_val *key, jsp_item_place *place)
{
    const unsigned char *bytes = key->mv_data;
    if (key->mv_size != KEY_SIZE) {
        return false;
    }
    place->session = jsp_get_be64(bytes);
    place->kind = bytes[8];
    place->number = jsp_get_be64(bytes + 9);
    return true;
}

const char *jsp_item_damage(const MDB_val *key, const MDB_val *value)
{
    const unsigned char *bytes = value->mv_data;
    if (value->mv_size < SEAL_SIZE + 2 || value->mv_size > SEAL_SIZE + (size_t)JS_SESSION_MAX) {
        return "its length cannot be";
    }
    return jsp_get_le32(bytes) == seal(key->mv_data, bytes + SEAL_SIZE, value->mv_size - SEAL_SIZE)
               ? NULL
               : "its checksum does not match";
}

static int last_seen(js_items *items)
{
    unsigned char end[KEY_SIZE];
    MDB_val key = {sizeof(end), end};
    pack_key(end, items->session, items->kind, UINT64_MAX);
    int rc = jsp_cursor_before(&items->snapshot->cursors[JSP_CURSOR_ITEMS], &key, NULL, MDB_PREV);
    return last_number(rc, &key, end, &items->totals.total);
}

static int item_at(const js_items *items, uint64_t number, js_session *item)
{
    unsigned char bytes[KEY_SIZE];
    MDB_val key = {sizeof(bytes), bytes};
    MDB_val value = {0, NULL};
    pack_key(bytes, items->session, items->kind, number);
    int rc = jsp_cursor_get(&items->snapshot->cursors[JSP_CURSOR_ITEMS], &key, &value, MDB_SET_KEY);
    if (rc != 0) {
        return rc;
    }
    if (value.mv_size < SEAL_SIZE + 2) {
        return MDB_CORRUPTED;
    }
    memset(item, 0, sizeof(*item));
    item->id = number;
    item->length = value.mv_size - SEAL_SIZE;
    item->damage = jsp_item_damage(&key, &value);
    item->json = item->damage == NULL ? (const char *)value.mv_data + SEAL_SIZE : NULL;
    return 0;
}

static bool has_name(const js_session *item, const char *pattern)
{
    if (item->json == NULL || item->length < BEFORE_NAME) {
        return false;
    }
    const char *name = item->json + BEFORE_NAME;
    size_t length = 0;
    size_t most = item->length - BEFORE_NAME;
    while (length < most && name[length] != '"') {
        length += name[length] == '\\' ? 2 : 1;
    }
    return jsp_pattern_matches(pattern, name, length < most ? length : most);
}

/* The next item that matches. */
static int next_match(js_items *items, js_session *item)
{
    int rc;
    do {
        rc = item_at(items, items->next++, item);
    } while (rc == 0 && items->pattern != NULL && !has_name(item, items->pattern));
    return rc;
}

void js_items_rewind(js_items *items)
{
    items->handed = items->met = 0;
    items->next = items->pattern == NULL ? items->offset + 1 : 1;
}

static bool on_page(const js_items *items, uint64_t met)
{
    return met >= items->offset && met - items->offset < items->limit;
}

static int count(js_items *items)
{
    js_session item;
    int rc = 0;
    js_items_rewind(items);
    items->met = items->pattern == NULL ? items->offset : 0;
    /* with a pattern to the end: what lies behind the page counts, too */
    while (items->pattern != NULL
           || (items->met < items->totals.total && on_page(items, items->met))) {
        rc = next_match(items, &item);
        if (rc != 0) {
            break;
        }
        if (on_page(items, items->met)) {
            items->totals.count++;
            items->totals.json_bytes += item.length;
        }
        items->met++;
    }
    if (items->pattern != NULL) {
        items->totals.total = items->met;
        return rc == MDB_NOTFOUND ? 0 : rc;
    }
    return rc;
}

js_result js_items_begin(js_items *items, js_snapshot *snapshot, uint64_t session,
                         js_item_kind kind, const char *pattern, uint64_t offset, uint64_t limit,
                         js_error *error)
{
    jsp_entry entry;
    memset(items, 0, sizeof(*items));
    items->snapshot = snapshot;
    items->session = session;
    items->kind = kind;
    items->pattern = pattern;
    items->offset = offset;
    items->limit = limit;
    int rc = jsp_index_find(&snapshot->cursors[JSP_CURSOR_INDEX], session, &entry);
    if (rc == MDB_NOTFOUND) {
        return jsp_fail(error, JS_NOT_FOUND, "%s: there is no session \"%" PRIu64 "\"",
                        snapshot->database->directory, session);
    }
    rc = rc != 0 ? rc : last_seen(items);
    rc = rc != 0 ? rc : count(items);
    js_items_rewind(items);
    return rc == 0 ? JS_OK
                   : jsp_fail(error, JS_DAMAGED,
                              "%s: the items of session %" PRIu64 " cannot be read (%s)",
                              snapshot->database->directory, session, mdb_strerror(rc));
}

js_result js_items_next(js_items *items, js_session *item)
{
    if (items->handed == items->totals.count) {
        return JS_END;
    }
    do {
        if (next_match(items, item) != 0) {
            return JS_DAMAGED;
        }
    } while (items->pattern != NULL && !on_page(items, items->met++));
    items->handed++;
    return JS_OK;
}
