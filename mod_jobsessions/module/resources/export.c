/* SPDX-License-Identifier: Apache-2.0 */
#include "resources/export.h"

#include "apr_strings.h"

#include "request/accept.h"
#include "request/export_options.h"
#include "request/parameters.h"
#include "request/problem.h"
#include "request/request_links.h"
#include "resources/lists.h"
#include "response/response.h"

/* All sessions: straight from their records. */
static int begin_all(request_rec *r, struct stream *stream, const js_links *links)
{
    js_error error;
    js_result status = js_document_begin(stream->document, stream->reading->snapshot, links,
                                         reading_report_damage, stream->reading, &error);
    if (status == JS_OK) {
        return OK;
    }
    reading_end(stream->reading);
    return reading_failed(r, &error);
}

/* Some of them, or all in another form than JSON: as a list. */
static int begin_some(request_rec *r, struct stream *stream, const js_query *query,
                      js_format format, const js_links *links)
{
    js_frame frame = {format, links, "", ""};
    js_list *list;
    int status = lists_find(r, stream->reading, query, &list);
    if (status != OK) {
        return status;
    }
    if (format == JS_JSON) {
        frame.head = apr_psprintf(r->pool,
                                  "{\"offset\":0,\"limit\":-1,\"totalCount\":%" APR_UINT64_T_FMT
                                  ",\"results\":[",
                                  js_list_get_totals(list)->total);
        frame.tail =
            apr_pstrcat(r->pool, "],\"_links\":{\"self\":{\"href\":\"", links->collection_port,
                        "?offset=0&limit=-1&display=Full\"}}}", NULL);
    }
    js_document_begin_list(stream->document, list, &frame, reading_report_damage, stream->reading);
    return OK;
}

/* All that a whole export depends on. */
static const char *key_of(request_rec *r, const struct reading *reading, const js_links *links,
                          js_format format)
{
    char version[JS_VERSION_TEXT];
    return js_snapshot_version(reading->snapshot, version) ? apr_pstrcat(
               r->pool, version, " ", accept_suffix(format), " ", links->collection_port, NULL)
                                                           : NULL;
}

int export_handle(request_rec *r, const struct target *target)
{
    static const char *const known[] = {NULL};
    struct reading *reading = apr_pcalloc(r->pool, sizeof(*reading));
    struct stream *stream = stream_make(r, reading);
    js_links *links = apr_palloc(r->pool, sizeof(*links));
    struct parameters parameters;
    js_format format;
    js_query query;
    int filtered;
    int status;
    (void)target;
    /* parts are of a GET (RFC 9110, section 14.2); httpd would cut up what any method answers */
    apr_table_unset(r->headers_in, "Range");
    apr_table_unset(r->headers_in, "Request-Range");
    js_query_all(&query);
    status = export_options_read(r, &query, &filtered);
    if (status == OK) {
        parameters_read(&parameters, r, known);
        status = problem_any(r);
    }
    if (status == OK) {
        status = accept_choose(r, ACCEPT_ALL, &format);
    }
    if (status == OK) {
        status = request_links(r, links);
    }
    if (status == OK) {
        status = reading_begin(r, reading);
    }
    if (status == OK) {
        status = filtered || format != JS_JSON ? begin_some(r, stream, &query, format, links)
                                               : begin_all(r, stream, links);
    }
    if (status != OK) {
        return status;
    }
    if (!filtered) {
        stream->key = key_of(r, reading, links, format);
    }
    apr_table_setn(r->headers_out, "Content-Disposition",
                   apr_pstrcat(r->pool, "attachment; filename=\"jobSessions.",
                               accept_suffix(format), "\"", NULL));
    return response_send(r, stream, format);
}
