/* SPDX-License-Identifier: Apache-2.0 */
/* What is left of removed sessions: each has a tombstone among the changes, until its id is used again. Both
 * functions return 0 or an error of LMDB. */
#ifndef JS_STORE_TOMBSTONE_H
#define JS_STORE_TOMBSTONE_H

#include "write/transaction.h"

/* Put one under a new usn in the place of the session's last change. */
int jsp_tombstone_put(js_transaction *transaction, const jsp_entry *entry, uint64_t new_usn);

/* Before a session is created: take the tombstone of its id away, if there is one, or a follower that begins
 * anew would take the session for removed. */
int jsp_tombstone_take_away(js_transaction *transaction, uint64_t session);

#endif
