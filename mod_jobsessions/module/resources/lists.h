/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of the store, found for a request. */
#ifndef JOBSESSIONS_LISTS_H
#define JOBSESSIONS_LISTS_H

#include "request/reading.h"

/* Find what a query wants, in memory of the request. OK; 400 when the query goes too far down an order
 * that no index serves; 503. On an error the reading has ended. */
int lists_find(request_rec *r, struct reading *reading, const js_query *query, js_list **list);

#endif
