/* SPDX-License-Identifier: Apache-2.0 */
/* Checking a database: every table against every other. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "index.h"
#include "items.h"
#include "snapshot.h"
#include "ticks.h"

struct verification {
    js_snapshot *snapshot;
    js_fault_report *report;
    void *baton;
    uint64_t faults;
    js_totals sums;      /* of what was found */
    uint64_t with_start; /* sessions that have a start time, less those in its order */
    uint64_t tombstones; /* among the changes, less those that are known by id */
};

__attribute__((format(printf, 2, 3))) static void fault(struct verification *verification,
                                                        const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    verification->faults++;
    verification->report(verification->baton, text);
}

static int look_up(const struct verification *verification, js_table table, MDB_val key,
                   MDB_val *value)
{
    return js_snapshot_find(verification->snapshot, table, &key, value);
}

/* Call `check` for every key and value of a table. */
static js_status each(struct verification *verification, js_table table, const char *name,
                      void (*check)(struct verification *, const MDB_val *, const MDB_val *))
{
    js_cursor cursor;
    MDB_val key;
    MDB_val value;
    int rc = js_snapshot_cursor(verification->snapshot, table, &cursor);
    while (rc == 0 && (rc = js_cursor_get(&cursor, &key, &value, MDB_NEXT)) == 0) {
        check(verification, &key, &value);
    }
    if (rc != MDB_NOTFOUND) {
        fault(verification, "table %s: cannot be read to its end: %s", name, mdb_strerror(rc));
        return JS_DAMAGED;
    }
    return JS_OK;
}

static void check_change(struct verification *verification, const js_facts *facts)
{
    unsigned char usn[8];
    MDB_val value;
    js_put_be64(usn, facts->usn);
    int rc = look_up(verification, JS_CHANGES, (MDB_val){sizeof(usn), usn}, &value);
    if (rc != 0 || value.mv_size != JS_CHANGE_SIZE || js_change_id(value.mv_data) != facts->id
        || js_change_is_deletion(value.mv_data)) {
        fault(verification, "session %" PRIu64 ": its usn %" PRIu64 " is not among the changes",
              facts->id, facts->usn);
    }
}

static void check_entry(struct verification *verification, const js_facts *facts, size_t length)
{
    js_entry entry;
    js_entry wanted;
    js_entry_make(&wanted, facts, length);
    int rc = js_index_find(&verification->snapshot->cursors[JS_CURSOR_INDEX], facts->id, &entry);
    if (rc != 0) {
        fault(verification, "session %" PRIu64 ": the index has no entry for it (%s)", facts->id,
              mdb_strerror(rc));
        return;
    }
    unsigned char one[JS_ENTRY_SIZE];
    unsigned char other[JS_ENTRY_SIZE];
    js_entry_pack(one, &entry);
    js_entry_pack(other, &wanted);
    if (memcmp(one, other, JS_ENTRY_SIZE) != 0) {
        fault(verification,
              "session %" PRIu64 ": its index entry says something else than its "
              "record",
              facts->id);
    }
}

static void check_start(struct verification *verification, const js_facts *facts)
{
    unsigned char day[8];
    unsigned char start[JS_START_SIZE];
    MDB_val key = {sizeof(day), day};
    MDB_val value = {sizeof(start), start};
    if (facts->start == JS_TICKS_NONE) {
        return;
    }
    verification->with_start++;
    js_put_be64(day, (uint64_t)(facts->start / JS_TICKS_DAY));
    js_put_be64(start, (uint64_t)facts->start);
    js_put_be64(start + 8, facts->id);
    if (js_cursor_get(&verification->snapshot->cursors[JS_CURSOR_STARTS], &key, &value,
                      MDB_GET_BOTH)
        != 0) {
        fault(verification, "session %" PRIu64 ": it is missing in the order of start times",
              facts->id);
    }
}

static void check_record(struct verification *verification, const MDB_val *key,
                         const MDB_val *value)
{
    js_facts facts;
    if (key->mv_size != 8) {
        fault(verification, "sessions: a key has %zu bytes, 8 are right", key->mv_size);
        return;
    }
    uint64_t id = js_get_be64(key->mv_data);
    const char *damage = js_record_damage(id, value->mv_data, value->mv_size);
    verification->sums.count++;
    verification->sums.id_digits += js_id_digits(id);
    if (damage != NULL) {
        fault(verification, "session %" PRIu64 ": %s", id, damage);
        return;
    }
    js_record_facts(value->mv_data, &facts);
    check_entry(verification, &facts, value->mv_size - JS_RECORD_HEADER);
    check_change(verification, &facts);
    check_start(verification, &facts);
    if (id > verification->snapshot->counters.last_id) {
        fault(verification, "session %" PRIu64 ": its id is above the last one given", id);
    }
}

static void check_index(struct verification *verification, const MDB_val *key, const MDB_val *value)
{
    js_entry entry;
    unsigned char id[8];
    MDB_val record;
    if (value->mv_size != JS_ENTRY_SIZE || key->mv_size != 8) {
        fault(verification, "index: an entry has %zu bytes, %d are right", value->mv_size,
              JS_ENTRY_SIZE);
        return;
    }
    js_entry_unpack(value->mv_data, &entry);
    verification->sums.json_bytes += entry.length;
    if (js_get_be64(key->mv_data) != js_index_bucket(entry.id)) {
        fault(verification, "session %" PRIu64 ": its index entry stands in the wrong bucket",
              entry.id);
    }
    js_put_be64(id, entry.id);
    if (look_up(verification, JS_SESSIONS, (MDB_val){sizeof(id), id}, &record) != 0) {
        fault(verification, "session %" PRIu64 ": the index knows it, but it has no record",
              entry.id);
    }
}

static void check_start_entry(struct verification *verification, const MDB_val *key,
                              const MDB_val *value)
{
    js_entry entry;
    if (key->mv_size != 8 || value->mv_size != JS_START_SIZE) {
        fault(verification, "starts: a value has %zu bytes, %d are right", value->mv_size,
              JS_START_SIZE);
        return;
    }
    int64_t start = (int64_t)js_get_be64(value->mv_data);
    uint64_t id = js_get_be64((const unsigned char *)value->mv_data + 8);
    verification->with_start--;
    if (js_index_find(&verification->snapshot->cursors[JS_CURSOR_INDEX], id, &entry) != 0
        || entry.start != start || js_get_be64(key->mv_data) != (uint64_t)(start / JS_TICKS_DAY)) {
        fault(verification,
              "session %" PRIu64 ": the order of start times has it at another time "
              "than the index",
              id);
    }
}

static void check_change_entry(struct verification *verification, const MDB_val *key,
                               const MDB_val *value)
{
    js_entry entry;
    if (key->mv_size != 8 || value->mv_size != JS_CHANGE_SIZE) {
        fault(verification, "changes: a value has %zu bytes, %d are right", value->mv_size,
              JS_CHANGE_SIZE);
        return;
    }
    uint64_t usn = js_get_be64(key->mv_data);
    uint64_t id = js_change_id(value->mv_data);
    if (usn > verification->snapshot->counters.last_usn) {
        fault(verification, "usn %" PRIu64 ": it is above the last one given", usn);
    }
    if (js_change_is_deletion(value->mv_data)) {
        verification->tombstones++;
    } else if (js_index_find(&verification->snapshot->cursors[JS_CURSOR_INDEX], id, &entry) != 0
               || entry.usn != usn) {
        fault(verification, "usn %" PRIu64 ": session %" PRIu64 " does not have it", usn, id);
    }
}

static void check_removed(struct verification *verification, const MDB_val *key,
                          const MDB_val *value)
{
    MDB_val change;
    if (key->mv_size != 8 || value->mv_size != 8) {
        fault(verification, "removed: a value has %zu bytes, 8 are right", value->mv_size);
        return;
    }
    uint64_t id = js_get_be64(key->mv_data);
    verification->tombstones--;
    if (look_up(verification, JS_CHANGES, *value, &change) != 0 || change.mv_size != JS_CHANGE_SIZE
        || js_change_id(change.mv_data) != id || !js_change_is_deletion(change.mv_data)) {
        fault(verification, "session %" PRIu64 ": it was removed, and its tombstone is missing",
              id);
    }
}

static void check_item(struct verification *verification, const MDB_val *key, const MDB_val *value)
{
    js_item_place place;
    js_entry entry;
    if (!js_item_place_read(key, &place)) {
        fault(verification, "items: a key has %zu bytes", key->mv_size);
        return;
    }
    const char *damage = js_item_damage(key, value);
    if (damage != NULL) {
        fault(verification, "session %" PRIu64 ": item %" PRIu64 " of kind %u: %s", place.session,
              place.number, place.kind, damage);
    }
    if (js_index_find(&verification->snapshot->cursors[JS_CURSOR_INDEX], place.session, &entry)
        != 0) {
        fault(verification, "session %" PRIu64 ": it has items, but does not exist", place.session);
    }
}

static void check_sum(struct verification *verification, const char *what, uint64_t counted,
                      uint64_t found)
{
    if (counted != found) {
        fault(verification, "counters: %s is %" PRIu64 ", found were %" PRIu64, what, counted,
              found);
    }
}

static void check_counters(struct verification *verification)
{
    if (verification->tombstones != 0) {
        fault(verification, "changes: they have other tombstones than sessions were removed");
    }
    const js_snapshot *snapshot = verification->snapshot;
    const js_counters *counters = &snapshot->counters;
    if (snapshot->counters_damage != NULL) {
        fault(verification, "counters: %s", snapshot->counters_damage);
        return;
    }
    check_sum(verification, "the number of sessions", counters->count, verification->sums.count);
    check_sum(verification, "their bytes", counters->json_bytes, verification->sums.json_bytes);
    check_sum(verification, "their ids' digits", counters->id_digits, verification->sums.id_digits);
    if (verification->with_start != 0) {
        fault(verification, "starts: it does not have as many sessions as have a start time");
    }
}

js_status js_verify(js_snapshot *snapshot, js_fault_report *report, void *baton, uint64_t *faults)
{
    struct verification verification = {.snapshot = snapshot, .report = report, .baton = baton};
    js_status status = each(&verification, JS_SESSIONS, "sessions", check_record);
    js_status other = each(&verification, JS_INDEX, "index", check_index);
    status = status == JS_OK ? other : status;
    other = each(&verification, JS_STARTS, "starts", check_start_entry);
    status = status == JS_OK ? other : status;
    other = each(&verification, JS_CHANGES, "changes", check_change_entry);
    status = status == JS_OK ? other : status;
    other = each(&verification, JS_REMOVED, "removed", check_removed);
    status = status == JS_OK ? other : status;
    other = each(&verification, JS_ITEMS, "items", check_item);
    status = status == JS_OK ? other : status;
    check_counters(&verification);
    *faults = verification.faults;
    return status;
}
