/* SPDX-License-Identifier: Apache-2.0 */
/* Bringing what sources have into PostgreSQL: all are asked at once, and what they say is written as it comes. */
#ifndef JS_FLEET_FOLLOWING_H
#define JS_FLEET_FOLLOWING_H

#include "batch.h"
#include "followed.h"
#include "progress.h"

/* Begins as zeros, but for what is asked for. */
struct following {
    const char *to;      /* what libpq takes */
    const char *metrics; /* a file; NULL: none */
    bool once;           /* end when everything is there */
    unsigned interval;   /* seconds */
    struct followed *sources;
    size_t count;
    struct readers readers;
    struct fleet fleet;
    struct batch batch; /* with room for all sources */
    struct timespec batch_due;
    time_t round;      /* when all are to be asked again */
    unsigned patience; /* seconds until PostgreSQL is tried again; 0: there is a connection */
    time_t retry;
    bool failed; /* a transaction has, in this round */
    bool alone;  /* a transaction failed: each source has one of its own, so that it fails alone */
    struct progress progress;
    enum exit_code code;
};

/* Until SIGTERM or SIGINT, or with `once` the end. EXIT_DONE; EXIT_REFUSED: another process follows the same appliance,
 * or the schema is another; EXIT_DATABASE: something could not be read or written, with `once`. */
enum exit_code follow(struct following *following);

#endif
