/* SPDX-License-Identifier: Apache-2.0 */
/* GET {mount}: a page of sessions, or of changes. */
#include "httpd.h"

#include "apr_strings.h"

#include "request/accept.h"
#include "request/list_request.h"
#include "resources/fleet.h"
#include "resources/resource.h"

static void read_parameters(struct answer *answer)
{
    struct list_request *wanted = answer->own = apr_palloc(answer->r->pool, sizeof(*wanted));
    list_request_read(&answer->parameters, wanted);
    answer->of_resource = wanted->resource;
    answer->followed = wanted->database;
    answer->numbers = wanted->numbers;
    if (wanted->query.changes) {
        answer->formats = ACCEPT_LINES;
    }
}

/* A follower is told what to remember: who begins, what is so now; who goes on, what it has said. */
static void tell_database(struct answer *answer, struct list_request *wanted)
{
    char *history = apr_palloc(answer->r->pool, JS_HISTORY_TEXT);
    if (!js_snapshot_history(answer->reading.snapshot, history)) {
        return; /* nobody can tell */
    }
    if (wanted->query.since > 0) {
        if (wanted->database != NULL) {
            (void)apr_cpystrn(history, wanted->database, JS_HISTORY_TEXT);
            ap_str_tolower(history);
        } else {
            history[JS_IDENTITY_TEXT - 1] = '\0';
        }
    }
    wanted->database = history;
    apr_table_setn(answer->r->headers_out, "JobSessions-Database", history);
}

static js_result find_ids(const struct answer *answer, struct list_request *wanted, js_error *error)
{
    js_result result = list_request_find_ids(wanted, answer->reading.snapshot);
    if (result == JS_DAMAGED) {
        (void)apr_snprintf(error->message, sizeof(error->message),
                           "%s: the tables of uuids are damaged", answer->reading.directory);
    }
    return result;
}

static js_result begin(struct answer *answer, js_error *error)
{
    struct list_request *wanted = answer->own;
    const char *links = "";
    js_list *list;
    js_totals totals;
    js_result result = find_ids(answer, wanted, error);
    if (result == JS_OK) {
        result = resource_list(answer, &wanted->query, &list, error);
    }
    if (result == JS_OK) {
        result = js_snapshot_totals(answer->reading.snapshot, &totals, error);
    }
    if (result != JS_OK) {
        return result;
    }
    if (wanted->query.changes) {
        tell_database(answer, wanted);
    }
    if (answer->frame.format == JS_JSON) {
        links = list_request_links(answer->r->pool, wanted, &answer->links,
                                   js_list_get_totals(list), totals.highest_id);
    }
    if (wanted->query.changes) { /* who follows keeps what is stored, and needs its usn */
        answer->database = wanted->database;
        answer->frame.shape = JS_SHAPE_STORED;
    }
    resource_frame_page(answer, js_list_get_totals(list)->before, wanted->limit, links);
    answer->frame.links = &answer->links;
    js_document_begin_list(answer->document, list, &answer->frame, reading_report_damage,
                           &answer->reading);
    return JS_OK;
}

static struct query_terms terms_of(const struct list_request *wanted)
{
    return (struct query_terms){.query = &wanted->query,
                                .appliance = wanted->appliance,
                                .policy_name = wanted->policy_name,
                                .order = wanted->is_sorted ? QUERY_SORTED : QUERY_NEWEST};
}

static const char *lacks_of_fleet(struct answer *answer)
{
    const struct query_terms terms = terms_of(answer->own);
    const char *lack = fleet_lacks_resource(answer);
    return lack != NULL ? lack : query_refusal(&terms);
}

static js_result begin_fleet(struct answer *answer, js_error *error)
{
    const struct list_request *wanted = answer->own;
    const struct query_terms terms = terms_of(wanted);
    js_result result = fleet_count(answer, &terms, error);
    if (result != JS_OK) {
        return result;
    }
    const char *links = list_request_fleet_links(answer->r->pool, wanted, &answer->links,
                                                 answer->matching, answer->shown);
    resource_frame_page(answer, wanted->query.offset, wanted->limit, links);
    return fleet_begin(answer, &terms, error);
}

const struct resource collection_resource = {
    .name = "the list of sessions",
    .counted = COUNTED_LIST,
    .parameters = &list_request_parameters,
    .formats = ACCEPT_ALL,
    .is_conditional = 1,
    .read_parameters = read_parameters,
    .by = {[PROVIDER_LMDB] = {.begin = begin},
           [PROVIDER_SQL] = {.lacks = lacks_of_fleet, .begin = begin_fleet}},
};
