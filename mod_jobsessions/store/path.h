/* SPDX-License-Identifier: Apache-2.0 */
/* A place in one of LMDB's trees: the pages from the root down to a leaf, and where on each.
 *
 * All moves return 0, MDB_NOTFOUND when there is nothing there, or MDB_CORRUPTED when a page on the way
 * is damaged. After MDB_NOTFOUND from a step the path stands where it stood; after a failed search, and
 * after damage, nowhere. */
#ifndef JS_STORE_PATH_H
#define JS_STORE_PATH_H

#include "page.h"

/* More than a tree of our keys can need: one of half-empty branches would have 10^20 leaves. */
#define JS_DEPTH_MAX 16

typedef struct js_path {
    const js_pages *pages;
    uint64_t root;
    unsigned depth;         /* of the tree, 0: it is empty */
    js_page_kind leaf_kind; /* JS_PAGE_LEAF or JS_PAGE_FIXED */
    bool stands;
    struct {
        js_tree_page page;
        unsigned at;
    } levels[JS_DEPTH_MAX];
} js_path;

/* Take a tree; or the one page of duplicates that is part of a leaf. False: damaged. */
bool js_path_begin(js_path *path, const js_pages *pages, const js_tree *tree,
                   js_page_kind leaf_kind);
bool js_path_begin_part(js_path *path, const MDB_val *part);

int js_path_first(js_path *path);
int js_path_last(js_path *path);

/* The first key that is not below the given one. */
int js_path_seek(js_path *path, const MDB_val *key);

/* To the next or previous key; to the first or last key of the next or previous leaf. */
int js_path_next(js_path *path);
int js_path_previous(js_path *path);
int js_path_next_leaf(js_path *path);
int js_path_previous_leaf(js_path *path);

/* Where the path stands, which it must. */
static inline const js_tree_page *js_path_leaf(const js_path *path)
{
    return &path->levels[path->depth - 1].page;
}

static inline unsigned js_path_at(const js_path *path)
{
    return path->levels[path->depth - 1].at;
}

static inline bool js_path_key(const js_path *path, MDB_val *key)
{
    return js_page_key(js_path_leaf(path), js_path_at(path), key);
}

static inline bool js_path_entry(const js_path *path, MDB_val *key, MDB_val *value, unsigned *kind)
{
    return js_page_entry(path->pages, js_path_leaf(path), js_path_at(path), key, value, kind);
}

#endif
