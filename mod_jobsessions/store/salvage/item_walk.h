/* SPDX-License-Identifier: Apache-2.0 */
/* All items of a session, one by one by their numbers, so that a damaged page hides those on it alone. */
#ifndef JS_STORE_ITEM_WALK_H
#define JS_STORE_ITEM_WALK_H

#include "base/json.h"
#include "database/snapshot.h"
#include "format/item.h"

typedef struct jsp_item_walk {
    js_snapshot *snapshot;
    jsp_item_place place; /* of the last one */
    uint64_t last;        /* number in its list; UINT64_MAX: not known */
    bool is_over;
} jsp_item_walk;

typedef struct jsp_found_item {
    jsp_item_place place;
    const char *damage; /* NULL: it is whole */
    jsp_slice json;
    MDB_val stored; /* what of a damaged one can be read; of no bytes: nothing */
} jsp_found_item;

void jsp_item_walk_begin(jsp_item_walk *walk, js_snapshot *snapshot, uint64_t session);

/* The next, damaged or not; false: there is none. */
bool jsp_item_walk_next(jsp_item_walk *walk, jsp_found_item *item);

#endif
