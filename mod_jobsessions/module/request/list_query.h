/* SPDX-License-Identifier: Apache-2.0 */
/* From a query string to a list: filter, order and page, and the links to the other pages. */
#ifndef JOBSESSIONS_LIST_QUERY_H
#define JOBSESSIONS_LIST_QUERY_H

#include "httpd.h"

#include "apr_tables.h"

#include "jobsessions_read.h"

/* Sessions on a page unless Limit says otherwise. */
#define LIST_LIMIT_DEFAULT 100

struct list_query {
    js_query query;
    apr_int64_t limit;  /* as given, -1: all */
    apr_table_t *given; /* what else goes into links, by canonical name, in a fixed order */
    int bounded;        /* a MaxId was given */
};

/* Read the query string; OK or 400 with everything that is wrong. */
int list_query_read(request_rec *r, struct list_query *query);

/* The members of `_links` for a page of the list: self, and first, prev, next, last where they exist.
 * highest_id is the database's: links to other pages keep to sessions up to it, so that paging is not
 * upset by new ones. */
const char *list_query_links(request_rec *r, const struct list_query *query, const js_links *links,
                             const js_list_totals *page, apr_uint64_t highest_id);

#endif
