/* SPDX-License-Identifier: Apache-2.0 */
/* The compact index: one entry of fixed size a session, in the order of ids, and the order of start
 * times beside it. Filters read it instead of the records, and it tells what a damaged record was.
 */
#ifndef JS_STORE_INDEX_H
#define JS_STORE_INDEX_H

#include <lmdb.h>

#include "database/database.h"
#include "lmdb/cursor.h"

/* The number in whose key of JSP_TABLE_INDEX an id's entry stands. */
uint64_t jsp_entry_bucket(uint64_t id);

/* All return 0, MDB_NOTFOUND or another error of LMDB. `cursor` is one on JSP_TABLE_INDEX. */
int jsp_index_find(jsp_cursor *cursor, uint64_t id, jsp_entry *entry);

/* The same for a writer. */
int jsp_index_find_written(MDB_cursor *cursor, uint64_t id, jsp_entry *entry);

/* The entry with the highest id below `id`; the highest of all when below is false. */
int jsp_index_before(jsp_cursor *cursor, bool below, uint64_t id, jsp_entry *entry);

/* Add up all entries. */
int jsp_index_sum(jsp_cursor *cursor, js_totals *totals);

/* Enter a session in both orders; `last` promises that its id is the highest yet. */
int jsp_index_add(const js_database *database, MDB_txn *txn, const jsp_entry *entry, bool last);

/* Replace a session's entry by another one of the same id. `cursor` is a writer's on JSP_TABLE_INDEX. */
int jsp_index_replace(const js_database *database, MDB_cursor *cursor, const jsp_entry *before,
                      const jsp_entry *after);

/* Take a session out of both orders. */
int jsp_index_remove(const js_database *database, MDB_txn *txn, const jsp_entry *entry);

#endif
