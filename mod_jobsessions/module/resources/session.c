/* SPDX-License-Identifier: Apache-2.0 */
#include "resources/session.h"

#include "apr_strings.h"

#include "request/accept.h"
#include "request/parameters.h"
#include "request/problem.h"
#include "request/request_links.h"
#include "response/response.h"

/* OK, 404 or 503; on an error the reading has ended. A record that is damaged is found nevertheless. */
static int find_session(request_rec *r, struct reading *reading, apr_uint64_t id,
                        js_session *session)
{
    js_error error;
    js_result status = js_snapshot_get(reading->snapshot, id, session);
    if (status == JS_OK) {
        return OK;
    }
    reading_end(reading);
    if (status == JS_NOT_FOUND) {
        return problem_set(r, HTTP_NOT_FOUND, "There is no such session.");
    }
    (void)apr_snprintf(error.message, sizeof(error.message),
                       "%s: session %" APR_UINT64_T_FMT " is damaged on disk (%s), and so is the "
                       "index; restore the database from a backup or an export",
                       reading->directory, id, session->damage);
    return reading_failed(r, &error);
}

int session_handle(request_rec *r, const struct target *target)
{
    static const char *const known[] = {NULL};
    struct reading *reading = apr_pcalloc(r->pool, sizeof(*reading));
    struct stream *stream = stream_make(r, reading);
    struct parameters parameters;
    js_frame frame = {JS_JSON, NULL, "", ""};
    js_links links;
    js_session session;
    parameters_read(&parameters, r, known);
    int status = problem_any(r);
    if (status == OK) {
        status = accept_choose(r, ACCEPT_JSON, &frame.format);
    }
    if (status == OK) {
        status = request_links(r, &links);
    }
    if (status == OK) {
        status = reading_begin(r, reading);
    }
    if (status == OK) {
        status = find_session(r, reading, target->id, &session);
    }
    if (status == OK) {
        status = response_conditions(r, reading, frame.format, &links);
    }
    if (status != OK) {
        return status;
    }
    frame.links = &links;
    js_document_begin_session(stream->document, &session, &frame, reading_report_damage, reading);
    return response_send(r, stream, frame.format);
}
