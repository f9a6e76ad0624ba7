/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for news of a database that may be replaced, or away, meanwhile. Looks at it a few times a second, each time
 * for as long as a snapshot takes to begin: who follows holds nothing up. */
#ifndef JS_TOOL_FOLLOW_H
#define JS_TOOL_FOLLOW_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/exit_code.h"
#include "base/options.h"
#include "jobsessions_read.h"

struct follow {
    const struct options *options;
    js_database *database; /* NULL while there is none */
    struct stat file;      /* data.mdb as it was opened */
    char identity[JS_IDENTITY_TEXT];
    char version[JS_VERSION_TEXT]; /* of what was told last */
    char
        said[sizeof(((js_error *)0)->message)]; /* why it cannot be read, so that it is said once */
};

enum follow_event {
    FOLLOW_NEWS,     /* something has changed, or this is the first look */
    FOLLOW_RESTORED, /* the same, and the identity is another: what was seen is no longer so */
    FOLLOW_END       /* a signal has come, or nobody reads standard output any more */
};

/* Open the database, and from now on take SIGINT and SIGTERM for the wish to end. EXIT_DONE, or EXIT_DATABASE after a
 * complaint. */
enum exit_code follow_begin(struct follow *follow, const struct options *options);

/* Wait for the next event. With news there is a database. */
enum follow_event follow_wait(struct follow *follow);

/* Whether the wish to end has come. */
bool follow_is_over(void);

/* Whether it has come by a signal. */
bool follow_was_asked(void);

/* Pass on what was printed. False: nobody reads it any more, or, which was said, it cannot be written. */
bool follow_flush(enum exit_code *code);

void follow_end(struct follow *follow);

#endif
