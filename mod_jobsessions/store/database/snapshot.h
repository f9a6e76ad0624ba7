/* SPDX-License-Identifier: Apache-2.0 */
/* What a snapshot is inside: a read transaction, which keeps its pages as they are, and cursors on them. */
#ifndef JS_STORE_SNAPSHOT_H
#define JS_STORE_SNAPSHOT_H

#include <lmdb.h>

#include "database/database.h"
#include "jobsessions_read.h"
#include "lmdb/cursor.h"
#include "lmdb/meta.h"

/* A cursor for each walk that may be under way at the same time. */
enum {
    JSP_CURSOR_SESSIONS, /* the walk over all sessions, and looking one up */
    JSP_CURSOR_RECORDS,  /* jsp_records_get() */
    JSP_CURSOR_INDEX,    /* looking an entry up */
    JSP_CURSOR_SCAN,     /* a scan of the index */
    JSP_CURSOR_STARTS,
    JSP_CURSOR_CHANGES,
    JSP_CURSOR_ITEMS,
    JSP_CURSORS
};

struct js_snapshot {
    js_database *database;
    js_snapshot *next_idle;
    MDB_txn *txn;
    jsp_pages pages;
    jsp_meta meta;
    jsp_tree trees[JSP_TABLES];
    jsp_cursor cursors[JSP_CURSORS];
    jsp_counters counters;
    const char *counters_damage;
    uint64_t forgotten; /* up to this usn tombstones may be gone; 0: none is */
    uint64_t tables_of; /* the transaction whose tables and counters these are, 0: none */
    /* the walk */
    uint64_t last;   /* the id handed out last */
    uint64_t handed; /* how many were */
    bool lost;       /* the cursor on sessions does not stand at `last` */
};

/* Put a cursor on a table. 0 or MDB_CORRUPTED. */
int jsp_snapshot_cursor(const js_snapshot *snapshot, jsp_table table, jsp_cursor *cursor);

/* As mdb_get(). */
int jsp_snapshot_find(const js_snapshot *snapshot, jsp_table table, MDB_val *key, MDB_val *value);

/* Read a le32 of the table `meta`. 0, MDB_NOTFOUND: there is none; or MDB_CORRUPTED. */
int jsp_snapshot_number(const js_snapshot *snapshot, const char *name, uint32_t *number);

/* The first key of the index whose entries may lack their seal, UINT64_MAX: none does. 0 or MDB_CORRUPTED. */
int jsp_snapshot_unsealed(const js_snapshot *snapshot, uint64_t *bucket);

/* Say that a directory holds something else. */
js_result jsp_snapshot_foreign(const char *directory, js_error *error);

/* JS_OK, or JS_MISUSE in a process that has inherited the snapshot. */
js_result jsp_snapshot_check(const js_snapshot *snapshot, js_error *error);

/* Free the memory of those that are kept for later, in a process that has inherited them. */
void jsp_snapshot_forget_idle(js_database *database);

/* Give up the snapshots that are kept for later, and their reader slots. */
void jsp_snapshot_free_idle(js_database *database);

#endif
