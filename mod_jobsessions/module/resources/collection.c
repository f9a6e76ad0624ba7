/* SPDX-License-Identifier: Apache-2.0 */
/* GET {mount}: a page of sessions, or of changes. */
#include "request/accept.h"
#include "request/list_request.h"
#include "resources/resource.h"

static void read_parameters(struct answer *answer)
{
    struct list_request *wanted = answer->own = apr_palloc(answer->r->pool, sizeof(*wanted));
    list_request_read(&answer->parameters, wanted);
    if (wanted->query.changes) {
        answer->formats = ACCEPT_LINES;
    }
}

static js_result begin(struct answer *answer, js_error *error)
{
    const struct list_request *wanted = answer->own;
    const char *links = "";
    js_list *list;
    js_totals totals;
    js_result result = resource_list(answer, &wanted->query, &list, error);
    if (result == JS_OK) {
        result = js_snapshot_totals(answer->reading.snapshot, &totals, error);
    }
    if (result != JS_OK) {
        return result;
    }
    if (answer->frame.format == JS_JSON) {
        links = list_request_links(answer->r->pool, wanted, &answer->links,
                                   js_list_get_totals(list), totals.highest_id);
    }
    resource_frame_page(answer, wanted->query.offset, wanted->limit, links);
    answer->frame.links = &answer->links;
    js_document_begin_list(answer->document, list, &answer->frame, reading_report_damage,
                           &answer->reading);
    return JS_OK;
}

const struct resource collection_resource = {
    .name = "the list of sessions",
    .parameters = list_request_parameters,
    .formats = ACCEPT_ALL,
    .is_conditional = 1,
    .read_parameters = read_parameters,
    .begin = begin,
};
