/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pattern.h"

#include <stdint.h>
#include <string.h>

#include "base/escape.h"
#include "base/json.h"
#include "jobsessions_read.h"

void js_pattern_make(char *pattern, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char character = (unsigned char)text[i];
        if (jsp_json_needs_escape(character)) {
            pattern += jsp_json_escape(pattern, character);
        } else {
            *pattern++ = (char)character;
        }
    }
    *pattern = '\0';
}

bool jsp_pattern_matches(const char *pattern, const char *text, size_t length)
{
    size_t pattern_length = strlen(pattern);
    size_t at = 0;
    size_t in = 0;
    size_t star = SIZE_MAX; /* the last one met, and the text it has taken so far */
    size_t taken = 0;
    while (in < length) {
        if (at < pattern_length && pattern[at] == '*') {
            star = at++;
            taken = in;
        } else if (at < pattern_length && pattern[at] == text[in]) {
            at++;
            in++;
        } else if (star != SIZE_MAX) {
            /* one character more: in the middle of an escape nothing can begin */
            const char *next = text + taken;
            (void)jsp_json_unescape_next(&next, text + length);
            at = star + 1;
            in = taken = (size_t)(next - text);
        } else {
            return false;
        }
    }
    while (at < pattern_length && pattern[at] == '*') {
        at++;
    }
    return at == pattern_length;
}
