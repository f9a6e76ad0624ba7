/* SPDX-License-Identifier: Apache-2.0 */
#include "response/ending.h"

#include "ap_mpm.h"
#include "http_connection.h"
#include "http_core.h"
#include "http_protocol.h"
#include "util_filter.h"

#include "response/stream_policy.h"

/* httpd drops what follows the headers of a response without a body, so a flush is asked for behind the
 * request's filters. */
static apr_status_t flush_headers(request_rec *r, apr_bucket_brigade *brigade)
{
    apr_brigade_cleanup(brigade);
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_flush_create(r->connection->bucket_alloc));
    return ap_pass_brigade(r->connection->output_filters, brigade);
}

/* In a child that is ending nothing may be left to event's listener: it goes as soon as no thread has a
 * connection, even if some still wait for a thread.
 *
 * httpd is asked each time, as its hook child_stopping comes too late: event, looked at in 2.4.71, sets the
 * state, wakes the listener, then calls the hook. They are some 40 us apart, and where the thread that calls
 * it is held up between, the listener was seen to have gone before. prefork calls it when the child exits. */
static int child_is_ending(void)
{
    int state;
    return ap_mpm_query(AP_MPMQ_MPM_STATE, &state) == APR_SUCCESS && state == AP_MPMQ_STOPPING;
}

int ending_pass(request_rec *r, apr_bucket_brigade *brigade, apr_uint64_t length)
{
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    int is_header_only = r->header_only || AP_STATUS_IS_HEADER_ONLY(r->status);
    int is_kept_back = stream_policy_kept_back(length);
    if ((is_kept_back && !is_header_only) || child_is_ending()) {
        APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_flush_create(alloc));
    }
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(alloc));
    apr_status_t status = ap_pass_brigade(r->output_filters, brigade);
    if (status == APR_SUCCESS && is_kept_back && is_header_only) {
        status = flush_headers(r, brigade);
    }
    return status == APR_SUCCESS ? OK : AP_FILTER_ERROR;
}

int ending_without_body(request_rec *r, int status)
{
    r->status = status;
    (void)ending_pass(r, apr_brigade_create(r->pool, r->connection->bucket_alloc), 0);
    return DONE;
}

/* Tell httpd's own filters, which end a response well or do not, behind those of the request: mod_sed, mod_perl and mod_lua of
 * 2.4.71 hand on data and the end, and leave out that it is a bad one. Before the headers are sent there is no response that
 * could end, and who told httpd of an error would have two. */
static void tell_protocol(request_rec *r, apr_bucket_brigade *brigade)
{
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_flush_create(alloc));
    (void)ap_pass_brigade(r->output_filters, brigade);
    apr_brigade_cleanup(brigade);
    if (r->sent_bodyct) {
        APR_BRIGADE_INSERT_TAIL(brigade,
                                ap_bucket_error_create(HTTP_BAD_GATEWAY, NULL, r->pool, alloc));
        (void)ap_pass_brigade(r->proto_output_filters, brigade);
        apr_brigade_cleanup(brigade);
    }
}

int ending_break_off(request_rec *r, apr_bucket_brigade *brigade)
{
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    apr_brigade_cleanup(brigade);
    tell_protocol(r, brigade);
    APR_BRIGADE_INSERT_TAIL(brigade,
                            ap_bucket_error_create(HTTP_BAD_GATEWAY, NULL, r->pool, alloc));
    APR_BRIGADE_INSERT_TAIL(brigade, ap_bucket_eoc_create(alloc));
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(alloc));
    r->connection->keepalive = AP_CONN_CLOSE;
    (void)ap_pass_brigade(r->output_filters, brigade);
    return AP_FILTER_ERROR;
}
