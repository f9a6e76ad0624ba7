/* SPDX-License-Identifier: Apache-2.0 */
#include "request_body.h"

#include "apr_strings.h"
#include "http_protocol.h"

#include "problem.h"

static int too_large(request_rec *r)
{
    /* what is left of it will not be read */
    r->connection->keepalive = AP_CONN_CLOSE;
    return problem_set(
        r, HTTP_REQUEST_ENTITY_TOO_LARGE,
        apr_psprintf(r->pool, "The request's body is larger than %d bytes.", REQUEST_BODY_MAX));
}

int request_body_ignore(request_rec *r)
{
    char bytes[8192];
    apr_off_t total = 0;
    int status = ap_setup_client_block(r, REQUEST_CHUNKED_DECHUNK);
    if (status != OK) {
        return status;
    }
    if (r->remaining > REQUEST_BODY_MAX) {
        return too_large(r);
    }
    if (!ap_should_client_block(r)) {
        return OK;
    }
    for (;;) {
        long count = ap_get_client_block(r, bytes, sizeof(bytes));
        if (count == 0) {
            return OK;
        }
        if (count < 0) {
            return problem_set(r, HTTP_BAD_REQUEST, "The request's body could not be read.");
        }
        total += count;
        if (total > REQUEST_BODY_MAX) {
            return too_large(r);
        }
    }
}
