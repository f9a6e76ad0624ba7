/* SPDX-License-Identifier: Apache-2.0 */
/* One thread a process that looks after streams whose own thread is blocked by its client. */
#ifndef JOBSESSIONS_WATCHDOG_H
#define JOBSESSIONS_WATCHDOG_H

#include "response/stream.h"

/* Start the thread in a new child. */
void watchdog_child_init(apr_pool_t *pchild, apr_pool_t *lasting, server_rec *server);

/* Around every pass of a stream: between the two the watchdog may take it over. busy is the time
 * the thread spent working rather than waiting. watchdog_unwatch() returns whether the stream was
 * taken, after the watchdog is done with it. */
void watchdog_watch(struct stream *stream);
int watchdog_unwatch(struct stream *stream, apr_interval_time_t busy);

#endif
