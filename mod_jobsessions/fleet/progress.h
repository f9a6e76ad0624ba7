/* SPDX-License-Identifier: Apache-2.0 */
/* A line of progress on a terminal while sources are read for the first time. */
#ifndef JS_FLEET_PROGRESS_H
#define JS_FLEET_PROGRESS_H

#include "followed.h"

/* Begins as zeros. */
struct progress {
    time_t shown;
    bool is_there; /* a line is, and the next one takes its place */
};

/* Show how far they are, at most once a second; on standard error, where that is a terminal. The line goes when all are
 * whole. */
void progress_show(struct progress *progress, const struct followed *sources, size_t count);

/* What is printed next has a line of its own. */
void progress_end(struct progress *progress);

#endif
