/* SPDX-License-Identifier: Apache-2.0 */
/* The compact index: one entry of fixed size a session, in the order of ids, and the order of start
 * times beside it. Filters read it instead of the records, and it tells what a damaged record was.
 */
#ifndef JS_STORE_INDEX_H
#define JS_STORE_INDEX_H

#include <lmdb.h>

#include "cursor.h"
#include "database.h"

/* The number in whose key of JS_INDEX an id's entry stands. */
uint64_t js_index_bucket(uint64_t id);

/* All return 0, MDB_NOTFOUND or another error of LMDB. `cursor` is one on JS_INDEX. */
int js_index_find(js_cursor *cursor, uint64_t id, js_entry *entry);

/* The same for a writer. */
int js_index_find_written(MDB_cursor *cursor, uint64_t id, js_entry *entry);

/* The entry with the highest id below `id`; the highest of all when below is false. */
int js_index_before(js_cursor *cursor, bool below, uint64_t id, js_entry *entry);

/* Add up all entries. */
int js_index_sum(js_cursor *cursor, js_totals *totals);

/* Enter a session in both orders; `last` promises that its id is the highest yet. */
int js_index_add(const js_database *database, MDB_txn *txn, const js_entry *entry, bool last);

/* Replace a session's entry by another one of the same id. `cursor` is a writer's on JS_INDEX. */
int js_index_replace(const js_database *database, MDB_cursor *cursor, const js_entry *before,
                     const js_entry *after);

/* Take a session out of both orders. */
int js_index_remove(const js_database *database, MDB_txn *txn, const js_entry *entry);

#endif
