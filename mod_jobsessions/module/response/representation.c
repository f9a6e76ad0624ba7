/* SPDX-License-Identifier: Apache-2.0 */
#include "response/representation.h"

#include "apr_buckets.h"
#include "util_filter.h"

#define FILTER_NAME "JOBSESSIONS_HOLD"

/* Behind all filters that change a body, before those that make HTTP of it. */
#define FILTER_TYPE ((ap_filter_type)(AP_FTYPE_PROTOCOL - 1))

/* While the length is not known: filters that change the body take it away. Some are told to leave short
 * bodies alone. */
#define SUPPOSED_LENGTH "1048576"

/* While the filters decide, and until the document follows. */
struct held {
    int is_open;                 /* what comes is kept */
    apr_bucket_brigade *brigade; /* it, or NULL */
};

static ap_filter_rec_t *filter_handle;

/* Keeps what comes before its time, so that no header is sent yet. */
static apr_status_t hold(ap_filter_t *filter, apr_bucket_brigade *brigade)
{
    struct held *held = filter->ctx;
    if (held->is_open) {
        return ap_save_brigade(filter, &held->brigade, &brigade, filter->r->pool);
    }
    ap_remove_output_filter(filter);
    if (held->brigade != NULL) {
        APR_BRIGADE_PREPEND(brigade, held->brigade);
    }
    return ap_pass_brigade(filter->next, brigade);
}

/* An empty bucket is a first byte to the filters, and nothing to the client. */
static void pass_nothing(request_rec *r)
{
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    apr_bucket_brigade *nothing = apr_brigade_create(r->pool, alloc);
    struct held *held = apr_pcalloc(r->pool, sizeof(*held));
    (void)ap_add_output_filter_handle(filter_handle, held, r, r->connection);
    APR_BRIGADE_INSERT_TAIL(nothing, apr_bucket_immortal_create("", 0, alloc));
    held->is_open = 1;
    (void)ap_pass_brigade(r->output_filters, nothing);
    held->is_open = 0;
}

enum representation representation_settle(request_rec *r)
{
    int has_length = apr_table_get(r->headers_out, "Content-Length") != NULL;
    if (r->main != NULL) {
        return REPRESENTATION_OPEN; /* a part of another response, which has no tag of ours */
    }
    if (r->output_filters == r->proto_output_filters) {
        return REPRESENTATION_RENDERED; /* nobody is there to decide */
    }
    if (!has_length) {
        apr_table_setn(r->headers_out, "Content-Length", SUPPOSED_LENGTH);
    }
    pass_nothing(r);
    if (apr_table_get(r->headers_out, "Content-Length") == NULL) {
        return REPRESENTATION_FILTERED;
    }
    if (!has_length) {
        apr_table_unset(r->headers_out, "Content-Length");
    }
    return REPRESENTATION_RENDERED;
}

void representation_without_body(request_rec *r)
{
    r->output_filters = r->proto_output_filters;
}

void representation_register(void)
{
    filter_handle = ap_register_output_filter(FILTER_NAME, hold, NULL, FILTER_TYPE);
}
