/* SPDX-License-Identifier: Apache-2.0 */
/* The plan for followers: through the index of usns, oldest change first. */
#ifndef JS_STORE_LIST_CHANGES_H
#define JS_STORE_LIST_CHANGES_H

#include "read/plan.h"

/* The first pass: fill list->totals. 0 or an error of LMDB. */
int jsp_list_changes_count(js_list *list);

/* Go back to the beginning for the second pass. */
void jsp_list_changes_begin(js_list *list);

/* The next change. JS_OK, JS_END or JS_DAMAGED. */
js_result jsp_list_changes_next(js_list *list, js_session *session);

#endif
