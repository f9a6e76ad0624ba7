/* SPDX-License-Identifier: Apache-2.0 */
/* The last good run of each policy: of those that began last, one with the status Success, or else, where the policy
 * has none, with Warning. A policy is known by its policyId, or where that is missing by its name. */
#ifndef JS_TOOL_LAST_GOOD_H
#define JS_TOOL_LAST_GOOD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/exit_code.h"
#include "base/options.h"
#include "jobsessions_read.h"

struct last_good {
    void *policies; /* a tree of tsearch()'s */
    uint64_t *ids;  /* ascending */
    size_t count;
    size_t room;
    bool out_of_memory;
};

/* Find them, as they are now; begin with zeros. EXIT_DONE, or EXIT_DATABASE after a complaint. */
enum exit_code last_good_find(struct last_good *good, const struct options *options,
                              js_database *database);

bool last_good_has(const struct last_good *good, uint64_t id);

void last_good_free(struct last_good *good);

#endif
