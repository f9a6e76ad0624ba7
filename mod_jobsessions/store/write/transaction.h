/* SPDX-License-Identifier: Apache-2.0 */
/* What a write transaction is inside, for the calls that write through it. */
#ifndef JS_STORE_TRANSACTION_H
#define JS_STORE_TRANSACTION_H

#include "base/text.h"
#include "database/database.h"
#include "format/entry.h"
#include "write/mark.h"
#include "write/pending_days.h"
#include "write/thread_end.h"

struct js_transaction {
    jsp_thread_end thread_end; /* it is given up with its thread */
    js_database *database;     /* NULL: it was, or with its database */
    jsp_checked checked;
    MDB_cursor *index;
    bool has_entered;          /* the database, so that its map stays */
    jsp_counters counters;     /* as they will be when it commits */
    jsp_text text;             /* to write in, kept for the next call */
    bool has_turn;             /* to be ended with it */
    bool has_workers;          /* it has opened the table of workers, */
    bool lacks_workers;        /* or found none */
    pid_t thread;              /* whose it is: LMDB's mutex can be given back by no other */
    uint64_t counted;          /* from this key of the index on, sessions are not counted yet */
    bool knows_counted;        /* that has been looked up */
    jsp_pending_days days;     /* counted, and not written yet */
    const jsp_running *writer; /* whose sessions are written, where it is not this process */
    const jsp_marked *marked;  /* sessions of others that are in it, too; NULL: none */
    bool broken;               /* LMDB refused a step: what was done is half a session */
};

/* Begin one in a turn that this thread has taken, or, where `has_turn` is false, takes now. The turn ends with it, or
 * where it does not come to be. */
js_result jsp_transaction_begin(js_database *database, bool has_turn, js_transaction **transaction,
                                js_error *error);

/* Whether a wait for one's turn would lead to writing. */
js_result jsp_transaction_may_begin(const js_database *database, js_error *error);

/* JS_OK unless the transaction is broken, or another process's or thread's. */
js_result jsp_transaction_check(const js_transaction *transaction, js_error *error);

/* LMDB has refused a step: from now on the transaction can only be aborted. */
js_result jsp_transaction_break(js_transaction *transaction, js_error *error, int rc,
                                const char *doing);

/* Raise the counter of changes; JS_FULL when it cannot be raised. */
js_result jsp_transaction_next_usn(js_transaction *transaction, uint64_t *usn, js_error *error);

/* Commit after JS_OK, else abort and pass the status on. */
js_result jsp_transaction_end(js_transaction *transaction, js_result result, js_error *error);

#endif
