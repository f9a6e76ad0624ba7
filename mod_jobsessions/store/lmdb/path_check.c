/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb/path_check.h"

/* Between which keys those of a page must lie; of size 0: no bound. */
struct bounds {
    MDB_val low;  /* included */
    MDB_val high; /* not included */
};

/* The bounds of the page below an entry of a branch. */
static bool narrow(struct bounds *bounds, const jsp_tree_page *page, unsigned at)
{
    return (at == 0 || jsp_page_key(page, at, &bounds->low))
           && (at + 1U == page->count || jsp_page_key(page, at + 1, &bounds->high));
}

static bool lies_between(const jsp_tree_page *page, bool is_leaf, const jsp_page_rule *rule,
                         const struct bounds *bounds)
{
    unsigned first = is_leaf ? 0 : 1;
    MDB_val key;
    if (first == page->count) {
        return true;
    }
    return jsp_page_key(page, first, &key)
           && (bounds->low.mv_size == 0 || jsp_page_check_compare(rule, &key, &bounds->low) >= 0)
           && jsp_page_key(page, page->count - 1U, &key)
           && (bounds->high.mv_size == 0 || jsp_page_check_compare(rule, &key, &bounds->high) < 0);
}

/* A root of one page tells how many entries there are. */
static bool counts_fit(const jsp_path_tree *tree, const jsp_tree_page *page)
{
    return tree->tree.depth > 1 || tree->rule.duplicates > 0 || tree->rule.is_free
           || tree->tree.entries == page->count;
}

/* As what a page is looked at. */
static uint64_t how(const jsp_page_rule *rule, bool is_leaf)
{
    return (uint64_t)rule->duplicates << 32 | rule->fixed << 16 | (unsigned)rule->is_free << 2
           | (unsigned)rule->has_trees << 1 | is_leaf;
}

/* A page that the transaction meets for the first time. */
static bool is_sound(const jsp_path_checks *checks, const jsp_path_tree *tree,
                     const jsp_tree_page *page, bool is_leaf, const struct bounds *bounds)
{
    uint64_t number = jsp_page_number(page);
    uint64_t looked_at = how(&tree->rule, is_leaf);
    if (!jsp_recent_pages_have(checks->recent, number, looked_at)) {
        if (!jsp_page_check(&checks->pages, page, is_leaf, &tree->rule)) {
            return false;
        }
        jsp_recent_pages_enter(checks->recent, number, looked_at);
    }
    return lies_between(page, is_leaf, &tree->rule, bounds) && counts_fit(tree, page);
}

/* The pages of the first levels. */
static int check_levels(jsp_path_checks *checks, const jsp_path_tree *tree, const jsp_path *path,
                        unsigned levels)
{
    struct bounds bounds = {{0, NULL}, {0, NULL}};
    uint64_t owner = tree->owner;
    for (unsigned level = 0; level < levels; level++) {
        const jsp_tree_page *page = &path->levels[level].page;
        bool is_leaf = level == path->depth - 1;
        bool is_new;
        int rc = jsp_page_owners_enter(&checks->owners, jsp_page_number(page), owner, &is_new);
        if (rc != 0) {
            return rc;
        }
        checks->used += is_new;
        if (is_new && !is_sound(checks, tree, page, is_leaf, &bounds)) {
            return MDB_CORRUPTED;
        }
        owner = JSP_OWNER_ENTRY(jsp_page_number(page), path->levels[level].at);
        if (!is_leaf && !narrow(&bounds, page, path->levels[level].at)) {
            return MDB_CORRUPTED;
        }
    }
    return 0;
}

int jsp_path_check(jsp_path_checks *checks, const jsp_path_tree *tree, const jsp_path *path)
{
    return check_levels(checks, tree, path, path->depth);
}

int jsp_path_check_first(const jsp_path_tree *tree, const jsp_path *path, unsigned level)
{
    const jsp_tree_page *leaf = jsp_path_leaf(path);
    MDB_val key;
    for (; level < path->depth - 1; level++) {
        if (path->levels[level].page.count < 2 && !tree->rule.is_free) {
            return MDB_CORRUPTED;
        }
    }
    return jsp_page_key(leaf, 0, &key) && jsp_page_check_size(&tree->rule, &key)
                   && leaf->fixed == tree->rule.fixed
               ? 0
               : MDB_CORRUPTED;
}

/* A page of a level, and the first key below it. */
static int check_lowest(jsp_path_checks *checks, const jsp_path_tree *tree, const jsp_path *path,
                        unsigned level)
{
    int rc = check_levels(checks, tree, path, level + 1);
    return rc != 0 ? rc : jsp_path_check_first(tree, path, level);
}

/* A copy of the path, moved to the page beside and below that; there may be none. */
static int check_beside(jsp_path_checks *checks, const jsp_path_tree *tree, const jsp_path *path,
                        unsigned level, bool forward)
{
    jsp_path moved = *path;
    int rc = jsp_path_beside(&moved, level, forward);
    return rc == 0 ? check_lowest(checks, tree, &moved, level) : rc == MDB_NOTFOUND ? 0 : rc;
}

int jsp_path_check_around(jsp_path_checks *checks, const jsp_path_tree *tree, const jsp_path *path)
{
    int rc = 0;
    for (unsigned level = 1; level < path->depth && rc == 0; level++) {
        jsp_path moved = *path;
        rc = jsp_path_lowest(&moved, level);
        rc = rc != 0 ? rc : check_lowest(checks, tree, &moved, level);
        rc = rc != 0 ? rc : check_beside(checks, tree, path, level, false);
        rc = rc != 0 ? rc : check_beside(checks, tree, path, level, true);
    }
    return rc;
}

/* Pages of a run beyond those its value needs, which are left when a smaller value was written over it. A page that
 * bears its own number is one of something else: our values are text and have no such bytes. */
static bool rest_is_idle(const jsp_pages *pages, uint64_t first, uint64_t needed, uint64_t count)
{
    for (uint64_t number = first + needed; number < first + count; number++) {
        if (jsp_get_le64(pages->map + number * pages->size) == number) {
            return false;
        }
    }
    return true;
}

int jsp_path_check_value(jsp_path_checks *checks, const jsp_path *path)
{
    const jsp_tree_page *leaf = jsp_path_leaf(path);
    uint64_t owner = JSP_OWNER_ENTRY(jsp_page_number(leaf), jsp_path_at(path));
    uint64_t first;
    uint64_t count;
    MDB_val key;
    MDB_val value;
    unsigned kind;
    int rc = jsp_page_overflow(&checks->pages, leaf, jsp_path_at(path), &first, &count)
                     && jsp_page_node(leaf, jsp_path_at(path), &key, &value, &kind)
                 ? 0
                 : MDB_CORRUPTED;
    if (rc == 0 && count > 0
        && !rest_is_idle(&checks->pages, first, jsp_page_run(&checks->pages, value.mv_size),
                         count)) {
        return MDB_CORRUPTED;
    }
    for (uint64_t number = first; rc == 0 && number < first + count; number++) {
        bool is_new;
        rc = jsp_page_owners_enter(&checks->owners, number, owner, &is_new);
        checks->used += is_new;
    }
    return rc;
}
