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

/* Kinds of pages, as their headers write them. */
typedef enum js_page_kind {
    JS_PAGE_BRANCH = 0x01,
    JS_PAGE_LEAF = 0x02,
    JS_PAGE_OVERFLOW = 0x04,
    JS_PAGE_META = 0x08,
    JS_PAGE_FIXED = 0x22 /* a leaf of duplicates that have all one size, and nothing else on it */
} js_page_kind;

/* Kinds of values, as their nodes write them. */
enum {
    JS_NODE_OVERFLOW = 0x01,
    JS_NODE_TREE = 0x02,
    JS_NODE_DUPLICATES = 0x04
};

/* All pages a snapshot may see. */
typedef struct js_pages {
    const unsigned char *map;
    size_t size;    /* bytes of a page */
    uint64_t count; /* pages from this number on are not there */
} js_pages;

/* What LMDB knows of a tree: a table, or the duplicates of a key. */
typedef struct js_tree {
    uint64_t root; /* JS_NO_PAGE: the tree is empty */
    uint64_t branches, leaves, overflows, entries;
    uint32_t fixed; /* bytes of each duplicate */
    uint16_t flags;
    uint16_t depth;
} js_tree;

#define JS_NO_PAGE UINT64_MAX
#define JS_TREE_SIZE 48

void js_tree_read(const unsigned char bytes[JS_TREE_SIZE], js_tree *tree);

/* One of the two pages that say where everything else is. */
typedef struct js_meta {
    js_tree free; /* pages that are not in use */
    js_tree main; /* the named tables */
    uint64_t last_page;
    uint64_t transaction;
    uint32_t page_size;
} js_meta;

#define JS_META_SIZE 152

/* Read one of the two from its page's beginning; false when it is damaged. */
bool js_meta_read(const unsigned char bytes[JS_META_SIZE], unsigned number, js_meta *meta);

/* Whether it is one at all, of a version of LMDB that is known here. */
bool js_meta_is_known(const unsigned char bytes[JS_META_SIZE]);

/* A branch or leaf that has been opened, or the part of a leaf that holds a few duplicates of a key. */
typedef struct js_tree_page {
    const unsigned char *bytes;
    uint32_t size;
    uint16_t count; /* of keys */
    uint16_t fixed; /* bytes of a key where there is nothing else, else 0 */
} js_tree_page;

/* Open a page as of a kind; false when it is damaged. */
bool js_page_open(const js_pages *pages, uint64_t number, js_page_kind kind, js_tree_page *page);
bool js_page_open_part(const MDB_val *value, js_tree_page *page);

/* A key of a branch or leaf, a page below a branch. `at` is below page->count. */
bool js_page_key(const js_tree_page *page, unsigned at, MDB_val *key);
bool js_page_child(const js_tree_page *page, unsigned at, uint64_t *number);

/* A key of a leaf with its value, and the value's kind, in which JS_NODE_OVERFLOW is a matter of the
 * past. */
bool js_page_entry(const js_pages *pages, const js_tree_page *page, unsigned at, MDB_val *key,
                   MDB_val *value, unsigned *kind);

/* Where the value of a key begins when it has pages of its own: the first and how many; 0: it has none. */
bool js_page_overflow(const js_pages *pages, const js_tree_page *page, unsigned at, uint64_t *first,
                      uint64_t *count);

/* Whether a page's nodes stand without a gap from where its header says they begin to its end, as LMDB
 * keeps them. */
bool js_page_is_packed(const js_tree_page *page);

/* The order of keys: negative when `one` comes first. */
int js_key_compare(const MDB_val *one, const MDB_val *other);

#endif
