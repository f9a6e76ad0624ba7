/* SPDX-License-Identifier: Apache-2.0 */
#include "request/request_body.h"

#include "apr_strings.h"
#include "http_protocol.h"
#include "util_filter.h"

#include "request/problem.h"

static int too_large(request_rec *r)
{
    /* what is left of it will not be read */
    r->connection->keepalive = AP_CONN_CLOSE;
    return problem_set(
        r, HTTP_REQUEST_ENTITY_TOO_LARGE,
        apr_psprintf(r->pool, "The request's body is larger than %d bytes.", REQUEST_BODY_MAX));
}

/* The filters may have answered themselves already, a chunk without a size say: then nothing may
 * follow, and their code tells. */
static int unreadable(request_rec *r, apr_status_t rv)
{
    int status = ap_map_http_request_error(rv, HTTP_BAD_REQUEST);
    r->connection->keepalive = AP_CONN_CLOSE;
    return status == HTTP_BAD_REQUEST
               ? problem_set(r, status, "The request's body could not be read.")
               : status;
}

int request_body_read(request_rec *r, const char **body, apr_size_t *length)
{
    apr_bucket_brigade *brigade;
    char *bytes;
    int at_end = 0;
    int status = ap_setup_client_block(r, REQUEST_CHUNKED_DECHUNK);
    *body = "";
    *length = 0;
    if (status != OK) {
        return status;
    }
    if (r->remaining > REQUEST_BODY_MAX) {
        return too_large(r);
    }
    if (!ap_should_client_block(r)) {
        return OK;
    }
    *body = bytes = apr_palloc(r->pool, REQUEST_BODY_MAX + 2);
    brigade = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    while (!at_end) {
        apr_size_t count = REQUEST_BODY_MAX + 1 - *length;
        apr_status_t rv = ap_get_brigade(r->input_filters, brigade, AP_MODE_READBYTES,
                                         APR_BLOCK_READ, (apr_off_t)count);
        if (rv == APR_SUCCESS) {
            rv = apr_brigade_flatten(brigade, bytes + *length, &count);
        }
        if (rv != APR_SUCCESS) {
            return unreadable(r, rv);
        }
        *length += count;
        if (*length > REQUEST_BODY_MAX) {
            return too_large(r);
        }
        at_end = !APR_BRIGADE_EMPTY(brigade) && APR_BUCKET_IS_EOS(APR_BRIGADE_LAST(brigade));
        apr_brigade_cleanup(brigade);
    }
    bytes[*length] = '\0';
    return OK;
}
