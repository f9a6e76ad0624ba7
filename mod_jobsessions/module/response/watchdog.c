/* SPDX-License-Identifier: Apache-2.0 */
#include "response/watchdog.h"

#include <pthread.h>
#include <unistd.h>

#include "ap_mpm.h"
#include "apr_signal.h"
#include "apr_thread_proc.h"
#include "http_log.h"

#include "response/stream_policy.h"
#include "server/exit_lock.h"
#include "server/log.h"
#include "server/monotonic.h"

APLOG_USE_MODULE(jobsessions);

#define TICK apr_time_from_msec(1)
#define EXIT_WAIT apr_time_from_sec(2)

/* Who takes over: as many as there are processors, in these bounds. One would let a short document wait for
 * the longest; more than four copy no faster. */
#define HELPERS_LEAST 2
#define HELPERS_MOST 4

/* Who is next has been in the queue for so long: those behind will hardly get their turn in time. */
#define CROWDED ((apr_interval_time_t)250 * 1000)

static struct {
    apr_thread_t *threads[1 + HELPERS_MOST]; /* the first one looks, the others take over */
    unsigned started;
    pthread_mutex_t lock; /* for what follows */
    pthread_cond_t wake;  /* the one who looks, from its sleep */
    pthread_cond_t work;  /* somebody is in the queue */
    pthread_cond_t done;  /* what was taken over is done */
    struct watched *passing;
    struct watched *queue; /* overdue, the oldest first */
    unsigned running;      /* threads */
    int asleep;
    int active; /* something was watched since the last tick */
    int stop;
} watchdog = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .wake = PTHREAD_COND_INITIALIZER,
    .work = PTHREAD_COND_INITIALIZER,
    .done = PTHREAD_COND_INITIALIZER,
};

/* ---- Lists, with the lock held --------------------------------------------------------------- */

static void link_watched(struct watched **link, struct watched *watched)
{
    watched->next = *link;
    watched->link = link;
    if (watched->next != NULL) {
        watched->next->link = &watched->next;
    }
    *link = watched;
}

static void unlink_watched(struct watched *watched)
{
    *watched->link = watched->next;
    if (watched->next != NULL) {
        watched->next->link = watched->link;
    }
}

static void enqueue(struct watched *watched)
{
    struct watched **link = &watchdog.queue;
    while (*link != NULL && (*link)->began <= watched->began) {
        link = &(*link)->next;
    }
    link_watched(link, watched);
    watched->state = WATCHED_QUEUED;
    watched->queued = monotonic_now();
    (void)pthread_cond_signal(&watchdog.work);
}

static void wake(void)
{
    watchdog.active = 1;
    if (watchdog.asleep) {
        (void)pthread_cond_signal(&watchdog.wake);
    }
}

/* ---- The threads of requests ----------------------------------------------------------------- */

void watchdog_watch(struct watched *watched)
{
    watched->since = monotonic_now();
    (void)pthread_mutex_lock(&watchdog.lock);
    watched->state = WATCHED_PASSING;
    link_watched(&watchdog.passing, watched);
    wake();
    (void)pthread_mutex_unlock(&watchdog.lock);
}

/* Wait for what is on its way, unless the child ends first; with the lock held. Whether it was taken over. */
static int await(struct watched *watched)
{
    while (watched->state == WATCHED_TAKEN
           || (watched->state == WATCHED_QUEUED && !watchdog.stop)) {
        (void)pthread_cond_wait(&watchdog.done, &watchdog.lock);
    }
    return watched->state == WATCHED_DONE;
}

int watchdog_unwatch(struct watched *watched, int is_wanted, apr_interval_time_t *passed)
{
    apr_time_t now = monotonic_now();
    (void)pthread_mutex_lock(&watchdog.lock);
    int taken = (is_wanted || watched->state != WATCHED_QUEUED) && watched->state != WATCHED_PASSING
                && await(watched);
    if (!taken && watched->state != WATCHED_DONE) {
        unlink_watched(watched);
    }
    (void)pthread_mutex_unlock(&watchdog.lock);
    *passed = now - watched->since;
    return taken;
}

void watchdog_hand_over(struct watched *watched)
{
    watched->since = monotonic_now();
    (void)pthread_mutex_lock(&watchdog.lock);
    int taken = 0;
    if (watchdog.started > 1 && !watchdog.stop) {
        enqueue(watched);
        wake();
        taken = await(watched);
        if (!taken) {
            unlink_watched(watched);
        }
    }
    (void)pthread_mutex_unlock(&watchdog.lock);
    if (!taken) {
        watched->take_over(watched->baton);
    }
}

int watchdog_is_crowded(void)
{
    (void)pthread_mutex_lock(&watchdog.lock);
    int is_crowded = watchdog.queue != NULL
                     && monotonic_now() - watchdog.queue->queued > CROWDED * RENDERING_SLOWNESS;
    (void)pthread_mutex_unlock(&watchdog.lock);
    return is_crowded;
}

/* ---- The one who looks ----------------------------------------------------------------------- */

static void queue_overdue(void)
{
    apr_time_t now = monotonic_now();
    struct watched *next;
    for (struct watched *watched = watchdog.passing; watched != NULL; watched = next) {
        next = watched->next;
        if (watched->is_overdue(watched->baton, now - watched->since)) {
            unlink_watched(watched);
            enqueue(watched);
        }
    }
}

static struct watched *find_joined(void)
{
    struct watched *watched = watchdog.queue;
    while (watched != NULL && !watched->join(watched->baton)) {
        watched = watched->next;
    }
    return watched;
}

static struct watched *find_late(void)
{
    apr_time_t now = monotonic_now();
    struct watched *watched = watchdog.queue;
    while (watched != NULL && !watched->is_late(watched->baton, now - watched->since)) {
        watched = watched->next;
    }
    return watched;
}

/* Do it without the lock, and tell who waits. */
static void carry_out(struct watched *watched, void (*what)(void *baton))
{
    unlink_watched(watched);
    watched->state = WATCHED_TAKEN;
    (void)pthread_mutex_unlock(&watchdog.lock);
    what(watched->baton);
    (void)pthread_mutex_lock(&watchdog.lock);
    watched->state = WATCHED_DONE;
    (void)pthread_cond_broadcast(&watchdog.done);
}

static void look(void)
{
    struct watched *watched;
    queue_overdue();
    while (!watchdog.stop && (watched = find_joined()) != NULL) {
        carry_out(watched, watched->let_go);
    }
    while (!watchdog.stop && (watched = find_late()) != NULL) {
        carry_out(watched, watched->give_up);
    }
}

static void *end_thread(apr_thread_t *thread)
{
    watchdog.running--;
    (void)pthread_mutex_unlock(&watchdog.lock);
    apr_thread_exit(thread, APR_SUCCESS);
    return NULL;
}

static void *APR_THREAD_FUNC run_looking(apr_thread_t *thread, void *dummy)
{
    (void)dummy;
    /* httpd's signals are for its own threads */
    (void)apr_setup_signal_thread();
    (void)pthread_mutex_lock(&watchdog.lock);
    while (!watchdog.stop) {
        if (watchdog.passing == NULL && watchdog.queue == NULL && !watchdog.active) {
            watchdog.asleep = 1;
            (void)pthread_cond_wait(&watchdog.wake, &watchdog.lock);
            watchdog.asleep = 0;
        } else {
            watchdog.active = 0;
            monotonic_wait(&watchdog.wake, &watchdog.lock, TICK);
            look();
        }
    }
    return end_thread(thread);
}

static void *APR_THREAD_FUNC run_helping(apr_thread_t *thread, void *dummy)
{
    (void)dummy;
    (void)apr_setup_signal_thread();
    (void)pthread_mutex_lock(&watchdog.lock);
    while (!watchdog.stop) {
        if (watchdog.queue == NULL) {
            (void)pthread_cond_wait(&watchdog.work, &watchdog.lock);
        } else {
            carry_out(watchdog.queue, watchdog.queue->take_over);
        }
    }
    return end_thread(thread);
}

/* ---- Beginning and end ----------------------------------------------------------------------- */

/* Tell the threads to stop. Whether they have. */
static int have_stopped(void)
{
    if (!exit_lock(&watchdog.lock)) {
        return 0;
    }
    watchdog.stop = 1;
    (void)pthread_cond_signal(&watchdog.wake);
    (void)pthread_cond_broadcast(&watchdog.work);
    (void)pthread_cond_broadcast(&watchdog.done);
    int stopped = watchdog.running == 0;
    (void)pthread_mutex_unlock(&watchdog.lock);
    return stopped;
}

/* They end after what they have taken over at the moment, unless that waits for a lock whose holder was
 * interrupted for good. */
static apr_status_t stop(void *dummy)
{
    apr_status_t status; /* the threads', which says nothing */
    apr_time_t deadline = monotonic_now() + EXIT_WAIT;
    (void)dummy;
    while (!have_stopped()) {
        if (monotonic_now() > deadline) {
            return APR_SUCCESS;
        }
        apr_sleep(TICK);
    }
    for (unsigned i = 0; i < watchdog.started; i++) {
        (void)apr_thread_join(&status, watchdog.threads[i]);
    }
    return APR_SUCCESS;
}

/* A child with one thread for requests has one client at a time. */
static unsigned helpers(void)
{
    int threads;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads) == APR_SUCCESS && threads <= 1) {
        return 1;
    }
    return processors < HELPERS_LEAST  ? HELPERS_LEAST
           : processors > HELPERS_MOST ? HELPERS_MOST
                                       : (unsigned)processors;
}

void watchdog_child_init(apr_pool_t *pchild, apr_pool_t *lasting, server_rec *server)
{
    apr_status_t status = APR_SUCCESS;
    unsigned wanted = 1 + helpers();
    while (watchdog.started < wanted && status == APR_SUCCESS) {
        unsigned i = watchdog.started;
        watchdog.running++;
        status = apr_thread_create(&watchdog.threads[i], NULL, i == 0 ? run_looking : run_helping,
                                   NULL, lasting);
        watchdog.started += status == APR_SUCCESS;
    }
    if (status != APR_SUCCESS) {
        watchdog.running--;
        ap_log_error(APLOG_MARK, APLOG_CRIT, status, server,
                     JSLOGNO(0400) "the threads that look after slow clients could not be started");
    }
    apr_pool_pre_cleanup_register(pchild, NULL, stop);
}
