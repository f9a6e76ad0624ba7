/* SPDX-License-Identifier: Apache-2.0 */
#include "response/response.h"

#include "apr_strings.h"
#include "http_log.h"
#include "http_protocol.h"

#include "request/accept.h"
#include "response/ending.h"
#include "server/log.h"

APLOG_USE_MODULE(jobsessions);

static void set_headers(request_rec *r)
{
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
}

/* FNV-1a, to tell requests apart whose answers differ; it guards nothing. */
static apr_uint64_t hash(apr_uint64_t value, const char *text)
{
    for (; *text != '\0'; text++) {
        value = (value ^ (unsigned char)*text) * APR_UINT64_C(1099511628211);
    }
    return value;
}

/* Of tags only. Sessions have no time of modification: ap_meets_conditions() would take the request's
 * for one, and answer 412 or 304 to conditions on dates. */
static int meets_conditions(request_rec *r)
{
    if (ap_condition_if_match(r, r->headers_out) == AP_CONDITION_NOMATCH) {
        return HTTP_PRECONDITION_FAILED;
    }
    switch (ap_condition_if_none_match(r, r->headers_out)) {
    case AP_CONDITION_WEAK:
    case AP_CONDITION_STRONG:
        return HTTP_NOT_MODIFIED;
    default:
        return OK;
    }
}

int response_conditions(request_rec *r, const struct reading *reading, js_format format,
                        const js_links *links)
{
    char version[JS_VERSION_TEXT];
    apr_uint64_t request = APR_UINT64_C(14695981039346656037);
    if (!js_snapshot_version(reading->snapshot, version)) {
        return OK;
    }
    request = hash(request, r->uri);
    request = hash(request, r->args != NULL ? r->args : "");
    request = hash(request, links->collection_port);
    const char *tag = apr_psprintf(r->pool, "\"%s-%" APR_UINT64_T_HEX_FMT "-%s\"", version, request,
                                   accept_suffix(format));
    apr_table_setn(r->headers_out, "ETag", tag);
    set_headers(r);
    int status = meets_conditions(r);
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, JSLOGNO(0340) "conditions: tag %s, so %s", tag,
                  status == OK                  ? "the request goes on"
                  : status == HTTP_NOT_MODIFIED ? "it is answered 304"
                                                : "it is answered 412");
    return status;
}

int response_not_modified(request_rec *r)
{
    return ending_without_body(r, HTTP_NOT_MODIFIED);
}

int response_send(request_rec *r, struct stream *stream, js_format format)
{
    ap_set_content_type(r, accept_type(format));
    set_headers(r);
    return stream_send(r, stream);
}

int response_options(request_rec *r, const char *allow)
{
    set_headers(r);
    apr_table_setn(r->headers_out, "Allow", allow);
    r->status = HTTP_NO_CONTENT;
    return OK;
}
