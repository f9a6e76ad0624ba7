/* SPDX-License-Identifier: Apache-2.0 */
#include "list.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "error.h"
#include "ticks.h"

/* How many rows from the first on the page reaches. */
uint64_t js_list_reach(const js_query *query)
{
    return query->limit > UINT64_MAX - query->offset ? UINT64_MAX : query->offset + query->limit;
}

bool js_list_has_range(const js_query *query)
{
    return query->filter.from != JS_TICKS_NONE || query->filter.to != JS_TICKS_NONE;
}

/* How many rows SELECT would have to keep. */
static uint64_t rows_wanted(const js_query *query)
{
    size_t ids = query->filter.id_count;
    return ids > 0 && ids < js_list_reach(query) ? ids : js_list_reach(query);
}

static js_plan plan_for(const js_query *query)
{
    if (query->changes) {
        return JS_PLAN_CHANGES;
    }
    if (query->sort != JS_SORT_ID) {
        return JS_PLAN_SELECT;
    }
    /* few ids, or a range of start times: cheaper than to scan the whole index */
    return rows_wanted(query) <= JS_SORT_MAX
                   && (query->filter.id_count > 0 || js_list_has_range(query))
               ? JS_PLAN_SELECT
               : JS_PLAN_WALK;
}

size_t js_list_rows(const js_query *query)
{
    if (plan_for(query) != JS_PLAN_SELECT) {
        return 0;
    }
    return rows_wanted(query) < JS_SORT_MAX ? (size_t)rows_wanted(query) : JS_SORT_MAX;
}

size_t js_list_ranks(const js_query *query)
{
    return query->sort == JS_SORT_TYPE ? UINT16_MAX + 1 : 0;
}

size_t js_list_size(const js_query *query)
{
    return sizeof(js_list) + js_list_rows(query) * sizeof(js_row)
           + js_list_ranks(query) * sizeof(uint16_t);
}

void js_list_add(js_list *list, const js_entry *entry)
{
    list->page.count++;
    list->page.json_bytes += entry->length;
    list->page.id_digits += js_id_digits(entry->id);
}

static js_status too_many(const js_list *list, js_error *error)
{
    return js_fail(error, JS_INVALID,
                   "%" PRIu64 " sessions match, and only the first %d of an order other than by id "
                   "can be listed; narrow the filter or sort by id",
                   list->page.total, JS_SORT_MAX);
}

js_status js_list_begin(void *memory, js_snapshot *snapshot, const js_query *query, js_list **made,
                        js_error *error)
{
    js_list *list = memory;
    memset(list, 0, offsetof(js_list, matcher));
    list->snapshot = snapshot;
    list->query = *query;
    list->plan = plan_for(query);
    int rc = js_matcher_make(&list->matcher, snapshot, &query->filter);
    if (rc == 0) {
        rc = list->plan == JS_PLAN_WALK     ? js_list_count_walk(list)
             : list->plan == JS_PLAN_SELECT ? js_list_count_select(list)
                                            : js_list_count_changes(list);
    }
    if (rc != 0) {
        return js_fail(error, JS_DAMAGED, "%s: the index cannot be read (%s)",
                       snapshot->database->directory, mdb_strerror(rc));
    }
    if (list->plan == JS_PLAN_SELECT && list->page.total > JS_SORT_MAX
        && rows_wanted(query) > JS_SORT_MAX) {
        return too_many(list, error);
    }
    js_list_rewind(list);
    *made = list;
    return JS_OK;
}

void js_list_rewind(js_list *list)
{
    list->handed = 0;
    if (list->plan == JS_PLAN_CHANGES) {
        js_list_begin_changes(list);
    } else if (list->plan == JS_PLAN_WALK) {
        js_list_begin_walk(list);
    }
}

const js_page *js_list_page(const js_list *list)
{
    return &list->page;
}

js_status js_list_next(js_list *list, js_session *session)
{
    uint64_t id;
    if (list->plan == JS_PLAN_CHANGES) {
        return js_list_change(list, session);
    }
    if (list->handed == list->page.count) {
        return JS_END;
    }
    if (list->plan == JS_PLAN_SELECT) {
        id = list->rows[list->query.offset + list->handed].id;
    } else if (js_list_walk(list, &id) != 0) {
        return JS_DAMAGED;
    }
    list->handed++;
    return js_snapshot_get(list->snapshot, id, session);
}
