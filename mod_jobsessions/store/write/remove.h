/* SPDX-License-Identifier: Apache-2.0 */
/* Removed sessions: each has a tombstone among the changes until its id is used again. */
#ifndef JS_STORE_REMOVE_H
#define JS_STORE_REMOVE_H

#include "write/transaction.h"

/* Before a session is created: take the tombstone of its id away, or a follower that begins anew would
 * take the session for removed. Returns 0, also when there is none, or an error of LMDB. */
int jsp_remove_tombstone(js_transaction *transaction, uint64_t session);

#endif
