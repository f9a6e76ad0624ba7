/* SPDX-License-Identifier: Apache-2.0 */
#include "request/list_query.h"

#include "apr_strings.h"

#include "request/parameters.h"
#include "request/problem.h"

static const char *const known[] = {"Offset",   "Limit", "Status", "Types",   "PolicyId",
                                    "FromUtc",  "ToUtc", "Filter", "Display", "Sort",
                                    "SinceUsn", "MaxId", NULL};

static void read_statuses(struct list_query *query, const struct parameters *parameters)
{
    const apr_array_header_t *values = parameters_list(parameters, "Status");
    for (int i = 0; i < values->nelts; i++) {
        const char *value = APR_ARRAY_IDX(values, i, const char *);
        apr_uint32_t bit = js_status_bit(value);
        if (bit == 0) {
            problem_parameter(parameters->r, "Status",
                              apr_psprintf(parameters->r->pool, "%s is not a status", value));
        }
        query->query.filter.statuses |= bit;
        apr_table_addn(query->given, "status", value);
    }
}

static void read_types(struct list_query *query, const struct parameters *parameters)
{
    const apr_array_header_t *values = parameters_list(parameters, "Types");
    query->query.filter.types = (const char *const *)values->elts;
    query->query.filter.type_count = (size_t)values->nelts;
    for (int i = 0; i < values->nelts; i++) {
        apr_table_addn(query->given, "types", APR_ARRAY_IDX(values, i, const char *));
    }
}

static void read_policy(struct list_query *query, const struct parameters *parameters)
{
    apr_pool_t *pool = parameters->r->pool;
    const char *id = parameters_get(parameters, "PolicyId");
    const char *name = parameters_get(parameters, "Filter");
    if (id != NULL) {
        uint8_t *uuid = apr_palloc(pool, 16);
        if (!js_uuid_parse(id, strlen(id), uuid)) {
            problem_parameter(parameters->r, "PolicyId", "is not a uuid");
        }
        query->query.filter.policy = uuid;
        apr_table_addn(query->given, "policyId", id);
    }
    if (name != NULL) {
        char *pattern = apr_palloc(pool, JS_PATTERN_SIZE(strlen(name)));
        js_pattern_make(pattern, name, strlen(name));
        query->query.filter.policy_name = pattern;
        apr_table_addn(query->given, "filter", name);
    }
}

static void read_time(struct list_query *query, const struct parameters *parameters,
                      const char *name, const char *link_name, int64_t *time)
{
    const char *value = parameters_get(parameters, name);
    if (value != NULL) {
        const char *wrong = js_time_parse(value, strlen(value), time);
        if (wrong != NULL) {
            problem_parameter(parameters->r, name, wrong);
        }
        apr_table_addn(query->given, link_name, value);
    }
}

static void read_sort(struct list_query *query, const struct parameters *parameters)
{
    static const struct {
        const char *name;
        js_sort sort;
    } sorts[] = {
        {"Id", JS_SORT_ID},
        {"StartTime", JS_SORT_START_TIME},
        {"StopTime", JS_SORT_STOP_TIME},
        {"Status", JS_SORT_STATUS},
        {"Type", JS_SORT_TYPE},
        {"Duration", JS_SORT_DURATION},
        {"PolicyName", JS_SORT_POLICY_NAME},
        {"Usn", JS_SORT_USN},
    };
    const char *value = parameters_get(parameters, "Sort");
    if (value == NULL) {
        return;
    }
    for (unsigned i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++) {
        apr_size_t length = strlen(sorts[i].name);
        const char *direction = value + length;
        if (ap_cstr_casecmpn(value, sorts[i].name, length) == 0
            && (ap_cstr_casecmp(direction, "Asc") == 0
                || ap_cstr_casecmp(direction, "Desc") == 0)) {
            query->query.sort = sorts[i].sort;
            query->query.ascending = ap_cstr_casecmp(direction, "Asc") == 0;
            apr_table_addn(query->given, "sort", value);
            return;
        }
    }
    problem_parameter(parameters->r, "Sort",
                      "is not one of Id, StartTime, StopTime, Status, Type, Duration, PolicyName "
                      "and Usn, followed by Asc or Desc");
}

static void read_display(struct list_query *query, const struct parameters *parameters)
{
    const char *value = parameters_get(parameters, "Display");
    if (value != NULL && ap_cstr_casecmp(value, "Full") != 0
        && ap_cstr_casecmp(value, "Grouped") != 0) {
        problem_parameter(parameters->r, "Display", "is neither Full nor Grouped");
    }
    apr_table_addn(query->given, "display", value != NULL ? value : "Full");
}

static void read_page(struct list_query *query, const struct parameters *parameters)
{
    const char *highest = parameters_get(parameters, "MaxId");
    query->limit = parameters_number(parameters, "Limit", -1, LIST_LIMIT_DEFAULT);
    query->query.limit = query->limit < 0 ? JS_NO_LIMIT : (uint64_t)query->limit;
    query->query.offset = (uint64_t)parameters_number(parameters, "Offset", 0, 0);
    if (highest != NULL) {
        query->bounded = 1;
        if (!js_id_parse(highest, strlen(highest), &query->query.filter.highest_id)) {
            problem_parameter(parameters->r, "MaxId", "is not the id of a session");
        }
    }
}

/* A follower's request goes with Limit alone: a filter would hide that a session has left it. */
static void read_changes(struct list_query *query, const struct parameters *parameters)
{
    static const char *const others[] = {"Offset", "Status", "Types", "PolicyId", "FromUtc",
                                         "ToUtc",  "Filter", "Sort",  "MaxId"};
    apr_int64_t since = parameters_number(parameters, "SinceUsn", 0, -1);
    if (since < 0) {
        return;
    }
    query->query.changes = true;
    query->query.since = (uint64_t)since;
    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (apr_table_get(parameters->values, others[i]) != NULL) {
            problem_parameter(parameters->r, others[i], "does not go with SinceUsn");
        }
    }
}

int list_query_read(request_rec *r, struct list_query *query)
{
    struct parameters parameters;
    memset(query, 0, sizeof(*query));
    js_query_all(&query->query);
    query->given = apr_table_make(r->pool, 8);
    parameters_read(&parameters, r, known);
    read_page(query, &parameters);
    read_statuses(query, &parameters);
    read_types(query, &parameters);
    read_policy(query, &parameters);
    read_time(query, &parameters, "FromUtc", "fromUtc", &query->query.filter.from);
    read_time(query, &parameters, "ToUtc", "toUtc", &query->query.filter.to);
    read_sort(query, &parameters);
    read_display(query, &parameters);
    read_changes(query, &parameters);
    return problem_any(r);
}

/* A query string that is being put together. */
struct link_text {
    apr_pool_t *pool;
    const char *text;
};

static int append_given(void *link_, const char *name, const char *value)
{
    struct link_text *link = link_;
    link->text = apr_pstrcat(link->pool, link->text, "&", name, "=",
                             ap_escape_urlencoded(link->pool, value), NULL);
    return 1;
}

static const char *given_text(apr_pool_t *pool, const struct list_query *query)
{
    struct link_text link = {pool, ""};
    (void)apr_table_do(append_given, &link, query->given, NULL);
    return link.text;
}

/* Links of a response, as members of its _links. */
struct response_links {
    apr_pool_t *pool;
    const js_links *links;
    apr_array_header_t *members;
    /* how the queries of all of them end */
    const char *limit;
    const char *bound; /* up to which id, or nothing */
    const char *given;
};

static void begin_links(struct response_links *response, request_rec *r, const js_links *links,
                        const struct list_query *query)
{
    response->pool = r->pool;
    response->links = links;
    response->members = apr_array_make(r->pool, 4, sizeof(const char *));
    response->limit = apr_psprintf(r->pool, "&limit=%" APR_INT64_T_FMT, query->limit);
    response->bound = response->given = "";
}

/* `start` is the parameter that tells where the page begins, and its equals sign; numbers are those of
 * parameters, or of usns, so none is beyond 63 bits. */
static void add_link(const struct response_links *response, const char *name, const char *start,
                     apr_uint64_t number)
{
    APR_ARRAY_PUSH(response->members, const char *) =
        apr_pstrcat(response->pool, "\"", name, "\":{\"href\":\"", response->links->collection_port,
                    "?", start, apr_off_t_toa(response->pool, (apr_off_t)number), response->limit,
                    response->bound, response->given, "\"}", NULL);
}

static const char *end_links(const struct response_links *response)
{
    return apr_array_pstrcat(response->pool, response->members, ',');
}

static const char *change_links(request_rec *r, const struct list_query *query,
                                const js_links *links, const js_list_totals *page)
{
    struct response_links response;
    begin_links(&response, r, links, query);
    add_link(&response, "self", "sinceUsn=", query->query.since);
    if (page->total > page->count + page->tombstones && query->limit != 0) {
        add_link(&response, "next", "sinceUsn=", page->last_usn);
    }
    return end_links(&response);
}

const char *list_query_links(request_rec *r, const struct list_query *query, const js_links *links,
                             const js_list_totals *page, apr_uint64_t highest_id)
{
    apr_uint64_t offset = query->query.offset;
    apr_uint64_t limit = query->query.limit;
    struct response_links response;
    if (query->query.changes) {
        return change_links(r, query, links, page);
    }
    begin_links(&response, r, links, query);
    response.given = given_text(r->pool, query);
    const char *bound = apr_psprintf(r->pool, "&maxId=%" APR_UINT64_T_FMT,
                                     query->bounded ? query->query.filter.highest_id : highest_id);
    response.bound = query->bounded ? bound : "";
    add_link(&response, "self", "offset=", offset);
    if (query->limit <= 0 || page->total == 0) {
        return end_links(&response);
    }
    response.bound = bound;
    apr_uint64_t last = (page->total - 1) / limit * limit;
    add_link(&response, "first", "offset=", 0);
    if (offset > 0) {
        apr_uint64_t before = offset > limit ? offset - limit : 0;
        /* beyond the end the last page comes before */
        add_link(&response, "prev", "offset=", before < last ? before : last);
    }
    if (offset < page->total && page->total - offset > limit) {
        add_link(&response, "next", "offset=", offset + limit);
    }
    add_link(&response, "last", "offset=", last);
    return end_links(&response);
}
