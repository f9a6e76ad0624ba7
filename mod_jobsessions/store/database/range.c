/* SPDX-License-Identifier: Apache-2.0 */
#include "database/range.h"

#include "base/bytes.h"
#include "database/scan.h"
#include "format/entry.h"

/* What stands in the seal's place, if anything does. */
static uint32_t seal_of_record(js_snapshot *snapshot, uint64_t id)
{
    unsigned char bytes[8];
    MDB_val key = {sizeof(bytes), bytes};
    MDB_val value;
    jsp_put_be64(bytes, id);
    int rc = jsp_cursor_get(&snapshot->cursors[JSP_CURSOR_RECORDS], &key, &value, MDB_SET_KEY);
    return rc == 0 && value.mv_size >= JSP_RECORD_HEADER ? jsp_record_get_seal(value.mv_data) : 0;
}

uint64_t jsp_range_add(js_snapshot *snapshot, uint64_t hash, const unsigned char *bytes)
{
    uint32_t seal = jsp_entry_seal(bytes);
    return jsp_entry_hash(hash, bytes,
                          seal != 0 ? seal : seal_of_record(snapshot, jsp_get_be64(bytes)));
}

int jsp_range_hash(js_snapshot *snapshot, uint64_t first, uint64_t last, uint64_t *hash)
{
    const unsigned char *entries;
    size_t count;
    jsp_cursor cursor;
    jsp_scan scan;
    bool is_over = false;
    int rc = jsp_snapshot_cursor(snapshot, JSP_TABLE_INDEX, &cursor);
    *hash = 0;
    if (rc != 0) {
        return rc;
    }
    jsp_scan_begin_at(&scan, &cursor, true, first);
    while (!is_over && (rc = jsp_scan_leaf(&scan, &entries, &count)) == 0) {
        for (size_t i = 0; i < count && !is_over; i++) {
            uint64_t id = jsp_get_be64(entries + i * JSP_ENTRY_SIZE);
            is_over = id > last;
            if (id >= first && !is_over) {
                *hash = jsp_range_add(snapshot, *hash, entries + i * JSP_ENTRY_SIZE);
            }
        }
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}
