/* SPDX-License-Identifier: Apache-2.0 */
/* What is followed, and a page of its changes. */
#ifndef JS_FLEET_SOURCE_PAGE_H
#define JS_FLEET_SOURCE_PAGE_H

#include <curl/curl.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "base/exit_code.h"
#include "jobsessions_read.h"
#include "rows.h"

/* What goes into one transaction at most: sessions, and bytes of rows. */
#define SOURCE_PAGE_SESSIONS 20000
#define SOURCE_PAGE_BYTES ((size_t)16 << 20)

/* Room for an entity tag; a longer one is not remembered. */
#define SOURCE_TAG 256

/* How URLs are asked; each but `end` may be NULL. */
struct access {
    const char
        *tokens;    /* a directory: the bearer token of an appliance is in the file of its name */
    const char *ca; /* a file of the certificates to trust, instead of the system's */
    const atomic_bool *end; /* requests are given up */
};

struct source {
    const char *name;  /* of the appliance */
    const char *where; /* a directory, or a URL */
    const struct access *access;
    js_database *database; /* of a directory: NULL when it is not open */
    dev_t device;          /* its data.mdb, as it was opened */
    ino_t inode;
    CURL *curl;           /* of a URL: NULL before the first request */
    char tag[SOURCE_TAG]; /* of the answer that had nothing new, and the place it was asked for */
    uint64_t tag_usn;
    bool silent; /* what is wrong with it was said */
};

/* A page of changes. */
struct page {
    char identity[JS_HISTORY_TEXT]; /* whose they are, as js_snapshot_history() tells it */
    bool foreign;      /* they are of another history than was asked for: nothing was read */
    bool more;         /* others follow */
    uint64_t usn;      /* of the last one; without any, what was asked for */
    uint64_t last_usn; /* of the database, when that is the first page; or less */
};

/* What was read of a source before. */
struct place {
    char identity[JS_HISTORY_TEXT]; /* empty: nothing */
    uint64_t usn;
};

/* Complain, once as long as the source is not read well. Returns EXIT_DATABASE. */
__attribute__((format(printf, 2, 3))) enum exit_code source_fail(struct source *source,
                                                                 const char *format, ...);

#endif
