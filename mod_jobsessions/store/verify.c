/* SPDX-License-Identifier: Apache-2.0 */
/* Checking a database: every table against every other. */
#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#include "base/bytes.h"
#include "base/faults.h"
#include "base/id.h"
#include "base/json.h"
#include "base/ticks.h"
#include "database/index.h"
#include "database/names.h"
#include "database/snapshot.h"
#include "format/change.h"
#include "format/item.h"
#include "format/record.h"
#include "format/removal.h"
#include "format/start.h"
#include "format/worker.h"
#include "lmdb/structure.h"
#include "verify_counts.h"

struct verification {
    js_snapshot *snapshot;
    jsp_cursor
        cursors[JSP_TABLES]; /* for looking up: what is looked for mostly stands beside what was */
    jsp_faults faults;
    js_totals sums;      /* of what was found */
    uint64_t with_start; /* sessions that have a start time, less those in its order */
    uint64_t owner;      /* the session of the item before */
    bool has_owner;
    uint64_t tombstones; /* among the changes, less those that are known by id */
    uint64_t entries;    /* of the index */
    uint64_t changes;    /* that are no tombstones */
    uint64_t marks;      /* of forgotten removals: 1 is right where there are some */
    uint64_t named;      /* sessions that have a uuid, and removed ones */
    uint64_t names;      /* that lead to their uuid */
    uint64_t uuids;      /* that lead back */
    uint64_t unsealed;   /* from this key of the index on, entries may lack their seal */
    jsp_count_check counts;
};

static jsp_name name_of(const struct verification *verification, uint64_t id)
{
    return jsp_names_of(verification->snapshot, id);
}

static int look_up(struct verification *verification, jsp_table table, MDB_val key, MDB_val *value)
{
    return jsp_cursor_get(&verification->cursors[table], &key, value, MDB_SET_KEY);
}

/* A table that is damaged so that there is no cursor on it has nothing in it here; each() says so. */
static void open_cursors(struct verification *verification)
{
    for (jsp_table table = 0; table < JSP_TABLES; table++) {
        (void)jsp_snapshot_cursor(verification->snapshot, table, &verification->cursors[table]);
    }
}

typedef void check_entry_of(struct verification *verification, const MDB_val *key,
                            const MDB_val *value);

/* Call `check` for every key and value of a table. */
static js_result each(struct verification *verification, jsp_table table, check_entry_of *check)
{
    jsp_cursor cursor;
    MDB_val key;
    MDB_val value;
    int rc = jsp_snapshot_cursor(verification->snapshot, table, &cursor);
    while (rc == 0 && (rc = jsp_cursor_get(&cursor, &key, &value, MDB_NEXT)) == 0) {
        check(verification, &key, &value);
    }
    if (rc != MDB_NOTFOUND) {
        jsp_fault(&verification->faults, "table %s: cannot be read to its end: %s",
                  jsp_table_name(table), mdb_strerror(rc));
        return JS_DAMAGED;
    }
    return JS_OK;
}

static void check_change(struct verification *verification, const jsp_facts *facts)
{
    unsigned char usn[8];
    MDB_val value;
    jsp_put_be64(usn, facts->usn);
    int rc = look_up(verification, JSP_TABLE_CHANGES, (MDB_val){sizeof(usn), usn}, &value);
    if (rc != 0 || value.mv_size != JSP_CHANGE_SIZE || jsp_change_id(value.mv_data) != facts->id
        || jsp_change_is_deletion(value.mv_data)) {
        jsp_fault(&verification->faults, "session %s: its usn %" PRIu64 " is not among the changes",
                  name_of(verification, facts->id).text, facts->usn);
    }
}

static void check_entry(struct verification *verification, const jsp_facts *facts, size_t length,
                        uint32_t seal)
{
    jsp_entry entry;
    jsp_entry wanted;
    jsp_entry_make(&wanted, facts, length);
    int rc = jsp_index_find(&verification->snapshot->cursors[JSP_CURSOR_INDEX], facts->id, &entry);
    if (rc != 0) {
        jsp_fault(&verification->faults, "session %s: the index has no entry for it (%s)",
                  name_of(verification, facts->id).text, mdb_strerror(rc));
        return;
    }
    if (entry.seal != 0 || jsp_entry_bucket(facts->id) < verification->unsealed) {
        wanted.seal = seal;
    }
    unsigned char one[JSP_ENTRY_SIZE];
    unsigned char other[JSP_ENTRY_SIZE];
    jsp_entry_pack(one, &entry);
    jsp_entry_pack(other, &wanted);
    if (memcmp(one, other, JSP_ENTRY_SIZE) != 0) {
        jsp_fault(&verification->faults,
                  "session %s: its index entry says something else than its record",
                  name_of(verification, facts->id).text);
    }
}

static void check_start(struct verification *verification, const jsp_facts *facts)
{
    unsigned char day[8];
    unsigned char start[JSP_START_SIZE];
    MDB_val key = {sizeof(day), day};
    MDB_val value = {sizeof(start), start};
    if (facts->start == JSP_TICKS_NONE) {
        return;
    }
    jsp_put_be64(day, jsp_start_day(facts->start));
    jsp_start_pack(start, facts->start, facts->id);
    if (jsp_cursor_get(&verification->snapshot->cursors[JSP_CURSOR_STARTS], &key, &value,
                       MDB_GET_BOTH)
        != 0) {
        jsp_fault(&verification->faults, "session %s: it is missing in the order of start times",
                  name_of(verification, facts->id).text);
    }
}

/* The value of a session's member "type", unescaped; how many bytes it has, 0: there is none. */
static size_t type_of(jsp_slice json, char text[JS_TYPE_MAX])
{
    jsp_json_iterator walk;
    jsp_slice name;
    jsp_slice value;
    size_t length = 0;
    jsp_json_begin(&walk, json);
    while (jsp_json_next_member(&walk, &name, &value)) {
        if (name.length == 4 && memcmp(name.text, "type", 4) == 0 && value.length >= 2) {
            const char *at = value.text + 1;
            const char *end = value.text + value.length - 1;
            while (at < end && length < JS_TYPE_MAX) {
                text[length++] = jsp_json_unescape_next(&at, end);
            }
            break;
        }
    }
    return length;
}

/* That the types know the session's type by the code its record has. */
static void check_type(struct verification *verification, const jsp_facts *facts, jsp_slice json)
{
    char text[JS_TYPE_MAX];
    MDB_val key = {type_of(json, text), text};
    MDB_val value = {0, NULL};
    unsigned code = 0;
    if (key.mv_size > 0 && look_up(verification, JSP_TABLE_TYPES, key, &value) == 0
        && value.mv_size == 2) {
        code = jsp_get_le16(value.mv_data);
    }
    if (code != facts->type) {
        jsp_fault(&verification->faults,
                  "session %s: its type has the code %u among the types, not %u",
                  name_of(verification, facts->id).text, code, facts->type);
    }
}

/* What a record that is whole says itself. */
static jsp_name own_name(const jsp_facts *facts, jsp_slice json)
{
    jsp_name name;
    unsigned length = JSP_UUID_TEXT;
    if (facts->has_uuid && json.length > JSP_ID_AT + JSP_UUID_TEXT) {
        memcpy(name.text, json.text + JSP_ID_AT, JSP_UUID_TEXT);
    } else {
        length = jsp_id_format(facts->id, name.text);
    }
    name.text[length] = '\0';
    return name;
}

/* That the id in the JSON is the one that the tables of uuids know; of a number there is none. */
static void check_name(struct verification *verification, const jsp_facts *facts, jsp_slice json)
{
    char name[JSP_UUID_TEXT];
    unsigned length = jsp_names_text(verification->snapshot, facts->id, name);
    bool has_uuid = length == JSP_UUID_TEXT;
    if (has_uuid != facts->has_uuid || json.length < JSP_ID_AT + length + 1
        || memcmp(json.text + JSP_ID_AT, name, length) != 0
        || json.text[JSP_ID_AT + length] != '"') {
        jsp_fault(&verification->faults, "session %s: the tables of uuids tell another id, or none",
                  own_name(facts, json).text);
    }
}

static void check_record(struct verification *verification, const MDB_val *key,
                         const MDB_val *value)
{
    jsp_facts facts;
    if (key->mv_size != 8) {
        jsp_fault(&verification->faults, "sessions: a key has %zu bytes, 8 are right",
                  key->mv_size);
        return;
    }
    uint64_t id = jsp_get_be64(key->mv_data);
    const char *damage = jsp_record_damage(id, value->mv_data, value->mv_size);
    verification->sums.count++;
    if (damage != NULL) {
        jsp_fault(&verification->faults, "session %s: %s", name_of(verification, id).text, damage);
        return;
    }
    jsp_record_facts(value->mv_data, &facts);
    const jsp_slice json = {(const char *)value->mv_data + JSP_RECORD_HEADER,
                            value->mv_size - JSP_RECORD_HEADER};
    check_name(verification, &facts, json);
    check_entry(verification, &facts, json.length, jsp_record_get_seal(value->mv_data));
    check_type(verification, &facts, json);
    jsp_count_check_record(&verification->counts, &facts, json);
    verification->with_start += facts.start != JSP_TICKS_NONE;
    if (id > verification->snapshot->counters.last_id) {
        jsp_fault(&verification->faults, "session %s: its id is above the last one given",
                  name_of(verification, id).text);
    }
}

static void check_index(struct verification *verification, const MDB_val *key, const MDB_val *value)
{
    jsp_entry entry;
    if (value->mv_size != JSP_ENTRY_SIZE || key->mv_size != 8) {
        jsp_fault(&verification->faults, "index: an entry has %zu bytes, %d are right",
                  value->mv_size, JSP_ENTRY_SIZE);
        return;
    }
    jsp_entry_unpack(value->mv_data, &entry);
    verification->sums.json_bytes += entry.length;
    verification->sums.id_digits += jsp_entry_id_length(&entry);
    verification->entries++;
    verification->named += entry.has_uuid;
    if (jsp_get_be64(key->mv_data) != jsp_entry_bucket(entry.id)) {
        jsp_fault(&verification->faults, "session %s: its index entry stands in the wrong bucket",
                  name_of(verification, entry.id).text);
    }
}

static void check_start_entry(struct verification *verification, const MDB_val *key,
                              const MDB_val *value)
{
    jsp_entry entry;
    if (key->mv_size != 8 || value->mv_size != JSP_START_SIZE) {
        jsp_fault(&verification->faults, "starts: a value has %zu bytes, %d are right",
                  value->mv_size, JSP_START_SIZE);
        return;
    }
    int64_t start = jsp_start_time(value->mv_data);
    uint64_t id = jsp_start_id(value->mv_data);
    verification->with_start--;
    if (jsp_index_find(&verification->snapshot->cursors[JSP_CURSOR_INDEX], id, &entry) != 0
        || entry.start != start || jsp_get_be64(key->mv_data) != jsp_start_day(start)) {
        jsp_fault(&verification->faults,
                  "session %s: the order of start times has it at another time than the index",
                  name_of(verification, id).text);
    }
}

static void check_change_entry(struct verification *verification, const MDB_val *key,
                               const MDB_val *value)
{
    jsp_entry entry;
    if (key->mv_size != 8 || value->mv_size != JSP_CHANGE_SIZE) {
        jsp_fault(&verification->faults, "changes: a value has %zu bytes, %d are right",
                  value->mv_size, JSP_CHANGE_SIZE);
        return;
    }
    uint64_t usn = jsp_get_be64(key->mv_data);
    uint64_t id = jsp_change_id(value->mv_data);
    if (usn > verification->snapshot->counters.last_usn) {
        jsp_fault(&verification->faults, "usn %" PRIu64 ": it is above the last one given", usn);
    }
    if (jsp_change_is_deletion(value->mv_data)) {
        verification->tombstones++;
        return;
    }
    if (jsp_change_is_mark(value->mv_data) && usn == verification->snapshot->forgotten) {
        verification->marks++;
        return;
    }
    verification->changes++;
    if (jsp_index_find(&verification->snapshot->cursors[JSP_CURSOR_INDEX], id, &entry) != 0
        || entry.usn != usn) {
        jsp_fault(&verification->faults, "usn %" PRIu64 ": session %s does not have it", usn,
                  name_of(verification, id).text);
    }
}

/* Whether a removed session was one under a uuid, by its tombstone. */
static bool has_uuid(struct verification *verification, uint64_t id, void *usn)
{
    uint8_t uuid[JSP_UUID_SIZE];
    jsp_change change = {0};
    MDB_val value;
    if (look_up(verification, JSP_TABLE_CHANGES, (MDB_val){8, usn}, &value) == 0
        && value.mv_size == JSP_CHANGE_SIZE) {
        jsp_change_unpack(value.mv_data, &change);
    }
    if (change.has_uuid != (jsp_names_uuid(verification->snapshot, id, uuid) == 0)) {
        jsp_fault(&verification->faults, "session %s: its tombstone and the tables of uuids differ",
                  name_of(verification, id).text);
    }
    return change.has_uuid;
}

/* A name and a uuid lead to each other. */
static void check_name_entry(struct verification *verification, const MDB_val *key,
                             const MDB_val *value)
{
    MDB_val id;
    verification->names++;
    if (key->mv_size != 8 || value->mv_size != JSP_UUID_SIZE
        || look_up(verification, JSP_TABLE_UUIDS, *value, &id) != 0 || id.mv_size != 8
        || memcmp(id.mv_data, key->mv_data, 8) != 0) {
        jsp_fault(&verification->faults,
                  "names: there is one to which its uuid does not lead back");
    }
}

static void count_uuid(struct verification *verification, const MDB_val *key, const MDB_val *value)
{
    (void)key;
    (void)value;
    verification->uuids++;
}

static void check_removed(struct verification *verification, const MDB_val *key,
                          const MDB_val *value)
{
    MDB_val change;
    jsp_removal removal;
    if (key->mv_size != 8 || !jsp_removal_unpack(value->mv_data, value->mv_size, &removal)) {
        jsp_fault(&verification->faults, "removed: a value of %zu bytes cannot be", value->mv_size);
        return;
    }
    uint64_t id = jsp_get_be64(key->mv_data);
    verification->tombstones--;
    verification->named += has_uuid(verification, id, value->mv_data);
    if (look_up(verification, JSP_TABLE_CHANGES, (MDB_val){8, value->mv_data}, &change) != 0
        || change.mv_size != JSP_CHANGE_SIZE || jsp_change_id(change.mv_data) != id
        || !jsp_change_is_deletion(change.mv_data)) {
        jsp_fault(&verification->faults, "session %s: it was removed, and its tombstone is missing",
                  name_of(verification, id).text);
    }
}

static void check_item(struct verification *verification, const MDB_val *key, const MDB_val *value)
{
    jsp_item_place place;
    jsp_entry entry;
    if (key->mv_size != JSP_ITEM_KEY_SIZE) {
        jsp_fault(&verification->faults, "items: a key has %zu bytes", key->mv_size);
        return;
    }
    jsp_item_key_read(key->mv_data, &place);
    const char *damage = jsp_item_damage(key->mv_data, value->mv_data, value->mv_size);
    if (damage != NULL) {
        jsp_fault(&verification->faults, "session %s: item %" PRIu64 " of kind %u: %s",
                  name_of(verification, place.session).text, place.number, place.kind, damage);
    }
    if (verification->has_owner && verification->owner == place.session) {
        return; /* looked up for the item before */
    }
    verification->has_owner = true;
    verification->owner = place.session;
    if (jsp_index_find(&verification->snapshot->cursors[JSP_CURSOR_INDEX], place.session, &entry)
        != 0) {
        jsp_fault(&verification->faults, "session %s: it has items, but does not exist",
                  name_of(verification, place.session).text);
    }
}

/* One of a session that is finished or gone was left by an earlier version, and is no fault. */
static void check_worker(struct verification *verification, const MDB_val *key,
                         const MDB_val *value)
{
    jsp_worker worker;
    if (key->mv_size != 8
        || !jsp_worker_unpack(jsp_get_be64(key->mv_data), value->mv_data, value->mv_size,
                              &worker)) {
        jsp_fault(&verification->faults, "workers: an entry is damaged, and counts as missing");
    }
}

/* ---- What is missing -------------------------------------------------------------------------- */

static void name_missing_of(struct verification *verification, const MDB_val *key,
                            const MDB_val *value)
{
    jsp_facts facts;
    if (key->mv_size == 8
        && jsp_record_damage(jsp_get_be64(key->mv_data), value->mv_data, value->mv_size) == NULL) {
        jsp_record_facts(value->mv_data, &facts);
        check_change(verification, &facts);
        check_start(verification, &facts);
    }
}

static void name_missing_record(struct verification *verification, const MDB_val *key,
                                const MDB_val *value)
{
    jsp_entry entry;
    unsigned char id[8];
    MDB_val record;
    (void)key;
    if (value->mv_size != JSP_ENTRY_SIZE) {
        return;
    }
    jsp_entry_unpack(value->mv_data, &entry);
    jsp_put_be64(id, entry.id);
    if (look_up(verification, JSP_TABLE_SESSIONS, (MDB_val){sizeof(id), id}, &record) != 0) {
        jsp_fault(&verification->faults, "session %s: the index knows it, but it has no record",
                  name_of(verification, entry.id).text);
    }
}

/* Each record has been found in the index, and each start and change leads to another entry there that says the same.
 * So nothing is missing when there are as many of each. */
static js_result name_missing(struct verification *verification)
{
    if (verification->entries == verification->sums.count
        && verification->changes == verification->sums.count && verification->with_start == 0) {
        return JS_OK;
    }
    js_result result = each(verification, JSP_TABLE_SESSIONS, name_missing_of);
    return result == JS_OK ? each(verification, JSP_TABLE_INDEX, name_missing_record) : result;
}

static void check_sum(struct verification *verification, const char *what, uint64_t counted,
                      uint64_t found)
{
    if (counted != found) {
        jsp_fault(&verification->faults, "counters: %s is %" PRIu64 ", found were %" PRIu64, what,
                  counted, found);
    }
}

static void check_counters(struct verification *verification)
{
    if (verification->tombstones != 0) {
        jsp_fault(&verification->faults,
                  "changes: they have other tombstones than sessions were removed");
    }
    if (verification->names != verification->uuids || verification->names != verification->named) {
        jsp_fault(&verification->faults,
                  "uuids, names: there are others than those of sessions and tombstones");
    }
    const js_snapshot *snapshot = verification->snapshot;
    const jsp_counters *counters = &snapshot->counters;
    if (snapshot->counters_damage != NULL) {
        jsp_fault(&verification->faults, "counters: %s", snapshot->counters_damage);
        return;
    }
    if (verification->marks != (snapshot->forgotten != 0)) {
        jsp_fault(&verification->faults,
                  "changes: the mark of removals that are forgotten up to usn %" PRIu64
                  " is missing",
                  snapshot->forgotten);
    }
    check_sum(verification, "the number of sessions", counters->count, verification->sums.count);
    check_sum(verification, "their bytes", counters->json_bytes, verification->sums.json_bytes);
    check_sum(verification, "their ids' bytes", counters->id_digits, verification->sums.id_digits);
    if (verification->with_start != 0) {
        jsp_fault(&verification->faults,
                  "starts: it does not have as many sessions as have a start time");
    }
}

static void *check_structure(void *verification_)
{
    struct verification *verification = verification_;
    const js_snapshot *snapshot = verification->snapshot;
    jsp_named_tree tables[JSP_TABLES];
    jsp_table count = 0;
    jsp_table had = jsp_tables_of(snapshot->database->format, snapshot->database->writers);
    for (jsp_table table = 0; table < JSP_TABLES; table++) {
        if (table < had || table == JSP_TABLE_WORKERS) {
            tables[count++] = (jsp_named_tree){jsp_table_name(table), &snapshot->trees[table],
                                               jsp_table_is_sorted(table)};
        }
    }
    jsp_structure_check(&snapshot->pages, &snapshot->meta, tables, count, &verification->faults);
    return NULL;
}

static const struct {
    jsp_table table;
    check_entry_of *check;
} passes[] = {
    {JSP_TABLE_SESSIONS, check_record},    {JSP_TABLE_INDEX, check_index},
    {JSP_TABLE_STARTS, check_start_entry}, {JSP_TABLE_CHANGES, check_change_entry},
    {JSP_TABLE_REMOVED, check_removed},    {JSP_TABLE_ITEMS, check_item},
    {JSP_TABLE_NAMES, check_name_entry},   {JSP_TABLE_UUIDS, count_uuid},
    {JSP_TABLE_WORKERS, check_worker},
};

static js_result check_tables(struct verification *verification)
{
    js_result result = JS_OK;
    for (size_t i = 0; i < sizeof(passes) / sizeof(passes[0]); i++) {
        js_result of_pass = each(verification, passes[i].table, passes[i].check);
        result = result == JS_OK ? of_pass : result;
    }
    if (result == JS_OK) {
        result = name_missing(verification);
    }
    check_counters(verification);
    jsp_count_check_tables(&verification->counts);
    return result;
}

/* The pages in a thread of their own, as each of the two takes as long as the other: they share nothing but a snapshot
 * that neither changes. Without one, one after the other. */
static js_result check_all(struct verification *verification)
{
    pthread_t thread;
    bool has_thread = pthread_create(&thread, NULL, check_structure, verification) == 0;
    if (!has_thread) {
        (void)check_structure(verification);
    }
    js_result result = check_tables(verification);
    if (has_thread) {
        (void)pthread_join(thread, NULL);
    }
    return result;
}

js_result js_verify(js_snapshot *snapshot, js_fault_report *report, void *baton, uint64_t *faults)
{
    struct verification verification = {
        .snapshot = snapshot,
        .faults = {.report = report, .baton = baton, .lock = PTHREAD_MUTEX_INITIALIZER}};
    js_result result = jsp_snapshot_check(snapshot, NULL);
    if (result != JS_OK) {
        *faults = 0;
        return result;
    }
    open_cursors(&verification);
    if (jsp_snapshot_unsealed(snapshot, &verification.unsealed) != 0) {
        jsp_fault(&verification.faults, "meta: how far an upgrade has come cannot be read");
    }
    verification.counts = (jsp_count_check){
        .snapshot = snapshot, .faults = &verification.faults, .uncounted = verification.unsealed};
    result = check_all(&verification);
    *faults = verification.faults.count;
    return result;
}
