/* SPDX-License-Identifier: Apache-2.0 */
/* An open database: the LMDB environment, its named databases, and the snapshots kept for re-use.
 *
 * It lives from js_open() to js_close(). The maps may only be changed while no snapshot is in use;
 * jsp_database_enter() and jsp_database_leave() count them for that. */
#ifndef JS_STORE_DATABASE_H
#define JS_STORE_DATABASE_H

#include <pthread.h>
#include <time.h>

#include <lmdb.h>

#include "format/record.h"
#include "jobsessions_read.h"
#include "lmdb/map.h"

/* The named databases; FORMAT.md describes each. */
typedef enum jsp_table {
    JSP_TABLE_META,     /* format, counters */
    JSP_TABLE_SESSIONS, /* id -> record */
    JSP_TABLE_CHANGES,  /* usn -> id */
    JSP_TABLE_INDEX,    /* id / 4096 -> entries */
    JSP_TABLE_STARTS,   /* day -> start time and id */
    JSP_TABLE_TYPES,    /* type -> code */
    JSP_TABLE_ITEMS,    /* id, kind, number -> item of a session */
    JSP_TABLE_REMOVED,  /* id of a removed session -> usn of its removal */
    JSP_TABLES
} jsp_table;

struct js_database {
    MDB_env *env;
    char *directory;
    js_mode mode;
    jsp_map map;                /* what snapshots read */
    MDB_dbi tables[JSP_TABLES]; /* LMDB's handles, for writers: JS_WRITE only */
    time_t readers_cleared;     /* when, for the one who writes */
    pthread_mutex_t lock;       /* for what follows */
    pthread_cond_t changed;
    js_snapshot *idle;
    unsigned idle_count;
    unsigned in_use;
    bool map_changing;
};

/* Before and after a read transaction is used. */
js_result jsp_database_enter(js_database *database, js_error *error);
void jsp_database_leave(js_database *database);

/* Another process has grown the map: take its size over as soon as no snapshot is in use here. The
 * caller must have left. */
js_result jsp_database_adopt_map(js_database *database, js_error *error);

/* Find the tables among the named ones. 0, MDB_NOTFOUND: one is missing; or MDB_CORRUPTED. */
int jsp_database_trees(const jsp_pages *pages, const jsp_tree *main, jsp_tree trees[JSP_TABLES]);

/* Whether a table has MDB_DUPSORT and MDB_DUPFIXED, and its name. */
bool jsp_table_is_sorted(jsp_table table);
const char *jsp_table_name(jsp_table table);

/* Free the reader slots of killed processes, at most once a second: the snapshot of one would keep a
 * writer that stays from using any page again. To be called within a write transaction. */
void jsp_database_clear_readers(js_database *database);

/* Name and read the counters' record. Returns what is wrong with it, or NULL. */
const char *jsp_database_counters(const js_database *database, MDB_txn *txn,
                                  jsp_counters *counters);
int jsp_database_set_counters(const js_database *database, MDB_txn *txn,
                              const jsp_counters *counters);

js_result jsp_database_fail(const js_database *database, js_error *error, int rc,
                            const char *doing);

#endif
