/* SPDX-License-Identifier: Apache-2.0 */
/* A document on its way to a client.
 *
 * The handler's thread renders a chunk, passes it down the filters, renders the next. As long as
 * the client keeps up, bytes go from the map to the network and are copied once. But passing can
 * block for as long as a client likes, and an old snapshot keeps LMDB from using pages again. So
 * the time spent waiting is added up, and when it is too much (stream_policy) whoever notices first,
 * the thread itself between two chunks or the watchdog while it is blocked, sees to it that the rest is
 * in a spool, and the snapshot ends. The client then gets the file, at its own pace.
 *
 * A stream is made in its request's pool and used by the request's thread; while a chunk is passed, what
 * it points to is the watchdog's. */
#ifndef JOBSESSIONS_STREAM_H
#define JOBSESSIONS_STREAM_H

#include "httpd.h"

#include "request/reading.h"
#include "response/body.h"
#include "response/representation.h"

struct stream {
    struct reading *reading;
    const char *key;  /* documents of one database with the same key are equal; NULL: not known */
    struct body body; /* its document, to begin with */
    enum representation representation;
};

/* A stream from the request's pool; its document is yet to be begun. */
struct stream *stream_make(request_rec *r, struct reading *reading);

/* Send a document of which nothing has been sent yet; headers are set. The reading has ended then. Returns what
 * the handler returns. */
int stream_send(request_rec *r, struct stream *stream);

#endif
