/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb/page_check.h"

#include "lmdb/path.h"

/* LMDB's, as Debian and everybody builds it. */
#define KEY_MAX 511

int jsp_page_check_compare(const jsp_page_rule *rule, const MDB_val *one, const MDB_val *other)
{
    if (!rule->is_free || one->mv_size != sizeof(uint64_t) || other->mv_size != sizeof(uint64_t)) {
        return jsp_tree_compare_keys(one, other);
    }
    uint64_t number = jsp_get_le64(one->mv_data);
    uint64_t other_number = jsp_get_le64(other->mv_data);
    return (number > other_number) - (number < other_number);
}

bool jsp_page_check_size(const jsp_page_rule *rule, const MDB_val *key)
{
    return rule->is_free ? key->mv_size == sizeof(uint64_t)
                         : key->mv_size > 0 && key->mv_size <= KEY_MAX;
}

bool jsp_page_check_keys(const jsp_tree_page *page, unsigned first, const jsp_page_rule *rule)
{
    return jsp_page_is_ordered(page, first, KEY_MAX, rule->is_free);
}

/* LMDB merges a branch before it has one page below it, but in its own table. */
static bool children_are_sound(const jsp_pages *pages, const jsp_tree_page *page,
                               const jsp_page_rule *rule)
{
    uint64_t child;
    for (unsigned at = 0; at < page->count; at++) {
        if (!jsp_page_child(page, at, &child) || child < 2 || child >= pages->count) {
            return false;
        }
    }
    return page->count > 1 || rule->is_free;
}

bool jsp_page_check_tree(const jsp_pages *pages, const jsp_tree *tree)
{
    if (tree->root == JSP_NO_PAGE) {
        return tree->depth == 0 && tree->entries == 0;
    }
    return tree->root >= 2 && tree->root < pages->count && tree->depth > 0
           && tree->depth <= JSP_DEPTH_MAX && tree->leaves < pages->count
           && tree->branches < pages->count && tree->overflows < pages->count
           && tree->entries >= tree->leaves && tree->leaves > 0
           && (tree->depth > 1) == (tree->branches > 0);
}

/* The values of a key that has many: a tree of them. */
static bool is_tree_of(const jsp_pages *pages, const MDB_val *value, size_t fixed)
{
    jsp_tree tree;
    if (value->mv_size != JSP_TREE_SIZE) {
        return false;
    }
    jsp_tree_read(value->mv_data, &tree);
    return tree.flags == MDB_DUPFIXED && tree.fixed == fixed && tree.root != JSP_NO_PAGE
           && jsp_page_check_tree(pages, &tree);
}

/* Or a few on the leaf. */
static bool is_part_of(const MDB_val *value, size_t fixed)
{
    jsp_tree_page part;
    return jsp_page_open_part(value, &part) && part.fixed == fixed && jsp_page_is_packed(&part)
           && jsp_page_check_keys(&part, 0, &(jsp_page_rule){.fixed = fixed});
}

static bool values_are_sound(const jsp_pages *pages, const MDB_val *value, unsigned kind,
                             size_t fixed)
{
    switch (kind) {
    case 0:
        return value->mv_size == fixed;
    case JSP_NODE_DUPLICATES:
        return is_part_of(value, fixed);
    default:
        return kind == (JSP_NODE_DUPLICATES | JSP_NODE_TREE) && is_tree_of(pages, value, fixed);
    }
}

static bool value_is_sound(const MDB_val *value, unsigned kind, const jsp_page_rule *rule)
{
    if (rule->has_trees && kind == JSP_NODE_TREE) {
        return value->mv_size == JSP_TREE_SIZE;
    }
    return (kind == 0 || kind == JSP_NODE_OVERFLOW)
           && (!rule->is_free
               || (value->mv_size >= sizeof(uint64_t) && value->mv_size % sizeof(uint64_t) == 0));
}

static bool entries_are_sound(const jsp_pages *pages, const jsp_tree_page *page,
                              const jsp_page_rule *rule)
{
    MDB_val key;
    MDB_val value;
    unsigned kind;
    for (unsigned at = 0; at < page->count; at++) {
        if (!jsp_page_node(page, at, &key, &value, &kind)
            || !(rule->duplicates > 0 ? values_are_sound(pages, &value, kind, rule->duplicates)
                                      : value_is_sound(&value, kind, rule))) {
            return false;
        }
    }
    return true;
}

bool jsp_page_check(const jsp_pages *pages, const jsp_tree_page *page, bool is_leaf,
                    const jsp_page_rule *rule)
{
    if (!jsp_page_is_packed(page) || !jsp_page_check_keys(page, is_leaf ? 0 : 1, rule)) {
        return false;
    }
    if (!is_leaf) {
        return children_are_sound(pages, page, rule);
    }
    return rule->fixed > 0 ? page->fixed == rule->fixed : entries_are_sound(pages, page, rule);
}
