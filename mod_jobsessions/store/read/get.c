/* SPDX-License-Identifier: Apache-2.0 */
/* js_get() and the ids of one session, for who reads now and then. */
#include <string.h>

#include "base/error.h"
#include "base/id.h"
#include "database/database.h"
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

static js_result find(const js_snapshot *snapshot, const char *directory, const char *text,
                      size_t length, uint64_t *id, js_error *error)
{
    int shown = (int)(length < 64 ? length : 64);
    js_result result = js_snapshot_find_id(snapshot, text, length, id);
    switch (result) {
    case JS_OK:
        return JS_OK;
    case JS_INVALID:
        return jsp_fail(error, result, "\"%.*s\" is no id", shown, text);
    case JS_NOT_FOUND:
        return jsp_fail(error, result, "%s: there is no session \"%.*s\"", directory, shown, text);
    default:
        return jsp_fail(error, result,
                        "%s: the tables of uuids are damaged; jobsessions -d %s verify tells",
                        directory, directory);
    }
}

js_result js_find_id(js_database *database, const char *text, size_t length, uint64_t *id,
                     js_error *error)
{
    js_snapshot *snapshot;
    js_result result = js_snapshot_begin(database, &snapshot, error);
    if (result == JS_OK) {
        result = find(snapshot, database->directory, text, length, id, error);
        js_snapshot_end(snapshot);
    }
    return result;
}

void js_id_text(js_database *database, uint64_t id, char text[JS_ID_TEXT])
{
    js_snapshot *snapshot;
    if (js_snapshot_begin(database, &snapshot, NULL) == JS_OK) {
        js_snapshot_id_text(snapshot, id, text);
        js_snapshot_end(snapshot);
    } else {
        text[jsp_id_format(id, text)] = '\0';
    }
}
