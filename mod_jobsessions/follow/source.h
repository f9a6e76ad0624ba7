/* SPDX-License-Identifier: Apache-2.0 */
/* A database that is followed: the directory of an appliance, or a copy of it. */
#ifndef JS_FOLLOW_SOURCE_H
#define JS_FOLLOW_SOURCE_H

#include <sys/types.h>

#include "base/exit_code.h"
#include "jobsessions_read.h"
#include "rows.h"

struct source {
    const char *name; /* of the appliance */
    const char *directory;
    js_database *database; /* NULL: not open */
    dev_t device;          /* its data.mdb, as it was opened */
    ino_t inode;
    bool silent; /* what is wrong with it was said */
};

/* A page of changes. */
struct page {
    char identity[JS_IDENTITY_TEXT]; /* whose they are */
    bool foreign;      /* they are of another history than was asked for: nothing was read */
    bool more;         /* others follow */
    uint64_t usn;      /* of the last one; without any, what was asked for */
    uint64_t last_usn; /* of the database */
};

/* What was read of a source before. */
struct place {
    char identity[JS_IDENTITY_TEXT]; /* empty: nothing */
    uint64_t usn;
};

/* Read the next changes, as many as go into a transaction of PostgreSQL's, in one snapshot, which has ended
 * when this returns. A database that was put in the place of another is opened. EXIT_DONE; EXIT_DATABASE
 * after a complaint, which is not repeated as long as nothing changes. */
enum exit_code source_read(struct source *source, const struct place *from, struct rows *rows,
                           struct page *page);

void source_close(struct source *source);

#endif
