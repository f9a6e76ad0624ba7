/* SPDX-License-Identifier: Apache-2.0 */
#include "response/response.h"

#include "apr_strings.h"
#include "http_log.h"
#include "http_protocol.h"

#include "request/accept.h"
#include "request/problem.h"
#include "request/remaining_body.h"
#include "response/ending.h"
#include "response/range.h"
#include "server/config.h"
#include "server/log.h"

APLOG_USE_MODULE(jobsessions);

void response_headers(request_rec *r)
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

static const char *tag_of(request_rec *r)
{
    const char *tag = apr_table_get(r->headers_out, "ETag");
    return tag != NULL ? tag : "taken away";
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

static int field_names(request_rec *r, const char *field, const char *stem)
{
    const char *tags = apr_table_get(r->headers_in, field);
    return tags != NULL && (tags[0] == '*' || strstr(tags, stem) != NULL);
}

/* Whether a condition may be met: it names the tag, or what filters may make of it, who put something behind. */
static int may_be_met(request_rec *r, const char *tag)
{
    const char *stem = apr_pstrmemdup(r->pool, tag, strlen(tag) - 1);
    return field_names(r, "If-Match", stem) || field_names(r, "If-None-Match", stem);
}

int response_conditions(request_rec *r, struct stream *stream, js_format format,
                        const js_links *links, const char *asked)
{
    char version[JS_VERSION_TEXT];
    apr_uint64_t request = APR_UINT64_C(14695981039346656037);
    if (!reading_version(stream->reading, version)) {
        return stream->reading->provider == PROVIDER_LMDB ? OK : meets_conditions(r);
    }
    request = hash(request, asked);
    request = hash(request, links->collection_port);
    request = hash(request, config_shape(config_of_request(r)) == JS_SHAPE_V8_1 ? "v8.1" : "v1");
    const char *tag = apr_psprintf(r->pool, "\"%s-%" APR_UINT64_T_HEX_FMT "-%s\"", version, request,
                                   accept_suffix(format));
    apr_table_setn(r->headers_out, "ETag", tag);
    response_headers(r);
    if (may_be_met(r, tag)) {
        ap_set_content_type(r, accept_type(format)); /* by which filters are chosen */
        stream->representation = representation_settle(r);
    }
    int status = meets_conditions(r);
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, JSLOGNO(0340) "conditions: tag %s, so %s",
                  tag_of(r),
                  status == OK                  ? "the request goes on"
                  : status == HTTP_NOT_MODIFIED ? "it is answered 304"
                                                : "it is answered 412");
    return status;
}

int response_not_modified(request_rec *r, const struct stream *stream)
{
    if (stream->representation != REPRESENTATION_OPEN) {
        /* of a body that is not sent a cache is told no more than its tag */
        apr_table_unset(r->headers_out, "Content-Encoding");
        r->content_encoding = NULL;
        ap_set_content_type(r, NULL);
        representation_without_body(r);
    }
    return ending_without_body(r, HTTP_NOT_MODIFIED);
}

/* Whether parts can be had shows in the response, where MaxRanges and mod_headers may have a say. */
static void settle(request_rec *r, struct stream *stream)
{
    if (apr_table_get(r->headers_out, "ETag") != NULL
        && js_document_length(stream->body.document) != JS_NO_LENGTH) {
        ap_set_accept_ranges(r);
    }
    if (stream->representation == REPRESENTATION_OPEN) {
        stream->representation = representation_settle(r);
    }
    if (stream->representation != REPRESENTATION_RENDERED) {
        apr_table_unset(r->headers_out, "Accept-Ranges");
    }
}

static int has_parts(request_rec *r)
{
    const char *unit = apr_table_get(r->headers_out, "Accept-Ranges");
    return unit != NULL && strcmp(unit, "bytes") == 0;
}

/* The document's end is told, so that who has all of it can see that. */
static int no_such_part(request_rec *r, apr_uint64_t length)
{
    apr_table_setn(r->err_headers_out, "Content-Range",
                   apr_psprintf(r->pool, "bytes */%" APR_UINT64_T_FMT, length));
    return problem_set(r, HTTP_RANGE_NOT_SATISFIABLE,
                       apr_psprintf(r->pool,
                                    "The document has no more than %" APR_UINT64_T_FMT " bytes.",
                                    length));
}

static void send_part(request_rec *r, struct stream *stream, const struct range *range)
{
    const char *bytes = apr_psprintf(
        r->pool, "bytes %" APR_UINT64_T_FMT "-%" APR_UINT64_T_FMT "/%" APR_UINT64_T_FMT,
        range->first, range->first + range->length - 1, js_document_length(stream->body.document));
    js_document_part(stream->body.document, range->first, range->length);
    if (stream->key != NULL) {
        stream->key = apr_pstrcat(r->pool, stream->key, " ", bytes, NULL);
    }
    r->status = HTTP_PARTIAL_CONTENT;
    apr_table_setn(r->headers_out, "Content-Range", bytes);
    ap_set_content_length(r, (apr_off_t)range->length);
}

/* Of a document whose parts can be had the one that the request asks for. */
static int choose_part(request_rec *r, struct stream *stream)
{
    apr_uint64_t length = has_parts(r) ? js_document_length(stream->body.document) : 0;
    struct range range;
    if (r->header_only || r->main != NULL) {
        return OK;
    }
    switch (range_take(r, length, &range)) {
    case RANGE_NOWHERE:
        return no_such_part(r, length);
    case RANGE_PART:
        send_part(r, stream, &range);
        return OK;
    default:
        return OK;
    }
}

int response_send(request_rec *r, struct stream *stream, js_format format)
{
    apr_uint64_t length = body_length(&stream->body);
    int status = OK;
    ap_set_content_type(r, accept_type(format));
    response_headers(r);
    if (stream->representation != REPRESENTATION_FILTERED && length != JS_NO_LENGTH) {
        ap_set_content_length(r, (apr_off_t)length);
    }
    if (r->method_number == M_GET) {
        settle(r, stream);
        status = choose_part(r, stream);
    }
    if (status != OK) {
        reading_end(stream->reading);
        return status;
    }
    return stream_send(r, stream);
}

int response_options(request_rec *r, const char *allow)
{
    remaining_body_pass(r);
    response_headers(r);
    apr_table_setn(r->headers_out, "Allow", allow);
    r->status = HTTP_NO_CONTENT;
    return OK;
}
