/* SPDX-License-Identifier: Apache-2.0 */
#include "write/patch.h"

#include "base/error.h"

/* RFC 7396, section 2, on objects. */
static bool merge(json_t *target, const json_t *patch) /* NOLINT(misc-no-recursion) */
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)patch, key, value)
    {
        bool done;
        if (json_is_null(value)) {
            (void)json_object_del(target, key);
            done = true;
        } else if (json_is_object(value)) {
            json_t *inner = json_object_get(target, key);
            if (!json_is_object(inner)) {
                inner = json_object();
                if (json_object_set_new(target, key, inner) != 0) {
                    return false;
                }
            }
            done = merge(inner, value);
        } else {
            done = json_object_set(target, key, value) == 0;
        }
        if (!done) {
            return false;
        }
    }
    return true;
}

/* A repository has one id, whichever of its names it stands under: what is given takes the place of the other. */
static bool join_repository_id(json_t *session)
{
    json_t *info = json_object_get(session, "repositoryJobInfo");
    json_t *uid = json_object_get(info, "repositoryUid");
    if (uid == NULL) {
        return true;
    }
    bool done = json_object_get(info, "repositoryId") != NULL
                || json_object_set(info, "repositoryId", uid) == 0;
    (void)json_object_del(info, "repositoryUid");
    return done;
}

js_result jsp_patch(json_t *session, json_t *patch, js_error *error)
{
    const json_t *type = json_object_get(patch, "type");
    (void)json_object_del(patch, "usn");
    (void)json_object_del(patch, "_links");
    if (json_object_get(patch, "executionDuration") == NULL
        && (json_object_get(patch, "executionStartTime") != NULL
            || json_object_get(patch, "executionStopTime") != NULL)) {
        (void)json_object_del(session, "executionDuration");
    }
    if (type != NULL && json_object_get(patch, "localizedType") == NULL
        && !json_equal(type, json_object_get(session, "type"))) {
        (void)json_object_del(session, "localizedType");
    }
    if (!join_repository_id(session) || !join_repository_id(patch) || !merge(session, patch)) {
        return jsp_fail(error, JS_SYSTEM, "out of memory while applying a patch");
    }
    return JS_OK;
}
