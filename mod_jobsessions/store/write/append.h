/* SPDX-License-Identifier: Apache-2.0 */
/* Writing an item of a session's log or lists. */
#ifndef JS_STORE_APPEND_H
#define JS_STORE_APPEND_H

#include <stdbool.h>

#include "format/item.h"
#include "write/transaction.h"

/* Write the item that is in the transaction's text; `last` promises that no item has a place behind it. 0 or an
 * error of LMDB. */
int jsp_append_item(js_transaction *transaction, const jsp_item_place *place, bool last);

#endif
