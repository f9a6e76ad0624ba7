/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb/path.h"

bool jsp_path_begin(jsp_path *path, const jsp_pages *pages, const jsp_tree *tree,
                    jsp_page_kind leaf_kind)
{
    path->pages = pages;
    path->root = tree->root;
    bool is_empty = tree->root == JSP_NO_PAGE;
    bool is_sound = is_empty || (tree->depth > 0 && tree->depth <= JSP_DEPTH_MAX);
    path->depth = is_empty || !is_sound ? 0 : tree->depth;
    path->leaf_kind = leaf_kind;
    path->stands = false;
    return is_sound;
}

bool jsp_path_begin_part(jsp_path *path, const MDB_val *part)
{
    path->root = JSP_NO_PAGE;
    path->depth = 1;
    path->leaf_kind = JSP_PAGE_FIXED;
    path->stands = false;
    return jsp_page_open_part(part, &path->levels[0].page);
}

static int lost(jsp_path *path, int rc)
{
    path->stands = false;
    return rc;
}

/* Open the page of a level. A part is open from the beginning. */
static bool open_level(jsp_path *path, unsigned level, uint64_t number)
{
    bool is_leaf = level == path->depth - 1;
    return path->root == JSP_NO_PAGE
           || jsp_page_open(path->pages, number, is_leaf ? path->leaf_kind : JSP_PAGE_BRANCH,
                            &path->levels[level].page);
}

/* The first key of a page that is not below the given one; page->count when all are. A branch's first
 * key stands for all that are below its second. */
static int find_on_page(const jsp_tree_page *page, bool is_branch, const MDB_val *key, unsigned *at)
{
    unsigned low = is_branch ? 1 : 0;
    unsigned high = page->count;
    MDB_val middle;
    while (low < high) {
        unsigned half = (low + high) / 2;
        if (!jsp_page_key(page, half, &middle)) {
            return MDB_CORRUPTED;
        }
        int order = jsp_tree_compare_keys(&middle, key);
        if (order < 0 || (order == 0 && is_branch)) {
            low = half + 1;
        } else {
            high = half;
        }
    }
    *at = is_branch ? low - 1 : low;
    return 0;
}

/* Which way down. */
typedef enum direction {
    TO_FIRST,
    TO_LAST,
    TO_KEY
} direction;

/* From a page of a level down to a leaf. */
static int descend(jsp_path *path, unsigned level, uint64_t number, direction towards,
                   const MDB_val *key)
{
    path->stands = false;
    for (;; level++) {
        bool is_leaf = level == path->depth - 1;
        if (!open_level(path, level, number)) {
            return MDB_CORRUPTED;
        }
        const jsp_tree_page *page = &path->levels[level].page;
        unsigned at = towards == TO_LAST ? page->count - 1U : 0;
        if (towards == TO_KEY && find_on_page(page, !is_leaf, key, &at) != 0) {
            return MDB_CORRUPTED;
        }
        path->levels[level].at = at;
        if (is_leaf) {
            path->stands = true;
            return 0;
        }
        if (!jsp_page_child(page, at, &number)) {
            return MDB_CORRUPTED;
        }
    }
}

int jsp_path_first(jsp_path *path)
{
    return path->depth == 0 ? MDB_NOTFOUND : descend(path, 0, path->root, TO_FIRST, NULL);
}

int jsp_path_last(jsp_path *path)
{
    return path->depth == 0 ? MDB_NOTFOUND : descend(path, 0, path->root, TO_LAST, NULL);
}

int jsp_path_enter(jsp_path *path, const MDB_val *key)
{
    return path->depth == 0 ? MDB_NOTFOUND : descend(path, 0, path->root, TO_KEY, key);
}

/* To the page beside that of a level, from the lowest level above it that has one, and down to a leaf. */
static int move_beside(jsp_path *path, unsigned level, bool forward, direction towards)
{
    uint64_t number;
    for (; level > 0; level--) {
        const jsp_tree_page *page = &path->levels[level - 1].page;
        unsigned *at = &path->levels[level - 1].at;
        if (forward ? *at + 1 < page->count : *at > 0) {
            *at = forward ? *at + 1 : *at - 1;
            return jsp_page_child(page, *at, &number) ? descend(path, level, number, towards, NULL)
                                                      : lost(path, MDB_CORRUPTED);
        }
    }
    return MDB_NOTFOUND;
}

static int move_leaf(jsp_path *path, bool forward)
{
    return move_beside(path, path->depth - 1, forward, forward ? TO_FIRST : TO_LAST);
}

int jsp_path_lowest(jsp_path *path, unsigned level)
{
    uint64_t number;
    path->levels[level].at = 0;
    if (level == path->depth - 1) {
        return 0;
    }
    return jsp_page_child(&path->levels[level].page, 0, &number)
               ? descend(path, level + 1, number, TO_FIRST, NULL)
               : lost(path, MDB_CORRUPTED);
}

int jsp_path_beside(jsp_path *path, unsigned level, bool forward)
{
    int rc = move_beside(path, level, forward, forward ? TO_FIRST : TO_LAST);
    return rc == 0 ? jsp_path_lowest(path, level) : rc;
}

/* Whether a key lies between the first and the last one of the leaf at hand. */
static bool is_on_leaf(const jsp_path *path, const MDB_val *key)
{
    const jsp_tree_page *leaf = jsp_path_leaf(path);
    MDB_val bound;
    return path->stands && jsp_page_key(leaf, 0, &bound) && jsp_tree_compare_keys(&bound, key) <= 0
           && jsp_page_key(leaf, leaf->count - 1U, &bound)
           && jsp_tree_compare_keys(&bound, key) >= 0;
}

/* How the key where the path stands compares with another: *order is negative when it is below. */
static bool compare_here(const jsp_path *path, const MDB_val *key, int *order)
{
    MDB_val here;
    if (!jsp_path_key(path, &here)) {
        return false;
    }
    *order = jsp_tree_compare_keys(&here, key);
    return true;
}

/* Whether the next key is the first that is not below the given one, as the one at hand is below it. */
static bool is_next(jsp_path *path, const MDB_val *key)
{
    unsigned here = jsp_path_at(path);
    int order = -1;
    if (here + 1 == jsp_path_leaf(path)->count) {
        return move_leaf(path, true) == 0 && compare_here(path, key, &order) && order >= 0;
    }
    path->levels[path->depth - 1].at = here + 1;
    if (compare_here(path, key, &order) && order >= 0) {
        return true;
    }
    path->levels[path->depth - 1].at = here;
    return false;
}

/* Whether the key at hand, which is above the given one, or the one before is the first that is not below it. */
static bool is_here_or_before(jsp_path *path, const MDB_val *key)
{
    int order = 1;
    if (jsp_path_previous(path) != 0 || !compare_here(path, key, &order) || order > 0) {
        return false;
    }
    return order == 0 || jsp_path_next(path) == 0;
}

/* Whether what is looked for stands where the path does or next to that, as in a list it mostly does. The path is then
 * moved there; else it may be on the leaf beside. */
static bool is_beside(jsp_path *path, const MDB_val *key)
{
    int order;
    if (!path->stands || !compare_here(path, key, &order)) {
        return false;
    }
    if (order == 0) {
        return true;
    }
    return order < 0 ? is_next(path, key) : is_here_or_before(path, key);
}

int jsp_path_seek(jsp_path *path, const MDB_val *key)
{
    if (path->depth == 0) {
        return lost(path, MDB_NOTFOUND);
    }
    if (is_beside(path, key)) {
        return 0;
    }
    unsigned level = path->depth - 1;
    int rc = is_on_leaf(path, key)
                 ? find_on_page(&path->levels[level].page, false, key, &path->levels[level].at)
                 : descend(path, 0, path->root, TO_KEY, key);
    if (rc == 0 && jsp_path_at(path) == jsp_path_leaf(path)->count) {
        rc = move_leaf(path, true);
    }
    return rc == 0 ? 0 : lost(path, rc);
}

int jsp_path_next(jsp_path *path)
{
    unsigned *at = &path->levels[path->depth - 1].at;
    if (*at + 1 < jsp_path_leaf(path)->count) {
        (*at)++;
        return 0;
    }
    return move_leaf(path, true);
}

int jsp_path_previous(jsp_path *path)
{
    unsigned *at = &path->levels[path->depth - 1].at;
    if (*at > 0) {
        (*at)--;
        return 0;
    }
    return move_leaf(path, false);
}

int jsp_path_next_leaf(jsp_path *path)
{
    return move_leaf(path, true);
}

int jsp_path_previous_leaf(jsp_path *path)
{
    return move_leaf(path, false);
}

int jsp_path_count(jsp_path *path, bool forward, uint64_t *count)
{
    unsigned at = jsp_path_at(path);
    int rc;
    *count = forward ? jsp_path_leaf(path)->count - 1U - at : at;
    while ((rc = move_leaf(path, forward)) == 0) {
        *count += jsp_path_leaf(path)->count;
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

bool jsp_path_is_past_middle(const jsp_path *path)
{
    return path->levels[0].at >= path->levels[0].page.count / 2U;
}
