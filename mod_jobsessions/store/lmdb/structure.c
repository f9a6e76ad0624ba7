/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb/structure.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "lmdb/page_check.h"
#include "lmdb/path.h"

/* All pages, and which of them have been met. */
struct survey {
    const jsp_pages *pages;
    jsp_faults *faults;
    unsigned char *met; /* a bit a page */
};

/* A tree that is walked, and what is found in it. */
struct visit {
    struct survey *survey;
    const char *name;
    unsigned depth;
    jsp_page_kind leaf_kind;
    bool sorted;        /* keys may have duplicates */
    jsp_page_rule rule; /* values that are trees of their own are walked by themselves */
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

static void meet_run(const struct visit *visited, uint64_t first, uint64_t count)
{
    for (uint64_t number = first; number < first + count; number++) {
        if (!meet(visited->survey, number)) {
            jsp_fault(visited->survey->faults, "page %" PRIu64 ": %s uses it, and so does another",
                      number, visited->name);
        }
    }
}

/* Whether keys that ascend lie between bounds: the first and the last one tell. */
static bool are_within(const struct visit *visited, const jsp_tree_page *page, unsigned first,
                       const struct bounds *bounds)
{
    MDB_val key;
    if (first >= page->count) {
        return true;
    }
    return (bounds->low == NULL
            || (jsp_page_key(page, first, &key)
                && jsp_page_check_compare(&visited->rule, &key, bounds->low) >= 0))
           && (bounds->high == NULL
               || (jsp_page_key(page, page->count - 1U, &key)
                   && jsp_page_check_compare(&visited->rule, &key, bounds->high) < 0));
}

/* A branch's first key stands for everything below, and is not looked at. */
static void check_keys(const struct visit *visited, uint64_t number, const jsp_tree_page *page,
                       unsigned first, const struct bounds *bounds)
{
    if (!jsp_page_check_keys(page, first, &visited->rule)
        || !are_within(visited, page, first, bounds)) {
        jsp_fault(visited->survey->faults, "page %" PRIu64 " of %s: its keys are not in order",
                  number, visited->name);
    }
}

static void check_counts(const struct visit *visited, const jsp_tree *told)
{
    const jsp_tree *found = &visited->found;
    if (told->branches != found->branches || told->leaves != found->leaves
        || told->overflows != found->overflows || told->entries != found->entries) {
        jsp_fault(visited->survey->faults,
                  "%s: %" PRIu64 " branch, %" PRIu64 " leaf and %" PRIu64
                  " overflow pages with %" PRIu64 " entries are counted, found were %" PRIu64
                  ", %" PRIu64 ", %" PRIu64 " and %" PRIu64,
                  visited->name, told->branches, told->leaves, told->overflows, told->entries,
                  found->branches, found->leaves, found->overflows, found->entries);
    }
}

static void visit(struct visit *visited, uint64_t number, unsigned level,
                  const struct bounds *bounds);

static void visit_tree(struct visit *visited, const jsp_tree *tree)
{
    jsp_path path;
    if (!jsp_path_begin(&path, visited->survey->pages, tree, visited->leaf_kind)) {
        jsp_fault(visited->survey->faults, "%s: a tree cannot have %u levels", visited->name,
                  tree->depth);
        return;
    }
    visited->depth = path.depth;
    if (path.depth > 0) {
        visit(visited, tree->root, 0, &(struct bounds){NULL, NULL});
    }
    check_counts(visited, tree);
}

/* Duplicates of a key; returns how many there are. */
static uint64_t visit_duplicates(const struct visit *visited, uint64_t number, const MDB_val *value,
                                 unsigned kind)
{
    jsp_tree tree;
    jsp_tree_page part;
    struct visit inner = {
        .survey = visited->survey, .name = visited->name, .leaf_kind = JSP_PAGE_FIXED};
    if (kind == (JSP_NODE_DUPLICATES | JSP_NODE_TREE) && value->mv_size == JSP_TREE_SIZE) {
        jsp_tree_read(value->mv_data, &tree);
        visit_tree(&inner, &tree);
        return inner.found.entries;
    }
    if (kind == JSP_NODE_DUPLICATES && jsp_page_open_part(value, &part)) {
        check_keys(&inner, number, &part, 0, &(struct bounds){NULL, NULL});
        return part.count;
    }
    jsp_fault(visited->survey->faults, "page %" PRIu64 " of %s: the values of a key are damaged",
              number, visited->name);
    return 0;
}

/* Pages that a transaction listed as free: how many, then their numbers. */
static void check_free(const struct visit *visited, uint64_t number, const MDB_val *value)
{
    const unsigned char *bytes = value->mv_data;
    uint64_t count = value->mv_size / sizeof(uint64_t);
    if (count == 0 || jsp_get_le64(bytes) >= count) {
        jsp_fault(visited->survey->faults, "page %" PRIu64 " of %s: a list is damaged", number,
                  visited->name);
        return;
    }
    count = jsp_get_le64(bytes);
    for (uint64_t i = 1; i <= count; i++) {
        uint64_t page = jsp_get_le64(bytes + i * sizeof(page));
        if (page < 2 || page >= visited->survey->pages->count) {
            jsp_fault(visited->survey->faults,
                      "page %" PRIu64 " of %s: it lists page %" PRIu64 ", which is none", number,
                      visited->name, page);
        } else if (!meet(visited->survey, page)) {
            jsp_fault(visited->survey->faults,
                      "page %" PRIu64 ": it is listed as free and is in use, or listed twice",
                      page);
        }
    }
}

/* A value and its kind, and meet the pages it may have. Nearly none has: the node is looked at but once. */
static bool open_entry(struct visit *visited, const jsp_tree_page *page, unsigned at,
                       MDB_val *value, unsigned *kind)
{
    const jsp_pages *pages = visited->survey->pages;
    MDB_val key;
    uint64_t first;
    uint64_t count;
    if (!jsp_page_node(page, at, &key, value, kind)) {
        return false;
    }
    if ((*kind & JSP_NODE_OVERFLOW) == 0) {
        return true;
    }
    if (!jsp_page_overflow(pages, page, at, &first, &count)
        || !jsp_page_entry(pages, page, at, &key, value, kind)) {
        return false;
    }
    meet_run(visited, first, count);
    visited->found.overflows += count;
    return true;
}

static void visit_entry(struct visit *visited, uint64_t number, const jsp_tree_page *page,
                        unsigned at)
{
    MDB_val value;
    unsigned kind;
    if (!open_entry(visited, page, at, &value, &kind)) {
        jsp_fault(visited->survey->faults,
                  "page %" PRIu64 " of %s: entry %u of it is damaged, or the pages of its value",
                  number, visited->name, at);
        return;
    }
    if (visited->sorted && kind != 0) {
        visited->found.entries += visit_duplicates(visited, number, &value, kind);
        return;
    }
    visited->found.entries++;
    if (kind != (visited->rule.has_trees ? JSP_NODE_TREE : 0U)) {
        jsp_fault(visited->survey->faults, "page %" PRIu64 " of %s: entry %u is of a wrong kind",
                  number, visited->name, at);
    } else if (visited->rule.is_free) {
        check_free(visited, number, &value);
    }
}

static void visit_branch(struct visit *visited, uint64_t number, const jsp_tree_page *page,
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
            visit(visited, child, level + 1, &inner);
        } else {
            jsp_fault(visited->survey->faults, "page %" PRIu64 " of %s: entry %u of it is damaged",
                      number, visited->name, at);
        }
    }
}

/* A page and all below it. Depth is bounded: JSP_DEPTH_MAX, and once more for duplicates. */
static void visit(struct visit *visited, uint64_t number, unsigned level,
                  const struct bounds *bounds)
{
    bool is_leaf = level == visited->depth - 1;
    jsp_tree_page page;
    if (!jsp_page_open(visited->survey->pages, number,
                       is_leaf ? visited->leaf_kind : JSP_PAGE_BRANCH, &page)) {
        jsp_fault(visited->survey->faults,
                  "page %" PRIu64 " of %s: it is damaged, or not the %s that "
                  "belongs there",
                  number, visited->name, is_leaf ? "leaf" : "branch");
        return;
    }
    if (!meet(visited->survey, number)) {
        jsp_fault(visited->survey->faults, "page %" PRIu64 ": %s uses it, and so does another",
                  number, visited->name);
        return; /* a damaged branch could lead to the same pages again and again */
    }
    visited->found.branches += !is_leaf;
    visited->found.leaves += is_leaf;
    check_keys(visited, number, &page, is_leaf ? 0 : 1, bounds);
    if (!jsp_page_is_packed(&page)) {
        jsp_fault(visited->survey->faults,
                  "page %" PRIu64 " of %s: its entries do not stand where its header says", number,
                  visited->name);
    }
    if (!is_leaf) {
        visit_branch(visited, number, &page, level, bounds);
    } else if (page.fixed > 0) {
        visited->found.entries += page.count;
    } else {
        for (unsigned at = 0; at < page.count; at++) {
            visit_entry(visited, number, &page, at);
        }
    }
}

static void check_table(struct survey *survey, const jsp_named_tree *table)
{
    unsigned wanted = table->is_sorted ? MDB_DUPSORT | MDB_DUPFIXED : 0;
    struct visit visited = {.survey = survey,
                            .name = table->name,
                            .leaf_kind = JSP_PAGE_LEAF,
                            .sorted = table->is_sorted};
    if (table->tree->flags != wanted) {
        jsp_fault(survey->faults, "table %s: its flags are %#x, %#x are right", table->name,
                  table->tree->flags, wanted);
    }
    visit_tree(&visited, table->tree);
}

void jsp_structure_check(const jsp_pages *pages, const jsp_meta *meta, const jsp_named_tree *tables,
                         size_t table_count, jsp_faults *faults)
{
    struct survey survey = {pages, faults, calloc(pages->count / 8 + 1, 1)};
    if (survey.met == NULL) {
        jsp_fault(faults, "the pages cannot be checked: out of memory");
        return;
    }
    struct visit names = {.survey = &survey,
                          .name = "the names of tables",
                          .leaf_kind = JSP_PAGE_LEAF,
                          .rule = {.has_trees = true}};
    visit_tree(&names, &meta->main);
    for (size_t i = 0; i < table_count; i++) {
        check_table(&survey, &tables[i]);
    }
    /* last: it must list none that has been met */
    struct visit unused = {.survey = &survey,
                           .name = "the free pages",
                           .leaf_kind = JSP_PAGE_LEAF,
                           .rule = {.is_free = true}};
    visit_tree(&unused, &meta->free);
    free(survey.met);
}
