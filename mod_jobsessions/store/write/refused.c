/* SPDX-License-Identifier: Apache-2.0 */
#include "write/refused.h"

#include <stdio.h>

#include "base/error.h"

const char *jsp_type_name(const json_t *value)
{
    static const char *const names[] = {"an object",     "an array", "a string", "an integer",
                                        "a real number", "true",     "false",    "null"};
    return names[json_typeof(value)];
}

js_result jsp_refuse_type(js_error *error, const char *member, const char *expected,
                          const json_t *value)
{
    return jsp_refuse(error, member, "expected %s, found %s", expected, jsp_type_name(value));
}

jsp_excerpt jsp_excerpt_of(const json_t *string)
{
    jsp_excerpt result;
    const char *value = json_string_value(string);
    size_t length = json_string_length(string);
    size_t shown = length < sizeof(result.text) - 4 ? length : sizeof(result.text) - 4;
    while (shown < length && shown > 0 && ((unsigned char)value[shown] & 0xc0) == 0x80) {
        shown--; /* not in the middle of a character */
    }
    for (size_t i = 0; i < shown; i++) {
        unsigned char byte = (unsigned char)value[i];
        result.text[i] = (char)(byte < 0x20 || byte == 0x7f ? '?' : byte);
    }
    (void)snprintf(result.text + shown, sizeof(result.text) - shown, "%s",
                   shown < length ? "..." : "");
    return result;
}
