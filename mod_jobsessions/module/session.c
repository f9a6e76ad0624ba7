/* SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include "accept.h"
#include "lists.h"
#include "parameters.h"
#include "problem.h"
#include "request_links.h"
#include "response.h"

int session_handle(request_rec *r, const struct target *target)
{
    static const char *const known[] = {NULL};
    struct reading *reading = apr_pcalloc(r->pool, sizeof(*reading));
    struct stream *stream = stream_make(r, reading);
    struct parameters parameters;
    js_frame frame = {JS_JSON, NULL, "", ""};
    js_links links;
    js_list *list;
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
        status = lists_find_one(r, reading, &target->id, &list);
    }
    if (status == OK) {
        status = response_conditions(r, reading, frame.format, &links);
    }
    if (status != OK) {
        return status;
    }
    frame.links = &links;
    js_document_begin_list(&stream->document, list, &frame, reading_report_damage, reading);
    return response_send(r, stream, frame.format);
}
