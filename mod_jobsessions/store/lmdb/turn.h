/* SPDX-License-Identifier: Apache-2.0 */
/* Whose turn it is to write: one at a time waits for LMDB's mutex.
 *
 * When a mutex in shared memory is given back, the kernel wakes one of those who wait for it, who then sees to the
 * others. One that is killed just then sees to nobody: where somebody else has taken the mutex meanwhile, the others
 * sleep on until two happen to want it at once. A lock of fcntl() has no such hole, the kernel wakes all who wait.
 * It is taken before LMDB's mutex, on the first byte of data.mdb; where it cannot be had, or is lost because the
 * process has closed another descriptor of the file, the mutex alone still keeps writers apart. */
#ifndef JS_STORE_TURN_H
#define JS_STORE_TURN_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include <lmdb.h>

/* Among the threads of a process, to which a lock of fcntl() is one. */
typedef struct jsp_turn {
    pthread_mutex_t threads;
    atomic_int holder; /* the thread whose turn it is; 0: nobody's */
} jsp_turn;

void jsp_turn_init(jsp_turn *turn);
void jsp_turn_destroy(jsp_turn *turn);

/* Whether it is the turn of this very thread: to wait for it would be for ever. */
bool jsp_turn_is_own(const jsp_turn *turn);

/* Wait for one's turn; end it, in the same thread. */
void jsp_turn_take(jsp_turn *turn, MDB_env *env);
void jsp_turn_end(jsp_turn *turn, MDB_env *env);

#endif
