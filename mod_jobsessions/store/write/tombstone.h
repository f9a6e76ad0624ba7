/* SPDX-License-Identifier: Apache-2.0 */
/* What is left of removed sessions: each has a tombstone among the changes, until its id is used again. All
 * functions return 0 or an error of LMDB. */
#ifndef JS_STORE_TOMBSTONE_H
#define JS_STORE_TOMBSTONE_H

#include "format/removal.h"
#include "write/transaction.h"

/* No usn. */
#define JSP_TOMBSTONE_NEW UINT64_MAX

/* Put one under a usn, in the place of what stands under `old_usn`; JSP_TOMBSTONE_NEW: of nothing. `time` is that of
 * the removal, or JSP_TICKS_NONE. */
int jsp_tombstone_put(js_transaction *transaction, uint64_t session, uint64_t old_usn,
                      const jsp_removal *removal);

/* The same, of a removal that happens now. */
int jsp_tombstone_put_now(js_transaction *transaction, uint64_t session, uint64_t old_usn,
                          uint64_t new_usn);

/* The tombstone of an id, and its usn alone; MDB_NOTFOUND: there is none. */
int jsp_tombstone_get(js_transaction *transaction, uint64_t session, jsp_removal *removal);
int jsp_tombstone_find(js_transaction *transaction, uint64_t session, uint64_t *usn);

/* Before a session is created: take the tombstone of its id away, if there is one, or a follower that begins
 * anew would take the session for removed. */
int jsp_tombstone_take_away(js_transaction *transaction, uint64_t session);

/* Take away what is known of it by its id alone. */
int jsp_tombstone_forget(js_transaction *transaction, uint64_t session);

#endif
