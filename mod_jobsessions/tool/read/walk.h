/* SPDX-License-Identifier: Apache-2.0 */
/* A walk over many sessions that keeps no snapshot while somebody waits: pages are taken of one snapshot each, and
 * handed on when it has ended. Who reads the output slowly does not make the database grow. A session that is there
 * and matches throughout is met once. */
#ifndef JS_TOOL_WALK_H
#define JS_TOOL_WALK_H

#include <stdio.h>

#include "base/exit_code.h"
#include "base/options.h"
#include "jobsessions_read.h"

/* Is told of each session, while the snapshot lasts. What it writes to `out` is passed on afterwards. */
typedef enum exit_code walk_row(void *baton, FILE *out, const js_session *session);

struct walk {
    const struct options *options;
    js_database *database;
    js_query query; /* of which the filter and the limit count; the walk moves its highest id */
    js_snapshot *snapshot; /* of the page at hand */
    walk_row *row;         /* which returns other than EXIT_DONE to end the walk */
    void *baton;
};

/* Walk on to the end, printing. EXIT_DONE; EXIT_DATABASE; or what `row` returned. */
enum exit_code walk_run(struct walk *walk);

#endif
