/* SPDX-License-Identifier: Apache-2.0 */
#include "write/parse.h"

#include <stdbool.h>
#include <string.h>

#include "base/error.h"

/* UTF-16 of a text that begins with a character of ASCII, or with a byte-order mark. */
static bool is_utf16(const char *text, size_t length)
{
    return length >= 2
           && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0
               || (text[0] == '\0') != (text[1] == '\0'));
}

/* What to do about text that is not JSON: mostly an object that was laid out over several lines. */
static js_result refuse_text(const char *json, size_t length, const json_error_t *cause,
                             js_error *error)
{
    if (is_utf16(json, length)) {
        return jsp_fail(error, JS_INVALID,
                        "not JSON at byte 0: the text is UTF-16, and JSON is UTF-8; "
                        "convert it (iconv -f UTF-16 -t UTF-8)");
    }
    enum json_error_code code = json_error_code(cause);
    bool is_layout = code == json_error_premature_end_of_input || code == json_error_invalid_syntax
                     || code == json_error_end_of_input_expected;
    return jsp_fail(error, JS_INVALID, "not JSON at byte %d: %s%s", cause->position, cause->text,
                    is_layout ? "; each object stands on one line by itself (jq -c)" : "");
}

js_result jsp_parse_object(const char *json, size_t length, json_t **object, js_error *error)
{
    json_error_t cause;
    size_t mark = length >= 3 && memcmp(json, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; /* RFC 8259, 8.1 */
    *object =
        json_loadb(json + mark, length - mark, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &cause);
    if (*object == NULL) {
        return refuse_text(json, length, &cause, error);
    }
    if (!json_is_object(*object)) {
        bool is_array = json_is_array(*object);
        json_decref(*object);
        *object = NULL;
        return jsp_fail(
            error, JS_INVALID, "a JSON object is expected%s",
            is_array ? ", this is an array: take it apart (jq -c '.[]'), or import one of sessions"
                     : "");
    }
    return JS_OK;
}
