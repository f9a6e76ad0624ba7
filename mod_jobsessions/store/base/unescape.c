/* SPDX-License-Identifier: Apache-2.0 */
#include "base/unescape.h"

#include <stdlib.h>
#include <string.h>

/* Canonical JSON has \u only for control characters. */
char jsp_json_unescape_next(const char **at, const char *end)
{
    static const char from[] = "btnfr";
    static const char to[] = "\b\t\n\f\r";
    char letter = *(*at)++;
    if (letter != '\\' || *at == end) {
        return letter;
    }
    letter = *(*at)++;
    const char *known = letter != '\0' ? strchr(from, letter) : NULL;
    if (known != NULL) {
        return to[known - from];
    }
    if (letter == 'u' && end - *at >= 4) {
        char digits[5] = {(*at)[0], (*at)[1], (*at)[2], (*at)[3], '\0'};
        *at += 4;
        return (char)strtol(digits, NULL, 16);
    }
    return letter;
}

void jsp_json_unescape(jsp_text *text, jsp_slice string)
{
    const char *at = string.text;
    const char *end = at + string.length;
    while (at < end) {
        const char *backslash = memchr(at, '\\', (size_t)(end - at));
        const char *plain_end = backslash != NULL ? backslash : end;
        jsp_text_bytes(text, at, (size_t)(plain_end - at));
        at = plain_end;
        if (backslash != NULL) {
            char one = jsp_json_unescape_next(&at, end);
            jsp_text_bytes(text, &one, 1);
        }
    }
}
