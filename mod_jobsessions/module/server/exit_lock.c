/* SPDX-License-Identifier: Apache-2.0 */
#include "server/exit_lock.h"

#include "server/monotonic.h"

#define WAIT apr_time_from_sec(1)
#define POLL apr_time_from_msec(5)

int exit_lock(pthread_mutex_t *lock)
{
    apr_time_t deadline = monotonic_now() + WAIT;
    while (pthread_mutex_trylock(lock) != 0) {
        if (monotonic_now() > deadline) {
            return 0;
        }
        apr_sleep(POLL);
    }
    return 1;
}
