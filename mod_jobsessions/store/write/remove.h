/* SPDX-License-Identifier: Apache-2.0 */
/* What removing a session takes, for js_remove() and for an import that replaces or removes one. The first
 * two return 0 or an error of LMDB. */
#ifndef JS_STORE_REMOVE_H
#define JS_STORE_REMOVE_H

#include "write/transaction.h"

/* Remove everything a session has but its place among the changes. */
int jsp_remove_session(js_transaction *transaction, const jsp_entry *entry);

/* Remove its log and items alone. */
int jsp_remove_items(js_transaction *transaction, uint64_t session);

/* Take a session that is gone out of the counters. */
void jsp_remove_uncount(jsp_counters *counters, const jsp_entry *entry);

#endif
