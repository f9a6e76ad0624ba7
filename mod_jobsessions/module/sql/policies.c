/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/policies.h"

#include "apr_strings.h"

#include "sql/times.h"

/* What follows is laid out as SQL. */
/* clang-format off */

/* What a policy is known by: a letter that sorts ids before names, and either. A uuid is the same in upper case. */
#define KEY                                                                                        \
    "coalesce('i' || case when policy_id ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'"         \
    " then lower(policy_id collate \"C\") else policy_id end, 'n' || policy_name) collate \"C\""

/* Every run is looked at once; the JSON is of those in the window alone, and of the runs that are told of. */
static const char runs[] =
    " runs as materialized (select " KEY " as policy, appliance, id, began, status,"
    " began >= since as counts, case when began >= since then document ->> 'executionDuration' end as took"
    " from jobsessions.session, span where (policy_id is not null or policy_name is not null)";

#define RUNNING "('Canceling', 'Pending', 'Running', 'RunningWithError', 'RunningWithWarning')"

/* The ticks of a duration, which is [d.]hh:mm:ss[.fffffff]. */
#define TICKS                                                                                      \
    "(coalesce(substring(took from '^(\\d+)\\.\\d\\d:')::numeric, 0) * 864000000000"               \
    " + extract(epoch from substring(took from '\\d\\d:\\d\\d:\\d\\d')::interval)::numeric"        \
    " * 10000000 + coalesce(substring(took from ':\\d\\d\\.(\\d{7})$')::numeric, 0))"

#define PART(unit, size) "lpad(mod(div(ticks, " unit "), " size ")::text, 2, '0')"

#define SPAN                                                                                       \
    "case when ticks >= 864000000000 then div(ticks, 864000000000) || '.' else '' end || "         \
    PART("36000000000", "24") " || ':' || " PART("600000000", "60") " || ':' || "                  \
    PART("10000000", "60") " || case when mod(ticks, 10000000) > 0"                                \
    " then '.' || lpad(mod(ticks, 10000000)::text, 7, '0') else '' end"

/* The latest of some runs; those without a start come before all others. */
#define LATEST(of)                                                                                 \
    "(select distinct on (policy, appliance) policy, appliance, id, began from runs"               \
    " join page using (policy, appliance) where " of                                               \
    " order by policy, appliance, began desc nulls last, id desc)"

static const char counted[] =
    "), policies as materialized (select policy, appliance from runs group by 1, 2),"
    " page as materialized (select policy, appliance from policies"
    " order by policy, appliance collate \"C\"";

static const char told[] =
    "), counted as (select policy, appliance, bool_or(coalesce(status in " RUNNING ", false))"
    " as is_running, count(*) filter (where counts) as runs,"
    " count(*) filter (where counts and status in ('Error', 'Failed')) as errors,"
    " div(sum(" TICKS ") filter (where is_timed), count(*) filter (where is_timed)) as ticks"
    " from (select *, took is not null and coalesce(status not in " RUNNING ", true)"
    " as is_timed from runs join page using (policy, appliance)) as timed group by 1, 2),"
    " last as " LATEST("true") ", good as " LATEST("status in ('Success', 'Warning')");

#define MEMBER(name) "coalesce('\"" name "\":' || (l.document #> '{backupJobInfo," name "}')::text || ',', '')"

#define ID_OF(run) "coalesce(" run ".uuid::text, " run ".id::text)"

#define RUN(name, run)                                                                             \
    "',\"" name "\":{\"id\":\"' || " ID_OF(run) " || '\"'"                                          \
    " || coalesce(',\"executionStartTime\":' || (" run ".document -> 'executionStartTime')::text, '')"

#define STATUS(run) " || coalesce(',\"status\":' || to_json(" run ".status), '')"
#define STATUS_V8_1(run)                                                                           \
    " || ',\"status\":' || to_json(case " run ".status when 'Failed' then 'Error' else"            \
    " coalesce(" run ".status, 'Unknown') end)"

#define LINK " || ',\"_links\":{\"self\":{\"href\":\"'"

/* What columns leave out of a start time, rounded up, which its age in seconds is the same with. */
#define CUT_OFF(run)                                                                               \
    "case when " run ".document ->> 'executionStartTime' ~ '\\.\\d{7}Z$'"                          \
    " then interval '1 microsecond' else interval '0' end"

#define SELECT(status)                                                                             \
    " select (select count(*) from policies), page.appliance,"                                          \
    " '{' || " MEMBER("policyId") " || " MEMBER("policyName")                                      \
    " || '\"isRunning\":' || c.is_running || ',\"runsCount\":' || c.runs"                          \
    " || ',\"errorsCount\":' || c.errors || coalesce(',\"meanDuration\":\"' || " SPAN " || '\"', '')" \
    " || " RUN("lastRun", "l") status("l") LINK ", " ID_OF("l") ", "                        \
    RUN("lastGoodRun", "g") status("g") LINK ", " ID_OF("g") ","                                   \
    " case when g.began is not null then ',\"lastGoodRunAgeSeconds\":'"                             \
    " || greatest(floor(extract(epoch from asked - g.began - " CUT_OFF("g") ")), 0)::bigint"       \
    " else '' end"

/* One row is there for their number where the page has none of them. */
static const char from[] =
    " from span left join page on true left join counted c using (policy, appliance)"
    " left join last using (policy, appliance) left join good using (policy, appliance)"
    " left join jobsessions.session l on l.appliance = page.appliance and l.id = last.id"
    " left join jobsessions.session g on g.appliance = page.appliance and g.id = good.id"
    " order by page.policy, page.appliance collate \"C\"";

/* clang-format on */

static const char *number(apr_pool_t *pool, apr_uint64_t number)
{
    return apr_psprintf(pool, "%" APR_UINT64_T_FMT, number);
}

struct statement *policies_statement(apr_pool_t *pool, const struct policies_terms *terms)
{
    const js_policies_query *query = terms->query;
    struct statement *statement = statement_make(pool);
    statement_add_value(statement, "with span as (select %s::timestamptz as asked,",
                        apr_pstrcat(pool, times_cut(pool, query->now), "Z", NULL));
    statement_add_value(statement, " %s::timestamptz as since),",
                        apr_pstrcat(pool, times_cut(pool, terms->since), "Z", NULL));
    statement_add(statement, runs);
    if (terms->appliance != NULL) {
        statement_add_value(statement, " and appliance = %s::text", terms->appliance);
    }
    statement_add(statement, counted);
    statement_add_value(statement, " offset %s::bigint", number(pool, query->offset));
    statement_add_value(statement, " limit %s::bigint", number(pool, query->limit));
    statement_add(statement, told);
    statement_add(statement, query->shape == JS_SHAPE_V8_1 ? SELECT(STATUS_V8_1) : SELECT(STATUS));
    statement_add(statement, from);
    return statement;
}
