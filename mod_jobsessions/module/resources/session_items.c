/* SPDX-License-Identifier: Apache-2.0 */
#include "resources/session_items.h"

#include "apr_strings.h"

#include "request/accept.h"
#include "request/parameters.h"
#include "request/problem.h"
#include "request/request_links.h"
#include "response/response.h"

/* A request for items on its way to its answer. */
struct items_request {
    const struct target *target;
    apr_int64_t offset;
    apr_int64_t limit;
    const char *search; /* NameSearchPattern as given, or NULL */
    const char *pattern;
    js_links links;
    js_items *items;
};

static int read_parameters(request_rec *r, struct items_request *request, apr_int64_t limit)
{
    static const char *const for_log[] = {"Offset", "Limit", NULL};
    static const char *const for_items[] = {"Offset", "Limit", "NameSearchPattern", NULL};
    struct parameters parameters;
    parameters_read(&parameters, r, request->target->kind == JS_LOG ? for_log : for_items);
    request->offset = parameters_number(&parameters, "Offset", 0, 0);
    request->limit = parameters_number(&parameters, "Limit", -1, limit);
    request->search = parameters_get(&parameters, "NameSearchPattern");
    if (request->search != NULL) {
        char *pattern = apr_palloc(r->pool, JS_PATTERN_SIZE(strlen(request->search)));
        js_pattern_make(pattern, request->search, strlen(request->search));
        request->pattern = pattern;
    }
    return problem_any(r);
}

static int begin_items(request_rec *r, struct reading *reading, struct items_request *request,
                       const char *pattern, uint64_t limit)
{
    js_error error;
    js_result status =
        js_items_begin(request->items, reading->snapshot, request->target->id,
                       request->target->kind, pattern, (uint64_t)request->offset, limit, &error);
    if (status == JS_OK) {
        return OK;
    }
    reading_end(reading);
    return status == JS_NOT_FOUND ? problem_set(r, HTTP_NOT_FOUND, "There is no such session.")
                                  : reading_failed(r, &error);
}

/* Whether there is such a session; no item is read for that. */
static int find_session(request_rec *r, struct reading *reading, struct items_request *request)
{
    return begin_items(r, reading, request, NULL, 0);
}

static int find_items(request_rec *r, struct reading *reading, struct items_request *request)
{
    return begin_items(r, reading, request, request->pattern,
                       request->limit < 0 ? JS_NO_LIMIT : (uint64_t)request->limit);
}

static const char *page_link(request_rec *r, const struct items_request *request, const char *name,
                             apr_uint64_t offset)
{
    const char *search = "";
    if (request->search != NULL) {
        search = apr_pstrcat(
            r->pool, "&nameSearchPattern=", ap_escape_urlencoded(r->pool, request->search), NULL);
    }
    return apr_psprintf(r->pool,
                        ",\"%s\":{\"href\":\"%s%s?offset=%" APR_UINT64_T_FMT
                        "&limit=%" APR_INT64_T_FMT "%s\"}",
                        name, request->links.collection_port, request->target->path, offset,
                        request->limit, search);
}

static const char *page_links(request_rec *r, const struct items_request *request)
{
    apr_uint64_t offset = (apr_uint64_t)request->offset;
    apr_uint64_t total = js_items_get_totals(request->items)->total;
    const char *text = page_link(r, request, "self", offset) + 1;
    if (request->limit <= 0 || total == 0) {
        return text;
    }
    apr_uint64_t limit = (apr_uint64_t)request->limit;
    text = apr_pstrcat(r->pool, text, page_link(r, request, "first", 0), NULL);
    apr_uint64_t last = (total - 1) / limit * limit;
    if (offset > 0) {
        apr_uint64_t before = offset > limit ? offset - limit : 0;
        before = before < last ? before : last; /* beyond the end the last page comes before */
        text = apr_pstrcat(r->pool, text, page_link(r, request, "prev", before), NULL);
    }
    if (offset < total && total - offset > limit) {
        text = apr_pstrcat(r->pool, text, page_link(r, request, "next", offset + limit), NULL);
    }
    return apr_pstrcat(r->pool, text, page_link(r, request, "last", last), NULL);
}

static void make_frame(request_rec *r, js_frame *frame, const struct items_request *request)
{
    if (request->target->kind == JS_LOG) {
        frame->head = apr_psprintf(r->pool, "{\"jobSessionId\":\"%" APR_UINT64_T_FMT "\",\"log\":[",
                                   request->target->id);
        frame->tail = "]}";
        return;
    }
    frame->head =
        apr_psprintf(r->pool,
                     "{\"offset\":%" APR_INT64_T_FMT ",\"limit\":%" APR_INT64_T_FMT
                     ",\"totalCount\":%" APR_UINT64_T_FMT ",\"results\":[",
                     request->offset, request->limit, js_items_get_totals(request->items)->total);
    frame->tail = apr_pstrcat(r->pool, "],\"_links\":{", page_links(r, request), "}}", NULL);
}

static int handle(request_rec *r, const struct target *target, apr_int64_t limit)
{
    struct reading *reading = apr_pcalloc(r->pool, sizeof(*reading));
    struct stream *stream = stream_make(r, reading);
    struct items_request *request = apr_pcalloc(r->pool, sizeof(*request));
    js_frame frame = {JS_JSON, NULL, NULL, NULL};
    request->target = target;
    request->items = apr_palloc(r->pool, js_items_size());
    int status = read_parameters(r, request, limit);
    if (status == OK) {
        status = accept_choose(r, ACCEPT_JSON, &frame.format);
    }
    if (status == OK) {
        status = request_links(r, &request->links);
    }
    if (status == OK) {
        status = reading_begin(r, reading);
    }
    if (status == OK) {
        status = find_session(r, reading, request);
    }
    if (status == OK) {
        status = response_conditions(r, reading, frame.format, &request->links);
    }
    if (status == OK) {
        status = find_items(r, reading, request);
    }
    if (status != OK) {
        return status;
    }
    make_frame(r, &frame, request);
    js_document_begin_items(stream->document, request->items, &frame, reading_report_damage,
                            reading);
    return response_send(r, stream, frame.format);
}

int session_log_handle(request_rec *r, const struct target *target)
{
    return handle(r, target, -1);
}

int session_items_handle(request_rec *r, const struct target *target)
{
    return handle(r, target, ITEMS_LIMIT_DEFAULT);
}
