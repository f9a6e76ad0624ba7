/* SPDX-License-Identifier: Apache-2.0 */
/* The plan for the order of ids: through the compact index, in either direction, keeping nothing. */
#ifndef JS_STORE_LIST_SCAN_H
#define JS_STORE_LIST_SCAN_H

#include "read/plan.h"

/* The first pass: fill list->totals. 0 or an error of LMDB. */
int jsp_list_scan_count(js_list *list);

/* Begin the second pass, at the first id of the page: what lies before it is not gone through again. */
void jsp_list_scan_begin(js_list *list);

/* The id of the next session on the page; the page is known not to be at its end. 0 or an error of LMDB. */
int jsp_list_scan_next(js_list *list, uint64_t *id);

/* How many sessions have no status, of a list of all: there are few rows to look at where they are counted, and else all
 * entries. The walk has to begin anew. */
int jsp_list_scan_unstated(js_list *list, uint64_t *count);

#endif
