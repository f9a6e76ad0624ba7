/* SPDX-License-Identifier: Apache-2.0 */
/* GET {mount}/policies: what became of the runs of each policy. */
#include "httpd.h"

#include "apr_strings.h"

#include "request/accept.h"
#include "request/page_links.h"
#include "request/problem.h"
#include "request/session_filter.h"
#include "resources/fleet.h"
#include "resources/resource.h"
#include "sql/policies.h"

#define LIMIT_DEFAULT 50
/* A page is made as a whole. */
#define LIMIT_MAX 1000
#define DAYS_DEFAULT 30

/* Ages are as of the last full minute: as long as that, and the database, stay what they are, so does the tag. */
#define TICKS_A_MINUTE APR_INT64_C(600000000)

struct policies_request {
    js_policies_query query;
    const char *appliance; /* of a fleet; NULL: any */
};

static apr_int64_t read_number(struct answer *answer, const char *name, apr_int64_t missing,
                               apr_int64_t most)
{
    apr_int64_t number = parameters_number(&answer->parameters, name, 1, missing);
    if (number > most) {
        problem_parameter(answer->r, name,
                          apr_psprintf(answer->r->pool, "is above %" APR_INT64_T_FMT, most));
    }
    return number;
}

static void read_parameters(struct answer *answer)
{
    struct policies_request *wanted = answer->own = apr_pcalloc(answer->r->pool, sizeof(*wanted));
    js_policies_query *query = &wanted->query;
    wanted->appliance = session_filter_appliance(
        answer->r, "Appliance", parameters_condition(&answer->parameters, "Appliance"));
    query->offset = (uint64_t)parameters_number(&answer->parameters, "Offset", 0, 0);
    query->limit = (uint64_t)read_number(answer, "Limit", LIMIT_DEFAULT, LIMIT_MAX);
    query->days = (unsigned)read_number(answer, "Days", DAYS_DEFAULT, JS_DAYS_MAX);
    query->now = resource_now(answer->r) / TICKS_A_MINUTE * TICKS_A_MINUTE;
    answer->asked = apr_psprintf(
        answer->r->pool, "%s %" APR_UINT64_T_FMT " %" APR_UINT64_T_FMT " %u %" APR_INT64_T_FMT,
        answer->r->uri, query->offset, query->limit, query->days, (apr_int64_t)query->now);
}

static const char *links_of(const struct answer *answer)
{
    const struct policies_request *wanted = answer->own;
    const js_policies_query *query = &wanted->query;
    apr_pool_t *pool = answer->r->pool;
    const char *rest =
        apr_psprintf(pool, "&days=%u%s", query->days, fleet_parameter(pool, wanted->appliance));
    const struct page page = {
        .url = apr_pstrcat(pool, answer->links.collection_port, "/policies", NULL),
        .offset = query->offset,
        .limit = (apr_int64_t)query->limit,
        .total = answer->matching,
        .shown = answer->shown,
        .self_rest = rest,
        .rest = rest,
    };
    return page_links(pool, &page);
}

static const char *frame(const struct answer *answer)
{
    const js_policies_query *query = &((const struct policies_request *)answer->own)->query;
    const char *head =
        apr_psprintf(answer->r->pool,
                     "{\"offset\":%" APR_UINT64_T_FMT ",\"limit\":%" APR_UINT64_T_FMT
                     ",\"totalCount\":%" APR_UINT64_T_FMT ",\"days\":%u,\"results\":[",
                     query->offset, query->limit, answer->matching, query->days);
    return apr_pstrcat(answer->r->pool, head, answer->text, "],\"_links\":{", links_of(answer),
                       "}}", NULL);
}

static js_result begin(struct answer *answer, js_error *error)
{
    js_policies_query *query = &((struct policies_request *)answer->own)->query;
    js_policies_totals totals;
    query->shape = answer->frame.shape;
    query->links = &answer->links;
    js_result result = js_snapshot_policies(answer->reading.snapshot, query, resource_take_text,
                                            answer, &totals, error);
    if (result == JS_OK) {
        answer->matching = totals.total;
        answer->shown = totals.count;
        js_document_begin_text(answer->document, frame(answer));
    }
    return result;
}

/* The policy of a row, behind those before it. */
static js_result add_policy(struct answer *answer, apr_array_header_t *texts, js_error *error)
{
    apr_pool_t *pool = answer->r->pool;
    const struct transaction *row = answer->reading.transaction;
    js_links links;
    js_result result =
        fleet_links(answer, transaction_column(row, POLICIES_APPLIANCE), &links, error);
    if (result != JS_OK) {
        return result;
    }
    const char *middle = transaction_column(row, POLICIES_MIDDLE);
    const char *good =
        *middle == '\0' ? ""
                        : apr_pstrcat(pool, middle, links.collection, "/",
                                      transaction_column(row, POLICIES_LAST_GOOD), "\"}}}", NULL);
    APR_ARRAY_PUSH(texts, const char *) =
        apr_pstrcat(pool, answer->shown > 0 ? "," : "", transaction_column(row, POLICIES_HEAD),
                    links.collection, "/", transaction_column(row, POLICIES_LAST), "\"}}}", good,
                    transaction_column(row, POLICIES_END), "}", NULL);
    answer->shown++;
    return JS_OK;
}

static js_result begin_fleet(struct answer *answer, js_error *error)
{
    const struct policies_request *wanted = answer->own;
    struct transaction *transaction = answer->reading.transaction;
    apr_array_header_t *texts = apr_array_make(answer->r->pool, 0, sizeof(const char *));
    js_policies_query query = wanted->query;
    query.shape = answer->frame.shape;
    const struct policies_terms terms = {
        &query, query.now - (apr_int64_t)query.days * RESOURCE_TICKS_A_DAY, wanted->appliance};
    js_result result =
        transaction_select_first(transaction, policies_statement(answer->r->pool, &terms), error);
    while (result == JS_OK) {
        answer->matching =
            (apr_uint64_t)apr_atoi64(transaction_column(transaction, POLICIES_TOTAL));
        if (*transaction_column(transaction, POLICIES_APPLIANCE) != '\0') {
            result = add_policy(answer, texts, error);
        }
        result = result == JS_OK ? transaction_next(transaction, error) : result;
    }
    if (result != JS_END) {
        return JS_SYSTEM;
    }
    answer->text = apr_array_pstrcat(answer->r->pool, texts, '\0');
    js_document_begin_text(answer->document, frame(answer));
    return JS_OK;
}

static const char *const served[] = {"Offset", "Limit", "Days", "Appliance", NULL};

static const struct parameter_names parameters = {served, resource_no_names, ""};

const struct resource policies_resource = {
    .name = "the policies",
    .counted = COUNTED_POLICIES,
    .parameters = &parameters,
    .formats = ACCEPT_JSON,
    .is_conditional = 1,
    .read_parameters = read_parameters,
    .by = {[PROVIDER_LMDB] = {.begin = begin}, [PROVIDER_SQL] = {.begin = begin_fleet}},
};
