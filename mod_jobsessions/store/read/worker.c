/* SPDX-License-Identifier: Apache-2.0 */
/* js_snapshot_worker(), js_snapshot_left_worker(): who writes sessions, as the table of workers has it. */
#include "format/worker.h"

#include "base/bytes.h"
#include "database/index.h"
#include "database/snapshot.h"
#include "format/status.h"

/* The entry that counts, or *found is false. */
static int find(const js_snapshot *snapshot, const jsp_entry *entry, jsp_worker *worker,
                bool *found)
{
    unsigned char bytes[8];
    MDB_val key = {sizeof(bytes), bytes};
    MDB_val value;
    jsp_put_be64(bytes, entry->id);
    int rc = jsp_snapshot_find(snapshot, JSP_TABLE_WORKERS, &key, &value);
    *found = rc == 0 && jsp_worker_unpack(entry->id, value.mv_data, value.mv_size, worker)
             && worker->usn == entry->usn;
    return rc == MDB_NOTFOUND ? 0 : rc;
}

js_result js_snapshot_worker(js_snapshot *snapshot, uint64_t id, js_worker *worker)
{
    jsp_entry entry;
    jsp_worker known = {0};
    bool found;
    js_result result = jsp_snapshot_check(snapshot, NULL);
    if (result != JS_OK) {
        return result;
    }
    int rc = jsp_index_find(&snapshot->cursors[JSP_CURSOR_INDEX], id, &entry);
    if (rc != 0) {
        return rc == MDB_NOTFOUND ? JS_NOT_FOUND : JS_DAMAGED;
    }
    if (!jsp_status_is_running(entry.status)) {
        return JS_FINISHED;
    }
    rc = find(snapshot, &entry, &known, &found);
    jsp_worker_judge(found ? &known : NULL, worker);
    return rc == 0 ? JS_OK : JS_DAMAGED;
}

/* Whether nobody writes the session any more. */
static int is_left(js_snapshot *snapshot, uint64_t id, bool *left)
{
    jsp_entry entry = {.status = JSP_STATUS_NONE};
    int rc = jsp_index_find(&snapshot->cursors[JSP_CURSOR_INDEX], id, &entry);
    *left = rc == MDB_NOTFOUND || (rc == 0 && !jsp_status_is_running(entry.status));
    return rc == MDB_NOTFOUND ? 0 : rc;
}

js_result js_snapshot_left_worker(js_snapshot *snapshot, uint64_t from, uint64_t *id)
{
    unsigned char bytes[8];
    jsp_cursor cursor;
    MDB_val key = {sizeof(bytes), bytes};
    MDB_val value;
    bool left = false;
    js_result result = jsp_snapshot_check(snapshot, NULL);
    if (result != JS_OK) {
        return result;
    }
    jsp_put_be64(bytes, from);
    int rc = jsp_snapshot_cursor(snapshot, JSP_TABLE_WORKERS, &cursor);
    rc = rc != 0 ? rc : jsp_cursor_get(&cursor, &key, &value, MDB_SET_RANGE);
    while (rc == 0 && !left) {
        if (key.mv_size != sizeof(bytes)) {
            return JS_DAMAGED;
        }
        *id = jsp_get_be64(key.mv_data);
        rc = is_left(snapshot, *id, &left);
        rc = rc != 0 || left ? rc : jsp_cursor_get(&cursor, &key, &value, MDB_NEXT);
    }
    return rc == 0 ? JS_OK : rc == MDB_NOTFOUND ? JS_END : JS_DAMAGED;
}
