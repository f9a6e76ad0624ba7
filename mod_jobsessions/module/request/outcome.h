/* SPDX-License-Identifier: Apache-2.0 */
/* What became of a request, for the counters and the access log: notes that LogFormat writes as
 * %{jobsessions-end}n and the like.
 *
 * Whoever answers fills it in as far as it comes to that. How it ended is known only when httpd logs the request,
 * which it does behind the last byte: when the kernel has taken that, or the client is gone, be it long after the
 * handler, as with what waits in a spool. httpd's connection then knows whether it was cut off, and HTTP/2's stream
 * whether it was while a file was left. */
#ifndef JOBSESSIONS_OUTCOME_H
#define JOBSESSIONS_OUTCOME_H

#include "httpd.h"

#include "server/counters.h"

struct outcome {
    enum counted_resource resource;
    enum document_end end;
    apr_uint64_t sessions; /* or items, in the document */
    apr_uint64_t damaged;  /* of them, for which a placeholder stands */
    apr_uint64_t usn;      /* the last one in the document's snapshot */
    int has_usn;
    int is_left_in_file; /* its end, however long: mod_http2 takes files at once */
    apr_off_t bytes;     /* of the document that were passed on, before filters change them */
    apr_interval_time_t
        waited; /* from the request's first byte to the document's; -1: there was none */
};

/* That of a request, made when first asked for; a redirect within httpd keeps it. */
struct outcome *outcome_of(request_rec *r);

/* The document's first byte is about to be passed on. May be called again. */
void outcome_first_byte(request_rec *r);

/* httpd's hook log_transaction, to be run before those that write logs: counts, and sets the notes. */
int outcome_log(request_rec *r);

#endif
