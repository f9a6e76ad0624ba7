/* SPDX-License-Identifier: Apache-2.0 */
/* A thread a process that looks, every millisecond, after work that may be blocked for as long as a client
 * likes, and a few that take over from it what must not wait.
 *
 * Who is about to do something that may block fills a `watched` with its callbacks, embeds it in what the
 * callbacks need, and puts it before the watchdog until it is done. Who is found overdue comes into a queue,
 * of which the oldest is taken over first, once; who finds there that others do the same joins them without
 * waiting for a turn, and whose turn has not come when it is late is given up. The
 * other thread must not touch what is taken over between watchdog_watch() and watchdog_unwatch(). The threads
 * start with their child, sleep while nothing is watched, and end before the child's pool is cleared. */
#ifndef JOBSESSIONS_WATCHDOG_H
#define JOBSESSIONS_WATCHDOG_H

#include "httpd.h"

#include "apr_time.h"

enum watched_state {
    WATCHED_PASSING, /* may be taken over */
    WATCHED_QUEUED,  /* will be taken over */
    WATCHED_TAKEN,   /* is being taken over */
    WATCHED_DONE     /* was taken over */
};

struct watched {
    /* Whether it must not wait any longer, after so long. In the watchdog's thread, its lock held. */
    int (*is_overdue)(void *baton, apr_interval_time_t waiting);
    /* Join who does the same; whether there is such. In the watchdog's thread, its lock held. */
    int (*join)(void *baton);
    /* Whether it has waited for its turn as long as it may. In the watchdog's thread, its lock held. */
    int (*is_late)(void *baton, apr_interval_time_t waiting);
    /* Do what cannot wait. In one of the watchdog's threads, without the lock; may take its time. */
    void (*take_over)(void *baton);
    /* Let go of what cannot wait, at once: it has joined, or is given up. In the watchdog's thread, without the
     * lock. */
    void (*let_go)(void *baton);
    void (*give_up)(void *baton);
    void *baton;
    apr_time_t began; /* what it holds: monotonic, the oldest is taken over first */
    /* the watchdog's, under its lock */
    struct watched *next;
    struct watched **link;
    enum watched_state state;
    apr_time_t since;
    apr_time_t queued;
};

/* Start the threads in a new child. */
void watchdog_child_init(apr_pool_t *pchild, apr_pool_t *lasting, server_rec *server);

void watchdog_watch(struct watched *watched);

/* Returns whether it was taken over or given up, after that is done; what is in the queue is waited for if it
 * is still wanted. *passed receives the time since watchdog_watch(), without that wait. */
int watchdog_unwatch(struct watched *watched, int is_wanted, apr_interval_time_t *passed);

/* Have it taken over, when it is its turn, or given up; returns when that is done. */
void watchdog_hand_over(struct watched *watched);

/* Whether those who wait for their turn wait for so long that newcomers had better come later. */
int watchdog_is_crowded(void);

#endif
