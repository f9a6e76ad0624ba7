/* SPDX-License-Identifier: Apache-2.0 */
/* The pages that LMDB will write to first: those that are free. Its table of them has a record for each transaction
 * that left some, their numbers from high to low, and LMDB takes the records one after the other, the oldest first, as
 * many as it needs. So many are checked: that they are there, in order, listed once, and none that has been met in use.
 * Whether a page that is listed is used somewhere else, only `verify` tells: that takes a look at all pages. */
#ifndef JS_STORE_FREE_LIST_H
#define JS_STORE_FREE_LIST_H

#include "lmdb/meta.h"
#include "lmdb/path_check.h"

typedef struct jsp_free_list {
    jsp_path_checks *checks;
    jsp_path_tree tree;
    jsp_path path;    /* at the last record that was checked */
    bool ended;       /* there are no more */
    uint64_t newest;  /* the last transaction that may have left a record */
    uint64_t last;    /* page of the file */
    uint64_t first;   /* the first record's transaction */
    uint64_t records; /* that were checked, */
    uint64_t pages;   /* and are listed in them */
} jsp_free_list;

/* All of these return 0, MDB_CORRUPTED or ENOMEM. The checks must have been begun, and outlive the list. */
int jsp_free_list_begin(jsp_free_list *list, jsp_path_checks *checks, const jsp_meta *meta);

/* Check records until there are so many, and more than so many pages in them; or all. */
int jsp_free_list_reach(jsp_free_list *list, uint64_t records, uint64_t pages);

/* Where a transaction will leave a record of its own: behind the last. */
int jsp_free_list_check_end(jsp_free_list *list);

#endif
