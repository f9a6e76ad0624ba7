/* SPDX-License-Identifier: Apache-2.0 */
/* The table of who writes the sessions that are not finished (FORMAT.md), as a transaction has it. All functions return
 * 0 or an error of LMDB. */
#ifndef JS_STORE_WORKERS_H
#define JS_STORE_WORKERS_H

#include "format/worker.h"
#include "write/transaction.h"

/* A session of a status was written under a usn: by whom, while it is not finished. */
int jsp_workers_note(js_transaction *transaction, uint64_t id, uint64_t usn, unsigned status);

/* Its worker was heard of, and nothing of the session was changed but its items. */
int jsp_workers_hear(js_transaction *transaction, const jsp_entry *entry);

/* Nobody is known to write it: since now. */
int jsp_workers_note_nobody(js_transaction *transaction, uint64_t id, uint64_t usn);

/* The entry of a session that has a usn. MDB_NOTFOUND: there is none that counts. */
int jsp_workers_find(js_transaction *transaction, uint64_t id, uint64_t usn, jsp_worker *worker);

/* Nobody writes it any more. */
int jsp_workers_forget(js_transaction *transaction, uint64_t id);
int jsp_workers_forget_all(js_transaction *transaction);

#endif
