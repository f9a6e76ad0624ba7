/* SPDX-License-Identifier: Apache-2.0 */
#include "read/list.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "base/ticks.h"

/* How many rows from the first on the page reaches. */
uint64_t jsp_list_reach(const js_query *query)
{
    return query->limit > UINT64_MAX - query->offset ? UINT64_MAX : query->offset + query->limit;
}

bool jsp_list_has_range(const js_query *query)
{
    return query->filter.from != JSP_TICKS_NONE || query->filter.to != JSP_TICKS_NONE;
}

/* How many rows SELECT would have to keep. */
static uint64_t rows_wanted(const js_query *query)
{
    size_t ids = query->filter.id_count;
    return ids > 0 && ids < jsp_list_reach(query) ? ids : jsp_list_reach(query);
}

static jsp_plan plan_for(const js_query *query)
{
    if (query->changes) {
        return JSP_PLAN_CHANGES;
    }
    if (query->sort != JS_SORT_ID) {
        return JSP_PLAN_SELECT;
    }
    /* few ids, or a range of start times: cheaper than to scan the whole index */
    return rows_wanted(query) <= JS_SORT_MAX
                   && (query->filter.id_count > 0 || jsp_list_has_range(query))
               ? JSP_PLAN_SELECT
               : JSP_PLAN_SCAN;
}

size_t jsp_list_rows(const js_query *query)
{
    if (plan_for(query) != JSP_PLAN_SELECT) {
        return 0;
    }
    return rows_wanted(query) < JS_SORT_MAX ? (size_t)rows_wanted(query) : JS_SORT_MAX;
}

size_t jsp_list_ranks(const js_query *query)
{
    return query->sort == JS_SORT_TYPE ? UINT16_MAX + 1 : 0;
}

size_t js_list_size(const js_query *query)
{
    return sizeof(js_list) + jsp_list_rows(query) * sizeof(jsp_row)
           + jsp_list_ranks(query) * sizeof(uint16_t);
}

void jsp_list_add(js_list *list, const jsp_entry *entry)
{
    list->totals.count++;
    list->totals.json_bytes += entry->length;
    list->totals.id_digits += jsp_id_digits(entry->id);
}

static js_result too_many(const js_list *list, js_error *error)
{
    return jsp_fail(error, JS_INVALID,
                    "%" PRIu64
                    " sessions match, and only the first %d of an order other than by id "
                    "can be listed; narrow the filter or sort by id",
                    list->totals.total, JS_SORT_MAX);
}

js_result js_list_begin(js_list *list, js_snapshot *snapshot, const js_query *query,
                        js_error *error)
{
    memset(list, 0, offsetof(js_list, matcher));
    list->snapshot = snapshot;
    list->query = *query;
    list->plan = plan_for(query);
    int rc = jsp_matcher_make(&list->matcher, snapshot, &query->filter);
    if (rc == 0) {
        rc = list->plan == JSP_PLAN_SCAN     ? jsp_list_count_scan(list)
             : list->plan == JSP_PLAN_SELECT ? jsp_list_count_select(list)
                                             : jsp_list_count_changes(list);
    }
    if (rc != 0) {
        return jsp_fail(error, JS_DAMAGED, "%s: the index cannot be read (%s)",
                        snapshot->database->directory, mdb_strerror(rc));
    }
    if (list->plan == JSP_PLAN_SELECT && list->totals.total > JS_SORT_MAX
        && rows_wanted(query) > JS_SORT_MAX) {
        return too_many(list, error);
    }
    js_list_rewind(list);
    return JS_OK;
}

void js_list_rewind(js_list *list)
{
    list->handed = 0;
    if (list->plan == JSP_PLAN_CHANGES) {
        jsp_list_begin_changes(list);
    } else if (list->plan == JSP_PLAN_SCAN) {
        jsp_list_begin_scan(list);
    }
}

const js_list_totals *js_list_get_totals(const js_list *list)
{
    return &list->totals;
}

js_result js_list_next(js_list *list, js_session *session)
{
    uint64_t id;
    if (list->plan == JSP_PLAN_CHANGES) {
        return jsp_list_change(list, session);
    }
    if (list->handed == list->totals.count) {
        return JS_END;
    }
    if (list->plan == JSP_PLAN_SELECT) {
        id = list->rows[list->query.offset + list->handed].id;
    } else if (jsp_list_scan(list, &id) != 0) {
        return JS_DAMAGED;
    }
    list->handed++;
    return js_snapshot_get(list->snapshot, id, session);
}
