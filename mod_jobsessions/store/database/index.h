/* SPDX-License-Identifier: Apache-2.0 */
/* Finding in the compact index: one entry of fixed size a session, in the order of ids. Filters read it
 * instead of the records, and it tells what a damaged record was. */
#ifndef JS_STORE_INDEX_H
#define JS_STORE_INDEX_H

#include <stdbool.h>

#include <lmdb.h>

#include "format/entry.h"
#include "jobsessions_read.h"
#include "lmdb/cursor.h"

/* Where to look for an id: at the first entry that is not below it. */
typedef struct jsp_index_probe {
    unsigned char bucket[8];
    unsigned char entry[JSP_ENTRY_SIZE];
    MDB_val key;
    MDB_val value;
} jsp_index_probe;

void jsp_index_probe_for(jsp_index_probe *probe, uint64_t id);

/* Whether a search for the probe, which ended in `rc`, has met its id. As all functions here it returns 0,
 * MDB_NOTFOUND or another error of LMDB. */
int jsp_index_met(int rc, const jsp_index_probe *probe, uint64_t id, jsp_entry *entry);

/* `cursor` is one on JSP_TABLE_INDEX. */
int jsp_index_find(jsp_cursor *cursor, uint64_t id, jsp_entry *entry);

/* The entry with the highest id below `id`; the highest of all when below is false. */
int jsp_index_before(jsp_cursor *cursor, bool below, uint64_t id, jsp_entry *entry);

/* Add up all entries. */
int jsp_index_sum(jsp_cursor *cursor, js_totals *totals);

#endif
