/* SPDX-License-Identifier: Apache-2.0 */
/* A scan of the compact index, or of the start times: page by page, in the order of ids, or of times,
 * from either end. Whole buckets of ids can be passed over without looking at their entries. */
#ifndef JS_STORE_SCAN_H
#define JS_STORE_SCAN_H

#include "cursor.h"
#include "jobsessions.h"

typedef struct js_scan {
    js_cursor *cursor; /* on JS_INDEX or JS_STARTS, the scan's own until it ends */
    size_t size;       /* of an entry */
    bool ascending;
    bool in_bucket; /* the cursor stands in a bucket some of whose pages were handed out */
    int rc;         /* of the cursor's last move */
    MDB_val key;
    MDB_val value;
} js_scan;

/* Begin at the lowest or highest id; `highest` bounds a descending scan to its bucket and lower ones. */
void js_scan_begin(js_scan *scan, js_cursor *cursor, bool ascending, uint64_t highest);

/* Begin at the latest of the start times of a day, or of the last day before it that has any. */
void js_scan_begin_starts(js_scan *scan, js_cursor *cursor, uint64_t day);

/* The next page: `count` entries of JS_ENTRY_SIZE or JS_START_SIZE bytes in ascending order, in the map.
 * scan->key is their bucket or day. Returns 0, MDB_NOTFOUND at the end, or another error of LMDB. */
int js_scan_page(js_scan *scan, const unsigned char **entries, size_t *count);

/* Entries of the bucket that comes next, 0 at the end; js_scan_pass() passes over it. Not to be called
 * while a bucket's pages are being handed out. */
size_t js_scan_bucket(js_scan *scan);
void js_scan_pass(js_scan *scan);

#endif
