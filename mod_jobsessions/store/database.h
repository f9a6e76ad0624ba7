/* SPDX-License-Identifier: Apache-2.0 */
/* An open database: the LMDB environment, its named databases, and the snapshots kept for re-use.
 *
 * It lives from js_open() to js_close(). The maps may only be changed while no snapshot is in use;
 * js_database_enter() and js_database_leave() count them for that. */
#ifndef JS_STORE_DATABASE_H
#define JS_STORE_DATABASE_H

#include <pthread.h>
#include <time.h>

#include <lmdb.h>

#include "jobsessions.h"
#include "map.h"
#include "record.h"

/* The named databases; FORMAT.md describes each. */
typedef enum js_table {
    JS_META,     /* format, counters */
    JS_SESSIONS, /* id -> record */
    JS_CHANGES,  /* usn -> id */
    JS_INDEX,    /* id / 4096 -> entries */
    JS_STARTS,   /* day -> start time and id */
    JS_TYPES,    /* type -> code */
    JS_ITEMS,    /* id, kind, number -> item of a session */
    JS_REMOVED,  /* id of a removed session -> usn of its removal */
    JS_TABLES
} js_table;

struct js_database {
    MDB_env *env;
    char *directory;
    js_mode mode;
    js_map map;                /* what snapshots read */
    MDB_dbi tables[JS_TABLES]; /* LMDB's handles, for writers: JS_WRITE only */
    time_t readers_cleared;    /* when, for the one who writes */
    pthread_mutex_t lock;      /* for what follows */
    pthread_cond_t changed;
    js_snapshot *idle;
    unsigned idle_count;
    unsigned in_use;
    bool map_changing;
};

/* Before and after a read transaction is used. */
js_status js_database_enter(js_database *database, js_error *error);
void js_database_leave(js_database *database);

/* Another process has grown the map: take its size over as soon as no snapshot is in use here. The
 * caller must have left. */
js_status js_database_adopt_map(js_database *database, js_error *error);

/* Find the tables among the named ones. 0, MDB_NOTFOUND: one is missing; or MDB_CORRUPTED. */
int js_database_trees(const js_pages *pages, const js_tree *main, js_tree trees[JS_TABLES]);

/* Whether a table has MDB_DUPSORT and MDB_DUPFIXED, and its name. */
bool js_table_is_sorted(js_table table);
const char *js_table_name(js_table table);

/* Free the reader slots of killed processes, at most once a second: the snapshot of one would keep a
 * writer that stays from using any page again. To be called within a write transaction. */
void js_database_clear_readers(js_database *database);

/* Name and read the counters' record. Returns what is wrong with it, or NULL. */
const char *js_database_counters(const js_database *database, MDB_txn *txn, js_counters *counters);
int js_database_set_counters(const js_database *database, MDB_txn *txn,
                             const js_counters *counters);

js_status js_database_fail(const js_database *database, js_error *error, int rc, const char *doing);

#endif
