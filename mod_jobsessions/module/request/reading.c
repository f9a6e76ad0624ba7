/* SPDX-License-Identifier: Apache-2.0 */
#include "request/reading.h"

#include "http_log.h"

#include "request/problem.h"
#include "server/config.h"
#include "server/counters.h"
#include "server/log.h"
#include "server/monotonic.h"

APLOG_USE_MODULE(jobsessions);

/* Damaged sessions that are named for one request: a database may have thousands. */
#define NAMED 10

static apr_status_t end_with_pool(void *reading)
{
    reading_end(reading);
    return APR_SUCCESS;
}

int reading_failed(request_rec *r, const js_error *error)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, JSLOGNO(0320) "%s", error->message);
    counters_error(r->server, 320);
    return problem_set(r, HTTP_SERVICE_UNAVAILABLE,
                       "The job sessions cannot be read at the moment; the server's error log says "
                       "why.");
}

int reading_version(const struct reading *reading, char version[JS_VERSION_TEXT])
{
    return reading->snapshot != NULL && js_snapshot_version(reading->snapshot, version);
}

apr_uint64_t reading_age(const struct reading *reading)
{
    return reading->snapshot != NULL ? js_snapshot_age(reading->snapshot) : 0;
}

static void log_snapshot(request_rec *r, const struct reading *reading)
{
    char version[JS_VERSION_TEXT];
    ap_log_rerror(APLOG_MARK, APLOG_TRACE1, 0, r, JSLOGNO(0323) "%s: snapshot of version %s",
                  reading->directory, reading_version(reading, version) ? version : "unknown");
}

static js_result begin_snapshot(server_rec *server, struct reading *reading, js_error *error)
{
    js_result result = databases_acquire(server, &reading->database, error);
    if (result != JS_OK) {
        reading->database = NULL;
        return result;
    }
    return js_snapshot_begin(databases_store(reading->database), &reading->snapshot, error);
}

int reading_begin(request_rec *r, struct reading *reading)
{
    const struct database_directive *configured = config_of_server(r->server)->database;
    js_error error;
    if (configured == NULL) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      JSLOGNO(0321) "no JobSessionsDatabase is configured for server %s: add one",
                      r->server->server_hostname);
        return problem_set(r, HTTP_INTERNAL_SERVER_ERROR,
                           "The server is not configured to read job sessions.");
    }
    reading->server = r->server;
    reading->provider = configured->is_fleet ? PROVIDER_SQL : PROVIDER_LMDB;
    reading->directory = configured->path;
    reading->database = NULL;
    reading->snapshot = NULL;
    reading->transaction = NULL;
    reading->damaged = 0;
    reading->list = NULL;
    js_result result = configured->is_fleet
                           ? transaction_begin(r->server, &reading->transaction, &error)
                           : begin_snapshot(r->server, reading, &error);
    if (result != JS_OK) {
        reading_end(reading);
        return reading_failed(r, &error);
    }
    apr_pool_cleanup_register(r->pool, reading, end_with_pool, apr_pool_cleanup_null);
    reading->began = monotonic_now();
    if (APLOGrtrace1(r)) {
        log_snapshot(r, reading);
    }
    return OK;
}

/* Of the server, not of the request: that may be another thread's than the caller's. */
static void log_unnamed(const struct reading *reading)
{
    if (reading->damaged > NAMED) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, reading->server,
                     JSLOGNO(0324) "%s: %u more %s of the same answer are damaged on disk, "
                                   "beside the %d that are named; jobsessions -d %s verify names "
                                   "them all",
                     reading->directory, reading->damaged - NAMED,
                     reading->list != NULL ? "items" : "sessions", NAMED, reading->directory);
    }
}

/* How far the database may have grown for it: pages that were freed since it began could not be used again. */
static void log_kept(const struct reading *reading)
{
    if (reading->snapshot != NULL && APLOG_IS_LEVEL(reading->server, APLOG_DEBUG)) {
        ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, reading->server,
                     JSLOGNO(0326) "%s: a snapshot was kept for %" APR_TIME_T_FMT
                                   " ms, through %" APR_UINT64_T_FMT " commits",
                     reading->directory, apr_time_as_msec(monotonic_now() - reading->began),
                     reading_age(reading));
    }
}

void reading_end(struct reading *reading)
{
    if (reading->database != NULL) {
        log_unnamed(reading);
        log_kept(reading);
        js_snapshot_end(reading->snapshot);
        databases_release(reading->database);
        reading->snapshot = NULL;
        reading->database = NULL;
    }
    transaction_end(reading->transaction);
    reading->transaction = NULL;
}

static void log_item(const struct reading *reading, const js_session *item)
{
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, reading->server,
                 JSLOGNO(0325) "%s: item %" APR_UINT64_T_FMT " of the %s is damaged on disk: %s; "
                               "an empty object was sent in its place; jobsessions -d %s verify "
                               "--repair sets it aside",
                 reading->directory, (apr_uint64_t)item->id, reading->list, item->damage,
                 reading->directory);
}

static void log_session(const struct reading *reading, const js_session *session)
{
    char id[JS_ID_TEXT];
    js_snapshot_id_text(reading->snapshot, session->id, id);
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, reading->server,
                 JSLOGNO(0322) "%s: session %s is damaged on disk: %s; a placeholder was sent in "
                               "its place; import the session anew",
                 reading->directory, id, session->damage);
}

void reading_report_damage(void *baton, const js_session *session)
{
    struct reading *reading = baton;
    counters_damage(reading->server);
    if (++reading->damaged <= NAMED) {
        (reading->list != NULL ? log_item : log_session)(reading, session);
    }
}
