/* SPDX-License-Identifier: Apache-2.0 */
/* Merge patches. An input is a session and a patch, a line each. The result is what RFC 7396 says, held
 * against its recursive definition; to patch once more changes nothing; and what comes out can be written
 * or is refused for a reason. */
#include <string.h>

#include "fuzz.h"
#include "write/parse.h"
#include "write/patch.h"
#include "write/schema.h"

/* RFC 7396, section 2, by the letter, on copies: a new reference. */
static json_t *merge_patch(const json_t *target, const json_t *patch)
{
    const char *name;
    json_t *value;
    if (!json_is_object(patch)) {
        return json_deep_copy(patch);
    }
    json_t *result = json_is_object(target) ? json_deep_copy(target) : json_object();
    json_object_foreach((json_t *)patch, name, value)
    {
        if (json_is_null(value)) {
            (void)json_object_del(result, name);
        } else {
            must(
                json_object_set_new(result, name, merge_patch(json_object_get(result, name), value))
                == 0);
        }
    }
    return result;
}

/* What a patch of a session leaves to the store: usn and _links are not the patch's, and what is derived
 * from a member that changes is dropped. */
static json_t *expected(const json_t *session, const json_t *patch)
{
    json_t *own = json_deep_copy(patch);
    json_t *base = json_deep_copy(session);
    (void)json_object_del(own, "usn");
    (void)json_object_del(own, "_links");
    if (!json_object_get(own, "executionDuration")
        && (json_object_get(own, "executionStartTime")
            || json_object_get(own, "executionStopTime"))) {
        (void)json_object_del(base, "executionDuration");
    }
    if (json_object_get(own, "type") && !json_object_get(own, "localizedType")
        && !json_equal(json_object_get(own, "type"), json_object_get(base, "type"))) {
        (void)json_object_del(base, "localizedType");
    }
    json_t *result = merge_patch(base, own);
    json_decref(own);
    json_decref(base);
    return result;
}

static json_t *patched(const json_t *session, const json_t *patch)
{
    js_error error;
    json_t *result = json_deep_copy(session);
    json_t *own = json_deep_copy(patch);
    must(jsp_patch(result, own, &error) == JS_OK);
    json_decref(own);
    return result;
}

static void check(const json_t *session, const json_t *patch)
{
    static jsp_text text;
    js_error error;
    jsp_facts facts = {.id = 1, .usn = 1};
    const char *type;
    json_t *once = patched(session, patch);
    json_t *twice = patched(once, patch);
    json_t *wanted = expected(session, patch);
    must(json_equal(once, wanted));
    must(json_equal(once, twice));
    if (jsp_schema_write(once, &facts, &type, &text, &error) != JS_OK) {
        must(error.result == JS_INVALID && error.message[0] != '\0');
    }
    json_decref(once);
    json_decref(twice);
    json_decref(wanted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *session;
    json_t *patch;
    js_error error;
    const uint8_t *line_end = size > 0 ? memchr(data, '\n', size) : NULL;
    if (line_end == NULL) {
        return -1; /* not worth keeping */
    }
    size_t length = (size_t)(line_end - data);
    if (jsp_parse_object((const char *)data, length, &session, &error) != JS_OK) {
        return 0;
    }
    if (jsp_parse_object((const char *)line_end + 1, size - length - 1, &patch, &error) == JS_OK) {
        check(session, patch);
        json_decref(patch);
    }
    json_decref(session);
    return 0;
}
