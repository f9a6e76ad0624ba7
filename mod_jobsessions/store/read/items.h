/* SPDX-License-Identifier: Apache-2.0 */
/* A session's log and its lists of items: one sealed value an item, in the order they came. */
#ifndef JS_STORE_ITEMS_H
#define JS_STORE_ITEMS_H

#include "write/transaction.h"

/* Where an item stands. */
typedef struct jsp_item_place {
    uint64_t session;
    unsigned kind;
    uint64_t number; /* in its list, from 1 */
} jsp_item_place;

/* Read an item's key; false when it is none. */
bool jsp_item_place_read(const MDB_val *key, jsp_item_place *place);

/* What is wrong with the value stored for an item, or NULL when it is whole. */
const char *jsp_item_damage(const MDB_val *key, const MDB_val *value);

/* Remove all items of a session; returns 0 or an error of LMDB. */
int jsp_items_remove(js_transaction *transaction, uint64_t session);

#endif
