/* SPDX-License-Identifier: Apache-2.0 */
/* POST {mount}/export: all sessions, or those the request's options name, in one document. */
#include "httpd.h"

#include "apr_strings.h"

#include "request/accept.h"
#include "request/export_options.h"
#include "request/numbers.h"
#include "request/page_links.h"
#include "request/session_filter.h"
#include "resources/fleet.h"
#include "resources/resource.h"
#include "response/encoding.h"

struct export_request {
    js_query query;
    const apr_array_header_t *ids; /* as texts; NULL: any */
    const char *appliance;         /* of a fleet; NULL: any */
    const char *policy_name;       /* as given, NULL: any */
    int is_filtered;
};

static int read_body(struct answer *answer)
{
    request_rec *r = answer->r;
    struct export_request *wanted = answer->own = apr_palloc(r->pool, sizeof(*wanted));
    /* parts are of a GET (RFC 9110, section 14.2); httpd would cut up what any method answers */
    apr_table_unset(r->headers_in, "Range");
    apr_table_unset(r->headers_in, "Request-Range");
    js_query_all(&wanted->query);
    struct export_options read = {.filter = wanted->query.filter};
    const char *options;
    int status = export_options_read(r, &read, &options);
    wanted->query.filter = read.filter;
    wanted->ids = read.ids;
    wanted->appliance = read.appliance;
    wanted->policy_name = read.policy_name;
    answer->of_resource = read.resource;
    wanted->is_filtered = options != NULL;
    answer->asked = apr_pstrcat(r->pool, "export ", options, NULL);
    return status;
}

/* What is sent, for the logs. */
static void count_all(struct answer *answer)
{
    js_totals totals;
    js_error error;
    if (js_snapshot_totals(answer->reading.snapshot, &totals, &error) == JS_OK) {
        answer->matching = answer->shown = totals.count;
    }
}

/* All sessions: straight from their records. */
static js_result begin_all(struct answer *answer, js_error *error)
{
    js_result result = js_document_begin(answer->document, answer->reading.snapshot, &answer->links,
                                         reading_report_damage, &answer->reading, error);
    if (result == JS_OK) {
        count_all(answer);
        /* what is kept has texts */
        encoding_choose(answer->r, answer->stream, answer->numbers == 0 ? &answer->links : NULL);
    }
    return result;
}

static js_result find_ids(struct answer *answer, struct export_request *wanted, js_error *error)
{
    js_result result = wanted->ids == NULL
                           ? JS_OK
                           : session_filter_find_ids(answer->r->pool, &wanted->query.filter,
                                                     answer->reading.snapshot, wanted->ids);
    if (result != JS_OK) {
        (void)apr_snprintf(error->message, sizeof(error->message),
                           "%s: the tables of uuids are damaged", answer->reading.directory);
    }
    return result;
}

/* Some of them, or all in another form than the JSON that is stored: as a list. */
static js_result begin_some(struct answer *answer, struct export_request *wanted, js_error *error)
{
    js_list *list;
    js_result result = find_ids(answer, wanted, error);
    result = result == JS_OK ? resource_list(answer, &wanted->query, &list, error) : result;
    if (result != JS_OK) {
        return result;
    }
    answer->frame.links = &answer->links;
    js_document_begin_export(answer->document, list, &answer->frame, reading_report_damage,
                             &answer->reading);
    encoding_choose(answer->r, answer->stream, NULL);
    return JS_OK;
}

static js_result begin(struct answer *answer, js_error *error)
{
    struct export_request *wanted = answer->own;
    return wanted->is_filtered || answer->frame.format != JS_JSON
                   || answer->frame.shape != JS_SHAPE_STORED
               ? begin_some(answer, wanted, error)
               : begin_all(answer, error);
}

static struct query_terms terms_of(const struct export_request *wanted)
{
    return (struct query_terms){.query = &wanted->query,
                                .appliance = wanted->appliance,
                                .policy_name = wanted->policy_name,
                                .ids = wanted->ids,
                                .order = QUERY_STORED};
}

static const char *lacks_of_fleet(struct answer *answer)
{
    const struct query_terms terms = terms_of(answer->own);
    const char *lack = fleet_lacks_resource(answer);
    return lack != NULL ? lack : query_refusal(&terms);
}

/* Framed as js_document_begin_export() frames an appliance's. */
static js_result begin_fleet(struct answer *answer, js_error *error)
{
    const struct query_terms terms = terms_of(answer->own);
    js_result result = fleet_count(answer, &terms, error);
    if (result != JS_OK) {
        return result;
    }
    const struct page page = {.url = answer->links.collection_port, .limit = -1};
    resource_frame_page(
        answer, 0, -1,
        page_links_member(answer->r->pool, &page, "self", "offset=", 0, "&display=Full"));
    if (answer->frame.format == JS_XML) {
        answer->frame.head = "";
    }
    result = fleet_begin(answer, &terms, error);
    if (result == JS_OK) {
        encoding_choose(answer->r, answer->stream, NULL);
    }
    return result;
}

static void read_parameters(struct answer *answer)
{
    answer->numbers = numbers_read(&answer->parameters);
}

static void set_headers(struct answer *answer)
{
    apr_table_setn(answer->r->headers_out, "Content-Disposition",
                   apr_pstrcat(answer->r->pool, "attachment; filename=\"jobSessions.",
                               accept_suffix(answer->frame.format), "\"", NULL));
}

const struct resource export_resource = {
    .name = "the export",
    .counted = COUNTED_EXPORT,
    .parameters = &export_options_parameters,
    .formats = ACCEPT_ALL,
    .read_body = read_body,
    .read_parameters = read_parameters,
    .by = {[PROVIDER_LMDB] = {.begin = begin},
           [PROVIDER_SQL] = {.lacks = lacks_of_fleet, .begin = begin_fleet}},
    .set_headers = set_headers,
};
