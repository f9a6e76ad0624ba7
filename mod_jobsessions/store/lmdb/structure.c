/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb/structure.h"

#include <inttypes.h>
#include <stdlib.h>

/* All pages, and which of them have been met. */
struct survey {
    const jsp_pages *pages;
    jsp_faults *faults;
    unsigned char *met; /* a bit a page */
};

/* A tree that is walked, and what is found in it. */
struct walk {
    struct survey *survey;
    const char *name;
    unsigned depth;
    jsp_page_kind leaf_kind;
    bool sorted;    /* keys may have duplicates */
    bool is_free;   /* LMDB's list of free pages: its keys are numbers, its values page numbers */
    bool has_trees; /* values are trees of their own, which are walked by themselves */
    jsp_tree found;
};

/* Between which keys those of a page must lie; NULL: no bound. */
struct bounds {
    const MDB_val *low;  /* included */
    const MDB_val *high; /* not included */
};

/* Whether a page is met for the first time. */
static bool meet(const struct survey *survey, uint64_t number)
{
    unsigned char bit = (unsigned char)(1U << number % 8);
    bool is_new = (survey->met[number / 8] & bit) == 0;
    survey->met[number / 8] |= bit;
    return is_new;
}

static void meet_run(const struct walk *walk, uint64_t first, uint64_t count)
{
    for (uint64_t number = first; number < first + count; number++) {
        if (!meet(walk->survey, number)) {
            jsp_fault(walk->survey->faults, "page %" PRIu64 ": %s uses it, and so does another",
                      number, walk->name);
        }
    }
}

static int compare(const struct walk *walk, const MDB_val *one, const MDB_val *other)
{
    if (walk->is_free && one->mv_size == sizeof(uint64_t) && other->mv_size == sizeof(uint64_t)) {
        uint64_t number = jsp_get_le64(one->mv_data);
        uint64_t other_number = jsp_get_le64(other->mv_data);
        return (number > other_number) - (number < other_number);
    }
    return jsp_key_compare(one, other);
}

/* A branch's first key stands for everything below, and is not looked at. */
static void check_keys(const struct walk *walk, uint64_t number, const jsp_tree_page *page,
                       unsigned first, const struct bounds *bounds)
{
    MDB_val key;
    MDB_val before;
    for (unsigned at = first; at < page->count; at++) {
        if (!jsp_page_key(page, at, &key)) {
            return; /* whoever follows it says so */
        }
        if ((at > first && compare(walk, &before, &key) >= 0)
            || (bounds->low != NULL && compare(walk, &key, bounds->low) < 0)
            || (bounds->high != NULL && compare(walk, &key, bounds->high) >= 0)) {
            jsp_fault(walk->survey->faults, "page %" PRIu64 " of %s: its keys are not in order",
                      number, walk->name);
            return;
        }
        before = key;
    }
}

static void check_counts(const struct walk *walk, const jsp_tree *told)
{
    const jsp_tree *found = &walk->found;
    if (told->branches != found->branches || told->leaves != found->leaves
        || told->overflows != found->overflows || told->entries != found->entries) {
        jsp_fault(walk->survey->faults,
                  "%s: %" PRIu64 " branch, %" PRIu64 " leaf and %" PRIu64
                  " overflow pages with %" PRIu64 " entries are counted, found were %" PRIu64
                  ", %" PRIu64 ", %" PRIu64 " and %" PRIu64,
                  walk->name, told->branches, told->leaves, told->overflows, told->entries,
                  found->branches, found->leaves, found->overflows, found->entries);
    }
}

static void visit(struct walk *walk, uint64_t number, unsigned level, const struct bounds *bounds);

static void visit_tree(struct walk *walk, const jsp_tree *tree)
{
    jsp_path path;
    if (!jsp_path_begin(&path, walk->survey->pages, tree, walk->leaf_kind)) {
        jsp_fault(walk->survey->faults, "%s: a tree cannot have %u levels", walk->name,
                  tree->depth);
        return;
    }
    walk->depth = path.depth;
    if (path.depth > 0) {
        visit(walk, tree->root, 0, &(struct bounds){NULL, NULL});
    }
    check_counts(walk, tree);
}

/* Duplicates of a key; returns how many there are. */
static uint64_t visit_duplicates(const struct walk *walk, uint64_t number, const MDB_val *value,
                                 unsigned kind)
{
    jsp_tree tree;
    jsp_tree_page part;
    struct walk inner = {.survey = walk->survey, .name = walk->name, .leaf_kind = JSP_PAGE_FIXED};
    if (kind == (JSP_NODE_DUPLICATES | JSP_NODE_TREE) && value->mv_size == JSP_TREE_SIZE) {
        jsp_tree_read(value->mv_data, &tree);
        visit_tree(&inner, &tree);
        return inner.found.entries;
    }
    if (kind == JSP_NODE_DUPLICATES && jsp_page_open_part(value, &part)) {
        check_keys(&inner, number, &part, 0, &(struct bounds){NULL, NULL});
        return part.count;
    }
    jsp_fault(walk->survey->faults, "page %" PRIu64 " of %s: the values of a key are damaged",
              number, walk->name);
    return 0;
}

/* Pages that a transaction listed as free: how many, then their numbers. */
static void check_free(const struct walk *walk, uint64_t number, const MDB_val *value)
{
    const unsigned char *bytes = value->mv_data;
    uint64_t count = value->mv_size / sizeof(uint64_t);
    if (count == 0 || jsp_get_le64(bytes) >= count) {
        jsp_fault(walk->survey->faults, "page %" PRIu64 " of %s: a list is damaged", number,
                  walk->name);
        return;
    }
    count = jsp_get_le64(bytes);
    for (uint64_t i = 1; i <= count; i++) {
        uint64_t page = jsp_get_le64(bytes + i * sizeof(page));
        if (page < 2 || page >= walk->survey->pages->count) {
            jsp_fault(walk->survey->faults,
                      "page %" PRIu64 " of %s: it lists page %" PRIu64 ", which is none", number,
                      walk->name, page);
        } else if (!meet(walk->survey, page)) {
            jsp_fault(walk->survey->faults,
                      "page %" PRIu64 ": it is listed as free and is in use, or listed twice",
                      page);
        }
    }
}

static void visit_entry(struct walk *walk, uint64_t number, const jsp_tree_page *page, unsigned at)
{
    MDB_val key;
    MDB_val value;
    unsigned kind;
    uint64_t first;
    uint64_t count;
    if (!jsp_page_overflow(walk->survey->pages, page, at, &first, &count)
        || !jsp_page_entry(walk->survey->pages, page, at, &key, &value, &kind)) {
        jsp_fault(walk->survey->faults,
                  "page %" PRIu64 " of %s: entry %u of it is damaged, or the pages of its value",
                  number, walk->name, at);
        return;
    }
    meet_run(walk, first, count);
    walk->found.overflows += count;
    if (walk->sorted && kind != 0) {
        walk->found.entries += visit_duplicates(walk, number, &value, kind);
        return;
    }
    walk->found.entries++;
    if (kind != (walk->has_trees ? JSP_NODE_TREE : 0U)) {
        jsp_fault(walk->survey->faults, "page %" PRIu64 " of %s: entry %u is of a wrong kind",
                  number, walk->name, at);
    } else if (walk->is_free) {
        check_free(walk, number, &value);
    }
}

static void visit_branch(struct walk *walk, uint64_t number, const jsp_tree_page *page,
                         unsigned level, const struct bounds *bounds)
{
    MDB_val keys[2];
    for (unsigned at = 0; at < page->count; at++) {
        struct bounds inner = *bounds;
        uint64_t child;
        if (at > 0 && jsp_page_key(page, at, &keys[0])) {
            inner.low = &keys[0];
        }
        if (at + 1U < page->count && jsp_page_key(page, at + 1, &keys[1])) {
            inner.high = &keys[1];
        }
        if (jsp_page_child(page, at, &child)) {
            visit(walk, child, level + 1, &inner);
        } else {
            jsp_fault(walk->survey->faults, "page %" PRIu64 " of %s: entry %u of it is damaged",
                      number, walk->name, at);
        }
    }
}

/* A page and all below it. Depth is bounded: JSP_DEPTH_MAX, and once more for duplicates. */
static void visit(struct walk *walk, uint64_t number, unsigned level, const struct bounds *bounds)
{
    bool is_leaf = level == walk->depth - 1;
    jsp_tree_page page;
    if (!jsp_page_open(walk->survey->pages, number, is_leaf ? walk->leaf_kind : JSP_PAGE_BRANCH,
                       &page)) {
        jsp_fault(walk->survey->faults,
                  "page %" PRIu64 " of %s: it is damaged, or not the %s that "
                  "belongs there",
                  number, walk->name, is_leaf ? "leaf" : "branch");
        return;
    }
    if (!meet(walk->survey, number)) {
        jsp_fault(walk->survey->faults, "page %" PRIu64 ": %s uses it, and so does another", number,
                  walk->name);
        return; /* a damaged branch could lead to the same pages again and again */
    }
    walk->found.branches += !is_leaf;
    walk->found.leaves += is_leaf;
    check_keys(walk, number, &page, is_leaf ? 0 : 1, bounds);
    if (!jsp_page_is_packed(&page)) {
        jsp_fault(walk->survey->faults,
                  "page %" PRIu64 " of %s: its entries do not stand where its header says", number,
                  walk->name);
    }
    if (!is_leaf) {
        visit_branch(walk, number, &page, level, bounds);
    } else if (page.fixed > 0) {
        walk->found.entries += page.count;
    } else {
        for (unsigned at = 0; at < page.count; at++) {
            visit_entry(walk, number, &page, at);
        }
    }
}

static void check_flags(const struct survey *survey, jsp_table table, const jsp_tree *tree)
{
    unsigned wanted = jsp_table_is_sorted(table) ? MDB_DUPSORT | MDB_DUPFIXED : 0;
    if (tree->flags != wanted) {
        jsp_fault(survey->faults, "table %s: its flags are %#x, %#x are right",
                  jsp_table_name(table), tree->flags, wanted);
    }
}

void jsp_structure_check(const js_snapshot *snapshot, jsp_faults *faults)
{
    struct survey survey = {&snapshot->pages, faults, calloc(snapshot->pages.count / 8 + 1, 1)};
    if (survey.met == NULL) {
        jsp_fault(faults, "the pages cannot be checked: out of memory");
        return;
    }
    struct walk names = {.survey = &survey,
                         .name = "the names of tables",
                         .leaf_kind = JSP_PAGE_LEAF,
                         .has_trees = true};
    visit_tree(&names, &snapshot->meta.main);
    for (jsp_table table = 0; table < JSP_TABLES; table++) {
        struct walk walk = {.survey = &survey,
                            .name = jsp_table_name(table),
                            .leaf_kind = JSP_PAGE_LEAF,
                            .sorted = jsp_table_is_sorted(table)};
        check_flags(&survey, table, &snapshot->trees[table]);
        visit_tree(&walk, &snapshot->trees[table]);
    }
    /* last: it must list none that has been met */
    struct walk unused = {
        .survey = &survey, .name = "the free pages", .leaf_kind = JSP_PAGE_LEAF, .is_free = true};
    visit_tree(&unused, &snapshot->meta.free);
    free(survey.met);
}
