/* SPDX-License-Identifier: Apache-2.0 */
#include "read/plan.h"

#include "format/status.h"

#include "base/id.h"
#include "base/ticks.h"

uint64_t jsp_plan_reach(const js_query *query)
{
    return query->limit > UINT64_MAX - query->offset ? UINT64_MAX : query->offset + query->limit;
}

bool jsp_plan_has_range(const js_query *query)
{
    return query->filter.from != JSP_TICKS_NONE || query->filter.to != JSP_TICKS_NONE;
}

bool jsp_plan_is_backward(const js_query *query)
{
    return query->place == (query->ascending ? JS_PLACE_BEFORE_ID : JS_PLACE_AFTER_ID);
}

bool jsp_plan_is_on_side(const js_query *query, uint64_t id)
{
    return query->place == JS_PLACE_NONE
           || (query->place == JS_PLACE_BEFORE_ID ? id < query->place_id : id > query->place_id);
}

uint64_t jsp_plan_rows_wanted(const js_query *query)
{
    size_t ids = query->filter.id_count;
    return ids > 0 && ids < jsp_plan_reach(query) ? ids : jsp_plan_reach(query);
}

jsp_plan jsp_plan_for(const js_query *query)
{
    if (query->changes) {
        return JSP_PLAN_CHANGES;
    }
    if (query->sort != JS_SORT_ID) {
        return JSP_PLAN_SELECT;
    }
    /* few ids, or a range of start times: cheaper than to scan the whole index */
    return jsp_plan_rows_wanted(query) <= JS_SORT_MAX
                   && (query->filter.id_count > 0 || jsp_plan_has_range(query))
               ? JSP_PLAN_SELECT
               : JSP_PLAN_SCAN;
}

size_t jsp_plan_rows(const js_query *query)
{
    if (jsp_plan_for(query) != JSP_PLAN_SELECT) {
        return 0;
    }
    return jsp_plan_rows_wanted(query) < JS_SORT_MAX ? (size_t)jsp_plan_rows_wanted(query)
                                                     : JS_SORT_MAX;
}

size_t jsp_plan_ranks(const js_query *query)
{
    return query->sort == JS_SORT_TYPE ? UINT16_MAX + 1 : 0;
}

void jsp_plan_count(js_list *list, const jsp_entry *entry)
{
    list->totals.first_id = list->totals.count == 0 ? entry->id : list->totals.first_id;
    list->totals.last_id = entry->id;
    list->totals.count++;
    list->totals.json_bytes += entry->length;
    list->totals.id_digits += jsp_entry_id_length(entry);
    list->unstated += entry->status == JSP_STATUS_NONE;
}
