/* SPDX-License-Identifier: Apache-2.0 */
#include "resources/collection.h"

#include "apr_strings.h"

#include "request/accept.h"
#include "request/list_query.h"
#include "request/reading.h"
#include "request/request_links.h"
#include "resources/lists.h"
#include "response/response.h"

/* What stands before and behind the sessions. */
static void make_frame(request_rec *r, js_frame *frame, const struct list_query *query,
                       const js_links *links, const js_list_totals *page, apr_uint64_t highest_id)
{
    static const char *const head[] = {
        [JS_JSON] = "{\"offset\":%" APR_UINT64_T_FMT ",\"limit\":%" APR_INT64_T_FMT
                    ",\"totalCount\":%" APR_UINT64_T_FMT ",\"results\":[",
        [JS_XML] = " offset=\"%" APR_UINT64_T_FMT "\" limit=\"%" APR_INT64_T_FMT
                   "\" totalCount=\"%" APR_UINT64_T_FMT "\"",
    };
    frame->links = links;
    if (frame->format == JS_JSON || frame->format == JS_XML) {
        frame->head = apr_psprintf(r->pool, head[frame->format], query->query.offset, query->limit,
                                   page->total);
    }
    if (frame->format == JS_JSON) {
        frame->tail = apr_pstrcat(r->pool, "],\"_links\":{",
                                  list_query_links(r, query, links, page, highest_id), "}}", NULL);
    }
}

int collection_handle(request_rec *r, const struct target *target)
{
    struct reading *reading = apr_pcalloc(r->pool, sizeof(*reading));
    struct stream *stream = stream_make(r, reading);
    struct list_query query;
    js_frame frame = {JS_JSON, NULL, NULL, NULL};
    js_links links;
    js_list *list;
    js_totals totals;
    int status = list_query_read(r, &query);
    (void)target;
    if (status == OK) {
        status = accept_choose(r, query.query.changes ? ACCEPT_LINES : ACCEPT_ALL, &frame.format);
    }
    if (status == OK) {
        status = request_links(r, &links);
    }
    if (status == OK) {
        status = reading_begin(r, reading);
    }
    if (status == OK) {
        status = response_conditions(r, reading, frame.format, &links);
    }
    if (status == OK) {
        status = lists_find(r, reading, &query.query, &list);
    }
    if (status == OK) {
        status = reading_totals(r, reading, &totals);
    }
    if (status != OK) {
        return status;
    }
    make_frame(r, &frame, &query, &links, js_list_get_totals(list), totals.highest_id);
    js_document_begin_list(stream->document, list, &frame, reading_report_damage, reading);
    return response_send(r, stream, frame.format);
}
