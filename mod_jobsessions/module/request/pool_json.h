/* SPDX-License-Identifier: Apache-2.0 */
/* jansson's values in a request. They come from malloc() and have a count of references, and other modules
 * of the process use jansson, too, so that its allocator is not ours to set: each is bound to a pool. */
#ifndef JOBSESSIONS_POOL_JSON_H
#define JOBSESSIONS_POOL_JSON_H

#include <jansson.h>

#include "apr_pools.h"

/* Let a value end with a pool, in the line after it was made; NULL is allowed. Returns it. */
json_t *pool_json_bind(apr_pool_t *pool, json_t *value);

#endif
