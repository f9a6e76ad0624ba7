/* SPDX-License-Identifier: Apache-2.0 */
/* GET {mount}/summary: how many sessions there are, and began on each day of a range. */
#include "httpd.h"

#include "apr_strings.h"

#include "request/accept.h"
#include "request/problem.h"
#include "request/session_filter.h"
#include "resources/fleet.h"
#include "resources/resource.h"
#include "sql/summary.h"
#include "sql/times.h"

/* Days unless FromUtc and ToUtc say otherwise, today among them. */
#define DAYS_DEFAULT 30

static apr_int64_t day_of(apr_int64_t ticks)
{
    return ticks / RESOURCE_TICKS_A_DAY;
}

struct summary_request {
    js_summary_query query;
    const char *appliance; /* of a fleet; NULL: any */
};

static int64_t read_time(struct answer *answer, const char *name)
{
    int64_t time = JS_NO_TIME;
    session_filter_time(answer->r, &time, name, parameters_condition(&answer->parameters, name));
    return time;
}

/* The other end follows from the one that is given. */
static void complete(struct answer *answer, js_summary_query *query)
{
    apr_int64_t before = (DAYS_DEFAULT - 1) * RESOURCE_TICKS_A_DAY;
    if (query->to == JS_NO_TIME) {
        apr_int64_t now = resource_now(answer->r);
        query->to = query->from > now ? query->from : now;
    }
    if (query->from == JS_NO_TIME) {
        query->from = query->to > before ? query->to - before : 0;
    }
    query->from = day_of(query->from) * RESOURCE_TICKS_A_DAY;
    query->to = day_of(query->to) * RESOURCE_TICKS_A_DAY;
}

static void check(struct answer *answer, const js_summary_query *query)
{
    apr_int64_t days = day_of(query->to) - day_of(query->from) + 1;
    if (days < 1) {
        problem_parameter(answer->r, "ToUtc", "is before FromUtc");
    } else if (days > JS_DAYS_MAX) {
        problem_parameter(answer->r, "FromUtc",
                          apr_psprintf(answer->r->pool,
                                       "is %" APR_INT64_T_FMT
                                       " days before ToUtc, or before today; %d are the most",
                                       days - 1, JS_DAYS_MAX - 1));
    }
}

static void read_parameters(struct answer *answer)
{
    struct summary_request *wanted = answer->own = apr_pcalloc(answer->r->pool, sizeof(*wanted));
    js_summary_query *query = &wanted->query;
    wanted->appliance = session_filter_appliance(
        answer->r, "Appliance", parameters_condition(&answer->parameters, "Appliance"));
    query->from = read_time(answer, "FromUtc");
    query->to = read_time(answer, "ToUtc");
    complete(answer, query);
    check(answer, query);
    answer->asked = apr_psprintf(answer->r->pool, "%s %" APR_INT64_T_FMT " %" APR_INT64_T_FMT,
                                 answer->r->uri, day_of(query->from), day_of(query->to));
}

static js_result begin(struct answer *answer, js_error *error)
{
    js_summary_query *query = &((struct summary_request *)answer->own)->query;
    query->shape = answer->frame.shape;
    query->links = &answer->links;
    js_result result =
        js_snapshot_summary(answer->reading.snapshot, query, resource_take_text, answer, error);
    if (result == JS_OK) {
        js_document_begin_text(answer->document, answer->text);
    }
    return result;
}

/* Its links are those of an appliance's, and the appliance that was given. */
static const char *links_of(const struct answer *answer, const struct summary_request *wanted)
{
    apr_pool_t *pool = answer->r->pool;
    return apr_pstrcat(pool, ",\"_links\":{\"self\":{\"href\":\"", answer->links.collection_port,
                       "/summary?fromUtc=", times_whole(pool, wanted->query.from),
                       "Z&toUtc=", times_whole(pool, wanted->query.to), "Z",
                       fleet_parameter(pool, wanted->appliance), "\"}}}", NULL);
}

static js_result begin_fleet(struct answer *answer, js_error *error)
{
    const struct summary_request *wanted = answer->own;
    struct transaction *transaction = answer->reading.transaction;
    const struct summary_terms terms = {wanted->query.from, wanted->query.to, answer->frame.shape,
                                        wanted->appliance};
    js_result result =
        transaction_select_first(transaction, summary_statement(answer->r->pool, &terms), error);
    if (result != JS_OK) {
        return JS_SYSTEM;
    }
    answer->text = apr_pstrcat(answer->r->pool, transaction_column(transaction, 0),
                               links_of(answer, wanted), NULL);
    js_document_begin_text(answer->document, answer->text);
    return JS_OK;
}

static const char *const served[] = {"FromUtc", "ToUtc", "Appliance", NULL};

static const struct parameter_names parameters = {served, resource_no_names, ""};

const struct resource summary_resource = {
    .name = "the summary",
    .counted = COUNTED_SUMMARY,
    .parameters = &parameters,
    .formats = ACCEPT_JSON,
    .is_conditional = 1,
    .read_parameters = read_parameters,
    .by = {[PROVIDER_LMDB] = {.begin = begin}, [PROVIDER_SQL] = {.begin = begin_fleet}},
};
