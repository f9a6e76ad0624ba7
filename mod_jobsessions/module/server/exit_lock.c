/* SPDX-License-Identifier: Apache-2.0 */
#include "server/exit_lock.h"

#include "apr_time.h"

#define WAIT apr_time_from_sec(1)
#define POLL apr_time_from_msec(5)

int exit_lock(apr_thread_mutex_t *lock)
{
    apr_time_t deadline = apr_time_now() + WAIT;
    while (apr_thread_mutex_trylock(lock) != APR_SUCCESS) {
        if (apr_time_now() > deadline) {
            return 0;
        }
        apr_sleep(POLL);
    }
    return 1;
}
