/* SPDX-License-Identifier: Apache-2.0 */
#include "resources/resource.h"

#include "apr_lib.h"
#include "apr_strings.h"
#include "http_log.h"

#include "request/accept.h"
#include "request/outcome.h"
#include "request/problem.h"
#include "request/request_links.h"
#include "response/encoder.h"
#include "response/response.h"
#include "response/stream_policy.h"
#include "server/config.h"
#include "server/log.h"

APLOG_USE_MODULE(jobsessions);

const char *const resource_no_names[] = {NULL};

const char *resource_name(const struct resource *resource)
{
    return resource->name;
}

enum counted_resource resource_counted(const struct resource *resource)
{
    return resource->counted;
}

js_result resource_find_session(struct answer *answer, js_error *error)
{
    const char *id = answer->target->session;
    js_result result = js_snapshot_find_id(answer->reading.snapshot, id, strlen(id), &answer->id);
    if (result == JS_DAMAGED) {
        (void)apr_snprintf(error->message, sizeof(error->message),
                           "%s: the tables of uuids are damaged; restore the database from a "
                           "backup or an export",
                           answer->reading.directory);
    }
    return result;
}

js_result resource_list(struct answer *answer, const js_query *query, js_list **list,
                        js_error *error)
{
    *list = apr_palloc(answer->r->pool, js_list_size(query));
    js_snapshot *snapshot = answer->reading.snapshot;
    js_result result = query->changes
                           ? js_list_begin_changes(*list, snapshot, query, answer->followed, error)
                           : js_list_begin_of(*list, snapshot, query, answer->of_resource, error);
    if (result == JS_OK) {
        answer->matching = js_list_get_totals(*list)->total;
        answer->shown = js_list_get_totals(*list)->count;
    }
    return result;
}

bool resource_take_text(void *answer_, const char *text, size_t length)
{
    struct answer *answer = answer_;
    answer->text = length > 0 ? apr_pstrmemdup(answer->r->pool, text, length) : "";
    return true;
}

int64_t resource_now(const request_rec *r)
{
    const int64_t epoch = 719162 * RESOURCE_TICKS_A_DAY; /* 1970-01-01 */
    return epoch + r->request_time * 10;
}

/* What tells, in front of its results, what a page is of; NULL in a form that has no place for it. */
static const char *page_head(js_format format)
{
    switch (format) {
    case JS_JSON:
        return "{\"offset\":%" APR_UINT64_T_FMT ",\"limit\":%" APR_INT64_T_FMT
               ",\"totalCount\":%" APR_UINT64_T_FMT ",\"results\":[";
    case JS_XML:
        return " offset=\"%" APR_UINT64_T_FMT "\" limit=\"%" APR_INT64_T_FMT
               "\" totalCount=\"%" APR_UINT64_T_FMT "\"";
    default:
        return NULL;
    }
}

void resource_frame_page(struct answer *answer, apr_uint64_t offset, apr_int64_t limit,
                         const char *links)
{
    js_frame *frame = &answer->frame;
    apr_pool_t *pool = answer->r->pool;
    const char *head = page_head(frame->format);
    if (head != NULL) {
        frame->head = apr_psprintf(pool, head, offset, limit, answer->matching);
    }
    if (frame->format == JS_JSON && answer->database != NULL) {
        frame->head =
            apr_pstrcat(pool, "{\"database\":\"", answer->database, "\",", frame->head + 1, NULL);
    }
    if (frame->format == JS_JSON) {
        frame->tail = apr_pstrcat(pool, "],\"_links\":{", links, "}}", NULL);
    }
}

/* What the store says to a request, as HTTP says it. */
static int status_of(request_rec *r, js_result result, const js_error *error)
{
    switch (result) {
    case JS_OK:
        return OK;
    case JS_NOT_FOUND:
        return problem_set(r, HTTP_NOT_FOUND, "There is no such session.");
    case JS_AHEAD:
        return problem_set(
            r, HTTP_GONE,
            apr_psprintf(r->pool, "%c%s.", apr_toupper(error->message[0]), error->message + 1));
    case JS_INVALID:
        problem_parameter(r, "Sort", apr_psprintf(r->pool, "cannot be served: %s", error->message));
        return problem_any(r);
    case JS_NOT_COUNTED:
        return problem_set(r, HTTP_NOT_IMPLEMENTED,
                           "The sessions of this database are not counted yet; `jobsessions "
                           "upgrade` on the server does that.");
    default:
        return reading_failed(r, error);
    }
}

static int read_request(struct answer *answer)
{
    const struct resource *resource = answer->resource;
    int status = resource->read_body != NULL ? resource->read_body(answer) : OK;
    if (status != OK) {
        return status;
    }
    parameters_read(&answer->parameters, answer->r, answer->r->args, resource->parameters);
    if (resource->read_parameters != NULL) {
        resource->read_parameters(answer);
    }
    return problem_any(answer->r);
}

/* Rather than with less. */
static int not_provided(request_rec *r, const struct resource *resource)
{
    return problem_set(r, HTTP_NOT_IMPLEMENTED,
                       apr_psprintf(r->pool,
                                    "Here a fleet's sessions are read from PostgreSQL, which has "
                                    "not got %s: ask the appliance.",
                                    resource->name));
}

static int look_at_provider(struct answer *answer)
{
    const struct provided *provided = answer->provided;
    const char *lack = provided->lacks != NULL ? provided->lacks(answer) : NULL;
    return lack == NULL ? OK : problem_set(answer->r, HTTP_NOT_IMPLEMENTED, lack);
}

static int choose_format(struct answer *answer)
{
    return accept_choose(answer->r, answer->formats, &answer->frame.format);
}

static int make_links(struct answer *answer)
{
    return request_links(answer->r, &answer->links);
}

static int begin_reading(struct answer *answer)
{
    return reading_begin(answer->r, &answer->reading);
}

static int find(struct answer *answer)
{
    js_error error;
    return answer->provided->find == NULL
               ? OK
               : status_of(answer->r, answer->provided->find(answer, &error), &error);
}

static int apply_conditions(struct answer *answer)
{
    return !answer->resource->is_conditional
               ? OK
               : response_conditions(answer->r, answer->stream, answer->frame.format,
                                     &answer->links, answer->asked);
}

static int begin_document(struct answer *answer)
{
    js_error error;
    if (answer->provided->begin == NULL) {
        return not_provided(answer->r, answer->resource);
    }
    js_result result = answer->provided->begin(answer, &error);
    if (result == JS_OK && answer->numbers != 0) {
        js_document_tell_numbers(answer->document, answer->numbers);
    }
    return status_of(answer->r, result, &error);
}

/* In this order: whoever asks for what is not there gets 404, whatever conditions he makes. */
static int (*const steps[])(struct answer *answer) = {
    read_request, look_at_provider, choose_format,  make_links, begin_reading,
    find,         apply_conditions, begin_document,
};

static int take_steps(struct answer *answer)
{
    int status = OK;
    for (unsigned i = 0; status == OK && i < sizeof(steps) / sizeof(steps[0]); i++) {
        status = steps[i](answer);
    }
    return status;
}

static void log_document(const struct answer *answer)
{
    apr_uint64_t length = js_document_length(answer->document);
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, answer->r,
                  JSLOGNO(0330) "%s: %" APR_UINT64_T_FMT " match, %" APR_UINT64_T_FMT
                                " of them are sent as %s, %s bytes",
                  answer->resource->name, answer->matching, answer->shown,
                  accept_suffix(answer->frame.format),
                  length != JS_NO_LENGTH
                      ? apr_psprintf(answer->r->pool, "%" APR_UINT64_T_FMT, length)
                      : "an unknown number of");
}

/* What it is a document of, for the access log. */
static void note_document(const struct answer *answer)
{
    struct outcome *outcome = outcome_of(answer->r);
    char version[JS_VERSION_TEXT];
    js_totals totals;
    js_error error;
    outcome->sessions = answer->shown;
    /* where the counters are damaged all of the index would be read for the usn */
    outcome->has_usn = reading_version(&answer->reading, version)
                       && js_snapshot_totals(answer->reading.snapshot, &totals, &error) == JS_OK;
    outcome->usn = outcome->has_usn ? totals.usn : 0;
}

/* All that the document depends on, so that those with the same key are equal; NULL: not known, or there are none. One
 * that is passed at once nobody shares. */
static const char *key_of(const struct answer *answer)
{
    const struct encoder *encoder = answer->stream->body.encoder;
    char version[JS_VERSION_TEXT];
    if ((encoder != NULL && !encoder_is_repeatable(encoder))
        || stream_policy_is_short(js_document_length(answer->document))
        || !reading_version(&answer->reading, version)) {
        return NULL;
    }
    return apr_psprintf(answer->r->pool, "%s %s %s %s %u %s %s", version,
                        accept_suffix(answer->frame.format), encoder != NULL ? "gzip" : "-",
                        answer->frame.shape == JS_SHAPE_V8_1 ? "v8.1" : "v1", answer->numbers,
                        answer->links.collection_port, answer->asked);
}

int resource_answer(request_rec *r, const struct resource *resource, const struct target *target)
{
    enum provider provider = config_has_fleet(r) ? PROVIDER_SQL : PROVIDER_LMDB;
    if (resource->answer != NULL) {
        return provider == PROVIDER_SQL ? not_provided(r, resource) : resource->answer(r, target);
    }
    struct answer *answer = apr_pcalloc(r->pool, sizeof(*answer));
    answer->r = r;
    answer->stream = stream_make(r, &answer->reading);
    answer->resource = resource;
    answer->provided = &resource->by[provider];
    answer->target = target;
    answer->formats = resource->formats;
    answer->document = answer->stream->body.document;
    answer->frame.head = answer->frame.tail = "";
    answer->frame.shape = config_shape(config_of_request(r));
    answer->asked = r->args == NULL ? r->uri : apr_pstrcat(r->pool, r->uri, "?", r->args, NULL);
    int status = take_steps(answer);
    if (status != OK) {
        reading_end(&answer->reading);
        return status == HTTP_NOT_MODIFIED ? response_not_modified(r, answer->stream) : status;
    }
    note_document(answer);
    if (APLOGrdebug(r)) {
        log_document(answer);
    }
    if (resource->set_headers != NULL) {
        resource->set_headers(answer);
    }
    answer->stream->key = key_of(answer);
    return response_send(r, answer->stream, answer->frame.format);
}
