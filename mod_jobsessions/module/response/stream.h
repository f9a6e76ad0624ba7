/* SPDX-License-Identifier: Apache-2.0 */
/* A document on its way to a client.
 *
 * The handler's thread renders a chunk, passes it down the filters, renders the next. As long as
 * the client keeps up, bytes go from the map to the network and are copied once. But passing can
 * block for as long as a client likes, and an old snapshot keeps LMDB from using pages again. So
 * the time spent waiting is added up, and when it is too much whoever notices first, the thread
 * itself between two chunks or the watchdog while it is blocked, sees to it that the rest is in a
 * spool, and the snapshot ends. The client then gets the file, at its own pace. */
#ifndef JOBSESSIONS_STREAM_H
#define JOBSESSIONS_STREAM_H

#include "httpd.h"

#include "request/reading.h"

enum stream_state {
    STREAM_PASSING, /* in the filters; the watchdog may take the rest over */
    STREAM_TAKEN,   /* the watchdog is spooling the rest */
    STREAM_SPOOLED  /* it is done with it */
};

struct stream {
    struct reading *reading;
    const char *key; /* documents of one database with the same key are equal; NULL: not known */
    /* the watchdog's, under its lock */
    struct stream *next;
    struct stream **link;
    enum stream_state state;
    apr_uint64_t received; /* bytes that had reached the client before this pass */
    apr_time_t passing_since;
    apr_interval_time_t waited; /* in earlier passes */
    /* when the rest is spooled */
    struct spool *spool; /* NULL: it could not be */
    apr_off_t sent;      /* bytes of the document before */
    js_document *document;
};

/* A stream from the request's pool; its document is yet to be begun. */
struct stream *stream_make(request_rec *r, struct reading *reading);

/* Send a document of which nothing has been sent yet; headers but Content-Length are set. Returns
 * what the handler returns. */
int stream_send(request_rec *r, struct stream *stream);

/* Send a response that has no body, such as 304, at once. Returns what the handler returns. */
int stream_send_nothing(request_rec *r, int status);

/* Whether a client that is making us wait, for so long now, may hold its snapshot no longer. While
 * nobody writes an old snapshot costs nothing, and 0.7 s of waiting are allowed in all; as soon as
 * others have committed it keeps their old pages from being used, and it is a matter of milliseconds. */
int stream_is_overdue(const struct stream *stream, apr_interval_time_t waiting);

/* Spool what is left, and end the reading. Runs in any one thread. */
void stream_spool(struct stream *stream);

#endif
