/* SPDX-License-Identifier: Apache-2.0 */
#include "read/list_select.h"

#include <string.h>

#include "base/json.h"
#include "base/ticks.h"
#include "database/index.h"
#include "database/records.h"
#include "format/start.h"

/* By what the texts say, not by their escapes. */
static int compare_text(const jsp_row *one, const jsp_row *other)
{
    const char *at = one->text;
    const char *other_at = other->text;
    const char *end = at + one->length;
    const char *other_end = other_at + other->length;
    while (at < end && other_at < other_end) {
        unsigned char byte = (unsigned char)jsp_json_unescape_next(&at, end);
        unsigned char other_byte = (unsigned char)jsp_json_unescape_next(&other_at, other_end);
        if (byte != other_byte) {
            return byte < other_byte ? -1 : 1;
        }
    }
    return (at < end) - (other_at < other_end);
}

/* Negative when `one` comes first. */
static int compare(const js_list *list, const jsp_row *one, const jsp_row *other)
{
    int order = compare_text(one, other);
    if (order == 0) {
        order = (one->number > other->number) - (one->number < other->number);
    }
    if (order == 0) {
        order = (one->id > other->id) - (one->id < other->id);
    }
    return list->ascending ? order : -order;
}

static void swap(jsp_row *one, jsp_row *other)
{
    jsp_row kept = *one;
    *one = *other;
    *other = kept;
}

static void sink(js_list *list, size_t at, size_t count)
{
    jsp_row *rows = list->rows;
    for (;;) {
        size_t worst = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++) {
            if (compare(list, &rows[child], &rows[worst]) > 0) {
                worst = child;
            }
        }
        if (worst == at) {
            return;
        }
        swap(&rows[at], &rows[worst]);
        at = worst;
    }
}

static void rise(js_list *list, size_t at)
{
    jsp_row *rows = list->rows;
    while (at > 0 && compare(list, &rows[at], &rows[(at - 1) / 2]) > 0) {
        swap(&rows[at], &rows[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static void keep_best(js_list *list, const jsp_row *row)
{
    list->totals.total++;
    if (!jsp_plan_is_on_side(&list->query, row->id)) {
        list->passed++;
        return;
    }
    if (list->row_count < list->rows_most) {
        list->rows[list->row_count] = *row;
        rise(list, list->row_count++);
    } else if (list->rows_most > 0 && compare(list, row, &list->rows[0]) < 0) {
        list->rows[0] = *row;
        sink(list, 0, list->row_count);
    }
}

static void sort_rows(js_list *list)
{
    for (size_t left = list->row_count; left > 1; left--) {
        swap(&list->rows[0], &list->rows[left - 1]);
        sink(list, 0, left - 1);
    }
}

/* Of a page that was found from its end. */
static void reverse_rows(js_list *list)
{
    for (size_t at = 0; at < list->row_count / 2; at++) {
        swap(&list->rows[at], &list->rows[list->row_count - 1 - at]);
    }
}

/* What the sort looks at; a time or duration that is absent comes before all others. */
static jsp_row row_of(js_list *list, const jsp_entry *entry)
{
    jsp_row row = {.text = "",
                   .id = entry->id,
                   .json_length = entry->length,
                   .has_uuid = entry->has_uuid,
                   .status = entry->status};
    jsp_facts facts;
    const char *json = NULL;
    if (list->query.sort == JS_SORT_STOP_TIME || list->query.sort == JS_SORT_DURATION
        || list->query.sort == JS_SORT_POLICY_NAME) {
        json = jsp_records_get(list->snapshot, entry->id, &facts);
    }
    switch (list->query.sort) {
    case JS_SORT_START_TIME:
        row.number = (uint64_t)(entry->start + 1);
        break;
    case JS_SORT_STOP_TIME:
        row.number = json != NULL ? (uint64_t)(facts.stop + 1) : 0;
        break;
    case JS_SORT_DURATION:
        row.number = json != NULL ? (uint64_t)(facts.duration + 1) : 0;
        break;
    case JS_SORT_STATUS: /* codes are in the order of names */
        row.number = entry->status;
        break;
    case JS_SORT_TYPE:
        row.number = list->ranks[entry->type];
        break;
    case JS_SORT_POLICY_NAME:
        if (json != NULL && facts.name_at > 0) {
            row.text = json + facts.name_at;
            row.length = facts.name_length;
        }
        break;
    case JS_SORT_USN:
        row.number = entry->usn;
        break;
    case JS_SORT_ID:
        break;
    }
    return row;
}

static void consider(js_list *list, const jsp_entry *entry)
{
    if (jsp_matcher_wants(&list->matcher, list->snapshot, entry)) {
        jsp_row row = row_of(list, entry);
        keep_best(list, &row);
    }
}

/* Number the types in the order of their names; LMDB keeps them in it. */
static int rank_types(js_list *list)
{
    js_snapshot *snapshot = list->snapshot;
    jsp_cursor cursor;
    MDB_val key;
    MDB_val value;
    uint16_t rank = 0;
    memset(list->ranks, 0, jsp_plan_ranks(&list->query) * sizeof(uint16_t));
    int rc = jsp_snapshot_cursor(snapshot, JSP_TABLE_TYPES, &cursor);
    if (rc != 0) {
        return rc;
    }
    while ((rc = jsp_cursor_get(&cursor, &key, &value, MDB_NEXT)) == 0 && value.mv_size == 2) {
        list->ranks[jsp_get_le16(value.mv_data)] = ++rank;
    }
    return rc == MDB_NOTFOUND ? 0 : rc != 0 ? rc : MDB_CORRUPTED;
}

static int select_from_all(js_list *list)
{
    const unsigned char *entries;
    size_t count;
    jsp_scan scan;
    jsp_entry entry;
    int rc;
    jsp_scan_begin(&scan, &list->snapshot->cursors[JSP_CURSOR_SCAN], false,
                   list->query.filter.highest_id);
    while ((rc = jsp_scan_leaf(&scan, &entries, &count)) == 0) {
        for (size_t i = 0; i < count; i++) {
            jsp_entry_unpack(entries + i * JSP_ENTRY_SIZE, &entry);
            consider(list, &entry);
        }
    }
    return rc;
}

static int select_from_ids(js_list *list)
{
    const js_filter *filter = &list->query.filter;
    jsp_entry entry;
    for (size_t i = 0; i < filter->id_count; i++) {
        int rc = jsp_index_find(&list->snapshot->cursors[JSP_CURSOR_INDEX], filter->ids[i], &entry);
        if (rc == 0) {
            consider(list, &entry);
        } else if (rc != MDB_NOTFOUND) {
            return rc;
        }
    }
    return 0;
}

/* Whether JSP_TABLE_STARTS alone, without the index, tells all that is asked. */
static bool range_is_enough(const js_list *list)
{
    const js_filter *filter = &list->query.filter;
    return filter->type_count == 0 && filter->statuses == 0 && filter->policy == NULL
           && filter->policy_name == NULL && filter->id_count == 0 && list->matcher.resource == NULL
           && (list->query.sort == JS_SORT_ID || list->query.sort == JS_SORT_START_TIME);
}

/* Whether the heap is full of better ids. */
static bool is_no_better(const js_list *list, uint64_t id)
{
    return list->row_count == list->rows_most
           && (list->rows_most == 0
               || (list->ascending ? id > list->rows[0].id : id < list->rows[0].id));
}

/* Whether a page of start times, which are in order, lies in the range as a whole and all its ids are no
 * better than what the heap is full of: of a long range most pages are, and are counted at once. */
static bool is_counted_at_once(const js_list *list, const unsigned char *starts, size_t count)
{
    const js_filter *filter = &list->query.filter;
    int64_t first = jsp_start_time(starts);
    int64_t last = jsp_start_time(starts + (count - 1) * JSP_START_SIZE);
    uint64_t lowest = UINT64_MAX;
    uint64_t highest = 0;
    if (first < filter->from || (filter->to != JSP_TICKS_NONE && last > filter->to)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t id = jsp_start_id(starts + i * JSP_START_SIZE);
        lowest = id < lowest ? id : lowest;
        highest = id > highest ? id : highest;
    }
    return highest <= filter->highest_id && jsp_plan_is_on_side(&list->query, lowest)
           && jsp_plan_is_on_side(&list->query, highest)
           && is_no_better(list, list->ascending ? lowest : highest);
}

/* A long range is all here: of most start times only the id is looked at. */
static void consider_ids(js_list *list, const unsigned char *starts, size_t count)
{
    const js_filter *filter = &list->query.filter;
    int64_t last = filter->to != JSP_TICKS_NONE ? filter->to : INT64_MAX;
    if (is_counted_at_once(list, starts, count)) {
        list->totals.total += count;
        return;
    }
    for (size_t i = count; i > 0; i--) {
        const unsigned char *at = starts + (i - 1) * JSP_START_SIZE;
        int64_t start = jsp_start_time(at);
        uint64_t id = jsp_start_id(at);
        if (start < filter->from || start > last || id > filter->highest_id) {
            continue;
        }
        if (jsp_plan_is_on_side(&list->query, id) && is_no_better(list, id)) {
            list->totals.total++;
        } else {
            keep_best(list, &(jsp_row){.text = "", .id = id});
        }
    }
}

/* The latest first: where ids rise with time, the best rows come first and the heap stays as it is. */
static int consider_starts(js_list *list, const unsigned char *starts, size_t count, bool enough)
{
    if (enough && list->query.sort == JS_SORT_ID) {
        consider_ids(list, starts, count);
        return 0;
    }
    for (size_t i = count; i > 0; i--) {
        const unsigned char *start = starts + (i - 1) * JSP_START_SIZE;
        jsp_entry entry = {
            .start = jsp_start_time(start),
            .id = jsp_start_id(start),
        };
        if (!enough) {
            int rc = jsp_index_find(&list->snapshot->cursors[JSP_CURSOR_INDEX], entry.id, &entry);
            if (rc != 0) {
                return rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc;
            }
        }
        consider(list, &entry);
    }
    return 0;
}

static uint64_t day_of(const MDB_val *key)
{
    return key->mv_size == 8 ? jsp_get_be64(key->mv_data) : 0;
}

/* From the last day of the range back to the first. */
static int select_from_range(js_list *list)
{
    const js_filter *filter = &list->query.filter;
    bool enough = range_is_enough(list);
    uint64_t first = filter->from != JSP_TICKS_NONE ? jsp_start_day(filter->from) : 0;
    uint64_t last = filter->to != JSP_TICKS_NONE ? jsp_start_day(filter->to) : UINT64_MAX;
    const unsigned char *starts;
    size_t count;
    jsp_scan scan;
    int rc;
    jsp_scan_begin_starts(&scan, &list->snapshot->cursors[JSP_CURSOR_STARTS], last);
    while ((rc = jsp_scan_leaf(&scan, &starts, &count)) == 0 && day_of(&scan.key) >= first) {
        rc = consider_starts(list, starts, count, enough);
        if (rc != 0) {
            return rc;
        }
    }
    return rc;
}

/* Add up the rows that are on the page. */
static int add_page(js_list *list)
{
    for (uint64_t at = list->query.offset;
         at < list->row_count && at < jsp_plan_reach(&list->query); at++) {
        jsp_row *row = &list->rows[at];
        jsp_entry entry = {.id = row->id,
                           .length = row->json_length,
                           .has_uuid = row->has_uuid,
                           .status = row->status};
        int rc = row->json_length > 0
                     ? 0
                     : jsp_index_find(&list->snapshot->cursors[JSP_CURSOR_INDEX], row->id, &entry);
        if (rc != 0) {
            return rc;
        }
        jsp_plan_count(list, &entry);
    }
    return 0;
}

int jsp_list_select_count(js_list *list)
{
    int rc = 0;
    list->rows_most = jsp_plan_rows(&list->query);
    list->rows = (jsp_row *)(list + 1);
    list->ranks = (uint16_t *)(list->rows + list->rows_most);
    if (list->query.sort == JS_SORT_TYPE) {
        rc = rank_types(list);
    }
    if (rc == 0) {
        rc = list->query.filter.id_count > 0    ? select_from_ids(list)
             : jsp_plan_has_range(&list->query) ? select_from_range(list)
                                                : select_from_all(list);
    }
    if (rc != 0 && rc != MDB_NOTFOUND) {
        return rc;
    }
    sort_rows(list);
    rc = add_page(list);
    if (jsp_plan_is_backward(&list->query)) {
        reverse_rows(list);
    }
    return rc;
}
