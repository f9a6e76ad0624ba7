/* SPDX-License-Identifier: Apache-2.0 */
#include "request/list_request.h"

#include "apr_strings.h"

#include "request/numbers.h"
#include "request/page_links.h"
#include "request/problem.h"
#include "request/session_filter.h"
#include "request/type_groups.h"

static const char *const served[] = {"Offset",        "Limit",      "Status",   "Types",
                                     "PolicyId",      "FromUtc",    "ToUtc",    "Filter",
                                     "Display",       "Sort",       "SinceUsn", "MaxId",
                                     "Database",      "BeforeId",   "AfterId",  "SessionTypes",
                                     "WorkloadTypes", "ResourceId", "VmId",     NUMBERS_DURATIONS,
                                     NUMBERS_TIMES,   "Appliance",  NULL};
static const char *const refused[] = {NULL};

const struct parameter_names list_request_parameters = {served, refused, ""};

/* Links say again what was given. */
static void give(struct list_request *wanted, const char *link_name, const char *value)
{
    if (value != NULL) {
        apr_table_addn(wanted->given, link_name, value);
    }
}

static void give_all(struct list_request *wanted, const char *link_name,
                     const apr_array_header_t *values)
{
    for (int i = 0; i < values->nelts; i++) {
        give(wanted, link_name, APR_ARRAY_IDX(values, i, const char *));
    }
}

static void read_lists(struct list_request *wanted, const struct parameters *parameters)
{
    const apr_array_header_t *statuses = parameters_list(parameters, "Status");
    session_filter_statuses(parameters->r, &wanted->query.filter, "Status", statuses);
    give_all(wanted, "status", statuses);
    apr_array_header_t *types = parameters_list(parameters, "Types");
    give_all(wanted, "types", types);
    session_filter_types(parameters->r, &wanted->query.filter, types);
}

/* v8.1's export has these; all that name types must hold together. */
static void read_groups(struct list_request *wanted, const struct parameters *parameters)
{
    request_rec *r = parameters->r;
    apr_array_header_t *groups = parameters_list(parameters, "SessionTypes");
    const apr_array_header_t *workloads = parameters_list(parameters, "WorkloadTypes");
    give_all(wanted, "sessionTypes", groups);
    give_all(wanted, "workloadTypes", workloads);
    session_filter_types(r, &wanted->query.filter, type_groups_expand(groups));
    session_filter_types(r, &wanted->query.filter,
                         type_groups_workloads(r, "WorkloadTypes", workloads));
}

static void read_resource(struct list_request *wanted, const struct parameters *parameters)
{
    wanted->resource = session_filter_resource(parameters->r, "ResourceId",
                                               parameters_condition(parameters, "ResourceId"),
                                               "VmId", parameters_condition(parameters, "VmId"));
    give(wanted, "resourceId", wanted->resource);
}

static void read_policy(struct list_request *wanted, const struct parameters *parameters)
{
    const char *id = parameters_condition(parameters, "PolicyId");
    const char *name = parameters_condition(parameters, "Filter");
    session_filter_policy(parameters->r, &wanted->query.filter, "PolicyId", id);
    give(wanted, "policyId", id);
    session_filter_policy_name(parameters->r, &wanted->query.filter, name);
    wanted->policy_name = name;
    give(wanted, "filter", name);
}

static void read_appliance(struct list_request *wanted, const struct parameters *parameters)
{
    wanted->appliance = session_filter_appliance(parameters->r, "Appliance",
                                                 parameters_condition(parameters, "Appliance"));
    give(wanted, "appliance", wanted->appliance);
}

static void read_time(struct list_request *wanted, const struct parameters *parameters,
                      int64_t *bound, const char *name, const char *link_name)
{
    const char *time = parameters_condition(parameters, name);
    session_filter_time(parameters->r, bound, name, time);
    give(wanted, link_name, time);
}

static void read_sort(struct list_request *wanted, const struct parameters *parameters)
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
            wanted->query.sort = sorts[i].sort;
            wanted->query.ascending = ap_cstr_casecmp(direction, "Asc") == 0;
            wanted->is_sorted = 1;
            apr_table_addn(wanted->given, "sort", value);
            return;
        }
    }
    problem_parameter(parameters->r, "Sort",
                      "is not one of Id, StartTime, StopTime, Status, Type, Duration, PolicyName "
                      "and Usn, followed by Asc or Desc");
}

static void read_display(struct list_request *wanted, const struct parameters *parameters)
{
    const char *value = parameters_get(parameters, "Display");
    if (value != NULL && ap_cstr_casecmp(value, "Full") != 0
        && ap_cstr_casecmp(value, "Grouped") != 0) {
        problem_parameter(parameters->r, "Display", "is neither Full nor Grouped");
    }
    apr_table_addn(wanted->given, "display", value != NULL ? value : "Full");
}

/* Who follows keeps what is stored. */
static void read_numbers(struct list_request *wanted, const struct parameters *parameters)
{
    wanted->numbers = numbers_read(parameters);
    give(wanted, "durations",
         (wanted->numbers & JS_DURATIONS_SECONDS) != 0 ? NUMBERS_SECONDS : NULL);
    give(wanted, "times",
         (wanted->numbers & JS_TIMES_MILLISECONDS) != 0 ? NUMBERS_MILLISECONDS : NULL);
}

/* A number is a place in the order; where a uuid has its own is known when there is a snapshot. */
static void read_id(const struct parameters *parameters, const char *name, const char *text,
                    uint64_t *id, const char **uuid)
{
    if (js_id_parse(text, strlen(text), id)) {
        return;
    }
    *uuid = text;
    if (!js_id_is_valid(text, strlen(text))) {
        problem_parameter(parameters->r, name, "is not the id of a session");
    }
}

static js_result find_id(const js_snapshot *snapshot, const char *uuid, uint64_t *id)
{
    return uuid == NULL ? JS_OK : js_snapshot_find_id(snapshot, uuid, strlen(uuid), id);
}

js_result list_request_find_ids(struct list_request *wanted, const js_snapshot *snapshot)
{
    js_result result = find_id(snapshot, wanted->highest, &wanted->query.filter.highest_id);
    return result == JS_OK ? find_id(snapshot, wanted->place, &wanted->query.place_id) : result;
}

static void read_page(struct list_request *wanted, const struct parameters *parameters)
{
    const char *highest = parameters_get(parameters, "MaxId");
    wanted->limit = parameters_number(parameters, "Limit", -1, LIST_REQUEST_LIMIT_DEFAULT);
    wanted->query.limit = wanted->limit < 0 ? JS_NO_LIMIT : (uint64_t)wanted->limit;
    wanted->query.offset = (uint64_t)parameters_number(parameters, "Offset", 0, 0);
    if (highest != NULL) {
        wanted->bounded = 1;
        read_id(parameters, "MaxId", highest, &wanted->query.filter.highest_id, &wanted->highest);
    }
}

/* Where a page begins or ends in the order of ids, in place of an offset. */
static void read_place(struct list_request *wanted, const struct parameters *parameters)
{
    const char *before = parameters_get(parameters, "BeforeId");
    const char *after = parameters_get(parameters, "AfterId");
    const char *name = before != NULL ? "BeforeId" : "AfterId";
    const char *id = before != NULL ? before : after;
    if (id == NULL) {
        return;
    }
    wanted->query.place = before != NULL ? JS_PLACE_BEFORE_ID : JS_PLACE_AFTER_ID;
    read_id(parameters, name, id, &wanted->query.place_id, &wanted->place);
    if (id != after && after != NULL) {
        problem_parameter(parameters->r, "AfterId", "does not go with BeforeId");
    }
    if (apr_table_get(parameters->values, "Offset") != NULL) {
        problem_parameter(parameters->r, name, "does not go with Offset");
    }
    if (wanted->query.sort != JS_SORT_ID) {
        problem_parameter(parameters->r, name, "goes with an order by id alone");
    }
}

/* A follower's request goes with Limit and Database alone: a filter would hide that a session has left it. */
static void read_changes(struct list_request *wanted, const struct parameters *parameters)
{
    static const char *const others[] = {
        "Offset",        "Status",     "Types", "PolicyId",        "FromUtc",     "ToUtc",
        "Filter",        "Sort",       "MaxId", "BeforeId",        "AfterId",     "SessionTypes",
        "WorkloadTypes", "ResourceId", "VmId",  NUMBERS_DURATIONS, NUMBERS_TIMES, "Appliance"};
    apr_int64_t since = parameters_number(parameters, "SinceUsn", 0, -1);
    wanted->database = parameters_get(parameters, "Database");
    if (wanted->database != NULL && !js_history_is_valid(wanted->database)) {
        problem_parameter(parameters->r, "Database",
                          "is none that a page of changes has: 32 hexadecimal digits, and perhaps "
                          "a hyphen and a number");
    }
    if (since < 0) {
        if (wanted->database != NULL) {
            problem_parameter(parameters->r, "Database", "goes with SinceUsn alone");
        }
        return;
    }
    wanted->query.changes = true;
    wanted->query.since = (uint64_t)since;
    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        const char *other = apr_table_get(parameters->values, others[i]);
        if (other != NULL && *other != '\0') {
            problem_parameter(parameters->r, others[i], "does not go with SinceUsn");
        }
    }
}

void list_request_read(const struct parameters *parameters, struct list_request *wanted)
{
    memset(wanted, 0, sizeof(*wanted));
    js_query_all(&wanted->query);
    wanted->given = apr_table_make(parameters->r->pool, 8);
    read_page(wanted, parameters);
    read_lists(wanted, parameters);
    read_groups(wanted, parameters);
    read_policy(wanted, parameters);
    read_resource(wanted, parameters);
    read_appliance(wanted, parameters);
    read_time(wanted, parameters, &wanted->query.filter.from, "FromUtc", "fromUtc");
    read_time(wanted, parameters, &wanted->query.filter.to, "ToUtc", "toUtc");
    read_sort(wanted, parameters);
    read_place(wanted, parameters);
    read_display(wanted, parameters);
    read_numbers(wanted, parameters);
    read_changes(wanted, parameters);
}

/* A query string that is being put together. */
struct rest {
    apr_pool_t *pool;
    const char *text;
};

static int append_given(void *rest_, const char *name, const char *value)
{
    struct rest *rest = rest_;
    rest->text = apr_pstrcat(rest->pool, rest->text, "&", name, "=",
                             ap_escape_urlencoded(rest->pool, value), NULL);
    return 1;
}

static const char *given_text(apr_pool_t *pool, const struct list_request *wanted)
{
    struct rest rest = {pool, ""};
    (void)apr_table_do(append_given, &rest, wanted->given, NULL);
    return rest.text;
}

static const char *change_links(apr_pool_t *pool, const struct list_request *wanted,
                                const struct page *page, const js_list_totals *totals)
{
    const char *self =
        page_links_member(pool, page, "self", "sinceUsn=", wanted->query.since, page->self_rest);
    if (totals->total <= totals->count + totals->tombstones || wanted->limit == 0) {
        return self;
    }
    return apr_pstrcat(
        pool, self, ",",
        page_links_member(pool, page, "next", "sinceUsn=", totals->last_usn, page->rest), NULL);
}

static struct page_place place_of(js_place place, uint64_t id)
{
    return (struct page_place){place == JS_PLACE_BEFORE_ID ? "beforeId=" : "afterId=", id};
}

/* All that is not on a page's side of its place; nowhere, when that is everything. */
static struct page_place other_side(const js_query *query)
{
    if (query->place == JS_PLACE_BEFORE_ID) {
        return query->place_id > 0 ? place_of(JS_PLACE_AFTER_ID, query->place_id - 1)
                                   : (struct page_place){NULL, 0};
    }
    return query->place_id < UINT64_MAX ? place_of(JS_PLACE_BEFORE_ID, query->place_id + 1)
                                        : (struct page_place){NULL, 0};
}

/* Of an order by id the pages before and behind begin where this one ends, whatever comes and goes. Of one
 * on which there is nothing they do at the place it was asked for by. */
static void set_places(struct page *page, const js_query *query, const js_list_totals *totals)
{
    js_place behind = query->ascending ? JS_PLACE_AFTER_ID : JS_PLACE_BEFORE_ID;
    js_place before = query->ascending ? JS_PLACE_BEFORE_ID : JS_PLACE_AFTER_ID;
    if (query->sort != JS_SORT_ID) {
        return;
    }
    if (query->place != JS_PLACE_NONE) {
        page->self = place_of(query->place, query->place_id);
    }
    if (totals->count > 0) {
        page->prev = place_of(before, totals->first_id);
        page->next = place_of(behind, totals->last_id);
    } else if (query->place == behind) {
        page->prev = other_side(query);
    } else if (query->place == before) {
        page->next = other_side(query);
    }
}

const char *list_request_links(apr_pool_t *pool, const struct list_request *wanted,
                               const js_links *links, const js_list_totals *totals,
                               apr_uint64_t highest_id)
{
    struct page page = {.url = links->collection_port,
                        .offset = totals->before,
                        .limit = wanted->limit,
                        .total = totals->total,
                        .shown = totals->count,
                        .self_rest = "",
                        .rest = ""};
    if (wanted->query.changes) {
        page.rest =
            wanted->database != NULL ? apr_pstrcat(pool, "&database=", wanted->database, NULL) : "";
        page.self_rest = page.rest;
        return change_links(pool, wanted, &page, totals);
    }
    const char *given = given_text(pool, wanted);
    page.rest = apr_psprintf(pool, "&maxId=%" APR_UINT64_T_FMT "%s",
                             wanted->bounded ? wanted->query.filter.highest_id : highest_id, given);
    page.self_rest = wanted->bounded ? page.rest : given;
    set_places(&page, &wanted->query, totals);
    return page_links(pool, &page);
}

const char *list_request_fleet_links(apr_pool_t *pool, const struct list_request *wanted,
                                     const js_links *links, apr_uint64_t total, apr_uint64_t shown)
{
    const char *given = given_text(pool, wanted);
    const struct page page = {.url = links->collection_port,
                              .offset = wanted->query.offset,
                              .limit = wanted->limit,
                              .total = total,
                              .shown = shown,
                              .self_rest = given,
                              .rest = given};
    return page_links(pool, &page);
}
