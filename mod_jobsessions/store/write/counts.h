/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted with each write so that nobody has to read all sessions for it: how many began on a day, by status and
 * type, and the runs of each policy in the order of their start. A database that no writer has kept them in has none,
 * and while an upgrade is under way it has those of the sessions that it has come to. What is missing of them keeps
 * nobody from writing: it is `verify`'s to tell. Days wait in the transaction until it commits (pending_days.h). All
 * functions that return an int return 0 or an error of LMDB. */
#ifndef JS_STORE_COUNTS_H
#define JS_STORE_COUNTS_H

#include "base/json.h"
#include "format/run.h"
#include "write/transaction.h"

/* What a session adds to them. */
typedef struct jsp_count {
    uint64_t id;
    int64_t start;
    int64_t duration;
    uint8_t status;
    uint16_t type;
    bool is_damaged; /* its policy is not known, nor its duration */
    jsp_run_key policy;
} jsp_count;

void jsp_counts_of(jsp_count *count, const jsp_facts *facts, jsp_slice json);

/* The same of the session that an entry of the index is of, as it is stored. */
int jsp_counts_of_stored(js_transaction *transaction, const jsp_entry *entry, jsp_count *count);

/* Take what a session has added before, NULL: nothing, for what it adds now, NULL: it is gone. */
int jsp_counts_replace(js_transaction *transaction, const jsp_count *before,
                       const jsp_count *after);

/* Count a session that an upgrade has come to. */
int jsp_counts_enter(js_transaction *transaction, const jsp_entry *entry);

#endif
