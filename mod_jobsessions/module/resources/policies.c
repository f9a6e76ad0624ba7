/* SPDX-License-Identifier: Apache-2.0 */
/* GET {mount}/policies: what became of the runs of each policy. */
#include "httpd.h"

#include "apr_strings.h"

#include "request/accept.h"
#include "request/page_links.h"
#include "request/problem.h"
#include "resources/resource.h"

#define LIMIT_DEFAULT 50
/* A page is made as a whole. */
#define LIMIT_MAX 1000
#define DAYS_DEFAULT 30

/* Ages are as of the last full minute: as long as that, and the database, stay what they are, so does the tag. */
#define TICKS_A_MINUTE APR_INT64_C(600000000)

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
    js_policies_query *query = answer->own = apr_pcalloc(answer->r->pool, sizeof(*query));
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
    const js_policies_query *query = answer->own;
    const char *days = apr_psprintf(answer->r->pool, "&days=%u", query->days);
    const struct page page = {
        .url = apr_pstrcat(answer->r->pool, answer->links.collection_port, "/policies", NULL),
        .offset = query->offset,
        .limit = (apr_int64_t)query->limit,
        .total = answer->matching,
        .shown = answer->shown,
        .self_rest = days,
        .rest = days,
    };
    return page_links(answer->r->pool, &page);
}

static const char *frame(const struct answer *answer)
{
    const js_policies_query *query = answer->own;
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
    js_policies_query *query = answer->own;
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

static const char *const served[] = {"Offset", "Limit", "Days", NULL};

static const struct parameter_names parameters = {served, resource_no_names, ""};

const struct resource policies_resource = {
    .name = "the policies",
    .counted = COUNTED_POLICIES,
    .parameters = &parameters,
    .formats = ACCEPT_JSON,
    .is_conditional = 1,
    .read_parameters = read_parameters,
    .by = {[PROVIDER_LMDB] = {.begin = begin}},
};
