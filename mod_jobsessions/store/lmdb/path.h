/* SPDX-License-Identifier: Apache-2.0 */
/* A place in one of LMDB's trees: the pages from the root down to a leaf, and where on each.
 *
 * All moves return 0, MDB_NOTFOUND when there is nothing there, or MDB_CORRUPTED when a page on the way
 * is damaged. After MDB_NOTFOUND from a step the path stands where it stood; after a failed search, and
 * after damage, nowhere. */
#ifndef JS_STORE_PATH_H
#define JS_STORE_PATH_H

#include "lmdb/page.h"

/* More than a tree of our keys can need: one of half-empty branches would have 10^20 leaves. */
#define JSP_DEPTH_MAX 16

typedef struct jsp_path {
    const jsp_pages *pages;
    uint64_t root;
    unsigned depth;          /* of the tree, 0: it is empty */
    jsp_page_kind leaf_kind; /* JSP_PAGE_LEAF or JSP_PAGE_FIXED */
    bool stands;
    struct {
        jsp_tree_page page;
        unsigned at;
    } levels[JSP_DEPTH_MAX];
} jsp_path;

/* Take a tree; or the one page of duplicates that is part of a leaf. False: damaged, and the path of a tree is one of
 * nothing. */
bool jsp_path_begin(jsp_path *path, const jsp_pages *pages, const jsp_tree *tree,
                    jsp_page_kind leaf_kind);
bool jsp_path_begin_part(jsp_path *path, const MDB_val *part);

int jsp_path_first(jsp_path *path);
int jsp_path_last(jsp_path *path);

/* The first key that is not below the given one. */
int jsp_path_seek(jsp_path *path, const MDB_val *key);

/* To where a key stands or would be put, which may be behind the last key of the leaf. */
int jsp_path_enter(jsp_path *path, const MDB_val *key);

/* To the first key below the page of a level, or below the page beside that. */
int jsp_path_lowest(jsp_path *path, unsigned level);
int jsp_path_beside(jsp_path *path, unsigned level, bool forward);

/* To the next or previous key; to the first or last key of the next or previous leaf. */
int jsp_path_next(jsp_path *path);
int jsp_path_previous(jsp_path *path);
int jsp_path_next_leaf(jsp_path *path);
int jsp_path_previous_leaf(jsp_path *path);

/* How many keys there are on a side of the one where the path stands: their leaves tell, keys are not looked at. Moves
 * the path. The shorter side is forward where the path stands past the middle. */
int jsp_path_count(jsp_path *path, bool forward, uint64_t *count);
bool jsp_path_is_past_middle(const jsp_path *path);

/* Where the path stands, which it must. */
static inline const jsp_tree_page *jsp_path_leaf(const jsp_path *path)
{
    return &path->levels[path->depth - 1].page;
}

static inline unsigned jsp_path_at(const jsp_path *path)
{
    return path->levels[path->depth - 1].at;
}

static inline bool jsp_path_key(const jsp_path *path, MDB_val *key)
{
    return jsp_page_key(jsp_path_leaf(path), jsp_path_at(path), key);
}

static inline bool jsp_path_entry(const jsp_path *path, MDB_val *key, MDB_val *value,
                                  unsigned *kind)
{
    return jsp_page_entry(path->pages, jsp_path_leaf(path), jsp_path_at(path), key, value, kind);
}

#endif
