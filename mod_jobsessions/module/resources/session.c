/* SPDX-License-Identifier: Apache-2.0 */
/* GET {mount}/{id}: one session. */
#include "httpd.h"

#include "apr_strings.h"

#include "request/accept.h"
#include "resources/fleet.h"
#include "resources/resource.h"

/* A record that is damaged is found nevertheless. */
static js_result find_session(struct answer *answer, js_error *error)
{
    js_session *session = answer->own = apr_palloc(answer->r->pool, sizeof(*session));
    js_result result = resource_find_session(answer, error);
    if (result != JS_OK) {
        return result;
    }
    result = js_snapshot_get(answer->reading.snapshot, answer->id, session);
    if (result != JS_OK && result != JS_NOT_FOUND) {
        (void)apr_snprintf(error->message, sizeof(error->message),
                           "%s: session %s is damaged on disk (%s), and so is the index; restore "
                           "the database from a backup or an export",
                           answer->reading.directory, answer->target->session, session->damage);
    }
    return result;
}

/* One that has not worked on the instance that is asked for is not the one that is wanted. */
static js_result find(struct answer *answer, js_error *error)
{
    js_result result = find_session(answer, error);
    return result == JS_OK && answer->of_resource != NULL ? js_snapshot_find_resource(
               answer->reading.snapshot, answer->id, answer->of_resource, error)
                                                          : result;
}

static js_result begin(struct answer *answer, js_error *error)
{
    (void)error;
    answer->matching = answer->shown = 1;
    answer->frame.links = &answer->links;
    js_document_begin_found(answer->document, answer->reading.snapshot, answer->own, &answer->frame,
                            reading_report_damage, &answer->reading);
    return JS_OK;
}

static const char *const names[] = {"instanceId", NULL}; /* of the vendor's v8.1 */

static const struct parameter_names parameters = {names, resource_no_names, ""};

static void read_parameters(struct answer *answer)
{
    answer->of_resource = parameters_condition(&answer->parameters, "instanceId");
}

const struct resource session_resource = {
    .name = "a session",
    .counted = COUNTED_SESSION,
    .parameters = &parameters,
    .formats = ACCEPT_JSON,
    .is_conditional = 1,
    .read_parameters = read_parameters,
    .by = {[PROVIDER_LMDB] = {.find = find, .begin = begin},
           [PROVIDER_SQL] = {.lacks = fleet_lacks_resource,
                             .find = fleet_find_session,
                             .begin = fleet_begin_session}},
};
