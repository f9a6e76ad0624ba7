/* SPDX-License-Identifier: Apache-2.0 */
#include "database/scan.h"

#include <string.h>

#include "base/bytes.h"
#include "format/entry.h"
#include "format/start.h"

/* Place the cursor at the last key that is not above `highest`. */
static int seek_down(jsp_scan *scan, uint64_t highest)
{
    unsigned char beyond[8];
    if (highest == UINT64_MAX) {
        return jsp_cursor_get(scan->cursor, &scan->key, &scan->value, MDB_LAST);
    }
    jsp_put_be64(beyond, highest + 1);
    scan->key = (MDB_val){sizeof(beyond), beyond};
    return jsp_cursor_before(scan->cursor, &scan->key, &scan->value, MDB_PREV_NODUP);
}

static void begin(jsp_scan *scan, jsp_cursor *cursor, size_t size, bool ascending)
{
    memset(scan, 0, sizeof(*scan));
    scan->cursor = cursor;
    scan->size = size;
    scan->ascending = ascending;
}

void jsp_scan_begin(jsp_scan *scan, jsp_cursor *cursor, bool ascending, uint64_t highest)
{
    begin(scan, cursor, JSP_ENTRY_SIZE, ascending);
    scan->rc = ascending ? jsp_cursor_get(cursor, &scan->key, &scan->value, MDB_FIRST)
                         : seek_down(scan, jsp_entry_bucket(highest));
}

/* Place the cursor at the first key that is not below a bucket's. */
static int seek_up(jsp_scan *scan, uint64_t bucket)
{
    unsigned char key[8];
    jsp_put_be64(key, bucket);
    scan->key = (MDB_val){sizeof(key), key};
    return jsp_cursor_get(scan->cursor, &scan->key, &scan->value, MDB_SET_RANGE);
}

void jsp_scan_begin_at(jsp_scan *scan, jsp_cursor *cursor, bool ascending, uint64_t id)
{
    uint64_t bucket = jsp_entry_bucket(id);
    begin(scan, cursor, JSP_ENTRY_SIZE, ascending);
    scan->rc = ascending ? seek_up(scan, bucket) : seek_down(scan, bucket);
}

void jsp_scan_begin_starts(jsp_scan *scan, jsp_cursor *cursor, uint64_t day)
{
    begin(scan, cursor, JSP_START_SIZE, false);
    scan->rc = seek_down(scan, day);
}

static void next_bucket(jsp_scan *scan)
{
    scan->in_bucket = false;
    scan->rc = jsp_cursor_get(scan->cursor, &scan->key, &scan->value,
                              scan->ascending ? MDB_NEXT_NODUP : MDB_PREV_NODUP);
}

int jsp_scan_leaf(jsp_scan *scan, const unsigned char **entries, size_t *count)
{
    if (scan->in_bucket && scan->rc == 0) {
        scan->rc = jsp_cursor_get(scan->cursor, &scan->key, &scan->value,
                                  scan->ascending ? MDB_NEXT_MULTIPLE : MDB_PREV_MULTIPLE);
        if (scan->rc == MDB_NOTFOUND) {
            next_bucket(scan);
        }
    }
    if (scan->rc == 0 && !scan->in_bucket) {
        scan->in_bucket = true;
        scan->rc = jsp_cursor_get(scan->cursor, &scan->key, &scan->value, MDB_GET_MULTIPLE);
    }
    if (scan->rc != 0) {
        return scan->rc;
    }
    if (scan->value.mv_size == 0 || scan->value.mv_size % scan->size != 0) {
        return MDB_CORRUPTED;
    }
    *entries = scan->value.mv_data;
    *count = scan->value.mv_size / scan->size;
    return 0;
}

size_t jsp_scan_bucket(jsp_scan *scan)
{
    size_t count = 0;
    if (scan->rc == 0) {
        scan->rc = jsp_cursor_count(scan->cursor, &count);
    }
    return scan->rc == 0 ? count : 0;
}

void jsp_scan_pass(jsp_scan *scan)
{
    next_bucket(scan);
}
