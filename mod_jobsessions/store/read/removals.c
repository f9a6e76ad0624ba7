/* SPDX-License-Identifier: Apache-2.0 */
/* js_snapshot_next_removal(): tombstones in the order of their usns. */
#include "base/bytes.h"
#include "database/snapshot.h"
#include "format/change.h"
#include "format/removal.h"

/* To the next one among the changes; 0, MDB_NOTFOUND or another error. */
static int find(js_snapshot *snapshot, uint64_t after, js_removed *removed)
{
    unsigned char bytes[8];
    MDB_val key = {sizeof(bytes), bytes};
    MDB_val value;
    jsp_put_be64(bytes, after + 1);
    jsp_cursor *cursor = &snapshot->cursors[JSP_CURSOR_CHANGES];
    int rc = jsp_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (rc == 0 && value.mv_size == JSP_CHANGE_SIZE && !jsp_change_is_deletion(value.mv_data)) {
        rc = jsp_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    if (rc == 0 && (key.mv_size != sizeof(bytes) || value.mv_size != JSP_CHANGE_SIZE)) {
        return MDB_CORRUPTED;
    }
    if (rc == 0) {
        removed->usn = jsp_get_be64(key.mv_data);
        removed->id = jsp_change_id(value.mv_data);
    }
    return rc;
}

static int find_time(const js_snapshot *snapshot, js_removed *removed)
{
    unsigned char bytes[8];
    jsp_removal removal;
    MDB_val key = {sizeof(bytes), bytes};
    MDB_val value;
    jsp_put_be64(bytes, removed->id);
    int rc = jsp_snapshot_find(snapshot, JSP_TABLE_REMOVED, &key, &value);
    if (rc == 0 && !jsp_removal_unpack(value.mv_data, value.mv_size, &removal)) {
        rc = MDB_CORRUPTED;
    }
    removed->time = rc == 0 ? removal.time : JS_NO_TIME;
    return rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc;
}

js_result js_snapshot_next_removal(js_snapshot *snapshot, uint64_t after, js_removed *removed)
{
    int rc = after == UINT64_MAX ? MDB_NOTFOUND : find(snapshot, after, removed);
    rc = rc == 0 ? find_time(snapshot, removed) : rc;
    return rc == 0 ? JS_OK : rc == MDB_NOTFOUND ? JS_END : JS_DAMAGED;
}
