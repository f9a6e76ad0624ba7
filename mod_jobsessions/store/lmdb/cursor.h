/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a table: what LMDB's cursors do, on pages that are checked before they are followed (page.h).
 *
 * A cursor belongs to one snapshot, whose read transaction keeps the pages as they are. Pointers it hands
 * out hold as long. Everything that only reads goes through these; writers use LMDB's own cursors, which
 * see what the transaction has written so far, and ask before they move one (guard.h). */
#ifndef JS_STORE_CURSOR_H
#define JS_STORE_CURSOR_H

#include "lmdb/path.h"

typedef struct jsp_cursor {
    jsp_path keys;
    jsp_path duplicates; /* of the key at hand */
    bool sorted;         /* the table has MDB_DUPSORT and MDB_DUPFIXED */
    bool has_duplicates;
    size_t count;   /* of duplicates in a tree of their own */
    MDB_val single; /* the value of a key that has no duplicates */
} jsp_cursor;

/* Put a cursor on a table. False: what LMDB tells of the tree cannot be. */
bool jsp_cursor_open(jsp_cursor *cursor, const jsp_pages *pages, const jsp_tree *tree, bool sorted);

/**
 * As mdb_cursor_get(): MDB_FIRST, MDB_LAST, MDB_NEXT, MDB_NEXT_NODUP, MDB_PREV, MDB_PREV_NODUP, MDB_SET_KEY,
 * MDB_SET_RANGE, MDB_GET_CURRENT; and in sorted tables MDB_GET_BOTH, MDB_GET_BOTH_RANGE, MDB_FIRST_DUP, MDB_LAST_DUP,
 * MDB_GET_MULTIPLE, MDB_NEXT_MULTIPLE, MDB_PREV_MULTIPLE.
 * @param value  NULL: it is not looked at, and may be damaged
 * @return 0, MDB_NOTFOUND or MDB_CORRUPTED
 */
int jsp_cursor_get(jsp_cursor *cursor, MDB_val *key, MDB_val *value, MDB_cursor_op op);

/* To what stands before a key, which need not exist: `back` is MDB_PREV or MDB_PREV_NODUP. */
int jsp_cursor_before(jsp_cursor *cursor, MDB_val *key, MDB_val *value, MDB_cursor_op back);

/* As mdb_cursor_count(): how many values the key at hand has. Of many it is what their tree says. */
int jsp_cursor_count(const jsp_cursor *cursor, size_t *count);

/* How many keys stand behind the one at hand, in a table of so many entries that is not sorted. Only leaves on the
 * shorter side are looked at. Where the cursor stands is lost. 0 or MDB_CORRUPTED. */
int jsp_cursor_behind(jsp_cursor *cursor, uint64_t entries, uint64_t *count);

#endif
