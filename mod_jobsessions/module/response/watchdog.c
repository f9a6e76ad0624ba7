/* SPDX-License-Identifier: Apache-2.0 */
#include "response/watchdog.h"

#include "apr_signal.h"
#include "apr_thread_cond.h"
#include "apr_thread_proc.h"
#include "http_log.h"

#include "response/spool.h"
#include "server/exit_lock.h"

APLOG_USE_MODULE(jobsessions);

#define TICK apr_time_from_msec(1)
#define EXIT_WAIT apr_time_from_sec(2)

static struct {
    apr_thread_t *thread;
    apr_thread_mutex_t *lock;
    apr_thread_cond_t *wake; /* the thread, from its sleep */
    apr_thread_cond_t *done; /* a taken stream is spooled */
    struct stream *passing;
    int asleep;
    int active; /* something was watched since the last tick */
    int stop;
    int ended;
} watchdog;

void watchdog_watch(struct stream *stream)
{
    stream->passing_since = apr_time_now();
    (void)apr_thread_mutex_lock(watchdog.lock);
    stream->state = STREAM_PASSING;
    stream->next = watchdog.passing;
    stream->link = &watchdog.passing;
    if (stream->next != NULL) {
        stream->next->link = &stream->next;
    }
    watchdog.passing = stream;
    watchdog.active = 1;
    if (watchdog.asleep) {
        (void)apr_thread_cond_signal(watchdog.wake);
    }
    (void)apr_thread_mutex_unlock(watchdog.lock);
}

static void unlink_stream(struct stream *stream)
{
    *stream->link = stream->next;
    if (stream->next != NULL) {
        stream->next->link = stream->link;
    }
}

int watchdog_unwatch(struct stream *stream, apr_interval_time_t busy)
{
    int taken;
    (void)apr_thread_mutex_lock(watchdog.lock);
    taken = stream->state != STREAM_PASSING;
    while (stream->state == STREAM_TAKEN) {
        (void)apr_thread_cond_wait(watchdog.done, watchdog.lock);
    }
    if (!taken) {
        unlink_stream(stream);
    }
    (void)apr_thread_mutex_unlock(watchdog.lock);
    apr_interval_time_t waited = apr_time_now() - stream->passing_since - busy;
    stream->waited += waited > 0 ? waited : 0;
    return taken;
}

static struct stream *overdue(void)
{
    apr_time_t now = apr_time_now();
    struct stream *stream = watchdog.passing;
    while (stream != NULL && !stream_is_overdue(stream, now - stream->passing_since)) {
        stream = stream->next;
    }
    return stream;
}

static void spool_overdue(void)
{
    struct stream *stream;
    while (!watchdog.stop && (stream = overdue()) != NULL) {
        unlink_stream(stream);
        stream->state = STREAM_TAKEN;
        (void)apr_thread_mutex_unlock(watchdog.lock);
        stream_spool(stream);
        (void)apr_thread_mutex_lock(watchdog.lock);
        stream->state = STREAM_SPOOLED;
        (void)apr_thread_cond_broadcast(watchdog.done);
    }
}

static void *APR_THREAD_FUNC run(apr_thread_t *thread, void *dummy)
{
    (void)dummy;
    /* httpd's signals are for its own threads */
    (void)apr_setup_signal_thread();
    (void)apr_thread_mutex_lock(watchdog.lock);
    while (!watchdog.stop) {
        if (watchdog.passing == NULL && !watchdog.active) {
            watchdog.asleep = 1;
            (void)apr_thread_cond_wait(watchdog.wake, watchdog.lock);
            watchdog.asleep = 0;
        } else {
            watchdog.active = 0;
            (void)apr_thread_cond_timedwait(watchdog.wake, watchdog.lock, TICK);
            spool_overdue();
        }
    }
    watchdog.ended = 1;
    (void)apr_thread_mutex_unlock(watchdog.lock);
    apr_thread_exit(thread, APR_SUCCESS);
    return NULL;
}

/* Tell the thread to stop. Whether it has. */
static int has_stopped(void)
{
    int ended;
    if (!exit_lock(watchdog.lock)) {
        return 0;
    }
    watchdog.stop = 1;
    (void)apr_thread_cond_signal(watchdog.wake);
    ended = watchdog.ended;
    (void)apr_thread_mutex_unlock(watchdog.lock);
    return ended;
}

/* It ends after a chunk of the stream at hand, unless that waits for a lock whose holder was interrupted
 * for good. */
static apr_status_t stop(void *dummy)
{
    apr_status_t result;
    apr_time_t deadline = apr_time_now() + EXIT_WAIT;
    (void)dummy;
    spool_child_exit();
    while (!has_stopped()) {
        if (apr_time_now() > deadline) {
            return APR_SUCCESS;
        }
        apr_sleep(TICK);
    }
    (void)apr_thread_join(&result, watchdog.thread);
    return APR_SUCCESS;
}

void watchdog_child_init(apr_pool_t *pchild, apr_pool_t *lasting, server_rec *server)
{
    apr_status_t status =
        apr_thread_mutex_create(&watchdog.lock, APR_THREAD_MUTEX_DEFAULT, lasting);
    if (status == APR_SUCCESS) {
        status = apr_thread_cond_create(&watchdog.wake, lasting);
    }
    if (status == APR_SUCCESS) {
        status = apr_thread_cond_create(&watchdog.done, lasting);
    }
    if (status == APR_SUCCESS) {
        status = apr_thread_create(&watchdog.thread, NULL, run, NULL, lasting);
    }
    if (status != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, status, server,
                     "the thread that looks after slow clients could not be started");
        return;
    }
    apr_pool_pre_cleanup_register(pchild, NULL, stop);
}
