/* SPDX-License-Identifier: Apache-2.0 */
/* A document on its way to a client.
 *
 * The handler's thread renders a chunk, passes it down the filters, renders the next. As long as
 * the client keeps up, bytes go from the map to the network and are copied once. But passing can
 * block for as long as a client likes, and an old snapshot keeps LMDB from using pages again. So
 * the time spent waiting is added up, and past STREAM_WAIT_MAX whoever notices first, the thread
 * itself between two chunks or the watchdog while it is blocked, renders the rest to a file, and
 * the snapshot ends. The client then gets the file, at its own pace. */
#ifndef JOBSESSIONS_STREAM_H
#define JOBSESSIONS_STREAM_H

#include "apr_file_io.h"
#include "apr_thread_mutex.h"
#include "httpd.h"

#include "reading.h"

#define STREAM_WAIT_MAX apr_time_from_msec(700)

enum stream_state {
    STREAM_PASSING, /* in the filters; the watchdog may take the rest over */
    STREAM_TAKEN,   /* the watchdog is spooling the rest */
    STREAM_SPOOLED  /* it is done with it */
};

struct stream {
    struct reading *reading;
    js_document document;
    /* the watchdog's, under its lock */
    struct stream *next;
    struct stream **link;
    enum stream_state state;
    apr_time_t passing_since;
    apr_interval_time_t waited; /* in earlier passes */
    /* what has been spooled */
    apr_pool_t *spool_pool; /* its own, as another thread may fill it */
    apr_file_t *spool;
    apr_off_t spooled;
    int broken; /* the document cannot be completed */
};

/* In a new child: find the directory for temporary files. */
void stream_child_init(apr_pool_t *pchild);

/* Send a document of which nothing has been sent yet; headers but Content-Length are set. Returns
 * what the handler returns. */
int stream_send(request_rec *r, struct stream *stream);

/* Render what is left to a file and end the reading. Runs in any one thread. */
void stream_spool(struct stream *stream);

#endif
