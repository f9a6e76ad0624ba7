/* SPDX-License-Identifier: Apache-2.0 */
/* js_snapshot_summary(): how many sessions there are, from the table `days`. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "format/day.h"
#include "format/status.h"
#include "read/counted.h"

/* Bytes of a day's date. */
#define DATE_LENGTH 10

/* How many of each status. */
typedef uint64_t by_status[JSP_STATUS_COUNT];

struct sums {
    uint64_t total;
    by_status statuses;
    by_status *types; /* by code */
};

struct summary {
    js_snapshot *snapshot;
    const js_summary_query *query;
    size_t type_count; /* codes there may be, with that of none */
    MDB_val *types;    /* their texts, by code */
    struct sums all;
    struct sums range;
    struct sums day;
    uint64_t without_start;
    jsp_text text;
};

static int read_types(struct summary *own)
{
    jsp_cursor cursor;
    MDB_val key;
    MDB_val value;
    int rc = jsp_snapshot_cursor(own->snapshot, JSP_TABLE_TYPES, &cursor);
    while (rc == 0 && (rc = jsp_cursor_get(&cursor, &key, &value, MDB_NEXT)) == 0) {
        uint16_t code = value.mv_size == 2 ? jsp_get_le16(value.mv_data) : 0;
        if (code > 0 && code < own->type_count) {
            own->types[code] = key;
        }
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static bool make_room(struct summary *own)
{
    struct sums *const sums[] = {&own->all, &own->range, &own->day};
    own->type_count = (size_t)own->snapshot->trees[JSP_TABLE_TYPES].entries + 1;
    if (own->type_count > (size_t)UINT16_MAX + 1) {
        own->type_count = (size_t)UINT16_MAX + 1;
    }
    own->types = calloc(own->type_count, sizeof(*own->types));
    bool failed = own->types == NULL;
    for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
        sums[i]->types = calloc(own->type_count, sizeof(by_status));
        failed |= sums[i]->types == NULL;
    }
    return !failed;
}

static void give_back(struct summary *own)
{
    free(own->types);
    free(own->all.types);
    free(own->range.types);
    free(own->day.types);
}

static void add(struct sums *sums, unsigned status, uint16_t type, uint64_t count)
{
    sums->total += count;
    sums->statuses[status] += count;
    sums->types[type][status] += count;
}

static void clear(const struct summary *own, struct sums *sums)
{
    sums->total = 0;
    memset(sums->statuses, 0, sizeof(sums->statuses));
    memset(sums->types, 0, own->type_count * sizeof(*sums->types));
}

/* ---- Text ------------------------------------------------------------------------------------- */

static void put(struct summary *own, const char *words)
{
    jsp_counted_put(&own->text, words);
}

/* A member with a count, which ends its object. */
static void put_count(struct summary *own, uint64_t count)
{
    put(own, ",\"count\":");
    jsp_counted_number(&own->text, count);
    put(own, "}");
}

/* Those without a status are among all, and nowhere else. */
static void put_statuses(struct summary *own, const by_status statuses)
{
    const char *before = ",\"statuses\":[";
    bool is_first = true;
    for (unsigned code = 1; code < JSP_STATUS_COUNT; code++) {
        if (statuses[code] > 0) {
            put(own, is_first ? before : ",");
            put(own, "{\"status\":\"");
            put(own, jsp_status_name(code));
            put(own, "\"");
            put_count(own, statuses[code]);
            is_first = false;
        }
    }
    put(own, is_first ? ",\"statuses\":[]" : "]");
}

static uint64_t sum_of(const by_status statuses)
{
    uint64_t sum = 0;
    for (unsigned code = 0; code < JSP_STATUS_COUNT; code++) {
        sum += statuses[code];
    }
    return sum;
}

static void put_type(struct summary *own, size_t code, const by_status statuses, bool with_statuses)
{
    put(own, "{\"type\":");
    jsp_text_string(&own->text, own->types[code].mv_data, own->types[code].mv_size);
    if (with_statuses) {
        put(own, ",\"count\":");
        jsp_counted_number(&own->text, sum_of(statuses));
        put_statuses(own, statuses);
        put(own, "}");
    } else {
        put_count(own, sum_of(statuses));
    }
}

/* Likewise those without a type. */
static void put_types(struct summary *own, const struct sums *sums, bool with_statuses)
{
    bool is_first = true;
    put(own, ",\"types\":[");
    for (size_t code = 1; code < own->type_count; code++) {
        if (own->types[code].mv_data != NULL && sum_of(sums->types[code]) > 0) {
            put(own, is_first ? "" : ",");
            put_type(own, code, sums->types[code], with_statuses);
            is_first = false;
        }
    }
    put(own, "]");
}

static void put_sums(struct summary *own, const struct sums *sums, bool with_statuses)
{
    put(own, "\"totalCount\":");
    jsp_counted_number(&own->text, sums->total);
    put_statuses(own, sums->statuses);
    put_types(own, sums, with_statuses);
}

static void put_date(struct summary *own, int64_t day)
{
    char text[JSP_TICKS_TEXT];
    (void)jsp_date_format(day * JSP_TICKS_DAY, text);
    put(own, "\"");
    jsp_text_bytes(&own->text, text, DATE_LENGTH);
    put(own, "\"");
}

/* ---- Counts ----------------------------------------------------------------------------------- */

/* A row of the table; false: it cannot be one. */
static bool read_row(const struct summary *own, const MDB_val *key, const MDB_val *value,
                     jsp_day *day, uint64_t *count)
{
    if (key->mv_size != JSP_DAY_KEY_SIZE || value->mv_size != JSP_DAY_VALUE_SIZE) {
        return false;
    }
    jsp_day_unpack(key->mv_data, day);
    *count = jsp_get_le64(value->mv_data);
    if (own->query->shape == JS_SHAPE_V8_1) {
        day->status = (uint8_t)jsp_status_of_v8_1(day->status);
    }
    return day->status < JSP_STATUS_COUNT && day->type < own->type_count;
}

/* What is counted beside the days. */
static int read_all(struct summary *own)
{
    unsigned char from[JSP_DAY_KEY_SIZE];
    MDB_val key = {sizeof(from), from};
    MDB_val value;
    jsp_cursor cursor;
    jsp_day day;
    uint64_t count;
    jsp_day_pack(from, &(jsp_day){.day = JSP_DAY_NONE});
    int rc = jsp_snapshot_cursor(own->snapshot, JSP_TABLE_DAYS, &cursor);
    rc = rc != 0 ? rc : jsp_cursor_get(&cursor, &key, &value, MDB_SET_RANGE);
    for (; rc == 0; rc = jsp_cursor_get(&cursor, &key, &value, MDB_NEXT)) {
        if (!read_row(own, &key, &value, &day, &count)) {
            return MDB_CORRUPTED;
        }
        if (day.day == JSP_DAY_ALL) {
            add(&own->all, day.status, day.type, count);
        } else {
            own->without_start += count;
        }
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static void end_day(struct summary *own, int64_t day, bool *has_days)
{
    if (own->day.total > 0) {
        put(own, *has_days ? ",{\"date\":" : "{\"date\":");
        put_date(own, day);
        put(own, ",");
        put_sums(own, &own->day, false);
        put(own, "}");
        *has_days = true;
        clear(own, &own->day);
    }
}

/* Write a day after the other, and keep what they come to. */
static int put_days(struct summary *own)
{
    unsigned char from[JSP_DAY_KEY_SIZE];
    MDB_val key = {sizeof(from), from};
    MDB_val value;
    jsp_cursor cursor;
    jsp_day day = {.day = jsp_start_day(own->query->from)};
    uint64_t last = jsp_start_day(own->query->to);
    uint64_t at = day.day;
    uint64_t count;
    bool has_days = false;
    jsp_day_pack(from, &day);
    put(own, "\"days\":[");
    int rc = jsp_snapshot_cursor(own->snapshot, JSP_TABLE_DAYS, &cursor);
    rc = rc != 0 ? rc : jsp_cursor_get(&cursor, &key, &value, MDB_SET_RANGE);
    for (; rc == 0; rc = jsp_cursor_get(&cursor, &key, &value, MDB_NEXT)) {
        if (!read_row(own, &key, &value, &day, &count)) {
            return MDB_CORRUPTED;
        }
        if (day.day != at) {
            end_day(own, (int64_t)at, &has_days);
        }
        if (day.day > last) {
            break;
        }
        at = day.day;
        add(&own->day, day.status, day.type, count);
        add(&own->range, day.status, day.type, count);
    }
    end_day(own, (int64_t)at, &has_days);
    put(own, "]");
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static int put_range(struct summary *own)
{
    put(own, ",\"range\":{\"from\":");
    put_date(own, (int64_t)jsp_start_day(own->query->from));
    put(own, ",\"to\":");
    put_date(own, (int64_t)jsp_start_day(own->query->to));
    put(own, ",");
    int rc = put_days(own);
    put(own, ",");
    put_sums(own, &own->range, true);
    put(own, "}");
    return rc;
}

static void put_links(struct summary *own)
{
    put(own, ",\"_links\":{\"self\":{\"href\":\"");
    put(own, own->query->links->collection_port);
    put(own, "/summary?fromUtc=");
    char text[JSP_TICKS_TEXT];
    jsp_text_bytes(&own->text, text, jsp_date_format(own->query->from, text));
    put(own, "&toUtc=");
    jsp_text_bytes(&own->text, text, jsp_date_format(own->query->to, text));
    put(own, "\"}}}");
}

static js_result make(struct summary *own, js_error *error)
{
    js_totals totals;
    if (!make_room(own)) {
        return jsp_fail(error, JS_SYSTEM, "out of memory");
    }
    int rc = read_types(own);
    rc = rc != 0 ? rc : read_all(own);
    js_result result = js_snapshot_totals(own->snapshot, &totals, error);
    if (result != JS_OK) {
        return result;
    }
    if (rc != 0 || own->all.total != totals.count) {
        return jsp_counted_damaged(own->snapshot, error, jsp_table_name(JSP_TABLE_DAYS));
    }
    put(own, "{");
    put_sums(own, &own->all, true);
    put(own, ",\"withoutStartCount\":");
    jsp_counted_number(&own->text, own->without_start);
    rc = put_range(own);
    put_links(own);
    return rc == 0 ? JS_OK
                   : jsp_counted_damaged(own->snapshot, error, jsp_table_name(JSP_TABLE_DAYS));
}

js_result js_snapshot_summary(js_snapshot *snapshot, const js_summary_query *query,
                              js_text_taker *take, void *baton, js_error *error)
{
    struct summary own = {.snapshot = snapshot, .query = query};
    js_result result = jsp_counted_check(snapshot, error);
    if (result == JS_OK) {
        result = make(&own, error);
        give_back(&own);
    }
    return jsp_counted_hand(&own.text, result, take, baton, error);
}
