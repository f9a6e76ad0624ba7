/* SPDX-License-Identifier: Apache-2.0 */
/* A session's log and its lists of items: one sealed value an item, in the order they came. */
#ifndef JS_STORE_ITEMS_H
#define JS_STORE_ITEMS_H

#include "transaction.h"

/* Remove all items of a session; returns 0 or an error of LMDB. */
int js_items_remove(js_transaction *transaction, uint64_t session);

#endif
