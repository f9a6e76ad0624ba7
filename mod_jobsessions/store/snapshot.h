/* SPDX-License-Identifier: Apache-2.0 */
/* What a snapshot is inside: a read transaction, and the cursors that go with it. */
#ifndef JS_STORE_SNAPSHOT_H
#define JS_STORE_SNAPSHOT_H

#include <lmdb.h>

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
    MDB_cursor *cursors[JS_CURSORS];
    js_counters counters;
    const char *counters_damage;
    /* the walk */
    uint64_t last;   /* the id handed out last */
    uint64_t handed; /* how many were */
    bool lost;       /* the cursor on sessions does not stand at `last` */
};

/* The JSON and the header of a session's record, or NULL when it is damaged or missing. */
const char *js_snapshot_record(js_snapshot *snapshot, uint64_t id, js_facts *facts);

/* Give up a snapshot that is kept for later. */
void js_snapshot_free(js_snapshot *snapshot);

#endif
