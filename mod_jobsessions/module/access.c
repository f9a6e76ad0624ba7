/* SPDX-License-Identifier: Apache-2.0 */
#include "access.h"

#include "http_core.h"
#include "http_log.h"
#include "http_request.h"

#include "config.h"
#include "problem.h"

APLOG_USE_MODULE(jobsessions);

int access_check(request_rec *r)
{
    const struct location_config *config = config_of_request(r);
    /* a module that lets unauthenticated requests pass may leave an empty name */
    if (config->anonymous == 1 || (r->user != NULL && r->user[0] != '\0')) {
        return OK;
    }
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  "%s: no authentication module has named a user for this request, so it gets 403; "
                  "add AuthType and Require lines to <Location \"%s\">, or JobSessionsAnonymous On "
                  "to publish the sessions to everybody",
                  r->uri, config->mount);
    return problem_set(r, HTTP_FORBIDDEN,
                       "The server does not authenticate requests for this resource, so it answers "
                       "none; its error log says what to configure.");
}
