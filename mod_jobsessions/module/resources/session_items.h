/* SPDX-License-Identifier: Apache-2.0 */
/* GET {mount}/{id}/log, and /protectedItems, /deletedItems, /restoredItems, /fileLevelRestoredItems. */
#ifndef JOBSESSIONS_SESSION_ITEMS_H
#define JOBSESSIONS_SESSION_ITEMS_H

#include "route.h"

/* Items on a page unless Limit says otherwise; a log is whole unless it does. */
#define ITEMS_LIMIT_DEFAULT 100

int session_log_handle(request_rec *r, const struct target *target);
int session_items_handle(request_rec *r, const struct target *target);

#endif
