/* SPDX-License-Identifier: Apache-2.0 */
/* LMDB's pages, read with care.
 *
 * WHY
 *
 * LMDB trusts what its pages say of themselves, so a bit that a disk flips in one can end the process
 * that reads it: flipped bits in the heads of pages ended LMDB's own cursors in 194 of 1,000 tries, and
 * these in none. They are not faster. They read the same pages (data format 1 of LMDB 0.9, 64-bit,
 * little-endian) and check before they follow: that a page is there, that it is the one that was asked for
 * and of the kind that belongs there, that every offset and length stays inside. What fails a check is
 * damaged; nothing is read beyond the pages' bounds, whatever they hold.
 *
 * From below: page.h opens one page; path.h is a place in a tree of them; cursor.h does what LMDB's cursors
 * do. Who reads opens cursors by snapshot and table (jsp_snapshot_cursor()), and passes operations by LMDB's
 * own names, so that LMDB's cursors can be put in their place. Who writes does that by LMDB, and has guard.h check
 * the pages first.
 *
 * A PAGE
 *
 * The file is pages of one size, numbered from 0. The first two are meta pages (meta.h), written in turn;
 * each tells the roots of two trees: the free pages, and the named tables, whose values are roots again.
 *
 *     offset  bytes  branch or leaf                           overflow (the first page of a run)
 *          0      8  its own number                           its own number
 *          8      2  bytes of a value, in a leaf of values    -
 *         10      2  kind: 1 branch, 2 leaf, 0x22 leaf of     4
 *                    values of one size
 *         12      2  lower: where the offsets end             pages of the run (4 bytes)
 *         14      2  upper: where the nodes begin
 *         16         offsets of the nodes, 2 bytes each, in   the value, to the end of the run
 *                    the order of their keys; nodes from
 *                    the page's end towards them
 *
 *     +--------+----------------+ - - - - - - - +------------------------------+
 *     | head   | offset 0, 1, … |     free      |  …  node 1        node 0     |
 *     +--------+----------------+ - - - - - - - +------------------------------+
 *     0        16               lower           upper                       page size
 *
 *     A node:  0  value's length (4)      in a branch: the number of the page below (6)
 *              4  kind (2): 1 the value has pages of its own, and here stands the number of the first;
 *                 2 it is a tree (tree.h); 4 it is more values of the key: a tree of them, or a small page
 *                 right here
 *              6  key's length (2)
 *              8  the key, the value
 *
 *     A leaf of values of one size (kind 0x22) has no nodes: the values stand one behind the other from 16.
 */
#ifndef JS_STORE_PAGE_H
#define JS_STORE_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lmdb.h>

#include "base/bytes.h"
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

/* LMDB's largest page. */
#define JSP_PAGE_SIZE_MAX 32768

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

/* The number of one that is no part of a leaf. */
static inline uint64_t jsp_page_number(const jsp_tree_page *page)
{
    return jsp_get_le64(page->bytes);
}

/* Open a page as of a kind; false when it is damaged. */
bool jsp_page_open(const jsp_pages *pages, uint64_t number, jsp_page_kind kind,
                   jsp_tree_page *page);
bool jsp_page_open_part(const MDB_val *value, jsp_tree_page *page);

/* A key of a branch or leaf, a page below a branch. `at` is below page->count. */
bool jsp_page_key(const jsp_tree_page *page, unsigned at, MDB_val *key);
bool jsp_page_child(const jsp_tree_page *page, unsigned at, uint64_t *number);

/* A key of a leaf with its value as it stands there, and the value's kind: for JSP_NODE_OVERFLOW its length and
 * where the first of its pages is written. */
bool jsp_page_node(const jsp_tree_page *page, unsigned at, MDB_val *key, MDB_val *value,
                   unsigned *kind);

/* A key of a leaf with its value, and the value's kind, in which JSP_NODE_OVERFLOW is a matter of the
 * past. */
bool jsp_page_entry(const jsp_pages *pages, const jsp_tree_page *page, unsigned at, MDB_val *key,
                    MDB_val *value, unsigned *kind);

/* Where the value of a key begins when it has pages of its own: the first and how many; 0: it has none. */
bool jsp_page_overflow(const jsp_pages *pages, const jsp_tree_page *page, unsigned at,
                       uint64_t *first, uint64_t *count);

/* For copies, whose bytes are the caller's: change the page's own number, or that of a page below a branch; and
 * empty what lies between offsets and nodes. */
void jsp_page_set_number(unsigned char *bytes, uint64_t number);
void jsp_page_set_child(const jsp_tree_page *page, unsigned at, uint64_t number);
void jsp_page_clear_gap(const jsp_tree_page *page, unsigned char *bytes);

/* Whether the keys from one on ascend and have from 1 to so many bytes; `is_number`: have 8, in the machine's order. */
bool jsp_page_is_ordered(const jsp_tree_page *page, unsigned first, size_t most, bool is_number);

/* Bytes of a page that are in use, its header left out. */
size_t jsp_page_filled(const jsp_tree_page *page);

/* How many pages a value of so many bytes needs when it has its own. */
uint64_t jsp_page_run(const jsp_pages *pages, size_t length);

/* Whether a page's nodes stand side by side from where its header says they begin to its end, as LMDB keeps
 * them. */
bool jsp_page_is_packed(const jsp_tree_page *page);

#endif
