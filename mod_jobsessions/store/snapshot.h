/* SPDX-License-Identifier: Apache-2.0 */
/* What a snapshot is inside: a read transaction, which keeps its pages as they are, and cursors on them. */
#ifndef JS_STORE_SNAPSHOT_H
#define JS_STORE_SNAPSHOT_H

#include <lmdb.h>

#include "cursor.h"
#include "database.h"
#include "jobsessions.h"
#include "record.h"

/* A cursor for each walk that may be under way at the same time. */
enum {
    JS_CURSOR_SESSIONS, /* the walk over all sessions, and looking one up */
    JS_CURSOR_RECORDS,  /* js_snapshot_record() */
    JS_CURSOR_INDEX,    /* looking an entry up */
    JS_CURSOR_SCAN,     /* a scan of the index */
    JS_CURSOR_STARTS,
    JS_CURSOR_CHANGES,
    JS_CURSOR_ITEMS,
    JS_CURSORS
};

struct js_snapshot {
    js_database *database;
    js_snapshot *next_idle;
    MDB_txn *txn;
    js_pages pages;
    js_meta meta;
    js_tree trees[JS_TABLES];
    js_cursor cursors[JS_CURSORS];
    js_counters counters;
    const char *counters_damage;
    uint64_t tables_of; /* the transaction whose tables and counters these are, 0: none */
    /* the walk */
    uint64_t last;   /* the id handed out last */
    uint64_t handed; /* how many were */
    bool lost;       /* the cursor on sessions does not stand at `last` */
};

/* The JSON and the header of a session's record, or NULL when it is damaged or missing. */
const char *js_snapshot_record(js_snapshot *snapshot, uint64_t id, js_facts *facts);

/* Put a cursor on a table. 0 or MDB_CORRUPTED. */
int js_snapshot_cursor(const js_snapshot *snapshot, js_table table, js_cursor *cursor);

/* As mdb_get(). */
int js_snapshot_find(const js_snapshot *snapshot, js_table table, MDB_val *key, MDB_val *value);

/* Say that a directory holds something else. */
js_status js_snapshot_foreign(const char *directory, js_error *error);

/* Give up a snapshot that is kept for later. */
void js_snapshot_free(js_snapshot *snapshot);

#endif
