/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/summary.h"

#include "sql/times.h"

/* What follows is laid out as SQL. */
/* clang-format off */

/* Every session is looked at once; all that follows is made of how many there are of a day, a status and a type. */
#define COUNTED(status)                                                                            \
    "with counted as materialized (select (began at time zone 'UTC')::date as day, " status        \
    " as status, type, count(*) as n from jobsessions.session where true"

/* Those without a status, or a type, are among all, and nowhere else. Texts are put together, and no JSON of
 * PostgreSQL's, to have no blanks in it. */
#define COUNT(name, n) "'{\"" #name "\":' || to_json(" #name ") || ',\"count\":' || " #n " || '"

#define STATUSES_OF(rows)                                                                          \
    "(select ',\"statuses\":[' || coalesce(string_agg(" COUNT(status, n) "}', ',' order by status" \
    " collate \"C\"), '') || ']' from (select status, sum(n) as n from " rows                      \
    " and status is not null group by status) as by_status)"

#define TYPES_OF(rows)                                                                             \
    "(select ',\"types\":[' || coalesce(string_agg(" COUNT(type, n) "}', ',' order by type"        \
    " collate \"C\"), '') || ']' from (select type, sum(n) as n from " rows                        \
    " and type is not null group by type) as by_type)"

#define TYPES_WITH_STATUSES_OF(rows)                                                               \
    "(select ',\"types\":[' || coalesce(string_agg(" COUNT(type, total)                            \
    ",\"statuses\":[' || statuses || ']}', ',' order by type collate \"C\"), '') || ']'"           \
    " from (select type, sum(n) as total, coalesce(string_agg(" COUNT(status, n)                   \
    "}', ',' order by status collate \"C\") filter (where status is not null), '') as statuses"    \
    " from (select type, status, sum(n) as n from " rows                                           \
    " and type is not null group by type, status) as by_both group by type) as by_type)"

#define TOTAL_OF(rows) "(select '\"totalCount\":' || coalesce(sum(n), 0) from " rows ")"

#define DAYS                                                                                       \
    "(select coalesce(string_agg('{\"date\":\"' || to_char(day, 'YYYY-MM-DD') || '\",' || "        \
    TOTAL_OF("ranged r where r.day = d.day") " || "                                                \
    STATUSES_OF("ranged r where r.day = d.day") " || "                                             \
    TYPES_OF("ranged r where r.day = d.day")                                                       \
    " || '}', ',' order by day), '') from (select distinct day from ranged) as d)"

static const char document[] =
    " ranged as materialized (select counted.* from counted, span"
    " where day between first and last)"
    " select '{' || " TOTAL_OF("counted where true") " || " STATUSES_OF("counted where true")
    " || " TYPES_WITH_STATUSES_OF("counted where true")
    " || ',\"withoutStartCount\":' || (select coalesce(sum(n), 0) from counted"
    " where not coalesce(day > '-infinity', false))"
    " || ',\"range\":{\"from\":\"' || to_char(first, 'YYYY-MM-DD') || '\",\"to\":\"'"
    " || to_char(last, 'YYYY-MM-DD') || '\",\"days\":[' || " DAYS " || '],' || "
    TOTAL_OF("ranged where true") " || " STATUSES_OF("ranged where true") " || "
    TYPES_WITH_STATUSES_OF("ranged where true") " || '}' from span";

/* clang-format on */

struct statement *summary_statement(apr_pool_t *pool, const struct summary_terms *terms)
{
    struct statement *statement = statement_make(pool);
    statement_add(statement, terms->shape == JS_SHAPE_V8_1
                                 ? COUNTED("case coalesce(status, 'Unknown') when 'Failed' then"
                                           " 'Error' else coalesce(status, 'Unknown') end")
                                 : COUNTED("status"));
    if (terms->appliance != NULL) {
        statement_add_value(statement, " and appliance = %s::text", terms->appliance);
    }
    statement_add_value(statement, " group by 1, 2, 3), span as (select %s::date as first,",
                        times_cut(pool, terms->from));
    statement_add_value(statement, " %s::date as last),", times_cut(pool, terms->to));
    statement_add(statement, document);
    return statement;
}
