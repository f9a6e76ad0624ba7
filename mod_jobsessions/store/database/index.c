/* SPDX-License-Identifier: Apache-2.0 */
#include "database/index.h"

#include <string.h>

#include "base/bytes.h"
#include "base/id.h"

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

void jsp_index_probe_for(jsp_index_probe *probe, uint64_t id)
{
    memset(probe, 0, sizeof(*probe));
    bucket_key(probe->bucket, id);
    jsp_put_be64(probe->entry, id);
    probe->key = (MDB_val){sizeof(probe->bucket), probe->bucket};
    probe->value = (MDB_val){sizeof(probe->entry), probe->entry};
}

int jsp_index_met(int rc, const jsp_index_probe *probe, uint64_t id, jsp_entry *entry)
{
    rc = rc != 0 ? rc : unpack(&probe->value, entry);
    return rc == 0 && entry->id != id ? MDB_NOTFOUND : rc;
}

int jsp_index_find(jsp_cursor *cursor, uint64_t id, jsp_entry *entry)
{
    jsp_index_probe probe;
    jsp_index_probe_for(&probe, id);
    int rc = jsp_cursor_get(cursor, &probe.key, &probe.value, MDB_GET_BOTH_RANGE);
    return jsp_index_met(rc, &probe, id, entry);
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
        totals->id_digits += jsp_entry_id_length(&entry);
        totals->usn = entry.usn > totals->usn ? entry.usn : totals->usn;
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}
