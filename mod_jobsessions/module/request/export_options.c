/* SPDX-License-Identifier: Apache-2.0 */
/* The one place where a request is parsed with jansson. What it makes ends with the request's pool. */
#include "request/export_options.h"

#include <stdlib.h>

#include <jansson.h>

#include "apr_strings.h"

#include "request/problem.h"
#include "request/request_body.h"
#include "server/config.h"

static apr_status_t forget(void *value)
{
    json_decref(value);
    return APR_SUCCESS;
}

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
    apr_array_header_t *result = apr_array_make(r->pool, 8, sizeof(const char *));
    if (!json_is_array(value)) {
        APR_ARRAY_PUSH(result, const char *) = text(r, name, value);
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        APR_ARRAY_PUSH(result, const char *) = text(r, name, json_array_get(value, i));
    }
    return result;
}

static int compare_ids(const void *one_, const void *other_)
{
    const uint64_t *one = one_;
    const uint64_t *other = other_;
    return (*one > *other) - (*one < *other);
}

static void read_ids(request_rec *r, js_filter *filter, const json_t *value)
{
    const apr_array_header_t *values = texts(r, "jobSessionIds", value);
    uint64_t *ids = apr_palloc(r->pool, ((apr_size_t)values->nelts + 1) * sizeof(*ids));
    size_t count = 0;
    size_t kept = 0;
    for (int i = 0; i < values->nelts; i++) {
        const char *id = APR_ARRAY_IDX(values, i, const char *);
        if (id != NULL && !js_id_parse(id, strlen(id), &ids[count++])) {
            problem_parameter(r, "jobSessionIds",
                              apr_psprintf(r->pool, "%s is not the id of a session", id));
        }
    }
    qsort(ids, count, sizeof(*ids), compare_ids);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || ids[kept - 1] != ids[i]) {
            ids[kept++] = ids[i];
        }
    }
    filter->ids = ids;
    filter->id_count = kept;
}

static void read_statuses(request_rec *r, js_filter *filter, const json_t *value)
{
    const apr_array_header_t *values = texts(r, "status", value);
    for (int i = 0; i < values->nelts; i++) {
        const char *name = APR_ARRAY_IDX(values, i, const char *);
        uint32_t bit = name != NULL ? js_status_bit(name) : 0;
        if (name != NULL && bit == 0) {
            problem_parameter(r, "status", apr_psprintf(r->pool, "%s is not a status", name));
        }
        filter->statuses |= bit;
    }
}

static void read_types(request_rec *r, js_filter *filter, const json_t *value)
{
    const apr_array_header_t *values = texts(r, "sessionTypes", value);
    filter->types = (const char *const *)values->elts;
    filter->type_count = (size_t)values->nelts;
}

static void read_policy(request_rec *r, js_filter *filter, const json_t *value)
{
    const char *id = text(r, "policyId", value);
    uint8_t *uuid = apr_palloc(r->pool, 16);
    if (id != NULL && !js_uuid_parse(id, strlen(id), uuid)) {
        problem_parameter(r, "policyId", "is not a uuid");
    }
    filter->policy = uuid;
}

static void read_name(request_rec *r, js_filter *filter, const json_t *value)
{
    const char *name = text(r, "filter", value);
    if (name != NULL) {
        char *pattern = apr_palloc(r->pool, JS_PATTERN_SIZE(strlen(name)));
        js_pattern_make(pattern, name, strlen(name));
        filter->policy_name = pattern;
    }
}

static void read_time(request_rec *r, const char *name, int64_t *time, const json_t *value)
{
    const char *date = text(r, name, value);
    const char *wrong = date != NULL ? js_time_parse(date, strlen(date), time) : NULL;
    if (wrong != NULL) {
        problem_parameter(r, name, wrong);
    }
}

static void read_member(request_rec *r, js_filter *filter, const char *name, const json_t *value)
{
    if (json_is_null(value)) {
        return;
    }
    if (strcmp(name, "jobSessionIds") == 0) {
        read_ids(r, filter, value);
    } else if (strcmp(name, "status") == 0) {
        read_statuses(r, filter, value);
    } else if (strcmp(name, "sessionTypes") == 0) {
        read_types(r, filter, value);
    } else if (strcmp(name, "policyId") == 0) {
        read_policy(r, filter, value);
    } else if (strcmp(name, "filter") == 0) {
        read_name(r, filter, value);
    } else if (strcmp(name, "fromUtc") == 0) {
        read_time(r, name, &filter->from, value);
    } else if (strcmp(name, "toUtc") == 0) {
        read_time(r, name, &filter->to, value);
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

int export_options_read(request_rec *r, js_query *query, int *given)
{
    const char *body;
    apr_size_t length;
    json_error_t cause;
    const char *name;
    json_t *value;
    int status = request_body_read(r, &body, &length);
    *given = 0;
    if (status != OK || !are_options(r, body)) {
        return status;
    }
    if (apr_table_get(r->headers_in, "Content-Encoding") != NULL) {
        return problem_set(r, HTTP_UNSUPPORTED_MEDIA_TYPE,
                           "Options are read as plain JSON, without a content encoding.");
    }
    json_t *options = json_loadb(body, length, JSON_REJECT_DUPLICATES, &cause);
    if (!json_is_object(options)) {
        json_decref(options);
        return problem_set(r, HTTP_BAD_REQUEST,
                           apr_psprintf(r->pool, "The options are not a JSON object%s%s.",
                                        options == NULL ? ": " : "",
                                        options == NULL ? cause.text : ""));
    }
    apr_pool_cleanup_register(r->pool, options, forget, apr_pool_cleanup_null);
    json_object_foreach(options, name, value)
    {
        read_member(r, &query->filter, name, value);
    }
    *given = 1;
    return problem_any(r);
}
