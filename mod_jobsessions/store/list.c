/* SPDX-License-Identifier: Apache-2.0 */
/* Lists: which sessions a query wants, in which order, and which of them are on the page.
 *
 * A list is made in two passes over the same snapshot. The first counts what matches and adds up the
 * page, so that the length of the response is known; the second hands the page out. Three plans:
 * WALK goes through the index in the order of ids and keeps nothing. SELECT, for orders that no index
 * serves, keeps the best rows in a heap of bounded size. CHANGES goes through the index of usns. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "filter.h"
#include "index.h"
#include "scan.h"
#include "snapshot.h"
#include "ticks.h"
#include "unescape.h"

enum plan {
    PLAN_WALK,
    PLAN_SELECT,
    PLAN_CHANGES
};

/* A candidate of SELECT: by text or number, then by id. */
struct row {
    const char *text; /* escaped, as it is stored; never NULL */
    size_t length;
    uint64_t number;
    uint64_t id;
};

struct js_list {
    js_snapshot *snapshot;
    js_query query;
    js_matcher matcher;
    enum plan plan;
    js_page page;
    uint64_t handed;
    /* WALK */
    js_scan scan;
    const unsigned char *entries;
    size_t entry_count;
    size_t next_entry;
    uint64_t to_skip;
    /* SELECT: a heap with the worst row on top, then in order */
    struct row *rows;
    size_t row_count;
    size_t rows_most;
    uint16_t *ranks; /* of type codes, in the order of names */
    /* CHANGES */
    uint64_t usn;
};

/* How many rows from the first on the page reaches. */
static uint64_t reach(const js_query *query)
{
    return query->limit > UINT64_MAX - query->offset ? UINT64_MAX : query->offset + query->limit;
}

static bool has_range(const js_filter *filter)
{
    return filter->from != JS_TICKS_NONE || filter->to != JS_TICKS_NONE;
}

/* How many rows SELECT would have to keep. */
static uint64_t rows_wanted(const js_query *query)
{
    size_t ids = query->filter.id_count;
    return ids > 0 && ids < reach(query) ? ids : reach(query);
}

static enum plan plan_for(const js_query *query)
{
    if (query->changes) {
        return PLAN_CHANGES;
    }
    if (query->sort != JS_SORT_ID) {
        return PLAN_SELECT;
    }
    /* few ids, or a range of start times: cheaper than to scan the whole index */
    return rows_wanted(query) <= JS_SORT_MAX
                   && (query->filter.id_count > 0 || has_range(&query->filter))
               ? PLAN_SELECT
               : PLAN_WALK;
}

static size_t rows_for(const js_query *query)
{
    if (plan_for(query) != PLAN_SELECT) {
        return 0;
    }
    return rows_wanted(query) < JS_SORT_MAX ? (size_t)rows_wanted(query) : JS_SORT_MAX;
}

static size_t ranks_for(const js_query *query)
{
    return query->sort == JS_SORT_TYPE ? UINT16_MAX + 1 : 0;
}

size_t js_list_size(const js_query *query)
{
    return sizeof(js_list) + rows_for(query) * sizeof(struct row)
           + ranks_for(query) * sizeof(uint16_t);
}

static void add_to_page(js_list *list, const js_entry *entry)
{
    list->page.count++;
    list->page.json_bytes += entry->length;
    list->page.id_digits += js_id_digits(entry->id);
}

/* ---- WALK ---- */

static void begin_walk(js_list *list)
{
    js_scan_begin(&list->scan, list->snapshot->cursors[JS_CURSOR_SCAN], list->query.ascending,
                  list->query.filter.highest_id);
    list->entry_count = list->next_entry = 0;
    list->to_skip = list->query.offset;
}

/* Pass over whole buckets that lie before the page. */
static void skip_buckets(js_list *list)
{
    if (!list->matcher.everything || list->query.filter.highest_id != UINT64_MAX) {
        return;
    }
    for (;;) {
        size_t count = js_scan_bucket(&list->scan);
        if (count == 0 || count > list->to_skip) {
            return;
        }
        list->to_skip -= count;
        js_scan_pass(&list->scan);
    }
}

/* The next entry of the index that matches; 0, MDB_NOTFOUND or another error. */
static int walk(js_list *list, js_entry *entry)
{
    for (;;) {
        if (list->next_entry == list->entry_count) {
            int rc = js_scan_page(&list->scan, &list->entries, &list->entry_count);
            if (rc != 0) {
                return rc;
            }
            list->next_entry = 0;
        }
        size_t at = list->next_entry++;
        if (!list->query.ascending) {
            at = list->entry_count - 1 - at;
        }
        js_entry_unpack(list->entries + at * JS_ENTRY_SIZE, entry);
        if (js_matcher_wants(&list->matcher, list->snapshot, entry)) {
            return 0;
        }
    }
}

/* How many ids lie above the highest that is wanted: few, as they came while a client was paging. */
static int count_above(js_list *list, uint64_t *above)
{
    const unsigned char *entries;
    size_t count;
    js_scan scan;
    uint64_t highest = list->query.filter.highest_id;
    *above = 0;
    js_scan_begin(&scan, list->snapshot->cursors[JS_CURSOR_SCAN], false, UINT64_MAX);
    for (;;) {
        int rc = js_scan_page(&scan, &entries, &count);
        if (rc != 0) {
            return rc == MDB_NOTFOUND ? 0 : rc;
        }
        for (size_t i = count; i > 0; i--) {
            if (js_get_be64(entries + (i - 1) * JS_ENTRY_SIZE) <= highest) {
                return 0;
            }
            (*above)++;
        }
    }
}

static int total_of_everything(js_list *list)
{
    js_totals totals;
    uint64_t above = 0;
    if (js_snapshot_totals(list->snapshot, &totals, NULL) != JS_OK) {
        return MDB_CORRUPTED;
    }
    if (list->query.filter.highest_id != UINT64_MAX) {
        int rc = count_above(list, &above);
        if (rc != 0) {
            return rc;
        }
    }
    list->page.total = totals.count - above;
    return 0;
}

static int count_walk(js_list *list)
{
    js_entry entry;
    int rc = 0;
    uint64_t met = 0;
    bool everything = list->matcher.everything;
    if (everything) {
        rc = total_of_everything(list);
    }
    begin_walk(list);
    if (everything) {
        skip_buckets(list);
        met = list->query.offset - list->to_skip;
    }
    /* with a filter, to the end: what lies behind the page counts, too */
    while (rc == 0 && (!everything || met < reach(&list->query))) {
        rc = walk(list, &entry);
        if (rc == 0 && met++ >= list->query.offset && met <= reach(&list->query)) {
            add_to_page(list, &entry);
        }
    }
    if (!everything) {
        list->page.total = met;
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* ---- SELECT ---- */

/* By what the texts say, not by their escapes. */
static int compare_text(const struct row *one, const struct row *other)
{
    const char *at = one->text;
    const char *other_at = other->text;
    const char *end = at + one->length;
    const char *other_end = other_at + other->length;
    while (at < end && other_at < other_end) {
        unsigned char byte = (unsigned char)js_unescape_next(&at, end);
        unsigned char other_byte = (unsigned char)js_unescape_next(&other_at, other_end);
        if (byte != other_byte) {
            return byte < other_byte ? -1 : 1;
        }
    }
    return (at < end) - (other_at < other_end);
}

/* Negative when `one` comes first. */
static int compare(const js_list *list, const struct row *one, const struct row *other)
{
    int order = compare_text(one, other);
    if (order == 0) {
        order = (one->number > other->number) - (one->number < other->number);
    }
    if (order == 0) {
        order = (one->id > other->id) - (one->id < other->id);
    }
    return list->query.ascending ? order : -order;
}

static void swap(struct row *one, struct row *other)
{
    struct row kept = *one;
    *one = *other;
    *other = kept;
}

static void sink(js_list *list, size_t at, size_t count)
{
    struct row *rows = list->rows;
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
    struct row *rows = list->rows;
    while (at > 0 && compare(list, &rows[at], &rows[(at - 1) / 2]) > 0) {
        swap(&rows[at], &rows[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static void keep_best(js_list *list, const struct row *row)
{
    list->page.total++;
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

/* What the sort looks at; a time or duration that is absent comes before all others. */
static struct row row_of(js_list *list, const js_entry *entry)
{
    struct row row = {.text = "", .id = entry->id};
    js_facts facts;
    const char *json = NULL;
    if (list->query.sort == JS_SORT_STOP_TIME || list->query.sort == JS_SORT_DURATION
        || list->query.sort == JS_SORT_POLICY_NAME) {
        json = js_snapshot_record(list->snapshot, entry->id, &facts);
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

static void consider(js_list *list, const js_entry *entry)
{
    if (js_matcher_wants(&list->matcher, list->snapshot, entry)) {
        struct row row = row_of(list, entry);
        keep_best(list, &row);
    }
}

/* Number the types in the order of their names; LMDB keeps them in it. */
static int rank_types(js_list *list)
{
    js_snapshot *snapshot = list->snapshot;
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;
    uint16_t rank = 0;
    memset(list->ranks, 0, ranks_for(&list->query) * sizeof(uint16_t));
    int rc = mdb_cursor_open(snapshot->txn, snapshot->database->tables[JS_TYPES], &cursor);
    if (rc != 0) {
        return rc;
    }
    while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0 && value.mv_size == 2) {
        list->ranks[js_get_le16(value.mv_data)] = ++rank;
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? 0 : rc != 0 ? rc : MDB_CORRUPTED;
}

static int select_from_all(js_list *list)
{
    const unsigned char *entries;
    size_t count;
    js_scan scan;
    js_entry entry;
    int rc;
    js_scan_begin(&scan, list->snapshot->cursors[JS_CURSOR_SCAN], false,
                  list->query.filter.highest_id);
    while ((rc = js_scan_page(&scan, &entries, &count)) == 0) {
        for (size_t i = 0; i < count; i++) {
            js_entry_unpack(entries + i * JS_ENTRY_SIZE, &entry);
            consider(list, &entry);
        }
    }
    return rc;
}

static int select_from_ids(js_list *list)
{
    const js_filter *filter = &list->query.filter;
    js_entry entry;
    for (size_t i = 0; i < filter->id_count; i++) {
        int rc = js_index_find(list->snapshot->cursors[JS_CURSOR_INDEX], filter->ids[i], &entry);
        if (rc == 0) {
            consider(list, &entry);
        } else if (rc != MDB_NOTFOUND) {
            return rc;
        }
    }
    return 0;
}

/* Whether JS_STARTS alone, without the index, tells all that is asked. */
static bool range_is_enough(const js_list *list)
{
    const js_filter *filter = &list->query.filter;
    return filter->type_count == 0 && filter->statuses == 0 && filter->policy == NULL
           && filter->policy_name == NULL && filter->id_count == 0
           && (list->query.sort == JS_SORT_ID || list->query.sort == JS_SORT_START_TIME);
}

static int consider_starts(js_list *list, const unsigned char *starts, size_t count, bool enough)
{
    for (size_t i = 0; i < count; i++) {
        js_entry entry = {
            .start = (int64_t)js_get_be64(starts + i * JS_START_SIZE),
            .id = js_get_be64(starts + i * JS_START_SIZE + 8),
        };
        if (!enough) {
            int rc = js_index_find(list->snapshot->cursors[JS_CURSOR_INDEX], entry.id, &entry);
            if (rc != 0) {
                return rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc;
            }
        }
        consider(list, &entry);
    }
    return 0;
}

static int select_from_range(js_list *list)
{
    const js_filter *filter = &list->query.filter;
    js_snapshot *snapshot = list->snapshot;
    bool enough = range_is_enough(list);
    unsigned char day[8];
    MDB_val key = {sizeof(day), day};
    MDB_val value;
    int64_t last_day = filter->to != JS_TICKS_NONE ? filter->to / JS_TICKS_DAY : INT64_MAX;
    MDB_cursor *cursor = snapshot->cursors[JS_CURSOR_STARTS];
    js_put_be64(day, filter->from != JS_TICKS_NONE ? (uint64_t)(filter->from / JS_TICKS_DAY) : 0);
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (rc == 0 && (int64_t)js_get_be64(key.mv_data) <= last_day) {
        rc = mdb_cursor_get(cursor, &key, &value, MDB_GET_MULTIPLE);
        while (rc == 0) {
            rc = consider_starts(list, value.mv_data, value.mv_size / JS_START_SIZE, enough);
            if (rc == 0) {
                rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT_MULTIPLE);
            }
        }
        if (rc == MDB_NOTFOUND) {
            rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT_NODUP);
        }
    }
    return rc;
}

static int count_select(js_list *list)
{
    int rc = 0;
    list->rows_most = rows_for(&list->query);
    list->rows = (struct row *)(list + 1);
    list->ranks = (uint16_t *)(list->rows + list->rows_most);
    if (list->query.sort == JS_SORT_TYPE) {
        rc = rank_types(list);
    }
    if (rc == 0) {
        rc = list->query.filter.id_count > 0  ? select_from_ids(list)
             : has_range(&list->query.filter) ? select_from_range(list)
                                              : select_from_all(list);
    }
    if (rc != 0 && rc != MDB_NOTFOUND) {
        return rc;
    }
    sort_rows(list);
    for (uint64_t at = list->query.offset; at < list->row_count && at < reach(&list->query); at++) {
        js_entry entry;
        rc = js_index_find(list->snapshot->cursors[JS_CURSOR_INDEX], list->rows[at].id, &entry);
        if (rc != 0) {
            return rc;
        }
        add_to_page(list, &entry);
    }
    return 0;
}

/* ---- CHANGES ---- */

/* The next change; fills the entry of a session that exists, else sets *deleted. */
static int next_change(js_list *list, js_entry *entry, bool *deleted)
{
    unsigned char usn[8];
    MDB_val key = {sizeof(usn), usn};
    MDB_val value;
    js_put_be64(usn, list->usn + 1);
    int rc = mdb_cursor_get(list->snapshot->cursors[JS_CURSOR_CHANGES], &key, &value,
                            list->handed++ == 0 ? MDB_SET_RANGE : MDB_NEXT);
    if (rc != 0) {
        return rc;
    }
    if (key.mv_size != 8 || value.mv_size != JS_CHANGE_SIZE) {
        return MDB_CORRUPTED;
    }
    list->usn = js_get_be64(key.mv_data);
    entry->id = js_change_id(value.mv_data);
    *deleted = js_change_is_deletion(value.mv_data);
    if (*deleted) {
        return 0;
    }
    rc = js_index_find(list->snapshot->cursors[JS_CURSOR_INDEX], entry->id, entry);
    return rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc; /* not the end of the changes */
}

static void begin_changes(js_list *list)
{
    list->usn = list->query.since;
    list->handed = 0;
}

static int count_changes(js_list *list)
{
    js_entry entry;
    bool deleted;
    int rc;
    begin_changes(list);
    while ((rc = next_change(list, &entry, &deleted)) == 0) {
        if (list->page.total++ < list->query.limit) {
            list->page.last_usn = list->usn;
            if (deleted) {
                list->page.tombstones++;
                list->page.tombstone_digits += js_id_digits(entry.id) + js_id_digits(list->usn);
            } else {
                add_to_page(list, &entry);
            }
        }
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static js_status hand_out_change(js_list *list, js_session *session)
{
    js_entry entry;
    bool deleted;
    if (list->handed >= list->page.count + list->page.tombstones) {
        return JS_END;
    }
    if (next_change(list, &entry, &deleted) != 0) {
        return JS_DAMAGED;
    }
    if (!deleted) {
        return js_snapshot_get(list->snapshot, entry.id, session);
    }
    memset(session, 0, sizeof(*session));
    session->id = entry.id;
    session->deleted_usn = list->usn;
    return JS_OK;
}

/* ---- */

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
    memset(list, 0, sizeof(*list));
    list->snapshot = snapshot;
    list->query = *query;
    list->plan = plan_for(query);
    int rc = js_matcher_make(&list->matcher, snapshot, &query->filter);
    if (rc == 0) {
        rc = list->plan == PLAN_WALK     ? count_walk(list)
             : list->plan == PLAN_SELECT ? count_select(list)
                                         : count_changes(list);
    }
    if (rc != 0) {
        return js_fail(error, JS_DAMAGED, "%s: the index cannot be read (%s)",
                       snapshot->database->directory, mdb_strerror(rc));
    }
    if (list->plan == PLAN_SELECT && list->page.total > JS_SORT_MAX
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
    if (list->plan == PLAN_CHANGES) {
        begin_changes(list);
    } else if (list->plan == PLAN_WALK) {
        begin_walk(list);
        skip_buckets(list);
    }
}

const js_page *js_list_page(const js_list *list)
{
    return &list->page;
}

js_status js_list_next(js_list *list, js_session *session)
{
    js_entry entry;
    if (list->plan == PLAN_CHANGES) {
        return hand_out_change(list, session);
    }
    if (list->handed == list->page.count) {
        return JS_END;
    }
    if (list->plan == PLAN_SELECT) {
        entry.id = list->rows[list->query.offset + list->handed].id;
    } else {
        do {
            if (walk(list, &entry) != 0) {
                return JS_DAMAGED;
            }
        } while (list->to_skip > 0 && list->to_skip-- > 0);
    }
    list->handed++;
    return js_snapshot_get(list->snapshot, entry.id, session);
}
