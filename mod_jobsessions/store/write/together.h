/* SPDX-License-Identifier: Apache-2.0 */
/* One commit for all who wait to write one session each.
 *
 * Who waits leaves its session in a slot of the queue (lmdb/queue.h). Whoever gets the turn writes its own, then those
 * of the others, under a mark by which it can be told what became of them (write/mark.h), and after the commit tells
 * each that it is done. What others would be refused, or what breaks the transaction, they write by themselves, so that
 * each gets the error that is its own. */
#ifndef JS_STORE_TOGETHER_H
#define JS_STORE_TOGETHER_H

#include "write/transaction.h"

/* How a session is written in a transaction: js_transaction_put() and js_transaction_update(). */
typedef js_result jsp_together_write(js_transaction *transaction, const char *json, size_t length,
                                     uint64_t *id, js_error *error);
typedef struct jsp_together_writes {
    jsp_together_write *put;
    jsp_together_write *update;
} jsp_together_writes;

/* Write one session, with those of others where some wait. */
js_result jsp_together_put(js_database *database, const jsp_together_writes *writes, bool is_update,
                           const char *json, size_t length, uint64_t *id, js_error *error);

#endif
