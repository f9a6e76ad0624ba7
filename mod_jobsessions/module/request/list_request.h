/* SPDX-License-Identifier: Apache-2.0 */
/* A request for a list of sessions: from a query string to what the store is asked for, filter, order and
 * page, and back to the query strings of the links to the other pages. */
#ifndef JOBSESSIONS_LIST_REQUEST_H
#define JOBSESSIONS_LIST_REQUEST_H

#include "httpd.h"

#include "apr_tables.h"

#include "jobsessions_read.h"
#include "request/parameters.h"

/* Sessions on a page unless Limit says otherwise. */
#define LIST_REQUEST_LIMIT_DEFAULT 100

struct list_request {
    js_query query;
    apr_int64_t limit;       /* as given, -1: all */
    unsigned numbers;        /* for js_document_tell_numbers() */
    const char *appliance;   /* of a fleet; NULL: any */
    const char *policy_name; /* as given, NULL: any */
    int is_sorted;           /* an order was given */
    apr_table_t *given;      /* what else goes into links, by canonical name, in a fixed order */
    int bounded;             /* a MaxId was given */
    const char *highest;     /* that, and the place of the page, where they are uuids; else NULL */
    const char *place;
    const char *database; /* what a follower remembers of it, NULL: not given */
    const char *resource; /* id of what sessions have to have protected, NULL: not given */
};

/* The parameters it has, for parameters_read(). */
extern const struct parameter_names list_request_parameters;

/* Read what was asked for. Mistakes are noted. */
void list_request_read(const struct parameters *parameters, struct list_request *wanted);

/* Find the numbers of uuids that were given. JS_OK, JS_NOT_FOUND or JS_DAMAGED. */
js_result list_request_find_ids(struct list_request *wanted, const js_snapshot *snapshot);

/* The members of `_links` for a page of the list: self, and first, prev, next, last where they exist.
 * highest_id is the database's: links to other pages keep to sessions up to it, so that paging is not
 * upset by new ones. */
const char *list_request_links(apr_pool_t *pool, const struct list_request *wanted,
                               const js_links *links, const js_list_totals *totals,
                               apr_uint64_t highest_id);

/* The same of a fleet, whose pages are by offset. */
const char *list_request_fleet_links(apr_pool_t *pool, const struct list_request *wanted,
                                     const js_links *links, apr_uint64_t total, apr_uint64_t shown);

#endif
