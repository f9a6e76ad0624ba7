/* SPDX-License-Identifier: Apache-2.0 */
/* js_get(): one session, for who reads now and then. */
#include <string.h>

#include "base/error.h"
#include "database/names.h"
#include "jobsessions_read.h"

static js_result copy(const js_snapshot *snapshot, const js_session *session, char *json,
                      size_t size, size_t *length, js_error *error)
{
    if (session->damage != NULL) {
        return jsp_fail(error, JS_DAMAGED, "session %s is damaged on disk (%s); import it anew",
                        jsp_names_of(snapshot, session->id).text, session->damage);
    }
    if (length != NULL) {
        *length = session->length;
    }
    if (size <= session->length) {
        return jsp_fail(error, JS_INVALID,
                        "session %s needs room for %zu bytes and a NUL, there is room for %zu",
                        jsp_names_of(snapshot, session->id).text, session->length, size);
    }
    memcpy(json, session->json, session->length);
    json[session->length] = '\0';
    return JS_OK;
}

js_result js_get(js_database *database, uint64_t id, char *json, size_t size, size_t *length,
                 js_error *error)
{
    js_snapshot *snapshot;
    js_session session;
    js_result result = js_snapshot_begin(database, &snapshot, error);
    if (result != JS_OK) {
        return result;
    }
    result = js_snapshot_get(snapshot, id, &session);
    if (result == JS_OK) {
        result = copy(snapshot, &session, json, size, length, error);
    } else {
        (void)jsp_fail(error, result,
                       result == JS_NOT_FOUND ? "there is no session \"%s\""
                                              : "session %s cannot be looked up",
                       jsp_names_of(snapshot, id).text);
    }
    js_snapshot_end(snapshot);
    return result;
}
