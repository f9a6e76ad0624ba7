/* SPDX-License-Identifier: Apache-2.0 */
/* How fast something goes on that writes in many transactions while workers wait for their turn: each transaction is
 * short, its commit included, as far as the one before has taught, and after it workers have some time for themselves. */
#ifndef JS_TOOL_PACE_H
#define JS_TOOL_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jobsessions_read.h"

/* The most steps in one transaction. */
#define PACE_MOST 1500

struct pace {
    size_t most;   /* steps in the next transaction */
    size_t steps;  /* in the one at hand, */
    int64_t begun; /* which has its turn since then, in milliseconds */
    int64_t shown; /* the last line of progress */
};

void pace_init(struct pace *pace);

/* A transaction has its turn. */
void pace_begin(struct pace *pace);

/* Whether there is time for another step in it, which is counted. */
bool pace_go_on(struct pace *pace);

/* It has ended: learn from how long that took, and let workers in: as long as they need, where the disk is slow and they
 * stand in a queue, within limits. */
void pace_rest(struct pace *pace, js_database *database);

/* Whether to tell how far it has come: now and then, where somebody looks. */
bool pace_shows(struct pace *pace);

#endif
