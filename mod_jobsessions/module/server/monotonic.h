/* SPDX-License-Identifier: Apache-2.0 */
/* Time that only goes on: for how long something took and when to give up. The clock on the wall may be
 * set, back or forth, at any moment, and APR knows no other, in apr_thread_cond_timedwait() either. */
#ifndef JOBSESSIONS_MONOTONIC_H
#define JOBSESSIONS_MONOTONIC_H

#include <pthread.h>

#include "apr_time.h"

/* Microseconds since some moment, never 0. */
apr_time_t monotonic_now(void);

/* Microseconds that the calling thread has kept a processor busy. */
apr_interval_time_t monotonic_busy(void);

/* Wait for a condition, but no longer than for so long. */
void monotonic_wait(pthread_cond_t *condition, pthread_mutex_t *lock, apr_interval_time_t longest);

#endif
