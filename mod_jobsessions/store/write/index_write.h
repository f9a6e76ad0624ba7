/* SPDX-License-Identifier: Apache-2.0 */
/* Writing the compact index, and the order of start times beside it. All functions return 0, MDB_NOTFOUND or
 * another error of LMDB. */
#ifndef JS_STORE_INDEX_WRITE_H
#define JS_STORE_INDEX_WRITE_H

#include <stdbool.h>

#include "format/entry.h"
#include "write/checked.h"

/* As jsp_index_find(), of what the transaction has written so far; `cursor` is one on JSP_TABLE_INDEX. */
int jsp_index_write_find(jsp_checked *checked, MDB_cursor *cursor, uint64_t id, jsp_entry *entry);

/* The first entry from an id on, of those under the same key. */
int jsp_index_write_from(jsp_checked *checked, MDB_cursor *cursor, uint64_t id, jsp_entry *entry);

/* Enter a session in both orders; `last` promises that its id is the highest yet. */
int jsp_index_write_add(jsp_checked *checked, const jsp_entry *entry, bool last);

/* Replace a session's entry by another one of the same id. `cursor` is one on JSP_TABLE_INDEX. */
int jsp_index_write_replace(jsp_checked *checked, MDB_cursor *cursor, const jsp_entry *before,
                            const jsp_entry *after);

/* Take a session out of both orders. */
int jsp_index_write_remove(jsp_checked *checked, const jsp_entry *entry);

#endif
