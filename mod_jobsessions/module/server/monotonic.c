/* SPDX-License-Identifier: Apache-2.0 */
#include "server/monotonic.h"

#include <time.h>

static apr_time_t read_clock(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return apr_time_from_sec(now.tv_sec) + now.tv_nsec / 1000;
}

apr_time_t monotonic_now(void)
{
    return read_clock(CLOCK_MONOTONIC) + 1;
}

apr_interval_time_t monotonic_busy(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

void monotonic_wait(pthread_cond_t *condition, pthread_mutex_t *lock, apr_interval_time_t longest)
{
    apr_time_t end = monotonic_now() + longest;
    const struct timespec deadline = {.tv_sec = apr_time_sec(end),
                                      .tv_nsec = apr_time_usec(end) * 1000};
    (void)pthread_cond_clockwait(condition, lock, CLOCK_MONOTONIC, &deadline);
}
