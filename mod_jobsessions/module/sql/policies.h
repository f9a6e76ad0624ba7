/* SPDX-License-Identifier: Apache-2.0 */
/* The policies of a fleet, as js_snapshot_policies() tells those of an appliance, counted by PostgreSQL. */
#ifndef JOBSESSIONS_SQL_POLICIES_H
#define JOBSESSIONS_SQL_POLICIES_H

#include "sql/transaction.h"

/* What is wanted, beside what a js_policies_query says. */
struct policies_terms {
    const js_policies_query *query; /* its days and links are not looked at */
    int64_t since;                  /* when the days that are counted begin */
    const char *appliance;          /* NULL: any */
};

/* Columns of the rows. An object is put together of them: the first text; the front of the appliance's links, a slash
 * and the id of the last run; then, where there was a good one, the next text, the same front and its id; the end. */
enum policies_column {
    POLICIES_TOTAL,     /* how many there are, on all pages */
    POLICIES_APPLIANCE, /* "": there is none on the page, and this is its only row */
    POLICIES_HEAD,
    POLICIES_LAST,
    POLICIES_MIDDLE, /* "": there was no good run */
    POLICIES_LAST_GOOD,
    POLICIES_END,
};

/* The page of them. */
struct statement *policies_statement(apr_pool_t *pool, const struct policies_terms *terms);

#endif
