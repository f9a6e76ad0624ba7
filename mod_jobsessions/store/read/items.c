/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a session's log and its lists of items, a page at a time. */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/pattern.h"
#include "database/index.h"
#include "database/names.h"
#include "database/snapshot.h"
#include "format/item.h"
#include "read/resource.h"

struct js_items {
    js_items_totals totals;
    js_snapshot *snapshot;
    uint64_t session;
    js_item_kind kind;
    const char *pattern;  /* NULL: any name */
    const char *resource; /* NULL: any */
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

static int last_seen(js_items *items)
{
    unsigned char end[JSP_ITEM_KEY_SIZE];
    MDB_val key = {sizeof(end), end};
    jsp_item_key_pack(end, &(jsp_item_place){items->session, items->kind, UINT64_MAX});
    int rc = jsp_cursor_before(&items->snapshot->cursors[JSP_CURSOR_ITEMS], &key, NULL, MDB_PREV);
    items->totals.total = rc == 0 ? jsp_item_last_number(key.mv_data, key.mv_size, end) : 0;
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* What is stored for an item. */
static int value_at(const js_items *items, unsigned char bytes[JSP_ITEM_KEY_SIZE], uint64_t number,
                    MDB_val *value)
{
    MDB_val key = {JSP_ITEM_KEY_SIZE, bytes};
    jsp_item_key_pack(bytes, &(jsp_item_place){items->session, items->kind, number});
    int rc = jsp_cursor_get(&items->snapshot->cursors[JSP_CURSOR_ITEMS], &key, value, MDB_SET_KEY);
    return rc == 0 && value->mv_size < JSP_ITEM_SEAL_SIZE + 2 ? MDB_CORRUPTED : rc;
}

static int item_at(const js_items *items, uint64_t number, js_session *item)
{
    unsigned char key[JSP_ITEM_KEY_SIZE];
    MDB_val value;
    int rc = value_at(items, key, number, &value);
    if (rc != 0) {
        return rc;
    }
    memset(item, 0, sizeof(*item));
    item->id = number;
    item->length = value.mv_size - JSP_ITEM_SEAL_SIZE;
    item->damage = jsp_item_damage(key, value.mv_data, value.mv_size);
    item->json = item->damage == NULL ? (const char *)value.mv_data + JSP_ITEM_SEAL_SIZE : NULL;
    return 0;
}

/* What an item is known by: its name or, as the vendor's own have none, what its resource is displayed as or the
 * path of its file. */
static bool find_name(jsp_slice item, jsp_slice *name)
{
    jsp_slice resource;
    return jsp_json_member(item, "name", name)
           || (jsp_json_member(item, "resource", &resource)
               && jsp_json_member(resource, "displayName", name) && name->text[0] == '"')
           || jsp_json_member(item, "filePath", name);
}

static bool has_name(const js_session *item, const char *pattern)
{
    jsp_slice name;
    return item->json != NULL && find_name((jsp_slice){item->json, item->length}, &name)
           && name.text[0] == '"' && jsp_pattern_matches(pattern, name.text + 1, name.length - 2);
}

static bool is_everything(const js_items *items)
{
    return items->pattern == NULL && items->resource == NULL;
}

/* What is damaged says neither. */
static bool wants(const js_items *items, const js_session *item)
{
    return (items->pattern == NULL || has_name(item, items->pattern))
           && (items->resource == NULL
               || (item->json != NULL
                   && jsp_resource_is_of((jsp_slice){item->json, item->length}, items->kind,
                                         items->resource)));
}

/* The next item that matches. */
static int next_match(js_items *items, js_session *item)
{
    int rc;
    do {
        rc = item_at(items, items->next++, item);
    } while (rc == 0 && !wants(items, item));
    return rc;
}

void js_items_rewind(js_items *items)
{
    items->handed = items->met = 0;
    items->next = is_everything(items) ? items->offset + 1 : 1;
}

static bool on_page(const js_items *items, uint64_t met)
{
    return met >= items->offset && met - items->offset < items->limit;
}

static void count_item(js_items *items, size_t length)
{
    items->totals.count++;
    items->totals.json_bytes += length;
}

/* Without a condition lengths are all that is asked for: seals are looked at when items are handed out. */
static int count_all(js_items *items)
{
    unsigned char key[JSP_ITEM_KEY_SIZE];
    MDB_val value;
    for (uint64_t at = items->offset; at < items->totals.total && on_page(items, at); at++) {
        int rc = value_at(items, key, at + 1, &value);
        if (rc != 0) {
            return rc;
        }
        count_item(items, value.mv_size - JSP_ITEM_SEAL_SIZE);
    }
    return 0;
}

/* To the end: what lies behind the page counts, too. */
static int count_matches(js_items *items)
{
    js_session item;
    int rc;
    js_items_rewind(items);
    while ((rc = next_match(items, &item)) == 0) {
        if (on_page(items, items->met)) {
            count_item(items, item.length);
        }
        items->met++;
    }
    items->totals.total = items->met;
    return rc == MDB_NOTFOUND ? 0 : rc;
}

js_result js_items_begin(js_items *items, js_snapshot *snapshot, uint64_t session,
                         js_item_kind kind, const char *pattern, uint64_t offset, uint64_t limit,
                         js_error *error)
{
    return js_items_begin_of(items, snapshot, session, kind, pattern, NULL, offset, limit, error);
}

js_result js_items_begin_of(js_items *items, js_snapshot *snapshot, uint64_t session,
                            js_item_kind kind, const char *pattern, const char *resource,
                            uint64_t offset, uint64_t limit, js_error *error)
{
    jsp_entry entry;
    js_result result = jsp_snapshot_check(snapshot, error);
    if (result != JS_OK) {
        return result;
    }
    if (js_item_list(kind) == NULL) {
        return jsp_fail(error, JS_INVALID, "there is no such list of items (js_item_kind %d)",
                        (int)kind);
    }
    memset(items, 0, sizeof(*items));
    items->snapshot = snapshot;
    items->session = session;
    items->kind = kind;
    items->pattern = pattern;
    items->resource = resource;
    items->offset = offset;
    items->limit = limit;
    int rc = jsp_index_find(&snapshot->cursors[JSP_CURSOR_INDEX], session, &entry);
    if (rc == MDB_NOTFOUND) {
        return jsp_fail(error, JS_NOT_FOUND, "%s: there is no session \"%s\"",
                        snapshot->database->directory, jsp_names_of(snapshot, session).text);
    }
    rc = rc != 0 ? rc : last_seen(items);
    if (rc == 0) {
        rc = is_everything(items) ? count_all(items) : count_matches(items);
    }
    js_items_rewind(items);
    return rc == 0 ? JS_OK
                   : jsp_fail(error, JS_DAMAGED, "%s: the items of session %s cannot be read (%s)",
                              snapshot->database->directory, jsp_names_of(snapshot, session).text,
                              mdb_strerror(rc));
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
    } while (!is_everything(items) && !on_page(items, items->met++));
    items->handed++;
    return JS_OK;
}
