/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb/turn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

/* How often who waits looks whether he was interrupted, in milliseconds. */
#define LOOK_INTERVAL 20

/* The byte that those who wait have locked together, behind all that a turn locks. */
#define WAITING (INT64_C(1) << 62)
/* Turns that a process takes one after the other before it lets those go first who wait: one has to be woken for each
 * turn that goes to another, and this is how many are had for the price of that. */
#define TURNS_IN_A_ROW 3
/* How long it waits for one of them to go, and how often it looks: in microseconds. */
#define COURTESY 10000
#define COURTESY_INTERVAL 50

static int64_t milliseconds(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static void init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(condition, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}

void jsp_turn_init(jsp_turn *turn)
{
    (void)pthread_mutex_init(&turn->lock, NULL);
    init_condition(&turn->ended);
}

void jsp_turn_destroy(jsp_turn *turn)
{
    (void)pthread_cond_destroy(&turn->ended);
    (void)pthread_mutex_destroy(&turn->lock);
}

jsp_wait jsp_turn_begin_wait(jsp_turn *turn)
{
    unsigned limit = atomic_load(&turn->limit);
    return (jsp_wait){limit > 0 ? milliseconds(CLOCK_MONOTONIC) + limit : INT64_MAX,
                      atomic_load(&turn->interruptions)};
}

jsp_turn_outcome jsp_turn_look(jsp_turn *turn, const jsp_wait *wait)
{
    if (atomic_load(&turn->interruptions) != wait->interruptions) {
        return JSP_TURN_INTERRUPTED;
    }
    return wait->deadline != INT64_MAX && milliseconds(CLOCK_MONOTONIC) >= wait->deadline
               ? JSP_TURN_LATE
               : JSP_TURN_TAKEN;
}

/* With the lock held, until the condition is signalled, or it is time to look. */
static void await(pthread_cond_t *condition, pthread_mutex_t *lock, const jsp_wait *wait)
{
    int64_t until = milliseconds(CLOCK_MONOTONIC) + LOOK_INTERVAL;
    until = until > wait->deadline ? wait->deadline : until;
    const struct timespec at = {until / 1000, until % 1000 * 1000000};
    (void)pthread_cond_timedwait(condition, lock, &at);
}

/* ---- Among threads ---- */

static jsp_turn_outcome take_from_threads(jsp_turn *turn, const jsp_wait *wait)
{
    jsp_turn_outcome outcome = JSP_TURN_TAKEN;
    (void)pthread_mutex_lock(&turn->lock);
    if (turn->holder == gettid()) {
        outcome = JSP_TURN_OWN;
    }
    while (outcome == JSP_TURN_TAKEN && turn->holder != 0) {
        atomic_store(&turn->was_others, true);
        await(&turn->ended, &turn->lock, wait);
        outcome = turn->holder != 0 ? jsp_turn_look(turn, wait) : JSP_TURN_TAKEN;
    }
    if (outcome == JSP_TURN_TAKEN) {
        turn->holder = gettid();
        turn->since = milliseconds(CLOCK_REALTIME);
    }
    (void)pthread_mutex_unlock(&turn->lock);
    return outcome;
}

static void give_to_threads(jsp_turn *turn)
{
    (void)pthread_mutex_lock(&turn->lock);
    turn->holder = 0;
    (void)pthread_cond_signal(&turn->ended);
    (void)pthread_mutex_unlock(&turn->lock);
}

/* ---- Among processes ---- */

/* 0 or errno. */
static int set_lock(int fd, int command, short type)
{
    struct flock since = {.l_type = type, .l_whence = SEEK_SET};
    if (type == F_WRLCK) {
        since.l_len = milliseconds(CLOCK_REALTIME);
        since.l_len = since.l_len < 1 ? 1 : since.l_len;
    }
    return fcntl(fd, command, &since) == 0 ? 0 : errno;
}

/* Whether another process has a lock that a lock of one's own would have to wait for. */
static bool is_locked(int fd, int64_t from)
{
    struct flock other = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = from, .l_len = 1};
    return fcntl(fd, F_GETLK, &other) == 0 && other.l_type != F_UNLCK;
}

/* 0 or errno. */
static int set_waiting(int fd, short type)
{
    struct flock mark = {.l_type = type, .l_whence = SEEK_SET, .l_start = WAITING, .l_len = 1};
    return fcntl(fd, F_SETLK, &mark) == 0 ? 0 : errno;
}

/* Who gives a turn back and takes the next one at once is faster than those whom the kernel wakes for it, time and again.
 * Now and then they are waited for, until one of them has it; not for long, as one may have been stopped (SIGSTOP). */
static void let_others_first(jsp_turn *turn, int fd, const jsp_wait *wait)
{
    const struct timespec interval = {0, COURTESY_INTERVAL * 1000};
    for (unsigned waited = 0; waited < COURTESY && is_locked(fd, WAITING) && !is_locked(fd, 0)
                              && jsp_turn_look(turn, wait) == JSP_TURN_TAKEN;
         waited += COURTESY_INTERVAL) {
        (void)nanosleep(&interval, NULL);
    }
}

/* The kernel wakes who waits; signals do, too, and then it is looked whether one of them was to end the wait. */
static jsp_turn_outcome await_without_limit(jsp_turn *turn, int fd, const jsp_wait *wait)
{
    jsp_turn_outcome outcome = JSP_TURN_TAKEN;
    while (outcome == JSP_TURN_TAKEN && set_lock(fd, F_SETLKW, F_WRLCK) == EINTR) {
        outcome = jsp_turn_look(turn, wait);
    }
    return outcome;
}

/* A thread that waits in the kernel, as the process's lock is that of all its threads, while we watch the clock.
 * Who only tries now and then finds the lock with others each time. */
struct helper {
    int fd;
    bool has_ended;
    pthread_mutex_t lock;
    pthread_cond_t ended;
};

static void *wait_in_kernel(void *argument)
{
    struct helper *helper = argument;
    while (set_lock(helper->fd, F_SETLKW, F_WRLCK) == EINTR) {
    }
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    (void)pthread_mutex_lock(&helper->lock);
    helper->has_ended = true;
    (void)pthread_cond_signal(&helper->ended);
    (void)pthread_mutex_unlock(&helper->lock);
    return NULL;
}

/* Signals are for the program's own threads. */
static int start(pthread_t *thread, struct helper *helper)
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(thread, NULL, wait_in_kernel, helper);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

static jsp_turn_outcome await_helper(jsp_turn *turn, struct helper *helper, const jsp_wait *wait)
{
    jsp_turn_outcome outcome = JSP_TURN_TAKEN;
    (void)pthread_mutex_lock(&helper->lock);
    while (outcome == JSP_TURN_TAKEN && !helper->has_ended) {
        await(&helper->ended, &helper->lock, wait);
        outcome = helper->has_ended ? JSP_TURN_TAKEN : jsp_turn_look(turn, wait);
    }
    (void)pthread_mutex_unlock(&helper->lock);
    return outcome;
}

static jsp_turn_outcome await_with_limit(jsp_turn *turn, int fd, const jsp_wait *wait)
{
    pthread_t thread;
    struct helper helper = {.fd = fd, .lock = PTHREAD_MUTEX_INITIALIZER};
    init_condition(&helper.ended);
    jsp_turn_outcome outcome = JSP_TURN_LATE; /* where there can be no thread */
    if (start(&thread, &helper) == 0) {
        outcome = await_helper(turn, &helper, wait);
        if (outcome != JSP_TURN_TAKEN) {
            (void)pthread_cancel(thread);
        }
        (void)pthread_join(thread, NULL);
    }
    (void)pthread_cond_destroy(&helper.ended);
    (void)pthread_mutex_destroy(&helper.lock);
    return outcome;
}

static jsp_turn_outcome await_others(jsp_turn *turn, int fd, const jsp_wait *wait)
{
    (void)set_waiting(fd, F_RDLCK);
    jsp_turn_outcome outcome = wait->deadline != INT64_MAX ? await_with_limit(turn, fd, wait)
                                                           : await_without_limit(turn, fd, wait);
    (void)set_waiting(fd, F_UNLCK);
    return outcome;
}

static jsp_turn_outcome take_from_processes(jsp_turn *turn, int fd, const jsp_wait *wait)
{
    if (turn->in_a_row++ >= TURNS_IN_A_ROW) {
        let_others_first(turn, fd, wait);
        turn->in_a_row = 1;
    }
    int rc = set_lock(fd, F_SETLK, F_WRLCK);
    if (rc != EAGAIN && rc != EACCES) {
        return JSP_TURN_TAKEN; /* also where it cannot be had at all */
    }
    turn->in_a_row = 1;
    atomic_store(&turn->was_others, true);
    jsp_turn_outcome outcome = await_others(turn, fd, wait);
    /* since now, and not since the wait began; or not at all, as it may have come with the last moment */
    (void)set_lock(fd, F_SETLK, outcome == JSP_TURN_TAKEN ? F_WRLCK : F_UNLCK);
    return outcome;
}

/* ---- Both ---- */

jsp_turn_outcome jsp_turn_take(jsp_turn *turn, MDB_env *env, const jsp_wait *wait)
{
    int fd;
    jsp_turn_outcome outcome = take_from_threads(turn, wait);
    if (outcome != JSP_TURN_TAKEN || mdb_env_get_fd(env, &fd) != 0) {
        return outcome;
    }
    outcome = take_from_processes(turn, fd, wait);
    if (outcome != JSP_TURN_TAKEN) {
        give_to_threads(turn);
    }
    return outcome;
}

void jsp_turn_end(jsp_turn *turn, MDB_env *env)
{
    int fd;
    if (mdb_env_get_fd(env, &fd) == 0) {
        (void)set_lock(fd, F_SETLK, F_UNLCK);
    }
    give_to_threads(turn);
}

bool jsp_turn_is_own(jsp_turn *turn)
{
    (void)pthread_mutex_lock(&turn->lock);
    bool is_own = turn->holder == gettid();
    (void)pthread_mutex_unlock(&turn->lock);
    return is_own;
}

bool jsp_turn_find_holder(jsp_turn *turn, MDB_env *env, jsp_turn_holder *holder)
{
    int fd;
    struct flock other = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    *holder = (jsp_turn_holder){0};
    if (mdb_env_get_fd(env, &fd) == 0 && fcntl(fd, F_GETLK, &other) == 0
        && other.l_type != F_UNLCK) {
        holder->process = other.l_pid > 0 ? other.l_pid : 0;
        holder->since = other.l_len > 1 ? other.l_len : 0;
        return true;
    }
    (void)pthread_mutex_lock(&turn->lock);
    bool is_thread = turn->holder != 0 && turn->holder != gettid();
    if (is_thread) {
        *holder = (jsp_turn_holder){getpid(), turn->holder, turn->since};
    }
    (void)pthread_mutex_unlock(&turn->lock);
    return is_thread;
}
