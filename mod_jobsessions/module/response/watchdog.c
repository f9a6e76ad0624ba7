/* SPDX-License-Identifier: Apache-2.0 */
#include "response/watchdog.h"

#include <pthread.h>

#include "apr_signal.h"
#include "apr_thread_proc.h"
#include "http_log.h"

#include "server/exit_lock.h"
#include "server/log.h"
#include "server/monotonic.h"

APLOG_USE_MODULE(jobsessions);

#define TICK apr_time_from_msec(1)
#define EXIT_WAIT apr_time_from_sec(2)

static struct {
    apr_thread_t *thread;
    pthread_mutex_t lock;
    pthread_cond_t wake; /* the thread, from its sleep */
    pthread_cond_t done; /* what was taken over is done */
    struct watched *passing;
    int asleep;
    int active; /* something was watched since the last tick */
    int stop;
    int ended;
} watchdog = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .wake = PTHREAD_COND_INITIALIZER,
    .done = PTHREAD_COND_INITIALIZER,
};

void watchdog_watch(struct watched *watched)
{
    watched->since = monotonic_now();
    (void)pthread_mutex_lock(&watchdog.lock);
    watched->state = WATCHED_PASSING;
    watched->next = watchdog.passing;
    watched->link = &watchdog.passing;
    if (watched->next != NULL) {
        watched->next->link = &watched->next;
    }
    watchdog.passing = watched;
    watchdog.active = 1;
    if (watchdog.asleep) {
        (void)pthread_cond_signal(&watchdog.wake);
    }
    (void)pthread_mutex_unlock(&watchdog.lock);
}

static void unlink_watched(struct watched *watched)
{
    *watched->link = watched->next;
    if (watched->next != NULL) {
        watched->next->link = watched->link;
    }
}

int watchdog_unwatch(struct watched *watched, apr_interval_time_t *passed)
{
    int taken;
    (void)pthread_mutex_lock(&watchdog.lock);
    taken = watched->state != WATCHED_PASSING;
    while (watched->state == WATCHED_TAKEN) {
        (void)pthread_cond_wait(&watchdog.done, &watchdog.lock);
    }
    if (!taken) {
        unlink_watched(watched);
    }
    (void)pthread_mutex_unlock(&watchdog.lock);
    *passed = monotonic_now() - watched->since;
    return taken;
}

static struct watched *find_overdue(void)
{
    apr_time_t now = monotonic_now();
    struct watched *watched = watchdog.passing;
    while (watched != NULL && !watched->is_overdue(watched->baton, now - watched->since)) {
        watched = watched->next;
    }
    return watched;
}

static void take_over_overdue(void)
{
    struct watched *watched;
    while (!watchdog.stop && (watched = find_overdue()) != NULL) {
        unlink_watched(watched);
        watched->state = WATCHED_TAKEN;
        (void)pthread_mutex_unlock(&watchdog.lock);
        watched->take_over(watched->baton);
        (void)pthread_mutex_lock(&watchdog.lock);
        watched->state = WATCHED_DONE;
        (void)pthread_cond_broadcast(&watchdog.done);
    }
}

static void *APR_THREAD_FUNC run(apr_thread_t *thread, void *dummy)
{
    (void)dummy;
    /* httpd's signals are for its own threads */
    (void)apr_setup_signal_thread();
    (void)pthread_mutex_lock(&watchdog.lock);
    while (!watchdog.stop) {
        if (watchdog.passing == NULL && !watchdog.active) {
            watchdog.asleep = 1;
            (void)pthread_cond_wait(&watchdog.wake, &watchdog.lock);
            watchdog.asleep = 0;
        } else {
            watchdog.active = 0;
            monotonic_wait(&watchdog.wake, &watchdog.lock, TICK);
            take_over_overdue();
        }
    }
    watchdog.ended = 1;
    (void)pthread_mutex_unlock(&watchdog.lock);
    apr_thread_exit(thread, APR_SUCCESS);
    return NULL;
}

/* Tell the thread to stop. Whether it has. */
static int has_stopped(void)
{
    int ended;
    if (!exit_lock(&watchdog.lock)) {
        return 0;
    }
    watchdog.stop = 1;
    (void)pthread_cond_signal(&watchdog.wake);
    ended = watchdog.ended;
    (void)pthread_mutex_unlock(&watchdog.lock);
    return ended;
}

/* It ends after what it has taken over at the moment, unless that waits for a lock whose holder was
 * interrupted for good. */
static apr_status_t stop(void *dummy)
{
    apr_status_t status; /* the thread's, which says nothing */
    apr_time_t deadline = monotonic_now() + EXIT_WAIT;
    (void)dummy;
    while (!has_stopped()) {
        if (monotonic_now() > deadline) {
            return APR_SUCCESS;
        }
        apr_sleep(TICK);
    }
    (void)apr_thread_join(&status, watchdog.thread);
    return APR_SUCCESS;
}

void watchdog_child_init(apr_pool_t *pchild, apr_pool_t *lasting, server_rec *server)
{
    apr_status_t status = apr_thread_create(&watchdog.thread, NULL, run, NULL, lasting);
    if (status != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, status, server,
                     JSLOGNO(0400) "the thread that looks after slow clients could not be started");
        return;
    }
    apr_pool_pre_cleanup_register(pchild, NULL, stop);
}
