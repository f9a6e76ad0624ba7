/* SPDX-License-Identifier: Apache-2.0 */
/* Whose turn it is to write: one at a time waits for LMDB's mutex.
 *
 * When a mutex in shared memory is given back, the kernel wakes one of those who wait for it, who then sees to the
 * others. One that is killed just then sees to nobody: where somebody else has taken the mutex meanwhile, the others
 * sleep on until two happen to want it at once. A lock of fcntl() has no such hole, the kernel wakes all who wait.
 * It is taken before LMDB's mutex, from the first byte of data.mdb on; where it cannot be had, or is lost because the
 * process has closed another descriptor of the file, the mutex alone still keeps writers apart.
 *
 * Nor are the woken the first to come: a process that writes without a pause takes its next turn before any of them is
 * awake. Who waits has another byte locked, together with the others, by which it can be seen that somebody does. That is
 * courtesy alone: whoever knows nothing of it takes turns as ever.
 *
 * How many bytes are locked tells since when: the milliseconds since 1970, of which the first overlaps with everybody
 * else's. The kernel tells the process, so that both are known of a holder without a file to keep them in. */
#ifndef JS_STORE_TURN_H
#define JS_STORE_TURN_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <lmdb.h>

/* Among the threads of a process, to which a lock of fcntl() is one. */
typedef struct jsp_turn {
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t ended;
    pid_t holder; /* the thread whose turn it is, 0: nobody's */
    int64_t since;
    unsigned in_a_row;         /* turns of this process among processes; who holds it touches it */
    atomic_uint limit;         /* milliseconds that who waits waits at most; 0: none */
    atomic_uint interruptions; /* counts, so that a signal handler may raise it */
    atomic_bool was_others;    /* somebody of this process has waited for it */
} jsp_turn;

typedef enum jsp_turn_outcome {
    JSP_TURN_TAKEN,
    JSP_TURN_OWN, /* it is this very thread's already: to wait for it would be for ever */
    JSP_TURN_LATE,
    JSP_TURN_INTERRUPTED
} jsp_turn_outcome;

/* Who is writing. */
typedef struct jsp_turn_holder {
    pid_t process; /* 0: not known */
    pid_t thread;  /* where the process is this one, else 0 */
    int64_t since; /* milliseconds since 1970; 0: not known */
} jsp_turn_holder;

/* A wait: when it ends at the latest, and what interrupts it. */
typedef struct jsp_wait {
    int64_t deadline; /* milliseconds of the monotonic clock; INT64_MAX: never */
    unsigned interruptions;
} jsp_wait;

void jsp_turn_init(jsp_turn *turn);
void jsp_turn_destroy(jsp_turn *turn);

/* Begin a wait for one's turn, or for what others do in theirs; JSP_TURN_TAKEN: it goes on. */
jsp_wait jsp_turn_begin_wait(jsp_turn *turn);
jsp_turn_outcome jsp_turn_look(jsp_turn *turn, const jsp_wait *wait);

/* Wait for one's turn; end it, in the same thread. */
jsp_turn_outcome jsp_turn_take(jsp_turn *turn, MDB_env *env, const jsp_wait *wait);
void jsp_turn_end(jsp_turn *turn, MDB_env *env);

/* Whether it is this very thread's. */
bool jsp_turn_is_own(jsp_turn *turn);

/* Whether anybody else is writing, and who. */
bool jsp_turn_find_holder(jsp_turn *turn, MDB_env *env, jsp_turn_holder *holder);

#endif
