/* SPDX-License-Identifier: Apache-2.0 */
#include "salvage/item_walk.h"

/* A key that leads further than this is damaged itself, unless its item's seal vouches for it. */
#define GAP_MAX 65536

static const char missing[] = "it is missing";

static jsp_cursor *cursor_of(jsp_item_walk *walk)
{
    return &walk->snapshot->cursors[JSP_CURSOR_ITEMS];
}

/* Whether it has none, which can be told of most sessions at once. */
static bool has_none(jsp_item_walk *walk)
{
    unsigned char bytes[JSP_ITEM_KEY_SIZE];
    MDB_val key = {sizeof(bytes), bytes};
    jsp_item_place place;
    jsp_item_key_pack(bytes, &(jsp_item_place){.session = walk->place.session});
    int rc = jsp_cursor_get(cursor_of(walk), &key, NULL, MDB_SET_RANGE);
    if (rc != 0 || key.mv_size != JSP_ITEM_KEY_SIZE) {
        return rc == MDB_NOTFOUND;
    }
    jsp_item_key_read(key.mv_data, &place);
    return place.session != walk->place.session;
}

/* Look how many the list at hand has. */
static void find_last(jsp_item_walk *walk)
{
    unsigned char end[JSP_ITEM_KEY_SIZE];
    MDB_val key = {sizeof(end), end};
    jsp_item_key_pack(end, &(jsp_item_place){walk->place.session, walk->place.kind, UINT64_MAX});
    int rc = jsp_cursor_before(cursor_of(walk), &key, NULL, MDB_PREV);
    walk->last = rc == 0              ? jsp_item_last_number(key.mv_data, key.mv_size, end)
                 : rc == MDB_NOTFOUND ? 0
                                      : UINT64_MAX;
    walk->place.number = 0;
}

void jsp_item_walk_begin(jsp_item_walk *walk, js_snapshot *snapshot, uint64_t session)
{
    *walk = (jsp_item_walk){.snapshot = snapshot, .place = {.session = session}};
    walk->is_over = has_none(walk);
    if (!walk->is_over) {
        find_last(walk);
    }
}

/* Where the end of a list is not known, it is on the first page that cannot be read. */
static void end_list(jsp_item_walk *walk)
{
    walk->last = walk->place.number;
}

static void read_item(jsp_item_walk *walk, jsp_found_item *item)
{
    unsigned char bytes[JSP_ITEM_KEY_SIZE];
    MDB_val key = {sizeof(bytes), bytes};
    jsp_item_key_pack(bytes, &walk->place);
    *item = (jsp_found_item){.place = walk->place};
    int rc = jsp_cursor_get(cursor_of(walk), &key, &item->stored, MDB_SET_KEY);
    if (rc != 0) {
        item->stored = (MDB_val){0, NULL};
        item->damage = rc == MDB_NOTFOUND ? missing : "it stands on a damaged page";
        return;
    }
    item->damage = item->stored.mv_size < JSP_ITEM_SEAL_SIZE + 2
                       ? "it is too short"
                       : jsp_item_damage(bytes, item->stored.mv_data, item->stored.mv_size);
    if (item->damage == NULL) {
        item->json = (jsp_slice){(const char *)item->stored.mv_data + JSP_ITEM_SEAL_SIZE,
                                 item->stored.mv_size - JSP_ITEM_SEAL_SIZE};
    }
}

/* Where one is missing, to the next that is there, if only that one's number says that many are. */
static void leap(jsp_item_walk *walk, jsp_found_item *item)
{
    unsigned char bytes[JSP_ITEM_KEY_SIZE];
    MDB_val key = {sizeof(bytes), bytes};
    jsp_item_walk there = *walk;
    jsp_found_item next;
    jsp_item_key_pack(bytes, &walk->place);
    if (jsp_cursor_get(cursor_of(walk), &key, NULL, MDB_SET_RANGE) != 0
        || key.mv_size != JSP_ITEM_KEY_SIZE) {
        return;
    }
    jsp_item_key_read(key.mv_data, &there.place);
    if (there.place.session != walk->place.session || there.place.kind != walk->place.kind
        || there.place.number - walk->place.number <= GAP_MAX) {
        return;
    }
    read_item(&there, &next);
    if (next.damage != NULL) {
        walk->place = there.place;
        *item = next;
    }
}

/* To the next list that has items. */
static bool step_list(jsp_item_walk *walk)
{
    while (walk->place.number >= walk->last) {
        if (++walk->place.kind >= JS_ITEM_KINDS) {
            walk->is_over = true;
            return false;
        }
        find_last(walk);
    }
    return true;
}

bool jsp_item_walk_next(jsp_item_walk *walk, jsp_found_item *item)
{
    while (!walk->is_over && step_list(walk)) {
        bool end_is_known = walk->last != UINT64_MAX;
        walk->place.number++;
        read_item(walk, item);
        if (end_is_known && item->damage == missing) {
            leap(walk, item);
        } else if (!end_is_known && item->stored.mv_size == 0) {
            end_list(walk);
            if (item->damage == missing) {
                continue;
            }
        }
        return true;
    }
    return false;
}
