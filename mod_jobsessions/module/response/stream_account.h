/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a document on its way to a client, for the one line that tells a person how it went.
 *
 * The stream keeps it while it sends: the request's thread, or the watchdog in its place while a chunk is
 * passed. */
#ifndef JOBSESSIONS_STREAM_ACCOUNT_H
#define JOBSESSIONS_STREAM_ACCOUNT_H

#include "httpd.h"

#include "response/stream_policy.h"

struct stream_account {
    apr_off_t bytes; /* passed so far, or about to be */
    unsigned chunks;
    apr_uint64_t damaged;       /* sessions, for which it has placeholders */
    apr_uint64_t received;      /* bytes that had reached the client before the chunk at hand */
    apr_interval_time_t waited; /* for the client, with earlier chunks */
    /* once the client is overdue */
    enum stream_policy_limit limit;
    struct stream_standing standing; /* when it went beyond the limit */
    /* once the rest is spooled */
    apr_off_t spooled_from;
    int is_joined; /* somebody else's spool */
};

/* At level trace1: a chunk of so many bytes. */
void stream_account_log_chunk(request_rec *r, const struct stream_account *account,
                              apr_size_t length);

/* At level debug: that it is over, and how. */
void stream_account_log_end(request_rec *r, const struct stream_account *account, const char *end);

#endif
