/* SPDX-License-Identifier: Apache-2.0 */
/* A request's hold on a snapshot. It ends as soon as the last byte is rendered, not when the last
 * byte is sent, and at the latest with the request's pool. */
#ifndef JOBSESSIONS_READING_H
#define JOBSESSIONS_READING_H

#include "httpd.h"

#include "jobsessions_read.h"
#include "server/databases.h"
#include "sql/transaction.h"

/* Whose sessions are read, and from where: an appliance's from LMDB, or a fleet's from PostgreSQL. */
enum provider {
    PROVIDER_LMDB,
    PROVIDER_SQL,
    PROVIDERS
};

struct reading {
    server_rec *server;
    enum provider provider;
    const char *directory;
    struct database *database;       /* NULL: ended, or not LMDB's */
    js_snapshot *snapshot;           /* of it, or NULL */
    struct transaction *transaction; /* NULL: ended, or not PostgreSQL's */
    js_error failure;                /* of PostgreSQL, while rows were read */
    apr_time_t began;                /* monotonic */
    unsigned damaged;                /* sessions, or items, that were reported */
    const char *list; /* whose items are read, such as "log of session 7"; NULL: sessions are */
};

/* Returns OK; 500 when the server names no database, 503 when it cannot be read, both with a line
 * in the error log that names the directory and the remedy. */
int reading_begin(request_rec *r, struct reading *reading);

/* Answer 503 for what the store could not do: the log gets the error, the client does not. */
int reading_failed(request_rec *r, const js_error *error);

/* What tells versions of the database apart; false: PostgreSQL is read, or the counters are damaged. */
int reading_version(const struct reading *reading, char version[JS_VERSION_TEXT]);

/* How many transactions have been committed since it began; 0: not known. May be called while another thread uses it. */
apr_uint64_t reading_age(const struct reading *reading);

/* May be called again, and by the thread that renders. */
void reading_end(struct reading *reading);

/* A js_damage_report; baton is the reading. The log names the first few, and the end tells how many more. */
void reading_report_damage(void *baton, const js_session *session);

#endif
