/* SPDX-License-Identifier: Apache-2.0 */
/* LMDB's part of the database: every page of every tree. What the pages hold is verify.c's matter. */
#ifndef JS_STORE_STRUCTURE_H
#define JS_STORE_STRUCTURE_H

#include "base/faults.h"
#include "lmdb/meta.h"
#include "lmdb/page.h"

/* A named table, as whoever made it wants it. */
typedef struct jsp_named_tree {
    const char *name;
    const jsp_tree *tree;
    bool is_sorted; /* has MDB_DUPSORT and MDB_DUPFIXED */
} jsp_named_tree;

/* Visit all pages a snapshot sees: that each is sound and used once, that keys are in order, that trees
 * have as many pages and entries as LMDB counts, and that no page in use is listed as free. */
void jsp_structure_check(const jsp_pages *pages, const jsp_meta *meta, const jsp_named_tree *tables,
                         size_t table_count, jsp_faults *faults);

#endif
