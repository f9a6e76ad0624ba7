/* SPDX-License-Identifier: Apache-2.0 */
#include "request/remaining_body.h"

#include "util_filter.h"

/* The most that is read of a body only to be thrown away. */
#define PASSED_MAX ((apr_off_t)16 << 20)
#define PASSED_AT_ONCE 65536
#define PASSED_WITHIN apr_time_from_sec(10)

void remaining_body_pass(request_rec *r)
{
    apr_bucket_brigade *brigade;
    apr_time_t until = apr_time_now() + PASSED_WITHIN;
    apr_off_t passed = 0;
    apr_off_t length = 0;
    int goes_on = r->proto_num >= HTTP_VERSION(2, 0) && r->main == NULL;
    brigade = goes_on ? apr_brigade_create(r->pool, r->connection->bucket_alloc) : NULL;
    while (goes_on) {
        goes_on = ap_get_brigade(r->input_filters, brigade, AP_MODE_READBYTES, APR_BLOCK_READ,
                                 PASSED_AT_ONCE)
                      == APR_SUCCESS
                  && !APR_BRIGADE_EMPTY(brigade) && !APR_BUCKET_IS_EOS(APR_BRIGADE_LAST(brigade))
                  && apr_brigade_length(brigade, 0, &length) == APR_SUCCESS;
        passed += length;
        goes_on = goes_on && passed < PASSED_MAX && apr_time_now() < until;
        apr_brigade_cleanup(brigade);
    }
}
