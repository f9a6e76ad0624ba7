/* SPDX-License-Identifier: Apache-2.0 */
/* A page whose every entry LMDB may move: when a write copies, splits or merges it, all of it has to be right, not
 * only what leads to one key. */
#ifndef JS_STORE_PAGE_CHECK_H
#define JS_STORE_PAGE_CHECK_H

#include "lmdb/page.h"

/* What the pages of a tree hold. */
typedef struct jsp_page_rule {
    bool is_free;   /* LMDB's table of free pages: its keys are numbers in the machine's order */
    bool has_trees; /* the names of tables */
    size_t
        duplicates; /* bytes of each value of a key that may have many; 0: it has one, of any size */
    size_t fixed;   /* the tree is the duplicates of a key, each of this size */
} jsp_page_rule;

/* Whether a page that was opened has everything where it says, and its keys in order. */
bool jsp_page_check(const jsp_pages *pages, const jsp_tree_page *page, bool is_leaf,
                    const jsp_page_rule *rule);

/* Whether the keys from one on ascend and have lengths that LMDB takes; a branch's first key stands for everything
 * below, and is not looked at. */
bool jsp_page_check_keys(const jsp_tree_page *page, unsigned first, const jsp_page_rule *rule);

/* Whether what LMDB knows of a tree can be. */
bool jsp_page_check_tree(const jsp_pages *pages, const jsp_tree *tree);

/* The order of keys, and whether they have a length that LMDB takes, by the rule. */
bool jsp_page_check_size(const jsp_page_rule *rule, const MDB_val *key);
int jsp_page_check_compare(const jsp_page_rule *rule, const MDB_val *one, const MDB_val *other);

#endif
