/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/health.h"

#include "http_log.h"
#include "http_protocol.h"
#include "http_request.h"

#include "jobsessions_read.h"
#include "server/config.h"
#include "server/databases.h"
#include "server/log.h"
#include "sql/transaction.h"

APLOG_USE_MODULE(jobsessions);

static js_result read_something(js_database *store, js_error *error)
{
    js_snapshot *snapshot;
    js_totals totals;
    js_result result = js_snapshot_begin(store, &snapshot, error);
    if (result == JS_OK) {
        result = js_snapshot_totals(snapshot, &totals, error);
        js_snapshot_end(snapshot);
    }
    return result;
}

static js_result look_at_fleet(server_rec *server, js_error *error)
{
    struct transaction *transaction;
    js_result result = transaction_begin(server, &transaction, error);
    transaction_end(transaction);
    return result;
}

static js_result look_at_database(server_rec *server, js_error *error)
{
    struct database *database;
    js_result result = databases_acquire(server, &database, error);
    if (result == JS_OK) {
        result = read_something(databases_store(database), error);
        databases_release(database);
    }
    return result;
}

static int is_readable(request_rec *r)
{
    const struct database_directive *configured = config_of_server(r->server)->database;
    js_error error;
    if (configured == NULL) {
        return 0;
    }
    js_result result = configured->is_fleet ? look_at_fleet(r->server, &error)
                                            : look_at_database(r->server, &error);
    if (result != JS_OK) { /* who asks every second would fill the log */
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, JSLOGNO(0501) "%s", error.message);
    }
    return result == JS_OK;
}

int health_handle(request_rec *r)
{
    if (r->handler == NULL || strcmp(r->handler, "jobsessions-probe") != 0) {
        return DECLINED;
    }
    ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, M_OPTIONS, -1);
    if (r->method_number != M_GET) {
        return r->method_number == M_OPTIONS ? DECLINED : HTTP_METHOD_NOT_ALLOWED;
    }
    /* not by httpd's way of errors, which have a page */
    r->status = is_readable(r) ? HTTP_OK : HTTP_SERVICE_UNAVAILABLE;
    ap_set_content_length(r, 0);
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    return OK;
}
