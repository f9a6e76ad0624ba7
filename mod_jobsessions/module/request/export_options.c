/* SPDX-License-Identifier: Apache-2.0 */
/* The one place where a request is parsed with jansson. */
#include "request/export_options.h"

#include "apr_strings.h"

#include "request/pool_json.h"
#include "request/problem.h"
#include "request/request_body.h"
#include "request/session_filter.h"
#include "server/config.h"

/* A string, or NULL with the mistake noted. */
static const char *text(request_rec *r, const char *name, const json_t *value)
{
    if (!json_is_string(value)) {
        problem_parameter(r, name, "is not a string");
        return NULL;
    }
    return json_string_value(value);
}

/* An array of strings; a single one will do. */
static apr_array_header_t *texts(request_rec *r, const char *name, const json_t *value)
{
    apr_array_header_t *strings = apr_array_make(r->pool, 8, sizeof(const char *));
    if (!json_is_array(value)) {
        APR_ARRAY_PUSH(strings, const char *) = text(r, name, value);
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        APR_ARRAY_PUSH(strings, const char *) = text(r, name, json_array_get(value, i));
    }
    return strings;
}

static void read_member(request_rec *r, js_filter *filter, const char *name, const json_t *value)
{
    if (json_is_null(value)) {
        return;
    }
    if (strcmp(name, "jobSessionIds") == 0) {
        session_filter_ids(r, filter, name, texts(r, name, value));
    } else if (strcmp(name, "status") == 0) {
        session_filter_statuses(r, filter, name, texts(r, name, value));
    } else if (strcmp(name, "sessionTypes") == 0) {
        session_filter_types(filter, texts(r, name, value));
    } else if (strcmp(name, "policyId") == 0) {
        session_filter_policy(r, filter, name, text(r, name, value));
    } else if (strcmp(name, "filter") == 0) {
        session_filter_policy_name(r, filter, text(r, name, value));
    } else if (strcmp(name, "fromUtc") == 0) {
        session_filter_time(r, &filter->from, name, text(r, name, value));
    } else if (strcmp(name, "toUtc") == 0) {
        session_filter_time(r, &filter->to, name, text(r, name, value));
    } else if (config_of_request(r)->strict_query == 1) {
        problem_parameter(r, name, "is not an option of the export");
    }
}

/* Options are JSON by their type, or by their look where the type says nothing of it. */
static int are_options(request_rec *r, const char *body)
{
    const char *type = apr_table_get(r->headers_in, "Content-Type");
    body += strspn(body, " \t\r\n");
    return *body != '\0'
           && (*body == '{'
               || (type != NULL && ap_cstr_casecmpn(type, "application/json", 16) == 0));
}

int export_options_read(request_rec *r, js_filter *filter, const char **given)
{
    const char *body;
    apr_size_t length;
    json_error_t cause;
    const char *name;
    json_t *value;
    int status = request_body_read(r, &body, &length);
    *given = NULL;
    if (status != OK || !are_options(r, body)) {
        return status;
    }
    if (apr_table_get(r->headers_in, "Content-Encoding") != NULL) {
        return problem_set(r, HTTP_UNSUPPORTED_MEDIA_TYPE,
                           "Options are read as plain JSON, without a content encoding.");
    }
    json_t *options =
        pool_json_bind(r->pool, json_loadb(body, length, JSON_REJECT_DUPLICATES, &cause));
    if (!json_is_object(options)) {
        return problem_set(r, HTTP_BAD_REQUEST,
                           apr_psprintf(r->pool, "The options are not a JSON object%s%s.",
                                        options == NULL ? ": " : "",
                                        options == NULL ? cause.text : ""));
    }
    json_object_foreach(options, name, value)
    {
        read_member(r, filter, name, value);
    }
    *given = body;
    return problem_any(r);
}
