/* SPDX-License-Identifier: Apache-2.0 */
#include "write/mistaken.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "format/status.h"

/* Room for the longest path of a member, and for what somebody has put in the place of a name. */
#define PATH_MAX_BYTES 96

/* The member of a table that a name stands for in another case, or NULL. */
static const jsp_member *misspelt(const char *name, const jsp_members *members)
{
    for (size_t i = 0; i < members->count; i++) {
        if (strcasecmp(name, members->list[i].name) == 0) {
            return strcmp(name, members->list[i].name) == 0 ? NULL : &members->list[i];
        }
    }
    return NULL;
}

static js_result check_names(const json_t *object, const jsp_members *members, const char *path,
                             js_error *error);

/* The objects within one, each with the path that leads to its members. */
static js_result check_inner(const json_t *object, /* NOLINT(misc-no-recursion) */
                             const jsp_members *members, const char *path, js_error *error)
{
    char inner[PATH_MAX_BYTES];
    js_result result = JS_OK;
    for (size_t i = 0; i < members->count && result == JS_OK; i++) {
        const jsp_member *member = &members->list[i];
        const json_t *value = json_object_get(object, member->name);
        if (member->members.count > 0 && json_is_object(value)) {
            (void)snprintf(inner, sizeof(inner), "%s%s.", path, member->name);
            result = check_names(value, &member->members, inner, error);
        }
    }
    return result;
}

static js_result check_names(const json_t *object, /* NOLINT(misc-no-recursion) */
                             const jsp_members *members, const char *path, js_error *error)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        const jsp_member *meant = misspelt(key, members);
        if (meant != NULL) {
            char wrong[2 * PATH_MAX_BYTES];
            (void)snprintf(wrong, sizeof(wrong), "%s%s", path, key);
            return jsp_refuse(error, wrong, "is spelt \"%s\"; names differ in case", meant->name);
        }
    }
    return check_inner(object, members, path, error);
}

js_result jsp_mistaken_names(const json_t *object, const jsp_members *members, js_error *error)
{
    return check_names(object, members, "", error);
}

/* Marks that lists of changes and exports have, which say that the object is not a session. */
static js_result check_marks(const json_t *object, js_error *error)
{
    if (json_is_true(json_object_get(object, "deleted"))) {
        return jsp_refuse(error, "deleted",
                          "it tells of a removed session; import it, or remove "
                          "the session (jobsessions rm)");
    }
    if (json_is_true(json_object_get(object, "damaged"))) {
        return jsp_refuse(error, "damaged",
                          "it stands in the place of a damaged record; take the "
                          "session from a backup or an earlier export");
    }
    return JS_OK;
}

js_result jsp_mistaken_put(const jsp_incoming *incoming, js_error *error)
{
    js_result result = check_marks(incoming->session, error);
    if (result == JS_OK) {
        result = jsp_mistaken_names(incoming->session, &jsp_members_of_session, error);
    }
    return result == JS_OK ? jsp_mistaken_id(incoming, error) : result;
}

static bool has(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return value != NULL && !json_is_null(value);
}

js_result jsp_mistaken_status(const json_t *session, js_error *error)
{
    if (has(session, "status")) {
        return JS_OK;
    }
    if (json_is_array(json_object_get(session, "results"))) {
        return jsp_refuse(error, "results",
                          "this is the document of an export or a list, not a "
                          "session; load it with jobsessions import");
    }
    return jsp_refuse(error, "status", "is missing; every session has one of: %s",
                      JSP_STATUS_NAMES);
}

/* What was exported has an id and a usn. */
js_result jsp_mistaken_import(const json_t *session, js_error *error)
{
    js_result result = jsp_mistaken_names(session, &jsp_members_of_session, error);
    bool is_exported = has(session, "id") && has(session, "usn");
    return result == JS_OK && !is_exported ? jsp_mistaken_status(session, error) : result;
}

js_result jsp_mistaken_id(const jsp_incoming *incoming, js_error *error)
{
    if (incoming->is_id_given && !incoming->facts.has_uuid && !incoming->exists
        && incoming->facts.id > JS_GIVEN_ID_MAX) {
        return jsp_refuse(error, "id",
                          "%" PRIu64 " is above %" PRIu64
                          ", the highest that can be given: ids have to be left for new sessions",
                          incoming->facts.id, JS_GIVEN_ID_MAX);
    }
    return JS_OK;
}
