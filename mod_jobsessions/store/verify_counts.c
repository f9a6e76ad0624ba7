/* SPDX-License-Identifier: Apache-2.0 */
#include "verify_counts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "database/names.h"
#include "format/day.h"
#include "format/entry.h"
#include "format/run.h"

/* A row of `days`, and how many of its sessions were not met yet. */
struct row {
    unsigned char key[JSP_DAY_KEY_SIZE];
    uint64_t left;
};

struct days {
    jsp_count_check *check;
    struct row *rows; /* in the order of their keys */
    size_t count;
    size_t room;
    uint64_t missing; /* sessions for which there is no row, or that are too many for theirs */
};

static bool keeps_counts(const jsp_count_check *check)
{
    return (check->snapshot->database->writers & JSP_WRITERS_COUNT) != 0;
}

static bool is_counted(const jsp_count_check *check, uint64_t id)
{
    return keeps_counts(check) && jsp_entry_bucket(id) < check->uncounted;
}

static void cannot_be_read(const jsp_count_check *check, jsp_table table, int rc)
{
    jsp_fault(check->faults, "table %s: cannot be read to its end: %s", jsp_table_name(table),
              mdb_strerror(rc));
}

/* ---- Days ------------------------------------------------------------------------------------- */

static int keep_row(struct days *days, const MDB_val *key, const MDB_val *value)
{
    if (key->mv_size != JSP_DAY_KEY_SIZE || value->mv_size != JSP_DAY_VALUE_SIZE) {
        jsp_fault(days->check->faults, "days: a row of %zu and %zu bytes cannot be", key->mv_size,
                  value->mv_size);
        return 0;
    }
    if (days->count == days->room) {
        size_t room = 2 * days->room + 1024;
        struct row *rows = realloc(days->rows, room * sizeof(*rows));
        if (rows == NULL) {
            return ENOMEM;
        }
        days->rows = rows;
        days->room = room;
    }
    memcpy(days->rows[days->count].key, key->mv_data, JSP_DAY_KEY_SIZE);
    days->rows[days->count++].left = jsp_get_le64(value->mv_data);
    return 0;
}

static int read_rows(struct days *days)
{
    jsp_cursor cursor;
    MDB_val key;
    MDB_val value;
    int rc = jsp_snapshot_cursor(days->check->snapshot, JSP_TABLE_DAYS, &cursor);
    while (rc == 0 && (rc = jsp_cursor_get(&cursor, &key, &value, MDB_NEXT)) == 0) {
        rc = keep_row(days, &key, &value);
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static int compare_rows(const void *key, const void *row)
{
    return memcmp(key, ((const struct row *)row)->key, JSP_DAY_KEY_SIZE);
}

static void meet(struct days *days, uint64_t day, const jsp_entry *entry)
{
    unsigned char key[JSP_DAY_KEY_SIZE];
    jsp_day_pack(key, &(jsp_day){day, entry->status, entry->type});
    struct row *row =
        days->count == 0 ? NULL
                         : bsearch(key, days->rows, days->count, sizeof(*days->rows), compare_rows);
    if (row == NULL || row->left == 0) {
        days->missing++;
    } else {
        row->left--;
    }
}

static int meet_sessions(struct days *days)
{
    jsp_cursor cursor;
    MDB_val key;
    MDB_val value;
    jsp_entry entry;
    int rc = jsp_snapshot_cursor(days->check->snapshot, JSP_TABLE_INDEX, &cursor);
    while (rc == 0 && (rc = jsp_cursor_get(&cursor, &key, &value, MDB_NEXT)) == 0) {
        if (value.mv_size != JSP_ENTRY_SIZE) {
            continue; /* which is told of elsewhere */
        }
        jsp_entry_unpack(value.mv_data, &entry);
        if (is_counted(days->check, entry.id)) {
            meet(days, jsp_day_of(entry.start), &entry);
            meet(days, JSP_DAY_ALL, &entry);
        }
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static void check_days(jsp_count_check *check)
{
    struct days days = {.check = check};
    uint64_t left = 0;
    int rc = read_rows(&days);
    if (rc != 0) {
        cannot_be_read(check, JSP_TABLE_DAYS, rc);
    } else if (meet_sessions(&days) == 0) {
        for (size_t i = 0; i < days.count; i++) {
            left += days.rows[i].left;
        }
        if (days.missing > 0 || left > 0) {
            jsp_fault(check->faults,
                      "days: the counts lack %" PRIu64 " and have %" PRIu64
                      " that are of no session",
                      days.missing, left);
        }
    }
    free(days.rows);
}

/* ---- Runs ------------------------------------------------------------------------------------- */

void jsp_count_check_record(jsp_count_check *check, const jsp_facts *facts, jsp_slice json)
{
    jsp_run_key key;
    if (is_counted(check, facts->id)) {
        jsp_run_key_make(&key, json, facts->status);
        check->runs += key.length > 0;
    }
}

struct runs {
    jsp_count_check *check;
    jsp_cursor records;
    jsp_run_key last;  /* key */
    uint64_t policies; /* that were met */
    uint64_t count;    /* of runs that are as they should be */
};

/* Whether a run is of its session; one whose record is damaged may be. */
static bool is_as_recorded(const jsp_run *run, const MDB_val *key, const MDB_val *record)
{
    jsp_facts facts;
    jsp_run_key wanted;
    jsp_record_facts(record->mv_data, &facts);
    jsp_run_key_make(&wanted,
                     (jsp_slice){(const char *)record->mv_data + JSP_RECORD_HEADER,
                                 record->mv_size - JSP_RECORD_HEADER},
                     facts.status);
    return facts.start == run->start && facts.duration == run->duration
           && wanted.length == key->mv_size
           && memcmp(wanted.bytes, key->mv_data, key->mv_size) == 0;
}

static void check_run(struct runs *runs, const MDB_val *key, const MDB_val *value)
{
    unsigned char id[8];
    MDB_val by_id = {sizeof(id), id};
    MDB_val record;
    jsp_run run;
    jsp_run_unpack(value->mv_data, &run);
    jsp_put_be64(id, run.id);
    int rc = jsp_cursor_get(&runs->records, &by_id, &record, MDB_SET_KEY);
    if (rc == 0 && jsp_record_damage(run.id, record.mv_data, record.mv_size) != NULL) {
        return;
    }
    if (rc != 0 || !is_counted(runs->check, run.id) || !is_as_recorded(&run, key, &record)) {
        jsp_fault(runs->check->faults,
                  "session %s: the runs of policies have it otherwise than its record",
                  jsp_names_of(runs->check->snapshot, run.id).text);
        return;
    }
    runs->count++;
}

static void meet_key(struct runs *runs, const MDB_val *key)
{
    jsp_run_key *last = &runs->last;
    runs->policies += !jsp_run_same_policy(last->bytes, last->length, key->mv_data, key->mv_size);
    memcpy(last->bytes, key->mv_data, key->mv_size);
    last->length = key->mv_size;
}

static int walk_runs(struct runs *runs)
{
    jsp_cursor cursor;
    MDB_val key;
    MDB_val value;
    int rc = jsp_snapshot_cursor(runs->check->snapshot, JSP_TABLE_RUNS, &cursor);
    rc = rc != 0 ? rc
                 : jsp_snapshot_cursor(runs->check->snapshot, JSP_TABLE_SESSIONS, &runs->records);
    while (rc == 0 && (rc = jsp_cursor_get(&cursor, &key, &value, MDB_NEXT)) == 0) {
        if (key.mv_size < 2 || key.mv_size > JSP_RUN_KEY_MAX || value.mv_size != JSP_RUN_BYTES) {
            return MDB_CORRUPTED;
        }
        meet_key(runs, &key);
        check_run(runs, &key, &value);
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static void check_policies(const jsp_count_check *check, uint64_t found)
{
    MDB_val key = {sizeof(JSP_KEY_POLICIES) - 1, JSP_KEY_POLICIES};
    MDB_val value;
    uint64_t counted = 0;
    if (jsp_snapshot_find(check->snapshot, JSP_TABLE_META, &key, &value) == 0
        && value.mv_size == sizeof(counted)) {
        counted = jsp_get_le64(value.mv_data);
    }
    if (counted != found) {
        jsp_fault(check->faults, "meta: the number of policies is %" PRIu64 ", found were %" PRIu64,
                  counted, found);
    }
}

static void check_runs(jsp_count_check *check)
{
    struct runs runs = {.check = check};
    int rc = walk_runs(&runs);
    if (rc != 0) {
        cannot_be_read(check, JSP_TABLE_RUNS, rc);
        return;
    }
    if (runs.count != check->runs) {
        jsp_fault(check->faults,
                  "runs: %" PRIu64 " sessions of policies are among them, %" PRIu64 " are right",
                  runs.count, check->runs);
    }
    check_policies(check, runs.policies);
}

void jsp_count_check_tables(jsp_count_check *check)
{
    if (keeps_counts(check)) {
        check_days(check);
        check_runs(check);
    }
}
