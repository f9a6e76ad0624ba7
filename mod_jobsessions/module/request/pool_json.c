/* SPDX-License-Identifier: Apache-2.0 */
#include "request/pool_json.h"

static apr_status_t forget(void *value)
{
    json_decref(value);
    return APR_SUCCESS;
}

json_t *pool_json_bind(apr_pool_t *pool, json_t *value)
{
    if (value != NULL) {
        apr_pool_cleanup_register(pool, value, forget, apr_pool_cleanup_null);
    }
    return value;
}
