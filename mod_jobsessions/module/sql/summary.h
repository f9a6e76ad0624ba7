/* SPDX-License-Identifier: Apache-2.0 */
/* The summary of a fleet, as js_snapshot_summary() makes an appliance's, counted by PostgreSQL. */
#ifndef JOBSESSIONS_SQL_SUMMARY_H
#define JOBSESSIONS_SQL_SUMMARY_H

#include "sql/transaction.h"

/* What it is of, and how it is told. */
struct summary_terms {
    int64_t from; /* the days of these two times, and those between */
    int64_t to;
    js_shape shape;
    const char *appliance; /* NULL: any */
};

/* A row with the document but for its links and its closing brace. */
struct statement *summary_statement(apr_pool_t *pool, const struct summary_terms *terms);

#endif
