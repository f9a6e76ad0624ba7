/* SPDX-License-Identifier: Apache-2.0 */
/* Changes that follow a usn, copied out of a snapshot, so that it can end before anybody is waited for. */
#ifndef JS_TOOL_CHANGES_H
#define JS_TOOL_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jobsessions_read.h"

/* At most so many at a time. */
#define CHANGES_MAX 1000

struct change {
    js_session session;  /* its texts are the page's */
    char id[JS_ID_TEXT]; /* where it was removed, or is damaged */
    uint64_t usn;        /* 0: not known, as the record is damaged */
    size_t at;           /* where its text stands */
};

struct changes {
    struct change list[CHANGES_MAX];
    size_t count;
    uint64_t last_usn; /* where to go on, */
    char history
        [JS_HISTORY_TEXT]; /* and what to remember for that; empty: where it began is not known */
    bool forgotten;        /* there was such a usn, but removals behind it are no longer told */
    bool more;             /* at once */
    char *text;
    size_t length;
};

/* Take the next. JS_OK, also when there are none; JS_AHEAD: the usn was never given here, or is forgotten: begin anew
 * behind usn 0, where the history is found; or why they cannot be read. Give them back with changes_free(), whatever the result. */
js_result changes_take(struct changes *changes, js_database *database, uint64_t since,
                       js_error *error);

void changes_free(struct changes *changes);

#endif
