/* SPDX-License-Identifier: Apache-2.0 */
#include "export.h"

#include "http_log.h"
#include "http_protocol.h"

#include "problem.h"
#include "reading.h"
#include "request_body.h"
#include "request_links.h"
#include "stream.h"

APLOG_USE_MODULE(jobsessions);

int export_handle(request_rec *r)
{
    struct reading *reading = apr_pcalloc(r->pool, sizeof(*reading));
    struct stream *stream = apr_pcalloc(r->pool, sizeof(*stream));
    js_links links;
    js_error error;
    int status = request_body_ignore(r);
    if (status == OK) {
        status = request_links(r, &links);
    }
    if (status == OK) {
        status = reading_begin(r, reading);
    }
    if (status != OK) {
        return status;
    }
    stream->reading = reading;
    if (js_document_begin(&stream->document, reading->snapshot, &links, reading_report_damage,
                          reading, &error)
        != JS_OK) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "%s", error.message);
        return problem_set(r, HTTP_SERVICE_UNAVAILABLE,
                           "The job sessions cannot be read; the server's error log says why.");
    }
    ap_set_content_type(r, "application/json; charset=utf-8");
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
    return stream_send(r, stream);
}
