/* SPDX-License-Identifier: Apache-2.0 */
#include "read/list_scan.h"

#include "format/status.h"
#include "read/counted.h"

#include "base/bytes.h"

/* The next entry of the index that matches; 0, MDB_NOTFOUND or another error. */
static int next_match(js_list *list, jsp_entry *entry)
{
    for (;;) {
        if (list->next_entry == list->entry_count) {
            int rc = jsp_scan_leaf(&list->scan, &list->entries, &list->entry_count);
            if (rc != 0) {
                return rc;
            }
            list->next_entry = 0;
        }
        size_t at = list->next_entry++;
        if (!list->ascending) {
            at = list->entry_count - 1 - at;
        }
        jsp_entry_unpack(list->entries + at * JSP_ENTRY_SIZE, entry);
        if (jsp_matcher_wants(&list->matcher, list->snapshot, entry)) {
            return 0;
        }
    }
}

/* How many of a bucket's entries are wanted when everything is, up to the highest id. */
static uint64_t wanted_of_bucket(const js_list *list, uint64_t count)
{
    uint64_t last = jsp_entry_bucket(list->query.filter.highest_id);
    uint64_t bucket = jsp_get_be64(list->scan.key.mv_data);
    return bucket > last ? 0 : bucket == last ? count - list->above : count;
}

/* Pass over whole buckets that lie before the page. */
static void skip_buckets(js_list *list)
{
    size_t count;
    while ((count = jsp_scan_bucket(&list->scan)) > 0) {
        uint64_t wanted = wanted_of_bucket(list, count);
        if (wanted > list->to_skip) {
            return;
        }
        list->to_skip -= wanted;
        jsp_scan_pass(&list->scan);
    }
}

static void begin_count(js_list *list)
{
    jsp_scan_begin(&list->scan, &list->snapshot->cursors[JSP_CURSOR_SCAN], list->ascending,
                   list->query.filter.highest_id);
    list->entry_count = list->next_entry = 0;
    list->to_skip = list->totals.before;
    if (list->matcher.everything) {
        skip_buckets(list);
    }
}

/* Whether the id that comes next on a page of the index lies before the first one of the list's page. */
static bool is_before_page(const js_list *list)
{
    size_t at = list->ascending ? list->next_entry : list->entry_count - 1 - list->next_entry;
    uint64_t id = jsp_get_be64(list->entries + at * JSP_ENTRY_SIZE);
    return list->ascending ? id < list->totals.first_id : id > list->totals.first_id;
}

/* Place the scan at the first one. */
static void find_page(js_list *list)
{
    jsp_scan_begin_at(&list->scan, &list->snapshot->cursors[JSP_CURSOR_SCAN], list->ascending,
                      list->totals.first_id);
    while (list->next_entry == list->entry_count
           && jsp_scan_leaf(&list->scan, &list->entries, &list->entry_count) == 0) {
        list->next_entry = 0;
        while (list->next_entry < list->entry_count && is_before_page(list)) {
            list->next_entry++;
        }
    }
}

void jsp_list_scan_begin(js_list *list)
{
    list->entry_count = list->next_entry = 0;
    if (list->uncounted || (list->matcher.everything && list->totals.count == list->totals.total)) {
        jsp_scan_begin(&list->scan, &list->snapshot->cursors[JSP_CURSOR_SCAN], list->ascending,
                       list->query.filter.highest_id); /* the first one is not known */
    } else if (list->totals.count > 0) {
        find_page(list);
    }
}

int jsp_list_scan_next(js_list *list, uint64_t *id)
{
    jsp_entry entry;
    int rc = next_match(list, &entry);
    *id = entry.id;
    return rc;
}

/* How many ids lie above the highest that is wanted, and how many of those in its own bucket: few, as
 * they came while a client was paging. */
static int count_above(js_list *list, uint64_t *above)
{
    const unsigned char *entries;
    size_t count;
    jsp_scan scan;
    uint64_t highest = list->query.filter.highest_id;
    int rc;
    jsp_scan_begin(&scan, &list->snapshot->cursors[JSP_CURSOR_SCAN], false, UINT64_MAX);
    while ((rc = jsp_scan_leaf(&scan, &entries, &count)) == 0) {
        for (size_t i = count; i > 0; i--) {
            uint64_t id = jsp_get_be64(entries + (i - 1) * JSP_ENTRY_SIZE);
            if (id <= highest) {
                return 0;
            }
            (*above)++;
            list->above += jsp_entry_bucket(id) == jsp_entry_bucket(highest);
        }
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* How many ids of a bucket are no higher than `highest`, which is of it. */
static int count_in_bucket(js_list *list, uint64_t highest, uint64_t *count)
{
    const unsigned char *entries;
    size_t entry_count;
    jsp_scan scan;
    int rc;
    jsp_scan_begin(&scan, &list->snapshot->cursors[JSP_CURSOR_SCAN], false, highest);
    while ((rc = jsp_scan_leaf(&scan, &entries, &entry_count)) == 0
           && jsp_get_be64(scan.key.mv_data) == jsp_entry_bucket(highest)) {
        for (size_t i = 0; i < entry_count; i++) {
            *count += jsp_get_be64(entries + i * JSP_ENTRY_SIZE) <= highest;
        }
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* How many ids are no higher than that: whole buckets are not looked into. */
static int count_up_to(js_list *list, uint64_t highest, uint64_t *count)
{
    uint64_t bucket = jsp_entry_bucket(highest);
    size_t of_bucket;
    jsp_scan scan;
    int rc = count_in_bucket(list, highest, count);
    if (rc != 0 || bucket == 0) {
        return rc;
    }
    jsp_scan_begin(&scan, &list->snapshot->cursors[JSP_CURSOR_SCAN], false,
                   (bucket << JSP_ENTRY_BUCKET_BITS) - 1);
    while ((of_bucket = jsp_scan_bucket(&scan)) > 0) {
        *count += of_bucket;
        jsp_scan_pass(&scan);
    }
    return scan.rc == MDB_NOTFOUND ? 0 : scan.rc;
}

/* Everything, next to a place: from there to an offset. */
static int find_place(js_list *list)
{
    const js_query *query = &list->query;
    uint64_t total = list->totals.total;
    bool below = query->place == JS_PLACE_BEFORE_ID;
    uint64_t highest = below ? query->place_id - 1 : query->place_id; /* on the lower side */
    uint64_t lower = 0;
    int rc = 0;
    if (highest >= query->filter.highest_id && !(below && query->place_id == 0)) {
        lower = total;
    } else if (!(below && query->place_id == 0)) {
        rc = count_up_to(list, highest, &lower);
    }
    if (lower > total) {
        return rc != 0 ? rc : MDB_CORRUPTED; /* the counters know of fewer */
    }
    list->passed = below ? total - lower : lower;
    return rc;
}

/* Everything: the counters know the total, and with it all there is to know of a page of all. */
static int count_everything(js_list *list)
{
    js_totals totals;
    jsp_entry entry;
    uint64_t above = 0;
    int rc = 0;
    if (js_snapshot_totals(list->snapshot, &totals, NULL) != JS_OK) {
        return MDB_CORRUPTED;
    }
    if (list->query.filter.highest_id != UINT64_MAX) {
        rc = count_above(list, &above);
    }
    if (above > totals.count) {
        return MDB_CORRUPTED;
    }
    list->totals.total = totals.count - above;
    if (rc == 0 && list->query.place != JS_PLACE_NONE) {
        rc = find_place(list);
    }
    if (rc == 0 && above == 0 && list->query.offset == 0 && list->passed == 0
        && list->query.limit >= totals.count) {
        list->totals.count = totals.count;
        list->totals.json_bytes = totals.json_bytes;
        list->totals.id_digits = totals.id_digits;
        list->is_all = true;
        return 0;
    }
    list->totals.before = list->query.offset + list->passed;
    begin_count(list);
    while (rc == 0 && list->totals.count < list->query.limit) {
        rc = next_match(list, &entry);
        if (rc == 0 && list->to_skip > 0) {
            list->to_skip--;
        } else if (rc == 0) {
            jsp_plan_count(list, &entry);
        }
    }
    return rc;
}

/* With a filter the index is gone through to its end: what lies behind the page counts, too. */
static int count_matches(js_list *list)
{
    jsp_entry entry;
    uint64_t before = 0;
    int rc;
    begin_count(list);
    while ((rc = next_match(list, &entry)) == 0) {
        list->totals.total++;
        if (!jsp_plan_is_on_side(&list->query, entry.id)) {
            list->passed++;
        } else if (before < list->query.offset) {
            before++;
        } else if (list->totals.count < list->query.limit) {
            jsp_plan_count(list, &entry);
        }
    }
    return rc;
}

int jsp_list_scan_unstated(js_list *list, uint64_t *count)
{
    jsp_entry entry;
    int rc = jsp_counted_unstated(list->snapshot, count);
    if (rc != MDB_NOTFOUND) {
        return rc;
    }
    *count = 0;
    begin_count(list);
    while ((rc = next_match(list, &entry)) == 0) {
        *count += entry.status == JSP_STATUS_NONE;
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

int jsp_list_scan_count(js_list *list)
{
    int rc = list->matcher.everything ? count_everything(list) : count_matches(list);
    return rc == MDB_NOTFOUND ? 0 : rc;
}
