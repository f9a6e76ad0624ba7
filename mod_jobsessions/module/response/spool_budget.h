/* SPDX-License-Identifier: Apache-2.0 */
/* How many bytes wait in the spools of all of httpd's processes together, and for how many clients. What a process had
 * that has ended, however that came, is counted no more. */
#ifndef JOBSESSIONS_SPOOL_BUDGET_H
#define JOBSESSIONS_SPOOL_BUDGET_H

#include "apr_pools.h"

/* Before there are children, each time httpd reads its configuration, with a pool that lasts as long as the parent:
 * children from before a graceful restart go on to be counted. */
apr_status_t spool_budget_create(apr_pool_t *lasting);

/* In a new child. Where the above was not called, or there are more children than httpd may have, it counts for itself. */
void spool_budget_child_init(void);

/* Count bytes that are about to wait; false, and they are not counted, when that makes more than `limit`. */
int spool_budget_take(apr_off_t bytes, apr_off_t limit);

/* Bytes that wait no longer. */
void spool_budget_give(apr_off_t bytes);

/* A client more (1) or less (-1). */
void spool_budget_client(int more);

/* What waits now. */
void spool_budget_totals(apr_uint64_t *bytes, apr_uint64_t *clients);

#endif
