/* SPDX-License-Identifier: Apache-2.0 */
/* A single member of a session, for tables and tallies. */
#include <string.h>

#include "base/json.h"
#include "jobsessions_read.h"

/* The member that the first part of a path names; false when there is none. */
static bool find_member(jsp_slice object, const char *name, size_t length, jsp_slice *value)
{
    jsp_json_iterator iterator;
    jsp_slice found;
    if (object.length == 0 || object.text[0] != '{') {
        return false;
    }
    jsp_json_begin(&iterator, object);
    while (jsp_json_next_member(&iterator, &found, value)) {
        if (found.length == length && memcmp(found.text, name, length) == 0) {
            return true;
        }
    }
    return false;
}

static bool find(jsp_slice value, const char *path, jsp_slice *found)
{
    for (;;) {
        size_t length = strcspn(path, ".");
        if (!find_member(value, path, length, found)) {
            return false;
        }
        if (path[length] == '\0') {
            return true;
        }
        value = *found;
        path += length + 1;
    }
}

/* How many bytes of a text are left when a character that was cut off is left out. */
static size_t whole_characters(const char *text, size_t length)
{
    size_t start = length;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80) {
        start--;
    }
    if (start == 0 || (unsigned char)text[start - 1] < 0xc0) {
        return length;
    }
    return js_utf8_is_valid(text + start - 1, length - start + 1) ? length : start - 1;
}

size_t js_session_text(const js_session *session, const char *path, char *text, size_t size)
{
    jsp_slice value;
    size_t length = 0;
    text[0] = '\0';
    if (session->json == NULL || !find((jsp_slice){session->json, session->length}, path, &value)) {
        return 0;
    }
    bool is_string = value.text[0] == '"';
    const char *at = value.text + is_string;
    const char *end = value.text + value.length - is_string;
    for (; at < end && length + 1 < size; length++) {
        if (is_string) {
            text[length] = jsp_json_unescape_next(&at, end);
        } else {
            text[length] = *at++;
        }
    }
    length = at < end ? whole_characters(text, length) : length;
    text[length] = '\0';
    return length;
}
