/* SPDX-License-Identifier: Apache-2.0 */
/* LMDB's two meta pages, the first of a file, which are written in turn. */
#ifndef JS_STORE_LMDB_META_H
#define JS_STORE_LMDB_META_H

#include <stdbool.h>
#include <stdint.h>

#include "lmdb/tree.h"

/* One of the two pages that say where everything else is. */
typedef struct jsp_meta {
    jsp_tree free; /* pages that are not in use */
    jsp_tree main; /* the named tables */
    uint64_t last_page;
    uint64_t transaction;
    uint32_t page_size;
} jsp_meta;

#define JSP_META_SIZE 152

/* Where it has the size of the map that it was written through. */
#define JSP_META_MAP_SIZE 32

/* Read one of the two from its page's beginning; false when it is damaged. */
bool jsp_meta_read(const unsigned char bytes[JSP_META_SIZE], unsigned number, jsp_meta *meta);

/* Make the one of a copy: page `number` of a file without free pages that ends with last_page. What stays as it is comes
 * from the original's page. The second is that of a transaction 1, and counts; the first, of transaction 0, is an
 * empty file's. */
void jsp_meta_renew(unsigned char bytes[JSP_META_SIZE], const unsigned char original[JSP_META_SIZE],
                    const unsigned char main[JSP_TREE_SIZE], uint64_t last_page, unsigned number);

/* Make it page `number` of a file, of that transaction. */
void jsp_meta_move(unsigned char bytes[JSP_META_SIZE], unsigned number, uint64_t transaction);

/* The version of LMDB's data format that it names; 0: it is no meta page of LMDB's. */
unsigned jsp_meta_format(const unsigned char bytes[JSP_META_SIZE]);

/* The one that is read here: of LMDB 0.9, and of 1.0 as far as it is released. */
#define JSP_META_FORMAT 1

#endif
