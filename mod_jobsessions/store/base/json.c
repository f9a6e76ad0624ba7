/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

void jsp_json_begin(jsp_json_iterator *iterator, jsp_slice container)
{
    iterator->at = container.text + 1; /* behind the bracket */
    iterator->end = container.text + container.length;
}

/* The end of the string that begins at `at`. A quote is escaped behind an odd number of backslashes. */
static const char *after_string(const char *at, const char *end)
{
    const char *first = ++at;
    while (at < end && (at = memchr(at, '"', (size_t)(end - at))) != NULL) {
        const char *before = at;
        while (before > first && before[-1] == '\\') {
            before--;
        }
        at++;
        if ((at - 1 - before) % 2 == 0) {
            return at;
        }
    }
    return end;
}

static const char *after_value(const char *at, const char *end)
{
    int depth = 0;
    while (at < end) {
        if (*at == '"') {
            at = after_string(at, end);
        } else if (*at == '{' || *at == '[') {
            depth++;
            at++;
        } else if (*at == '}' || *at == ']') {
            if (depth == 0) {
                return at; /* the container's */
            }
            depth--;
            at++;
        } else if (*at == ',' && depth == 0) {
            return at;
        } else {
            at++;
        }
    }
    return end;
}

bool jsp_json_next_element(jsp_json_iterator *iterator, jsp_slice *value)
{
    if (iterator->at < iterator->end && *iterator->at == ',') {
        iterator->at++;
    }
    if (iterator->at >= iterator->end || *iterator->at == ']' || *iterator->at == '}') {
        return false;
    }
    value->text = iterator->at;
    iterator->at = after_value(iterator->at, iterator->end);
    value->length = (size_t)(iterator->at - value->text);
    return *value->text != '"' || value->length >= 2; /* a lone quote is no string */
}

bool jsp_json_next_member(jsp_json_iterator *iterator, jsp_slice *name, jsp_slice *value)
{
    if (iterator->at < iterator->end && *iterator->at == ',') {
        iterator->at++;
    }
    if (iterator->at >= iterator->end || *iterator->at != '"') {
        return false;
    }
    name->text = iterator->at + 1;
    iterator->at = after_string(iterator->at, iterator->end);
    name->length = (size_t)(iterator->at - name->text) - 1;
    iterator->at += iterator->at < iterator->end; /* the colon */
    return jsp_json_next_element(iterator, value);
}

bool jsp_json_member(jsp_slice object, const char *name, jsp_slice *value)
{
    jsp_json_iterator walk;
    jsp_slice found;
    if (object.length == 0 || object.text[0] != '{') {
        return false;
    }
    jsp_json_begin(&walk, object);
    while (jsp_json_next_member(&walk, &found, value)) {
        if (found.length == strlen(name) && memcmp(found.text, name, found.length) == 0) {
            return true;
        }
    }
    return false;
}

bool jsp_json_says(jsp_slice value, const char *text)
{
    if (value.length < 2 || value.text[0] != '"') {
        return false;
    }
    const char *at = value.text + 1;
    const char *end = value.text + value.length - 1;
    while (at < end && *text != '\0') {
        if (jsp_json_unescape_next(&at, end) != *text++) {
            return false;
        }
    }
    return at == end && *text == '\0';
}

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
