/* SPDX-License-Identifier: Apache-2.0 */
/* Forgetting removals that are older than a moment, a batch at a time, between which workers write. They go in the order
 * of their usns: the first that is younger, by its time, keeps those behind it. One whose time is not known, or lies in
 * the future, goes with those behind it. The last change of all stays. Killed at any moment, what was committed is gone and the rest is as it was. */
#ifndef JS_TOOL_EXPIRY_H
#define JS_TOOL_EXPIRY_H

#include "base/exit_code.h"
#include "jobsessions_read.h"
#include "read/id_list.h"

struct expiry {
    int64_t before;      /* as from js_time_parse() */
    struct id_list usns; /* that are to go, ascending */
    uint64_t forgotten;  /* so far */
};

/* Find which are to go. EXIT_DONE, or EXIT_DATABASE after a complaint. */
enum exit_code expiry_find(struct expiry *expiry, const char *directory, js_database *database);

/* Let them go. JS_OK; JS_REPLACED: another database is in place, all of this has to be begun anew; else what stood in
 * the way, with a message. */
js_result expiry_run(struct expiry *expiry, js_database *database, js_error *error);

#endif
