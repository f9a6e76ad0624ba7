/* SPDX-License-Identifier: Apache-2.0 */
/* LMDB's pages, read with care.
 *
 * LMDB trusts what its pages say of themselves, so a bit that a disk flips in one can end the process
 * that reads it. These functions read the same pages (format 1 of LMDB 0.9, 64-bit, little-endian) and
 * check before they follow: that a page is there, that it is the one that was asked for and of the kind
 * that belongs there, that every offset and length stays inside. What fails a check is damaged;
 * nothing is read beyond the pages' bounds, whatever they hold. */
#ifndef JS_STORE_PAGE_H
#define JS_STORE_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lmdb.h>

#include "lmdb/tree.h"

/* Kinds of pages, as their headers write them. */
typedef enum jsp_page_kind {
    JSP_PAGE_BRANCH = 0x01,
    JSP_PAGE_LEAF = 0x02,
    JSP_PAGE_OVERFLOW = 0x04,
    JSP_PAGE_META = 0x08,
    JSP_PAGE_FIXED = 0x22 /* a leaf of duplicates that have all one size, and nothing else on it */
} jsp_page_kind;

/* Kinds of values, as their nodes write them. */
enum {
    JSP_NODE_OVERFLOW = 0x01,
    JSP_NODE_TREE = 0x02,
    JSP_NODE_DUPLICATES = 0x04
};

/* All pages a snapshot may see. */
typedef struct jsp_pages {
    const unsigned char *map;
    size_t size;    /* bytes of a page */
    uint64_t count; /* pages from this number on are not there */
} jsp_pages;

/* A branch or leaf that has been opened, or the part of a leaf that holds a few duplicates of a key. */
typedef struct jsp_tree_page {
    const unsigned char *bytes;
    uint32_t size;
    uint16_t count; /* of keys */
    uint16_t fixed; /* bytes of a key where there is nothing else, else 0 */
} jsp_tree_page;

/* Open a page as of a kind; false when it is damaged. */
bool jsp_page_open(const jsp_pages *pages, uint64_t number, jsp_page_kind kind,
                   jsp_tree_page *page);
bool jsp_page_open_part(const MDB_val *value, jsp_tree_page *page);

/* A key of a branch or leaf, a page below a branch. `at` is below page->count. */
bool jsp_page_key(const jsp_tree_page *page, unsigned at, MDB_val *key);
bool jsp_page_child(const jsp_tree_page *page, unsigned at, uint64_t *number);

/* A key of a leaf with its value, and the value's kind, in which JSP_NODE_OVERFLOW is a matter of the
 * past. */
bool jsp_page_entry(const jsp_pages *pages, const jsp_tree_page *page, unsigned at, MDB_val *key,
                    MDB_val *value, unsigned *kind);

/* Where the value of a key begins when it has pages of its own: the first and how many; 0: it has none. */
bool jsp_page_overflow(const jsp_pages *pages, const jsp_tree_page *page, unsigned at,
                       uint64_t *first, uint64_t *count);

/* Whether a page's nodes stand without a gap from where its header says they begin to its end, as LMDB
 * keeps them. */
bool jsp_page_is_packed(const jsp_tree_page *page);

#endif
