/* SPDX-License-Identifier: Apache-2.0 */
/* Paths on whose pages LMDB is to write. A page is checked the first time a path leads to it. */
#ifndef JS_STORE_PATH_CHECK_H
#define JS_STORE_PATH_CHECK_H

#include "lmdb/page_check.h"
#include "lmdb/page_owners.h"
#include "lmdb/path.h"
#include "lmdb/recent_pages.h"

/* What has been found sound so far. */
typedef struct jsp_path_checks {
    jsp_pages pages;
    jsp_recent_pages *recent; /* the database's */
    jsp_page_owners owners;
    uint64_t used; /* pages that are not free, those of values included */
} jsp_path_checks;

/* A tree whose pages are checked. */
typedef struct jsp_path_tree {
    jsp_tree tree;
    jsp_page_rule rule;
    uint64_t owner; /* of the root */
} jsp_path_tree;

/* All of these return 0, MDB_CORRUPTED or ENOMEM. */

/* The pages from the root to the leaf. */
int jsp_path_check(jsp_path_checks *checks, const jsp_path_tree *tree, const jsp_path *path);

/* What LMDB needs to read the first key below the page of a level. */
int jsp_path_check_first(const jsp_path_tree *tree, const jsp_path *path, unsigned level);

/* What LMDB looks at or merges with when a page on the path gets too empty: on each level the page beside on either
 * side, and the lowest leaf below each. */
int jsp_path_check_around(jsp_path_checks *checks, const jsp_path_tree *tree, const jsp_path *path);

/* The pages that the value at hand has of its own. */
int jsp_path_check_value(jsp_path_checks *checks, const jsp_path *path);

#endif
