/* SPDX-License-Identifier: Apache-2.0 */
/* A scan of the compact index, or of the start times: page by page, in the order of ids, or of times,
 * from either end. Whole buckets of ids can be passed over without looking at their entries. */
#ifndef JS_STORE_SCAN_H
#define JS_STORE_SCAN_H

#include "jobsessions_read.h"
#include "lmdb/cursor.h"

typedef struct jsp_scan {
    jsp_cursor *cursor; /* on JSP_TABLE_INDEX or JSP_TABLE_STARTS, the scan's own until it ends */
    size_t size;        /* of an entry */
    bool ascending;
    bool in_bucket; /* the cursor stands in a bucket some of whose pages were handed out */
    int rc;         /* of the cursor's last move */
    MDB_val key;
    MDB_val value;
} jsp_scan;

/* Begin at the lowest or highest id; `highest` bounds a descending scan to its bucket and lower ones. */
void jsp_scan_begin(jsp_scan *scan, jsp_cursor *cursor, bool ascending, uint64_t highest);

/* Begin in the bucket of an id, at whichever end the scan comes to first. */
void jsp_scan_begin_at(jsp_scan *scan, jsp_cursor *cursor, bool ascending, uint64_t id);

/* Begin at the latest of the start times of a day, or of the last day before it that has any. */
void jsp_scan_begin_starts(jsp_scan *scan, jsp_cursor *cursor, uint64_t day);

/* The next page: `count` entries of JSP_ENTRY_SIZE or JSP_START_SIZE bytes in ascending order, in the map.
 * scan->key is their bucket or day. Returns 0, MDB_NOTFOUND at the end, or another error of LMDB. */
int jsp_scan_leaf(jsp_scan *scan, const unsigned char **entries, size_t *count);

/* Entries of the bucket that comes next, 0 at the end; jsp_scan_pass() passes over it. Not to be called
 * while a bucket's pages are being handed out. */
size_t jsp_scan_bucket(jsp_scan *scan);
void jsp_scan_pass(jsp_scan *scan);

#endif
