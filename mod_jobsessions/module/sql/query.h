/* SPDX-License-Identifier: Apache-2.0 */
/* From what a request wants of the sessions of a fleet to SQL, over the view that conf/fleet/schema.sql makes. */
#ifndef JOBSESSIONS_SQL_QUERY_H
#define JOBSESSIONS_SQL_QUERY_H

#include "sql/transaction.h"

enum query_order {
    QUERY_NEWEST, /* by start time, the newest first */
    QUERY_SORTED, /* as the js_query says */
    QUERY_STORED, /* appliance by appliance, highest id first: as they are found fastest */
};

/* What is wanted, beside what a js_query says. Texts are as they were given. */
struct query_terms {
    const js_query *query;         /* its ids, places and pattern are not looked at */
    const char *appliance;         /* NULL: any */
    const char *policy_name;       /* with * for any text; NULL: any */
    const apr_array_header_t *ids; /* const char *; NULL: any */
    enum query_order order;
};

/* What PostgreSQL is not asked, as a sentence for the client; NULL: nothing. */
const char *query_refusal(const struct query_terms *terms);

/* How many sessions match: a row with a number. */
struct statement *query_count(apr_pool_t *pool, const struct query_terms *terms);

/* Columns of the rows that query_page() and query_session() have. */
enum query_column {
    QUERY_APPLIANCE,
    QUERY_DOCUMENT, /* canonical JSON; "": the appliance could not read it */
    QUERY_NAME,     /* what that session is known by; "" where its document has it */
};

/* The page of them. */
struct statement *query_page(apr_pool_t *pool, const struct query_terms *terms);

/* The session of an appliance. */
struct statement *query_session(apr_pool_t *pool, const char *appliance, const char *id);

#endif
