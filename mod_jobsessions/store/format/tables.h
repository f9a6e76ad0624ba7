/* SPDX-License-Identifier: Apache-2.0 */
/* The named databases, and the keys of the first; FORMAT.md describes each. */
#ifndef JS_STORE_TABLES_H
#define JS_STORE_TABLES_H

#include <stdbool.h>
#include <stddef.h>

typedef enum jsp_table {
    JSP_TABLE_META,     /* format, counters */
    JSP_TABLE_SESSIONS, /* id -> record */
    JSP_TABLE_CHANGES,  /* usn -> id */
    JSP_TABLE_INDEX,    /* id / 4096 -> entries */
    JSP_TABLE_STARTS,   /* day -> start time and id */
    JSP_TABLE_TYPES,    /* type -> code */
    JSP_TABLE_ITEMS,    /* id, kind, number -> item of a session */
    JSP_TABLE_REMOVED,  /* id of a removed session -> usn and time of its removal */
    JSP_TABLE_UUIDS,    /* uuid -> id; this and the following are not in format 1 */
    JSP_TABLE_NAMES,    /* id -> uuid */
    JSP_TABLE_DAYS, /* day, status, type -> how many; this and the next where writers keep counts */
    JSP_TABLE_RUNS, /* policy, status -> start time, id and duration */
    JSP_TABLE_WORKERS, /* id -> who writes it; may be missing */
    JSP_TABLES
} jsp_table;

#define JSP_KEY_FORMAT "format"
#define JSP_KEY_COUNTERS "counters"
#define JSP_KEY_UPGRADE "upgrade"
#define JSP_KEY_WRITERS "writers"
#define JSP_KEY_POLICIES "policies"
#define JSP_KEY_FORGOTTEN "forgotten"
#define JSP_KEY_TOGETHER "together"

/* What writers keep beside the format: bits of the last but one. */
#define JSP_WRITERS_COUNT 1U
#define JSP_WRITERS_KNOWN JSP_WRITERS_COUNT

/* The first format that has what is in a comment called "of format 2". */
#define JSP_FORMAT_2 2

/* How many of the tables, from the first, a database has to have whose format and `writers` are these. */
jsp_table jsp_tables_of(unsigned format, unsigned writers);

const char *jsp_table_name(jsp_table table);

/* Whether a key has many values of one size, in order: LMDB's MDB_DUPSORT and MDB_DUPFIXED. */
bool jsp_table_is_sorted(jsp_table table);

/* Bytes of each of them; 0: a key has one value. */
size_t jsp_table_value_size(jsp_table table);

/* The table of a name, or JSP_TABLES. */
jsp_table jsp_table_named(const char *name, size_t length);

#endif
