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

/* What LMDB knows of a tree: a table, or the duplicates of a key. */
typedef struct jsp_tree {
    uint64_t root; /* JSP_NO_PAGE: the tree is empty */
    uint64_t branches, leaves, overflows, entries;
    uint32_t fixed; /* bytes of each duplicate */
    uint16_t flags;
    uint16_t depth;
} jsp_tree;

#define JSP_NO_PAGE UINT64_MAX
#define JSP_TREE_SIZE 48

void jsp_tree_read(const unsigned char bytes[JSP_TREE_SIZE], jsp_tree *tree);

/* One of the two pages that say where everything else is. */
typedef struct jsp_meta {
    jsp_tree free; /* pages that are not in use */
    jsp_tree main; /* the named tables */
    uint64_t last_page;
    uint64_t transaction;
    uint32_t page_size;
} jsp_meta;

#define JSP_META_SIZE 152

/* Read one of the two from its page's beginning; false when it is damaged. */
bool jsp_meta_read(const unsigned char bytes[JSP_META_SIZE], unsigned number, jsp_meta *meta);

/* Whether it is one at all, of a version of LMDB that is known here. */
bool jsp_meta_is_known(const unsigned char bytes[JSP_META_SIZE]);

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

/* The order of keys: negative when `one` comes first. */
int jsp_key_compare(const MDB_val *one, const MDB_val *other);

#endif
