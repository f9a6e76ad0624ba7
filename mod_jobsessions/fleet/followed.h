/* SPDX-License-Identifier: Apache-2.0 */
/* A source, its appliance in PostgreSQL, and how it goes with the two. */
#ifndef JS_FLEET_FOLLOWED_H
#define JS_FLEET_FOLLOWED_H

#include <time.h>

#include "fleet.h"
#include "reader.h"

struct followed {
    struct reader reader;
    struct appliance appliance;
    bool ready;        /* to be asked as soon as it rests */
    bool batched;      /* what it said last is in the batch */
    bool finished;     /* nothing more is wanted of it */
    unsigned refusals; /* by PostgreSQL, one after the other */
    unsigned patience; /* 0: it was read well */
    time_t due;        /* not to be asked again before that */
    /* for the metrics */
    uint64_t source_usn; /* the last one that the source is known to have */
    uint64_t changes;    /* that were read */
    uint64_t failures;
    time_t read_at;    /* when it was read to its end; 0: never */
    time_t success_at; /* the same, when that is in PostgreSQL too */
};

#endif
