/* SPDX-License-Identifier: Apache-2.0 */
/* An open database: the LMDB environment, its named databases, and the snapshots kept for re-use.
 *
 * It lives from js_open() to js_close() (open.c). The maps may only be changed while no snapshot is in use;
 * jsp_database_enter() and jsp_database_leave() count them for that. */
#ifndef JS_STORE_DATABASE_H
#define JS_STORE_DATABASE_H

#include <pthread.h>
#include <sys/types.h>
#include <time.h>

#include <lmdb.h>

#include "base/running.h"
#include "format/counters.h"
#include "format/tables.h"
#include "jobsessions_read.h"
#include "lmdb/guard.h"
#include "lmdb/map.h"
#include "lmdb/opened.h"
#include "lmdb/queue.h"
#include "lmdb/turn.h"

struct js_database {
    MDB_env *env;
    char *directory;   /* as the caller named it, for messages */
    char *path;        /* the same, from the root */
    jsp_opened opened; /* its files */
    js_mode mode;
    unsigned format;            /* 0: it has not been looked at */
    unsigned writers;           /* what they keep beside that: JSP_WRITERS_COUNT */
    pid_t process;              /* who opened it, */
    unsigned forks;             /* and what jsp_process_forks() was there */
    size_t map_size;            /* that was asked for */
    jsp_map map;                /* what snapshots read */
    MDB_dbi tables[JSP_TABLES]; /* LMDB's handles, for writers: JS_WRITE only */
    bool has_workers;           /* that of the table of workers is among them; likewise */
    jsp_running worker;         /* who is written down there, likewise */
    bool worker_is_known;
    time_t readers_cleared;     /* when, for the one who writes */
    jsp_turn turn;              /* to write */
    _Atomic(jsp_queue *) queue; /* of those who wait to write; NULL: none */
    bool has_looked_for_queue;  /* whose turn it is touches it, */
    bool has_made_queue;        /* or tried to */
    js_transaction *writing;    /* whose turn it is; NULL: nobody's */
    bool (*let_go)(
        js_transaction *writing); /* when it is closed: false where that is another thread's */
    jsp_recent_pages sound;       /* likewise */
    pthread_mutex_t lock;         /* for what follows */
    pthread_cond_t changed;
    js_snapshot *idle;
    unsigned idle_count;
    unsigned in_use;
    bool map_changing;
};

/* Whether another process has opened it, from which this one was forked. */
bool jsp_database_is_inherited(const js_database *database);

/* Whether it has all that this version makes. */
static inline bool jsp_database_has_all(const js_database *database)
{
    return database->format == JS_FORMAT && database->writers == JSP_WRITERS_KNOWN;
}

/* JS_OK, or JS_MISUSE in a process that has inherited it. */
js_result jsp_database_check_process(const js_database *database, js_error *error);

/* Before and after a read transaction is used. */
js_result jsp_database_enter(js_database *database, js_error *error);
void jsp_database_leave(js_database *database);

/* Another process has grown the map: take its size over as soon as no snapshot is in use here. The
 * caller must have left. */
js_result jsp_database_adopt_map(js_database *database, js_error *error);

/* Look at what a write transaction that has just begun stands on, and name the tables for the guard. 0;
 * MDB_CORRUPTED; ENOMEM; or errno. The caller must have entered, and ends the guard whatever comes out. */
int jsp_database_guard(js_database *database, MDB_txn *txn, jsp_guard *guard,
                       jsp_guard_table tables[JSP_TABLES]);
void jsp_database_name_tables(jsp_guard_table tables[JSP_TABLES]);

/* Free the reader slots of killed processes, at most once a second: the snapshot of one would keep a
 * writer that stays from using any page again. To be called within a write transaction. */
void jsp_database_clear_readers(js_database *database);

/* Who is written down for what this process writes: itself, unless js_set_worker() has said otherwise. */
const jsp_running *jsp_database_worker(js_database *database);

/* Read the counters as a writer sees them. Returns what is wrong with it, or NULL. */
const char *jsp_database_counters(const js_database *database, MDB_txn *txn,
                                  jsp_counters *counters);
int jsp_database_set_counters(const js_database *database, MDB_txn *txn,
                              const jsp_counters *counters);

/* Whether the files that a writer has open are still those that the directory leads to. */
bool jsp_database_is_in_place(const js_database *database);

/* Fill error for ENOMEM from mapping the file: how much address space is wanted, and what to do. */
js_result jsp_database_has_no_room(const js_database *database, size_t map_size, js_error *error);

js_result jsp_database_fail(const js_database *database, js_error *error, int rc,
                            const char *doing);

#endif
