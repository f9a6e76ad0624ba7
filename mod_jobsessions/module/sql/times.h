/* SPDX-License-Identifier: Apache-2.0 */
/* Times that js_time_parse() has read, as texts. */
#ifndef JOBSESSIONS_SQL_TIMES_H
#define JOBSESSIONS_SQL_TIMES_H

#include "apr_pools.h"

/* As PostgreSQL keeps it, to the microsecond, the rest cut off; in UTC, which it does not say. */
const char *times_cut(apr_pool_t *pool, apr_int64_t ticks);

/* As it stands in JSON before the Z: with all digits of the second there are, without zeros at their end. */
const char *times_whole(apr_pool_t *pool, apr_int64_t ticks);

#endif
