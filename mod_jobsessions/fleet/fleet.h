/* SPDX-License-Identifier: Apache-2.0 */
/* The sessions of all appliances in PostgreSQL: conf/fleet/schema.sql.
 *
 * What is known of an appliance is of a generation: of one history of its database. When that was restored or replaced
 * the next generation is read from its beginning, beside the one before, and is shown once it is whole. Rows and the
 * usn up to which they were read are written by one transaction, which wants the usn to be the one before: whoever is
 * killed at any moment, and however many follow, each change is there once. */
#ifndef JS_FLEET_FLEET_H
#define JS_FLEET_FLEET_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/exit_code.h"
#include "rows.h"
#include "source.h"

struct fleet {
    PGconn *connection; /* NULL: none */
    uint64_t connects;  /* how often there was a new one */
};

/* What is known of an appliance. */
struct appliance {
    const char *name;
    int key;              /* 0: not asked yet */
    long long generation; /* 0: none */
    struct place place;
    uint64_t
        loaded_to; /* the last usn of the database when its first reading began: up to there each session
                         * is met once, and nothing of it is there before */
    bool complete;     /* it is the one that is shown */
    uint64_t connects; /* the connection's that asked */
};

/* Connect, where there is no connection. Each returns EXIT_DONE; EXIT_DATABASE after a complaint, and the connection
 * is closed then; EXIT_REFUSED when what is there is not ours, or somebody else follows the same appliance. */
enum exit_code fleet_connect(struct fleet *fleet, const char *where);

/* Ask what is known of an appliance, whose name is made known. */
enum exit_code fleet_find(struct fleet *fleet, const char *name, struct appliance *appliance);

/* Begin the next generation. */
enum exit_code fleet_renew(struct fleet *fleet, struct appliance *appliance,
                           const struct page *page);

/* How far an appliance that is shown has come. */
struct move {
    struct appliance *appliance;
    uint64_t usn;
};

/* Whether PostgreSQL has as much of each as was written, or more; of moves without their usns. EXIT_DATABASE: it was set
 * back, as by a restore, which fleet_find() tells of each; the connection is closed then, too. */
enum exit_code fleet_check(struct fleet *fleet, const struct move *moves, size_t count);

/* Write what changed of several appliances, and how far each has come, in one transaction. */
enum exit_code fleet_apply_moves(struct fleet *fleet, const struct move *moves, size_t count,
                                 const struct rows *rows);

/* Write a page and the place it goes up to. The first one behind which nothing follows shows the generation. */
enum exit_code fleet_apply(struct fleet *fleet, struct appliance *appliance,
                           const struct rows *rows, const struct page *page);

void fleet_close(struct fleet *fleet);

#endif
