/* SPDX-License-Identifier: Apache-2.0 */
/* The plan for orders that no index serves, and for few ids or a range of start times: the best rows are
 * kept in a heap of bounded size. */
#ifndef JS_STORE_LIST_SELECT_H
#define JS_STORE_LIST_SELECT_H

#include "read/plan.h"

/* The first pass: fill list->totals, and list->rows for the second. 0 or an error of LMDB. */
int jsp_list_select_count(js_list *list);

#endif
