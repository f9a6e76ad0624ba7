/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb/guard.h"

#include <string.h>

/* What LMDB may take from the free pages: on top of pages it changes, so many for each write. */
#define PAGES_A_WRITE 16
/* And at a commit, for its own table of free pages. */
#define PAGES_A_COMMIT 32
/* What an entry has on its leaf beside key and value, and a byte to make them even. */
#define NODE_MOST 12
/* Records of free pages that LMDB looks through for each page of a value that needs several side by side. */
#define RECORDS_A_PAGE 60
/* Free pages that a record of one page lists, and those it lists without a page of its own. */
#define LISTED(page_size) ((page_size) / sizeof(uint64_t) - 3)
#define LISTED_ON_LEAF(page_size) ((page_size) / sizeof(uint64_t) / 2 - 8)

/* What LMDB keeps as flags of its own two trees; a copy made with mdb_copy -n has MDB_NOSUBDIR, too. */
static bool flags_are_sound(const jsp_meta *meta)
{
    return (meta->free.flags & ~MDB_NOSUBDIR) == MDB_INTEGERKEY && meta->main.flags == 0;
}

int jsp_guard_begin(jsp_guard *guard, const jsp_pages *pages, const jsp_meta *meta,
                    jsp_recent_pages *recent)
{
    jsp_recent_pages_begin(recent);
    *guard = (jsp_guard){.checks = {.pages = *pages, .recent = recent},
                         .names = {meta->main, {.has_trees = true}, JSP_OWNER_META_MAIN}};
    int rc = flags_are_sound(meta) && jsp_page_check_tree(pages, &meta->main) ? 0 : MDB_CORRUPTED;
    guard->failed = rc != 0 ? rc : jsp_free_list_begin(&guard->free, &guard->checks, meta);
    return guard->failed;
}

void jsp_guard_end(jsp_guard *guard)
{
    jsp_page_owners_free(&guard->checks.owners);
}

/* Whether the key at hand, if any, is this one. */
static bool is_at(const jsp_path *path, const MDB_val *key)
{
    MDB_val found;
    return jsp_path_at(path) < jsp_path_leaf(path)->count && jsp_path_key(path, &found)
           && jsp_tree_compare_keys(&found, key) == 0;
}

/* Bytes that the entry at hand takes on its leaf; and whether one of its values can be taken out and leave others. */
static size_t weigh(const jsp_guard_table *table, const jsp_path *path, bool *stays)
{
    const jsp_tree_page *leaf = jsp_path_leaf(path);
    MDB_val key;
    MDB_val value;
    unsigned kind;
    jsp_tree tree = {0};
    jsp_tree_page part = {0};
    *stays = false;
    if (leaf->fixed > 0) {
        return leaf->fixed;
    }
    if (!jsp_page_node(leaf, jsp_path_at(path), &key, &value, &kind)) {
        return leaf->size;
    }
    if ((kind & JSP_NODE_TREE) != 0) {
        jsp_tree_read(value.mv_data, &tree);
    } else if ((kind & JSP_NODE_DUPLICATES) != 0 && jsp_page_open_part(&value, &part)) {
        tree.entries = part.count;
    }
    *stays = tree.entries > table->removed + 1;
    return NODE_MOST + key.mv_size + (kind == JSP_NODE_OVERFLOW ? sizeof(uint64_t) : value.mv_size);
}

/* Whether LMDB may look beside the leaf at hand when an entry is taken out: it merges the leaf when less than a quarter
 * of it is left, and goes on to the next when the last entry goes. What a leaf has become since the last commit is not
 * known. */
static bool may_merge(const jsp_guard_table *table, const jsp_path *path)
{
    const jsp_tree_page *leaf = jsp_path_leaf(path);
    bool stays;
    if (jsp_path_at(path) == leaf->count) {
        return table->writes > 0; /* else there is nothing to take out */
    }
    size_t weight = weigh(table, path, &stays);
    return !stays
           && (table->writes > 0 || jsp_path_at(path) + 1U == leaf->count
               || jsp_page_filled(leaf) < leaf->size / 4 + weight);
}

/* Whether LMDB looks at pages beside the path. */
static bool looks_around(const jsp_guard_table *table, const jsp_path *path, unsigned doing)
{
    bool is_behind = jsp_path_at(path) == jsp_path_leaf(path)->count;
    return (doing & JSP_GUARD_AROUND) != 0 || table->merges
           || ((doing & JSP_GUARD_RANGE) != 0 && (is_behind || table->writes > 0))
           || ((doing & JSP_GUARD_REMOVE) != 0 && may_merge(table, path));
}

/* The way to a key, whether it stands there or not, and what is beside it. */
static int check_way(jsp_guard *guard, jsp_guard_table *table, const jsp_path_tree *tree,
                     const MDB_val *key, unsigned doing, jsp_path *path)
{
    int rc = jsp_path_enter(path, key);
    rc = rc != 0 ? rc : jsp_path_check(&guard->checks, tree, path);
    if (rc != 0 || !looks_around(table, path, doing)) {
        return rc;
    }
    table->merges |= (doing & JSP_GUARD_REMOVE) != 0;
    return jsp_path_check_around(&guard->checks, tree, path);
}

static int check_last(jsp_guard *guard, const jsp_path_tree *tree, const jsp_path *path)
{
    jsp_path moved = *path;
    int rc = jsp_path_last(&moved);
    return rc != 0 ? rc : jsp_path_check(&guard->checks, tree, &moved);
}

static int read_record(const jsp_guard *guard, jsp_guard_table *table, const jsp_path *path)
{
    unsigned flags = table->duplicates > 0 ? MDB_DUPSORT | MDB_DUPFIXED : 0;
    jsp_tree *tree = &table->tree.tree;
    MDB_val name;
    MDB_val value;
    unsigned kind;
    if (!jsp_path_entry(path, &name, &value, &kind) || kind != JSP_NODE_TREE) {
        return MDB_CORRUPTED;
    }
    jsp_tree_read(value.mv_data, tree);
    return tree->flags == flags && jsp_page_check_tree(&guard->checks.pages, tree) ? 0
                                                                                   : MDB_CORRUPTED;
}

static int open_table(jsp_guard *guard, jsp_guard_table *table)
{
    MDB_val name = {strlen(table->name), (void *)table->name};
    jsp_path path;
    if (table->is_open) {
        return 0;
    }
    (void)jsp_path_begin(&path, &guard->checks.pages, &guard->names.tree, JSP_PAGE_LEAF);
    int rc = jsp_path_enter(&path, &name);
    rc = rc != 0 ? rc : jsp_path_check(&guard->checks, &guard->names, &path);
    if (rc == 0) {
        rc = is_at(&path, &name) ? read_record(guard, table, &path) : MDB_NOTFOUND;
    }
    if (rc != 0) {
        return rc == MDB_NOTFOUND ? MDB_CORRUPTED
                                  : rc; /* it was there when the database was opened */
    }
    table->tree.rule.duplicates = table->duplicates;
    table->tree.owner = JSP_OWNER_ENTRY(jsp_page_number(jsp_path_leaf(&path)), jsp_path_at(&path));
    table->is_open = true;
    return 0;
}

int jsp_guard_open(jsp_guard *guard, jsp_guard_table *table)
{
    guard->failed = guard->failed != 0 ? guard->failed : open_table(guard, table);
    return guard->failed;
}

/* LMDB takes away the whole tree of a key's values when by its count the last one goes. As long as it cannot come to
 * that, they need not be counted. */
static int check_count(const jsp_guard_table *table, const jsp_path_tree *values,
                       const jsp_path *path)
{
    jsp_path moved = *path;
    uint64_t count = 0;
    int rc = 0;
    if (values->tree.entries > table->removed + 1) {
        return 0;
    }
    for (rc = jsp_path_first(&moved); rc == 0; rc = jsp_path_next_leaf(&moved)) {
        count += jsp_path_leaf(&moved)->count;
    }
    return rc == MDB_NOTFOUND && count == values->tree.entries ? 0 : MDB_CORRUPTED;
}

/* The tree of values of the key at hand. Whoever looks for a key is led to the first of them. */
static int check_tree_of_values(jsp_guard *guard, jsp_guard_table *table, const jsp_path *keys,
                                const MDB_val *tree, const MDB_val *value, unsigned doing)
{
    uint64_t leaf = jsp_page_number(jsp_path_leaf(keys));
    jsp_path_tree values = {.rule = {.fixed = table->duplicates},
                            .owner = JSP_OWNER_ENTRY(leaf, jsp_path_at(keys))};
    jsp_path path;
    jsp_tree_read(tree->mv_data, &values.tree);
    (void)jsp_path_begin(&path, &guard->checks.pages, &values.tree, JSP_PAGE_FIXED);
    int rc = jsp_path_first(&path);
    rc = rc != 0 ? rc : jsp_path_check_first(&values, &path, 0);
    if (rc != 0 || value == NULL) {
        return rc; /* the first of them will do */
    }
    rc = check_way(guard, table, &values, value, doing, &path);
    if (rc == 0 && (doing & JSP_GUARD_LAST) != 0) {
        rc = check_last(guard, &values, &path);
    }
    return rc != 0 || (doing & JSP_GUARD_REMOVE) == 0 ? rc : check_count(table, &values, &path);
}

/* What the key at hand has: a value, in which case its own pages are at stake, or many. */
static int check_values(jsp_guard *guard, jsp_guard_table *table, const jsp_path *path,
                        const MDB_val *value, unsigned doing)
{
    MDB_val key;
    MDB_val found;
    unsigned kind;
    if (!jsp_page_node(jsp_path_leaf(path), jsp_path_at(path), &key, &found, &kind)) {
        return MDB_CORRUPTED;
    }
    if ((kind & JSP_NODE_TREE) != 0) {
        return check_tree_of_values(guard, table, path, &found, value, doing);
    }
    return jsp_path_check_value(&guard->checks, path);
}

static int check_key(jsp_guard *guard, jsp_guard_table *table, const MDB_val *key,
                     const MDB_val *value, unsigned doing)
{
    jsp_path path;
    int rc = open_table(guard, table);
    if (rc != 0 || table->tree.tree.root == JSP_NO_PAGE) {
        return rc;
    }
    (void)jsp_path_begin(&path, &guard->checks.pages, &table->tree.tree, JSP_PAGE_LEAF);
    rc = check_way(guard, table, &table->tree, key, doing, &path);
    if (rc == 0 && (doing & JSP_GUARD_LAST) != 0 && table->duplicates == 0) {
        rc = check_last(guard, &table->tree, &path);
    }
    rc = rc != 0 || !is_at(&path, key) ? rc : check_values(guard, table, &path, value, doing);
    table->removed += (doing & JSP_GUARD_REMOVE) != 0;
    return rc;
}

int jsp_guard_key(jsp_guard *guard, jsp_guard_table *table, const MDB_val *key,
                  const MDB_val *value, unsigned doing)
{
    guard->failed = guard->failed != 0 ? guard->failed : check_key(guard, table, key, value, doing);
    return guard->failed;
}

/* How many free pages LMDB can have taken so far. */
static uint64_t taken(const jsp_guard *guard)
{
    return guard->checks.used + PAGES_A_WRITE * guard->writes + guard->runs;
}

static int reach(jsp_guard *guard, uint64_t pages)
{
    return jsp_free_list_reach(&guard->free, guard->searched, pages);
}

int jsp_guard_write(jsp_guard *guard, jsp_guard_table *table, size_t length)
{
    const jsp_pages *pages = &guard->checks.pages;
    uint64_t run = 2 * length > pages->size - 64 ? jsp_page_run(pages, length) : 0;
    table->writes++;
    guard->writes++;
    guard->runs += run;
    int rc = guard->failed != 0 ? guard->failed : reach(guard, taken(guard));
    if (rc == 0 && run > 1) {
        guard->searched = guard->free.records + RECORDS_A_PAGE * run + 1;
        rc = reach(guard, taken(guard));
    }
    guard->failed = rc;
    return rc;
}

/* Whether the commit needs pages side by side for its own table: there is no telling how far it looks for them then.
 * LMDB gives the pages that it has read of and not used records of one page, as long as there are numbers of old
 * transactions for them. */
static bool writes_runs(const jsp_guard *guard)
{
    const jsp_free_list *list = &guard->free;
    size_t size = guard->checks.pages.size;
    return guard->checks.used + 4 * guard->writes > LISTED_ON_LEAF(size)
           || 2 * list->pages >= LISTED(size) * list->first;
}

int jsp_guard_commit(jsp_guard *guard)
{
    uint64_t records = guard->free.pages / LISTED(guard->checks.pages.size);
    int rc = guard->failed;
    guard->writes++;
    rc = rc != 0 ? rc : jsp_free_list_check_end(&guard->free);
    rc = rc != 0 ? rc : reach(guard, taken(guard) + PAGES_A_COMMIT + records);
    rc = rc != 0 || !writes_runs(guard) ? rc : reach(guard, UINT64_MAX);
    guard->failed = rc;
    return rc;
}
