/* SPDX-License-Identifier: Apache-2.0 */
#include "request/outcome.h"

#include "apr_strings.h"

#include "request/request_state.h"
#include "server/config.h"

/* Kept with the first of the requests that a redirect within httpd makes of one. */
static struct outcome **place_of(request_rec *r)
{
    while (r->prev != NULL) {
        r = r->prev;
    }
    return &request_state(r)->outcome;
}

struct outcome *outcome_of(request_rec *r)
{
    struct outcome **place = place_of(r);
    if (*place == NULL) {
        *place = apr_pcalloc(r->pool, sizeof(**place));
        (*place)->waited = -1;
    }
    return *place;
}

void outcome_first_byte(request_rec *r)
{
    struct outcome *outcome = outcome_of(r);
    if (outcome->waited < 0) {
        apr_interval_time_t waited = apr_time_now() - r->request_time;
        outcome->waited = waited > 0 ? waited : 0; /* the clock may have been set back */
    }
}

/* What the connection knows of it when all was passed on. mod_http2 says of a stream that it is aborted, too, when the
 * client has all of it before the stream is done here, and of the client's connection whenever it ends one: both
 * are of no use, and what was not left in a file mod_http2 has taken, as the kernel has in HTTP/1.1. */
static int is_cut_off(const request_rec *r, const struct outcome *outcome)
{
    const conn_rec *connection = r->connection;
    return connection->aborted && (connection->master == NULL || outcome->is_left_in_file);
}

static enum document_end end_of(const request_rec *r, const struct outcome *outcome)
{
    if (outcome->end != DOCUMENT_WHOLE) {
        return outcome->end;
    }
    if (is_cut_off(r, outcome)) {
        return DOCUMENT_ABORTED;
    }
    return outcome->damaged > 0 ? DOCUMENT_DAMAGED : DOCUMENT_WHOLE;
}

/* Nobody but us has a note of such a name, and it is set once. */
static void add_number(request_rec *r, const char *name, apr_uint64_t number)
{
    apr_table_addn(r->notes, name, apr_off_t_toa(r->pool, (apr_off_t)number));
}

static void add_notes(request_rec *r, const struct outcome *outcome)
{
    apr_table_addn(r->notes, "jobsessions-end", document_end_names[outcome->end]);
    add_number(r, "jobsessions-sessions", outcome->sessions);
    add_number(r, "jobsessions-damaged", outcome->damaged);
    add_number(r, "jobsessions-bytes", (apr_uint64_t)outcome->bytes);
    if (outcome->has_usn) {
        add_number(r, "jobsessions-usn", outcome->usn);
    }
    if (outcome->waited >= 0) {
        add_number(r, "jobsessions-first-byte", (apr_uint64_t)outcome->waited);
    }
}

int outcome_log(request_rec *r)
{
    request_rec *last = r; /* where LogFormat looks for notes, unless it says %<{}n */
    struct outcome *outcome = *place_of(r);
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
        add_notes(last, outcome);
    }
    return DECLINED;
}
