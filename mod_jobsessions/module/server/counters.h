/* SPDX-License-Identifier: Apache-2.0 */
/* What has been done with a database since httpd's full start, by all of its children, in memory they share.
 *
 * A count is there as soon as it is made, so that a killed child takes none along, and it never goes back: graceful
 * restarts keep the memory, which is the parent's for as long as that lives. A database is known by the path that
 * JobSessionsDatabase gives. What is counted happens once a request or less, never once a session.
 *
 * Of a server without JobSessionsDatabase nothing is counted. */
#ifndef JOBSESSIONS_COUNTERS_H
#define JOBSESSIONS_COUNTERS_H

#include "httpd.h"

/* What a request was for. */
enum counted_resource {
    COUNTED_OTHER, /* no resource of ours, or refused before that was looked at */
    COUNTED_LIST,
    COUNTED_EXPORT,
    COUNTED_SESSION,
    COUNTED_LOG,
    COUNTED_ITEMS,
    COUNTED_SUMMARY,
    COUNTED_POLICIES,
    COUNTED_METRICS,
    COUNTED_STOP,
    COUNTED_RESOURCES
};

/* How a document ended. */
enum document_end {
    DOCUMENT_NONE, /* there was none: an error, HEAD, 304, OPTIONS */
    DOCUMENT_WHOLE,
    DOCUMENT_DAMAGED, /* whole, with placeholders for sessions that are damaged on disk */
    DOCUMENT_ABORTED, /* the client went before the end */
    DOCUMENT_SLOW,    /* broken off: what was left for a slow client could not be kept */
    DOCUMENT_BROKEN,  /* broken off: the database leads no further */
    DOCUMENT_ENDS
};

/* Statuses by their first digit, from 1 on. */
#define COUNTED_CLASSES 5

/* Numbers of log messages that tell of trouble. */
#define COUNTED_ERRORS 11

struct counters {
    apr_uint64_t requests[COUNTED_RESOURCES][COUNTED_CLASSES];
    apr_uint64_t documents[COUNTED_RESOURCES][DOCUMENT_ENDS];
    apr_uint64_t sessions; /* or items, in documents that were sent to their end */
    apr_uint64_t bytes;    /* of documents, given to httpd */
    apr_uint64_t damaged;  /* records met */
    apr_uint64_t spooled;  /* documents of which the rest was spooled */
    apr_uint64_t errors[COUNTED_ERRORS];
};

/* As others are told of them. */
extern const char *const counted_resource_names[COUNTED_RESOURCES];
extern const char *const document_end_names[DOCUMENT_ENDS]; /* the first one is NULL */
extern const char *const counted_error_names[COUNTED_ERRORS];

/* Before there are children, each time httpd reads its configuration: find or make the counters of every database.
 * APR_SUCCESS, or an error: then each process counts for itself. */
apr_status_t counters_create(apr_pool_t *scratch, server_rec *servers);

/* A request has been answered. */
void counters_request(server_rec *server, enum counted_resource resource, int status);

/* A document has come to its end, of which so many bytes were passed on. */
void counters_document(server_rec *server, enum counted_resource resource, enum document_end end,
                       apr_uint64_t sessions, apr_uint64_t bytes);

/* A damaged record was met; the rest of a document was spooled. */
void counters_damage(server_rec *server);
void counters_spooled(server_rec *server);

/* A message was logged: its number, one of counted_error_names. */
void counters_error(server_rec *server, unsigned number);

/* Copy them as they are now; those of a server without a database are zero. */
void counters_read(server_rec *server, struct counters *copy);

#endif
