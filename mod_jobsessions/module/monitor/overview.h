/* SPDX-License-Identifier: Apache-2.0 */
/* How the databases are and what was done with them, for those who watch over httpd: mod_status, the metrics. Numbers
 * and directories, and nothing of what is in a session. */
#ifndef JOBSESSIONS_OVERVIEW_H
#define JOBSESSIONS_OVERVIEW_H

#include "httpd.h"

#include "jobsessions_read.h"
#include "server/counters.h"

/* A database that some mount serves. */
struct overview_database {
    const char *path;
    apr_uint64_t is_up; /* it can be read: only then what follows is known */
    js_totals totals;
    js_space space;
    apr_uint64_t file_bytes;
    apr_uint64_t free_bytes;
    apr_uint64_t readers;   /* slots of the reader table that are taken, by any process */
    apr_uint64_t snapshots; /* of them that hold a snapshot */
    apr_uint64_t oldest;    /* transactions that were committed since the oldest snapshot began */
    /* known in any case */
    struct counters counters;
};

/* Of all processes of httpd together. */
struct overview {
    apr_array_header_t *databases; /* struct overview_database, each directory once */
    apr_uint64_t spooled_bytes;    /* that wait for slow clients now */
    apr_uint64_t spool_clients;    /* who wait for them */
};

/* In the request's pool; no snapshot is held when it returns. Of one server's database, or of all: NULL. */
struct overview *overview_make(request_rec *r, server_rec *server);

#endif
