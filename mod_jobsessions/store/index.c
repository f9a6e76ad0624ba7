/* SPDX-License-Identifier: Apache-2.0 */
#include "index.h"

#include <string.h>

#include "ticks.h"

/* Ids that share a key of JS_INDEX: enough to fill some pages, few enough for flat trees. */
#define BUCKET_BITS 12

static void bucket_key(unsigned char key[8], uint64_t id)
{
    js_put_be64(key, id >> BUCKET_BITS);
}

static int unpack(const MDB_val *value, js_entry *entry)
{
    if (value->mv_size != JS_ENTRY_SIZE) {
        return MDB_CORRUPTED;
    }
    js_entry_unpack(value->mv_data, entry);
    return 0;
}

int js_index_find(MDB_cursor *cursor, uint64_t id, js_entry *entry)
{
    unsigned char bucket[8];
    unsigned char bytes[JS_ENTRY_SIZE] = {0};
    MDB_val key = {sizeof(bucket), bucket};
    MDB_val value = {sizeof(bytes), bytes};
    bucket_key(bucket, id);
    js_put_be64(bytes, id);
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_GET_BOTH_RANGE);
    rc = rc != 0 ? rc : unpack(&value, entry);
    return rc == 0 && entry->id != id ? MDB_NOTFOUND : rc;
}

int js_index_before(MDB_cursor *cursor, bool below, uint64_t id, js_entry *entry)
{
    unsigned char bucket[8];
    unsigned char bytes[JS_ENTRY_SIZE] = {0};
    MDB_val key = {sizeof(bucket), bucket};
    MDB_val value = {sizeof(bytes), bytes};
    int rc;
    if (!below) {
        rc = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
        return rc != 0 ? rc : unpack(&value, entry);
    }
    bucket_key(bucket, id);
    js_put_be64(bytes, id);
    /* the first entry at or after the id, in its bucket or else in a later one; then one back */
    rc = mdb_cursor_get(cursor, &key, &value, MDB_GET_BOTH_RANGE);
    if (rc == MDB_NOTFOUND) {
        js_put_be64(bucket, (id >> BUCKET_BITS) + 1);
        key.mv_data = bucket;
        key.mv_size = sizeof(bucket);
        rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    }
    rc = mdb_cursor_get(cursor, &key, &value, rc == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
    rc = rc != 0 ? rc : unpack(&value, entry);
    return rc == 0 && entry->id >= id ? MDB_CORRUPTED : rc;
}

int js_index_sum(MDB_cursor *cursor, js_totals *totals)
{
    MDB_val key;
    MDB_val value;
    js_entry entry;
    memset(totals, 0, sizeof(*totals));
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    for (; rc == 0; rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        rc = unpack(&value, &entry);
        if (rc != 0) {
            return rc;
        }
        totals->count++;
        totals->json_bytes += entry.length;
        totals->id_digits += js_id_digits(entry.id);
        totals->usn = entry.usn > totals->usn ? entry.usn : totals->usn;
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* A place in JS_STARTS. */
struct start {
    unsigned char day[8];
    unsigned char bytes[JS_START_SIZE];
};

static struct start start_of(const js_entry *entry)
{
    struct start start;
    js_put_be64(start.day, (uint64_t)(entry->start / JS_TICKS_DAY));
    js_put_be64(start.bytes, (uint64_t)entry->start);
    js_put_be64(start.bytes + 8, entry->id);
    return start;
}

int js_index_add(const js_database *database, MDB_txn *txn, const js_entry *entry, bool last)
{
    unsigned char bucket[8];
    unsigned char bytes[JS_ENTRY_SIZE];
    MDB_val key = {sizeof(bucket), bucket};
    MDB_val value = {sizeof(bytes), bytes};
    bucket_key(bucket, entry->id);
    js_entry_pack(bytes, entry);
    int rc = mdb_put(txn, database->tables[JS_INDEX], &key, &value, last ? MDB_APPENDDUP : 0);
    if (rc != 0 || entry->start == JS_TICKS_NONE) {
        return rc;
    }
    struct start start = start_of(entry);
    key = (MDB_val){sizeof(start.day), start.day};
    value = (MDB_val){sizeof(start.bytes), start.bytes};
    return mdb_put(txn, database->tables[JS_STARTS], &key, &value, 0);
}

int js_index_remove(const js_database *database, MDB_txn *txn, const js_entry *entry)
{
    unsigned char bucket[8];
    unsigned char bytes[JS_ENTRY_SIZE];
    MDB_val key = {sizeof(bucket), bucket};
    MDB_val value = {sizeof(bytes), bytes};
    bucket_key(bucket, entry->id);
    js_entry_pack(bytes, entry);
    int rc = mdb_del(txn, database->tables[JS_INDEX], &key, &value);
    if (rc != 0 || entry->start == JS_TICKS_NONE) {
        return rc;
    }
    struct start start = start_of(entry);
    key = (MDB_val){sizeof(start.day), start.day};
    value = (MDB_val){sizeof(start.bytes), start.bytes};
    return mdb_del(txn, database->tables[JS_STARTS], &key, &value);
}
