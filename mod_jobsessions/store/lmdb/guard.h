/* SPDX-License-Identifier: Apache-2.0 */
/* What a write transaction may rely on. LMDB trusts its pages when it writes even more than when it reads: a damaged
 * one becomes an overflow of its memory, or a page of another table that is written over. So whoever is about to let
 * LMDB read or write a key in a transaction asks here first; what is refused is damage, and nothing of it has been
 * written.
 *
 * LMDB never changes a page where it stands, and tells nobody what a transaction has written so far. So it is the pages
 * as the last commit left them that are checked: what LMDB meets is one of these, or it has made it itself in the
 * transaction. Who writes often looks at a page once a second (recent_pages.h).
 *
 * For each key these are: the way from the root to its leaf, in the table and in the tree of the key's values; the pages
 * of a value that has its own; what stands beside, where entries are taken out; the record of the table; and, before
 * anything is written, as much of the list of free pages as LMDB can come to (free_list.h). What is not looked at costs
 * a look at every page, and is `verify`'s: that pages elsewhere are whole, that a free page is not used somewhere else,
 * and what records say. */
#ifndef JS_STORE_GUARD_H
#define JS_STORE_GUARD_H

#include "lmdb/free_list.h"

/* A table as the transaction found it. Its name and size are the caller's to fill in. */
typedef struct jsp_guard_table {
    const char *name;
    size_t duplicates; /* bytes of each value where a key has many, else 0 */
    bool is_open;
    bool merges;      /* pages may have been merged */
    uint64_t writes;  /* to the table */
    uint64_t removed; /* entries that were taken out of it */
    jsp_path_tree tree;
} jsp_guard_table;

typedef struct jsp_guard {
    jsp_path_checks checks;
    jsp_path_tree names; /* of tables */
    jsp_free_list free;
    uint64_t writes;   /* how often LMDB was to write, */
    uint64_t runs;     /* and pages of values that it was to place side by side */
    uint64_t searched; /* records of free pages it may have looked through for such a place */
    int failed;        /* and so is everything from then on */
} jsp_guard;

/* What is going to be done with a key. */
enum {
    JSP_GUARD_AROUND = 1, /* the entries before and behind it are looked at */
    JSP_GUARD_RANGE = 2,  /* the next one is looked at, where it is not there */
    JSP_GUARD_LAST = 4,   /* it comes last: of the table, or of the values of the key */
    JSP_GUARD_REMOVE = 8  /* it, or its value, is taken out */
};

/* All of these return 0, MDB_CORRUPTED or ENOMEM. */

/* Look at what a transaction stands on: what jsp_map_base() or jsp_map_view() told of it. */
int jsp_guard_begin(jsp_guard *guard, const jsp_pages *pages, const jsp_meta *meta,
                    jsp_recent_pages *recent);

/* The record of a table, before LMDB opens it. */
int jsp_guard_open(jsp_guard *guard, jsp_guard_table *table);

/* Before a key is looked up, put or removed. `value`: which of its values, where it may have many. */
int jsp_guard_key(jsp_guard *guard, jsp_guard_table *table, const MDB_val *key,
                  const MDB_val *value, unsigned doing);

/* And then, before LMDB writes it and a value, of so many bytes. */
int jsp_guard_write(jsp_guard *guard, jsp_guard_table *table, size_t length);

/* Before a commit. */
int jsp_guard_commit(jsp_guard *guard);

void jsp_guard_end(jsp_guard *guard);

#endif
