/* SPDX-License-Identifier: Apache-2.0 */
/* Locks in a child that ends. prefork ends its children from a signal handler, which may have
 * interrupted the very thread that holds a lock: then it will never be free. */
#ifndef JOBSESSIONS_EXIT_LOCK_H
#define JOBSESSIONS_EXIT_LOCK_H

#include <pthread.h>

/* Lock, if that is possible within a second. */
int exit_lock(pthread_mutex_t *lock);

#endif
