/* SPDX-License-Identifier: Apache-2.0 */
#include "request/session_filter.h"

#include <stdlib.h>

#include "apr_strings.h"

#include "request/problem.h"
#include "server/config.h"

static int compare_ids(const void *one_, const void *other_)
{
    const uint64_t *one = one_;
    const uint64_t *other = other_;
    return (*one > *other) - (*one < *other);
}

/* Sort ids and keep each once, as the store wants them; returns how many are left. */
static size_t order_ids(uint64_t *ids, size_t count)
{
    size_t kept = 0;
    qsort(ids, count, sizeof(*ids), compare_ids);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || ids[kept - 1] != ids[i]) {
            ids[kept++] = ids[i];
        }
    }
    return kept;
}

void session_filter_ids(request_rec *r, const char *name, const apr_array_header_t *texts)
{
    for (int i = 0; i < texts->nelts; i++) {
        const char *id = APR_ARRAY_IDX(texts, i, const char *);
        if (id != NULL && !js_id_is_valid(id, strlen(id))) {
            problem_parameter(r, name, apr_psprintf(r->pool, "%s is not the id of a session", id));
        }
    }
}

/* A number that no session has: a list of no ids would match all. */
static uint64_t nobodys_id(js_snapshot *snapshot)
{
    js_session session;
    uint64_t id = UINT64_MAX;
    while (id > 0 && js_snapshot_get(snapshot, id, &session) == JS_OK) {
        id--;
    }
    return id;
}

js_result session_filter_find_ids(apr_pool_t *pool, js_filter *filter, js_snapshot *snapshot,
                                  const apr_array_header_t *texts)
{
    uint64_t *ids = apr_palloc(pool, ((apr_size_t)texts->nelts + 1) * sizeof(*ids));
    size_t count = 0;
    for (int i = 0; i < texts->nelts; i++) {
        const char *id = APR_ARRAY_IDX(texts, i, const char *);
        js_result result = js_snapshot_find_id(snapshot, id, strlen(id), &ids[count]);
        if (result == JS_DAMAGED) {
            return result;
        }
        count += result == JS_OK;
    }
    if (count == 0 && texts->nelts > 0) {
        ids[count++] = nobodys_id(snapshot);
    }
    filter->ids = ids;
    filter->id_count = order_ids(ids, count);
    return JS_OK;
}

static int is_later(request_rec *r)
{
    return config_shape(config_of_request(r)) == JS_SHAPE_V8_1;
}

void session_filter_statuses(request_rec *r, js_filter *filter, const char *name,
                             const apr_array_header_t *texts)
{
    for (int i = 0; i < texts->nelts; i++) {
        const char *text = APR_ARRAY_IDX(texts, i, const char *);
        uint32_t bit = text != NULL ? js_status_bit(text) : 0;
        if (text != NULL && bit == 0) {
            problem_parameter(r, name, apr_psprintf(r->pool, "%s is not a status", text));
        }
        filter->statuses |= bit;
    }
    if (is_later(r) && (filter->statuses & js_status_bit("Error")) != 0) {
        filter->statuses |= js_status_bit("Failed");
    }
    if (is_later(r) && (filter->statuses & js_status_bit("Unknown")) != 0) {
        filter->statuses |= JS_STATUS_NONE_BIT;
    }
}

static void read_types(request_rec *r, js_filter *filter, apr_array_header_t *texts)
{
    const char **types = (const char **)(void *)texts->elts;
    size_t count = 0;
    for (int i = 0; i < texts->nelts; i++) {
        if (types[i] != NULL) {
            filter->other_types |= is_later(r) && ap_cstr_casecmp(types[i], "Unknown") == 0;
            types[count++] = types[i];
        }
    }
    js_types_order(types, count);
    filter->types = types;
    filter->type_count = count;
}

/* No session has a type without a name. */
static const char *const no_types[] = {""};

static int has_type(const js_filter *filter, const char *type)
{
    for (size_t i = 0; i < filter->type_count; i++) {
        if (ap_cstr_casecmp(filter->types[i], type) == 0) {
            return 1;
        }
    }
    return filter->other_types && *type != '\0' && !js_type_is_of_v8_1(type);
}

static void keep_types(const js_filter *from, const js_filter *in, const char **kept, size_t *count)
{
    for (size_t i = 0; i < from->type_count; i++) {
        if (has_type(in, from->types[i])) {
            kept[(*count)++] = from->types[i];
        }
    }
}

/* Of two sets of types what is in both. */
static void intersect_types(request_rec *r, js_filter *filter, const js_filter *other)
{
    const char **kept =
        apr_palloc(r->pool, (filter->type_count + other->type_count) * sizeof(*kept));
    size_t count = 0;
    keep_types(filter, other, kept, &count);
    keep_types(other, filter, kept, &count);
    filter->other_types = filter->other_types && other->other_types;
    js_types_order(kept, count);
    filter->types = count > 0 ? kept : no_types;
    filter->type_count = count > 0 ? count : 1;
}

void session_filter_types(request_rec *r, js_filter *filter, apr_array_header_t *texts)
{
    js_filter read = {0};
    read_types(r, &read, texts);
    if (read.type_count == 0) {
        return;
    }
    if (filter->type_count > 0) {
        intersect_types(r, filter, &read);
    } else {
        filter->types = read.types;
        filter->type_count = read.type_count;
        filter->other_types = read.other_types;
    }
}

const char *session_filter_resource(request_rec *r, const char *name, const char *resource,
                                    const char *other_name, const char *other)
{
    if (resource != NULL && other != NULL && strcmp(resource, other) != 0) {
        problem_parameter(r, other_name,
                          apr_psprintf(r->pool, "says the same as %s, and names another", name));
    }
    return resource != NULL ? resource : other;
}

const char *session_filter_appliance(request_rec *r, const char *name, const char *text)
{
    if (text != NULL && !config_has_fleet(r)) {
        problem_parameter(r, name, "goes with the sessions of a fleet alone, and these are one's");
    }
    return text;
}

void session_filter_policy(request_rec *r, js_filter *filter, const char *name, const char *text)
{
    if (text == NULL) {
        return;
    }
    uint8_t *uuid = apr_palloc(r->pool, 16);
    if (!js_uuid_parse(text, strlen(text), uuid)) {
        problem_parameter(r, name, "is not a uuid");
    }
    filter->policy = uuid;
}

void session_filter_policy_name(request_rec *r, js_filter *filter, const char *text)
{
    if (text != NULL) {
        filter->policy_name = session_filter_pattern(r->pool, text);
    }
}

void session_filter_time(request_rec *r, int64_t *bound, const char *name, const char *text)
{
    const char *wrong = text != NULL ? js_time_parse(text, strlen(text), bound) : NULL;
    if (wrong != NULL) {
        problem_parameter(r, name, wrong);
    }
}

const char *session_filter_pattern(apr_pool_t *pool, const char *text)
{
    char *pattern = apr_palloc(pool, JS_PATTERN_SIZE(strlen(text)));
    js_pattern_make(pattern, text, strlen(text));
    return pattern;
}
