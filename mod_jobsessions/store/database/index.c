/* SPDX-License-Identifier: Apache-2.0 */
#include "database/index.h"

#include <string.h>

#include "base/ticks.h"

/* Ids that share a key of JSP_TABLE_INDEX: enough to fill some pages, few enough for flat trees. */
#define BUCKET_BITS 12

uint64_t jsp_entry_bucket(uint64_t id)
{
    return id >> BUCKET_BITS;
}

static void bucket_key(unsigned char key[8], uint64_t id)
{
    jsp_put_be64(key, jsp_entry_bucket(id));
}

static int unpack(const MDB_val *value, jsp_entry *entry)
{
    if (value->mv_size != JSP_ENTRY_SIZE) {
        return MDB_CORRUPTED;
    }
    jsp_entry_unpack(value->mv_data, entry);
    return 0;
}

/* Where to look for an id: at the first entry that is not below it. */
struct probe {
    unsigned char bucket[8];
    unsigned char entry[JSP_ENTRY_SIZE];
    MDB_val key;
    MDB_val value;
};

static void probe_for(struct probe *probe, uint64_t id)
{
    memset(probe, 0, sizeof(*probe));
    bucket_key(probe->bucket, id);
    jsp_put_be64(probe->entry, id);
    probe->key = (MDB_val){sizeof(probe->bucket), probe->bucket};
    probe->value = (MDB_val){sizeof(probe->entry), probe->entry};
}

/* Whether a probe has met its id. */
static int met(int rc, const struct probe *probe, uint64_t id, jsp_entry *entry)
{
    rc = rc != 0 ? rc : unpack(&probe->value, entry);
    return rc == 0 && entry->id != id ? MDB_NOTFOUND : rc;
}

int jsp_index_find(jsp_cursor *cursor, uint64_t id, jsp_entry *entry)
{
    struct probe probe;
    probe_for(&probe, id);
    int rc = jsp_cursor_get(cursor, &probe.key, &probe.value, MDB_GET_BOTH_RANGE);
    return met(rc, &probe, id, entry);
}

int jsp_index_find_written(MDB_cursor *cursor, uint64_t id, jsp_entry *entry)
{
    struct probe probe;
    probe_for(&probe, id);
    int rc = mdb_cursor_get(cursor, &probe.key, &probe.value, MDB_GET_BOTH_RANGE);
    return met(rc, &probe, id, entry);
}

int jsp_index_before(jsp_cursor *cursor, bool below, uint64_t id, jsp_entry *entry)
{
    unsigned char bucket[8];
    unsigned char bytes[JSP_ENTRY_SIZE] = {0};
    MDB_val key = {sizeof(bucket), bucket};
    MDB_val value = {sizeof(bytes), bytes};
    int rc;
    if (!below) {
        rc = jsp_cursor_get(cursor, &key, &value, MDB_LAST);
        return rc != 0 ? rc : unpack(&value, entry);
    }
    bucket_key(bucket, id);
    jsp_put_be64(bytes, id);
    /* the first entry at or after the id, in its bucket or else in a later one; then one back */
    rc = jsp_cursor_get(cursor, &key, &value, MDB_GET_BOTH_RANGE);
    if (rc == 0) {
        rc = jsp_cursor_get(cursor, &key, &value, MDB_PREV);
    } else if (rc == MDB_NOTFOUND) {
        jsp_put_be64(bucket, jsp_entry_bucket(id) + 1);
        key = (MDB_val){sizeof(bucket), bucket};
        rc = jsp_cursor_before(cursor, &key, &value, MDB_PREV);
    }
    rc = rc != 0 ? rc : unpack(&value, entry);
    return rc == 0 && entry->id >= id ? MDB_CORRUPTED : rc;
}

int jsp_index_sum(jsp_cursor *cursor, js_totals *totals)
{
    MDB_val key;
    MDB_val value;
    jsp_entry entry;
    memset(totals, 0, sizeof(*totals));
    totals->highest_id = UINT64_MAX;
    int rc = jsp_cursor_get(cursor, &key, &value, MDB_FIRST);
    for (; rc == 0; rc = jsp_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        rc = unpack(&value, &entry);
        if (rc != 0) {
            return rc;
        }
        totals->count++;
        totals->json_bytes += entry.length;
        totals->id_digits += jsp_id_digits(entry.id);
        totals->usn = entry.usn > totals->usn ? entry.usn : totals->usn;
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* What stands in one of the two orders for a session. */
struct place {
    unsigned char key[8];
    unsigned char value[JSP_ENTRY_SIZE];
    size_t size; /* of value */
};

static void place_in_index(struct place *place, const jsp_entry *entry)
{
    bucket_key(place->key, entry->id);
    jsp_entry_pack(place->value, entry);
    place->size = JSP_ENTRY_SIZE;
}

static void place_in_starts(struct place *place, const jsp_entry *entry)
{
    jsp_put_be64(place->key, (uint64_t)(entry->start / JSP_TICKS_DAY));
    jsp_put_be64(place->value, (uint64_t)entry->start);
    jsp_put_be64(place->value + 8, entry->id);
    place->size = JSP_START_SIZE;
}

static int put(const js_database *database, MDB_txn *txn, jsp_table table, struct place *place,
               unsigned flags)
{
    MDB_val key = {sizeof(place->key), place->key};
    MDB_val value = {place->size, place->value};
    return mdb_put(txn, database->tables[table], &key, &value, flags);
}

static int take_out(const js_database *database, MDB_txn *txn, jsp_table table, struct place *place)
{
    MDB_val key = {sizeof(place->key), place->key};
    MDB_val value = {place->size, place->value};
    return mdb_del(txn, database->tables[table], &key, &value);
}

static int put_start(const js_database *database, MDB_txn *txn, const jsp_entry *entry)
{
    struct place place;
    if (entry->start == JSP_TICKS_NONE) {
        return 0;
    }
    place_in_starts(&place, entry);
    return put(database, txn, JSP_TABLE_STARTS, &place, 0);
}

static int take_start_out(const js_database *database, MDB_txn *txn, const jsp_entry *entry)
{
    struct place place;
    if (entry->start == JSP_TICKS_NONE) {
        return 0;
    }
    place_in_starts(&place, entry);
    return take_out(database, txn, JSP_TABLE_STARTS, &place);
}

int jsp_index_add(const js_database *database, MDB_txn *txn, const jsp_entry *entry, bool last)
{
    struct place place;
    place_in_index(&place, entry);
    int rc = put(database, txn, JSP_TABLE_INDEX, &place, last ? MDB_APPENDDUP : 0);
    return rc != 0 ? rc : put_start(database, txn, entry);
}

/* Write over an entry where it stands: its place depends on the id alone. */
static int overwrite(MDB_cursor *cursor, const jsp_entry *before, const jsp_entry *after)
{
    struct place place;
    place_in_index(&place, before);
    MDB_val key = {sizeof(place.key), place.key};
    MDB_val value = {place.size, place.value};
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_GET_BOTH);
    if (rc != 0) {
        return rc;
    }
    place_in_index(&place, after);
    key = (MDB_val){sizeof(place.key), place.key};
    value = (MDB_val){place.size, place.value};
    return mdb_cursor_put(cursor, &key, &value, MDB_CURRENT);
}

int jsp_index_replace(const js_database *database, MDB_cursor *cursor, const jsp_entry *before,
                      const jsp_entry *after)
{
    MDB_txn *txn = mdb_cursor_txn(cursor);
    int rc = overwrite(cursor, before, after);
    if (rc != 0 || before->start == after->start) {
        return rc; /* pages that need no change are not written */
    }
    rc = take_start_out(database, txn, before);
    return rc != 0 ? rc : put_start(database, txn, after);
}

int jsp_index_remove(const js_database *database, MDB_txn *txn, const jsp_entry *entry)
{
    struct place place;
    place_in_index(&place, entry);
    int rc = take_out(database, txn, JSP_TABLE_INDEX, &place);
    return rc != 0 ? rc : take_start_out(database, txn, entry);
}
