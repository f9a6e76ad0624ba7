/* SPDX-License-Identifier: Apache-2.0 */
/* Lists: the plan of each is chosen here, and carried out in list_scan.c, list_select.c or
 * list_changes.c. */
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "database/history.h"
#include "read/list_changes.h"
#include "read/list_scan.h"
#include "read/list_select.h"

size_t js_list_size(const js_query *query)
{
    return sizeof(js_list) + jsp_plan_rows(query) * sizeof(jsp_row)
           + jsp_plan_ranks(query) * sizeof(uint16_t);
}

static js_result too_many(const js_list *list, js_error *error)
{
    return jsp_fail(error, JS_INVALID,
                    "%" PRIu64
                    " sessions match, and only the first %d of an order other than by id "
                    "can be listed; narrow the filter or sort by id",
                    list->totals.total, JS_SORT_MAX);
}

/* Places are of the order of ids, and take the place of an offset. */
static void settle_query(js_query *query)
{
    if (query->changes || query->sort != JS_SORT_ID) {
        query->place = JS_PLACE_NONE;
    }
    if (query->place != JS_PLACE_NONE) {
        query->offset = 0;
    }
}

/* Where the page lies among all that match, when both have been counted. */
static void settle_page(js_list *list)
{
    js_list_totals *totals = &list->totals;
    if (jsp_plan_is_backward(&list->query)) {
        uint64_t last = totals->first_id; /* it was gone through from its end */
        totals->first_id = totals->last_id;
        totals->last_id = last;
        totals->before = totals->total - list->passed - totals->count;
    } else {
        totals->before = list->query.place == JS_PLACE_NONE ? list->query.offset : list->passed;
    }
    list->ascending = list->query.ascending;
}

/* Whether a list of changes can go on where it shall, for who began from nothing when the removals up to a usn were
 * forgotten. */
static js_result check_since(const js_snapshot *snapshot, const js_query *query, uint64_t began,
                             js_error *error)
{
    const jsp_counters *counters = &snapshot->counters;
    if (!query->changes || snapshot->counters_damage != NULL) {
        return JS_OK;
    }
    if (query->since > counters->last_usn) {
        return jsp_fail(error, JS_AHEAD,
                        "the last usn of the database is %" PRIu64 ", and %" PRIu64
                        " is of another history, as from before a restore: start again from 0",
                        counters->last_usn, query->since);
    }
    if (query->since > 0 && query->since < snapshot->forgotten && began < snapshot->forgotten) {
        return jsp_fail(error, JS_AHEAD,
                        "removals up to usn %" PRIu64 " are forgotten, and %" PRIu64
                        " is before that: start again from 0",
                        snapshot->forgotten, query->since);
    }
    return JS_OK;
}

static js_result begin(js_list *list, js_snapshot *snapshot, const js_query *query,
                       const char *resource, uint64_t began, js_error *error)
{
    js_result result = jsp_snapshot_check(snapshot, error);
    result = result == JS_OK ? check_since(snapshot, query, began, error) : result;
    if (result != JS_OK) {
        return result;
    }
    memset(list, 0, offsetof(js_list, matcher));
    list->snapshot = snapshot;
    list->query = *query;
    settle_query(&list->query);
    list->ascending = list->query.ascending != jsp_plan_is_backward(&list->query);
    list->plan = jsp_plan_for(query);
    int rc = jsp_matcher_make(&list->matcher, snapshot, &query->filter, resource);
    if (rc == 0) {
        rc = list->plan == JSP_PLAN_SCAN     ? jsp_list_scan_count(list)
             : list->plan == JSP_PLAN_SELECT ? jsp_list_select_count(list)
                                             : jsp_list_changes_count(list);
    }
    if (rc != 0) {
        return jsp_fail(error, JS_DAMAGED, "%s: the index cannot be read (%s)",
                        snapshot->database->directory, mdb_strerror(rc));
    }
    if (list->plan == JSP_PLAN_SELECT && list->totals.total > JS_SORT_MAX
        && jsp_plan_rows_wanted(query) > JS_SORT_MAX) {
        return too_many(list, error);
    }
    settle_page(list);
    js_list_rewind(list);
    return JS_OK;
}

js_result js_list_begin(js_list *list, js_snapshot *snapshot, const js_query *query,
                        js_error *error)
{
    return js_list_begin_of(list, snapshot, query, NULL, error);
}

js_result js_list_begin_of(js_list *list, js_snapshot *snapshot, const js_query *query,
                           const char *resource, js_error *error)
{
    return begin(list, snapshot, query, resource, 0, error);
}

js_result js_list_begin_walk(js_list *list, js_snapshot *snapshot, const js_filter *filter,
                             js_error *error)
{
    js_result result = jsp_snapshot_check(snapshot, error);
    if (result != JS_OK) {
        return result;
    }
    memset(list, 0, offsetof(js_list, matcher));
    js_query_all(&list->query);
    list->query.filter = *filter;
    list->snapshot = snapshot;
    list->plan = JSP_PLAN_SCAN;
    list->uncounted = true;
    int rc = jsp_matcher_make(&list->matcher, snapshot, filter, NULL);
    if (rc != 0) {
        return jsp_fail(error, JS_DAMAGED, "%s: the types cannot be read (%s)",
                        snapshot->database->directory, mdb_strerror(rc));
    }
    js_list_rewind(list);
    return JS_OK;
}

js_result js_list_begin_changes(js_list *list, js_snapshot *snapshot, const js_query *query,
                                const char *history, js_error *error)
{
    jsp_history followed = {.began = 0};
    if (history != NULL && *history != '\0' && !jsp_history_parse(history, &followed)) {
        return jsp_fail(error, JS_INVALID, "\"%s\" is none that js_snapshot_history() gives",
                        history);
    }
    if (history != NULL && *history != '\0' && snapshot->counters_damage == NULL
        && memcmp(followed.identity, snapshot->counters.identity, sizeof(followed.identity)) != 0) {
        return jsp_fail(error, JS_AHEAD,
                        "the database was restored or replaced since: start again from 0");
    }
    return begin(list, snapshot, query, NULL, followed.began, error);
}

void js_list_rewind(js_list *list)
{
    list->handed = 0;
    if (list->plan == JSP_PLAN_CHANGES) {
        jsp_list_changes_begin(list);
    } else if (list->plan == JSP_PLAN_SCAN) {
        jsp_list_scan_begin(list);
    }
}

uint64_t js_list_places(const js_list *list, uint64_t *digits)
{
    *digits = list->place_digits;
    return list->places;
}

bool js_list_unstated(js_list *list, uint64_t *count)
{
    int rc = 0;
    *count = list->unstated;
    if (list->is_all) {
        rc = jsp_list_scan_unstated(list, count);
        js_list_rewind(list);
    }
    return rc == 0;
}

const js_snapshot *js_list_snapshot(const js_list *list)
{
    return list->snapshot;
}

const js_list_totals *js_list_get_totals(const js_list *list)
{
    return &list->totals;
}

js_result js_list_next(js_list *list, js_session *session)
{
    uint64_t id;
    if (list->plan == JSP_PLAN_CHANGES) {
        return jsp_list_changes_next(list, session);
    }
    if (!list->uncounted && list->handed == list->totals.count) {
        return JS_END;
    }
    if (list->plan == JSP_PLAN_SELECT) {
        id = list->rows[list->query.offset + list->handed].id;
    } else {
        int rc = jsp_list_scan_next(list, &id);
        if (rc != 0) {
            return list->uncounted && rc == MDB_NOTFOUND ? JS_END : JS_DAMAGED;
        }
    }
    list->handed++;
    return js_snapshot_get(list->snapshot, id, session);
}
