/* SPDX-License-Identifier: Apache-2.0 */
/* POST {mount}/{id}/stop: asks the worker of a session to stop. httpd writes no database: the request is a file, which
 * the worker finds. */
#include "httpd.h"

#include "apr_strings.h"
#include "http_log.h"
#include "http_protocol.h"

#include "request/problem.h"
#include "request/reading.h"
#include "request/remaining_body.h"
#include "resources/resource.h"
#include "response/response.h"
#include "server/config.h"
#include "server/databases.h"
#include "server/log.h"

APLOG_USE_MODULE(jobsessions);

static const struct parameter_names parameters = {resource_no_names, resource_no_names, ""};

static int has_token(request_rec *r)
{
    const char *credentials = apr_table_get(r->headers_in, "Authorization");
    return credentials != NULL
           && (ap_cstr_casecmpn(credentials, "Bearer ", 7) == 0
               || ap_cstr_casecmpn(credentials, "DPoP ", 5) == 0);
}

/* A browser sends cookies and passwords also with what another site's page makes it send, and says so. A token it
 * does not send by itself. */
static int is_of_other_site(request_rec *r)
{
    const char *site = apr_table_get(r->headers_in, "Sec-Fetch-Site");
    return site != NULL && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0
           && !has_token(r);
}

/* The session's log will say who asked, so that it has to be somebody, also where anybody may read. */
static int may_ask(request_rec *r)
{
    if (r->user == NULL || r->user[0] == '\0') {
        return problem_set(r, HTTP_FORBIDDEN, "Only a user who is named may stop a session.");
    }
    return is_of_other_site(r) ? problem_set(
               r, HTTP_FORBIDDEN, "A page of another site may stop a session only with a token.")
                               : OK;
}

static int read_request(request_rec *r)
{
    struct parameters none;
    int status = may_ask(r);
    if (status == OK) {
        parameters_read(&none, r, r->args, &parameters);
        status = problem_any(r);
    }
    return status == OK ? ap_discard_request_body(r) : status;
}

static int asked(request_rec *r, const struct target *target)
{
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, JSLOGNO(0360) "%s asks that session %s be stopped",
                  r->user, target->session);
    remaining_body_pass(r);
    response_headers(r);
    r->status = HTTP_NO_CONTENT;
    return OK;
}

static int not_asked(request_rec *r, js_result result, const js_error *error)
{
    switch (result) {
    case JS_NOT_FOUND:
        return problem_set(r, HTTP_NOT_FOUND, "There is no such session.");
    case JS_FINISHED:
        return problem_set(r, HTTP_CONFLICT, "The session is finished; there is nothing to stop.");
    case JS_FORBIDDEN:
    case JS_FULL:
    case JS_SYSTEM:
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, JSLOGNO(0361) "%s", error->message);
        counters_error(r->server, 361);
        return problem_set(r, HTTP_SERVICE_UNAVAILABLE,
                           "The worker cannot be asked at the moment; the server's error log says "
                           "why.");
    default:
        return reading_failed(r, error);
    }
}

/* The number behind the id that the path has. */
static js_result find(js_database *store, const char *session, uint64_t *id, js_error *error)
{
    js_snapshot *snapshot;
    js_result result = js_snapshot_begin(store, &snapshot, error);
    if (result != JS_OK) {
        return result;
    }
    result = js_snapshot_find_id(snapshot, session, strlen(session), id);
    js_snapshot_end(snapshot);
    if (result == JS_DAMAGED) {
        (void)apr_snprintf(error->message, sizeof(error->message),
                           "session %s cannot be looked up: the tables of uuids are damaged; "
                           "restore the database from a backup or an export",
                           session);
    }
    return result == JS_INVALID ? JS_NOT_FOUND : result;
}

static js_result ask(request_rec *r, const struct target *target, js_error *error)
{
    const char *directory = config_of_server(r->server)->stop_directory;
    struct database *database;
    uint64_t id;
    js_result result = databases_acquire(r->server, &database, error);
    if (result == JS_OK) {
        result = find(databases_store(database), target->session, &id, error);
        result = result == JS_OK
                     ? js_stop_ask(databases_store(database), directory, id, r->user, error)
                     : result;
        databases_release(database);
    }
    return result;
}

static int answer_stop(request_rec *r, const struct target *target)
{
    js_error error;
    int status = read_request(r);
    if (status != OK) {
        return status;
    }
    js_result result = ask(r, target, &error);
    return result == JS_OK ? asked(r, target) : not_asked(r, result, &error);
}

const struct resource stop_resource = {
    .name = "a stop",
    .counted = COUNTED_STOP,
    .parameters = &parameters,
    .answer = answer_stop,
};
