/* SPDX-License-Identifier: Apache-2.0 */
#include "request/outcome.h"

#include "apr_strings.h"

#include "server/config.h"

#define KEY "jobsessions-outcome"

/* With the pool, which requests have in common that httpd redirects within itself. */
static struct outcome *find(request_rec *r)
{
    void *outcome = NULL;
    (void)apr_pool_userdata_get(&outcome, KEY, r->pool);
    return outcome;
}

struct outcome *outcome_of(request_rec *r)
{
    struct outcome *outcome = find(r);
    if (outcome == NULL) {
        outcome = apr_pcalloc(r->pool, sizeof(*outcome));
        outcome->waited = -1;
        (void)apr_pool_userdata_setn(outcome, KEY, NULL, r->pool);
    }
    return outcome;
}

void outcome_first_byte(request_rec *r)
{
    struct outcome *outcome = outcome_of(r);
    if (outcome->waited < 0) {
        apr_interval_time_t waited = apr_time_now() - r->request_time;
        outcome->waited = waited > 0 ? waited : 0; /* the clock may have been set back */
    }
}

/* What the connection knows of the end when all was passed on. */
static enum document_end end_of(const request_rec *r, const struct outcome *outcome)
{
    const conn_rec *connection = r->connection;
    int is_aborted =
        connection->aborted || (connection->master != NULL && connection->master->aborted);
    if (outcome->end != DOCUMENT_WHOLE) {
        return outcome->end;
    }
    return is_aborted ? DOCUMENT_ABORTED : outcome->damaged > 0 ? DOCUMENT_DAMAGED : DOCUMENT_WHOLE;
}

static void set_number(request_rec *r, const char *name, apr_uint64_t number)
{
    apr_table_setn(r->notes, name, apr_psprintf(r->pool, "%" APR_UINT64_T_FMT, number));
}

static void set_notes(request_rec *r, const struct outcome *outcome)
{
    apr_table_setn(r->notes, "jobsessions-end", document_end_names[outcome->end]);
    set_number(r, "jobsessions-sessions", outcome->sessions);
    set_number(r, "jobsessions-damaged", outcome->damaged);
    set_number(r, "jobsessions-bytes", (apr_uint64_t)outcome->bytes);
    if (outcome->has_usn) {
        set_number(r, "jobsessions-usn", outcome->usn);
    }
    if (outcome->waited >= 0) {
        set_number(r, "jobsessions-first-byte", (apr_uint64_t)outcome->waited);
    }
}

int outcome_log(request_rec *r)
{
    request_rec *last = r; /* where LogFormat looks for notes, unless it says %<{}n */
    struct outcome *outcome = find(r);
    if (outcome == NULL && !config_below_mount(r)) {
        return DECLINED;
    }
    while (last->next != NULL) {
        last = last->next;
    }
    counters_request(r->server, outcome != NULL ? outcome->resource : COUNTED_OTHER, last->status);
    if (outcome != NULL && outcome->end != DOCUMENT_NONE) {
        outcome->end = end_of(r, outcome);
        counters_document(r->server, outcome->resource, outcome->end, outcome->sessions,
                          (apr_uint64_t)outcome->bytes);
        set_notes(last, outcome);
    }
    return DECLINED;
}
