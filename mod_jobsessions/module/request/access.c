/* SPDX-License-Identifier: Apache-2.0 */
#include "request/access.h"

#include "apr_strings.h"
#include "http_core.h"
#include "http_log.h"
#include "http_request.h"

#include "request/problem.h"
#include "server/config.h"
#include "server/counters.h"
#include "server/log.h"

APLOG_USE_MODULE(jobsessions);

/* What to change so that requests have a user. */
static const char *advice(request_rec *r, const char *mount)
{
    const char *type = ap_auth_type(r);
    if (type == NULL || ap_cstr_casecmp(type, "None") == 0) {
        return apr_psprintf(r->pool,
                            "add AuthType and Require lines to <Location \"%s\">, or SSLUserName "
                            "where clients have certificates",
                            mount);
    }
    return apr_psprintf(r->pool,
                        "AuthType %s of <Location \"%s\"> was not asked, or let it pass without a "
                        "name: make Require valid-user or a claim necessary (in <RequireAll> "
                        "beside all granted, ip and the like; no <RequireAny>, no Satisfy Any)",
                        type, mount);
}

/* A client may be to blame, by a token whose claim is empty: no error, as there could be many. */
static void log_empty_name(request_rec *r, const char *mount)
{
    const char *type = ap_auth_type(r);
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                  JSLOGNO(0302) "%s: AuthType %s of <Location \"%s\"> let the request pass with an "
                                "empty user name, so it gets 403; have the name taken from what is "
                                "never empty, and make Require valid-user or a claim necessary",
                  r->uri, type != NULL ? type : "None", mount);
    counters_error(r->server, 302);
}

static void log_no_name(request_rec *r, const char *mount)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  JSLOGNO(0300) "%s: no authentication module has named a user for this request, "
                                "so it gets 403; %s, or JobSessionsAnonymous On to publish the "
                                "sessions to everybody",
                  r->uri, advice(r, mount));
    counters_error(r->server, 300);
}

int access_check(request_rec *r)
{
    const struct location_config *config = config_of_request(r);
    const char *section = strcmp(r->handler, "jobsessions") == 0 ? config->mount : r->uri;
    /* a module that lets unauthenticated requests pass may leave an empty name */
    int has_user = r->user != NULL && r->user[0] != '\0';
    /* which shows no session; a browser asks with it, and without a token, whether it may ask (CORS) */
    int is_options = r->method_number == M_OPTIONS;
    if (has_user || is_options || config->anonymous == 1) {
        ap_log_rerror(APLOG_MARK, APLOG_TRACE1, 0, r, JSLOGNO(0301) "access granted: %s",
                      has_user     ? "the request has a user"
                      : is_options ? "OPTIONS shows no session"
                                   : "JobSessionsAnonymous is On");
        return OK;
    }
    if (r->user != NULL) {
        log_empty_name(r, section);
        return problem_set(r, HTTP_FORBIDDEN,
                           "Authentication let this request pass without naming a user, so it is "
                           "not answered; the user name is empty.");
    }
    log_no_name(r, section);
    return problem_set(r, HTTP_FORBIDDEN,
                       "The server does not authenticate requests for this resource, so it answers "
                       "none; its error log says what to configure.");
}
