/* SPDX-License-Identifier: Apache-2.0 */
/* One thread a process that looks, every millisecond, after work that may be blocked for as long as a client
 * likes, and takes over from it what must not wait.
 *
 * Who is about to do something that may block fills a `watched` with two callbacks, embeds it in what the
 * callbacks need, and puts it before the watchdog until it is done. Meanwhile the watchdog may find it
 * overdue and take over, once: the other thread must not touch what is taken over between watchdog_watch()
 * and watchdog_unwatch(). The thread starts with its child, sleeps while nothing is watched, and ends before
 * the child's pool is cleared. */
#ifndef JOBSESSIONS_WATCHDOG_H
#define JOBSESSIONS_WATCHDOG_H

#include "httpd.h"

#include "apr_time.h"

enum watched_state {
    WATCHED_PASSING, /* may be taken over */
    WATCHED_TAKEN,   /* is being taken over */
    WATCHED_DONE     /* was taken over */
};

struct watched {
    /* Whether it must not wait any longer, after so long. In the watchdog's thread, its lock held. */
    int (*is_overdue)(void *baton, apr_interval_time_t waiting);
    /* Do what cannot wait. In the watchdog's thread, without the lock; may take its time. */
    void (*take_over)(void *baton);
    void *baton;
    /* the watchdog's, under its lock */
    struct watched *next;
    struct watched **link;
    enum watched_state state;
    apr_time_t since;
};

/* Start the thread in a new child. */
void watchdog_child_init(apr_pool_t *pchild, apr_pool_t *lasting, server_rec *server);

void watchdog_watch(struct watched *watched);

/* Returns whether it was taken over, after that is done. *passed receives the time since
 * watchdog_watch(). */
int watchdog_unwatch(struct watched *watched, apr_interval_time_t *passed);

#endif
