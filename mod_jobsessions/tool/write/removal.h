/* SPDX-License-Identifier: Apache-2.0 */
/* Removing many sessions while workers write: a batch at a time, each a transaction of its own, between which they
 * have their turn. What was found beforehand is held against the filter again within the transaction: what a worker
 * has changed meanwhile, so that it is no longer wanted, stays. Killed at any moment, what was committed is gone and
 * the rest is as it was. */
#ifndef JS_TOOL_REMOVAL_H
#define JS_TOOL_REMOVAL_H

#include "base/exit_code.h"
#include "base/options.h"
#include "jobsessions_read.h"

struct removal {
    const struct options *options;
    js_database *database;
    js_filter filter;    /* that they must match, with no ids */
    const uint64_t *ids; /* descending, each once */
    size_t count;
    uint64_t removed; /* so far */
};

/* Remove them, the lowest id first. JS_OK; JS_REPLACED: another database is in place, all of this has to be begun
 * anew; else what stood in the way, with a message. */
js_result removal_run(struct removal *removal, js_error *error);

#endif
