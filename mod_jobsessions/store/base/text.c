/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"

#define ROOM_AT_FIRST 1024

void jsp_text_clear(jsp_text *text)
{
    text->length = 0;
    text->failed = false;
}

void jsp_text_free(jsp_text *text)
{
    free(text->data);
    memset(text, 0, sizeof(*text));
}

static bool reserve(jsp_text *text, size_t length)
{
    if (text->failed) {
        return false;
    }
    if (length <= text->room - text->length) {
        return true;
    }
    size_t room = text->room > 0 ? text->room : ROOM_AT_FIRST;
    while (room - text->length < length) {
        if (room > SIZE_MAX / 2) { /* overflow */
            text->failed = true;
            return false;
        }
        room *= 2;
    }
    char *data = realloc(text->data, room);
    if (data == NULL) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->room = room;
    return true;
}

char *jsp_text_reserve(jsp_text *text, size_t length)
{
    return reserve(text, length) ? text->data + text->length : NULL;
}

void jsp_text_bytes(jsp_text *text, const char *bytes, size_t length)
{
    if (length > 0 && reserve(text, length)) {
        memcpy(text->data + text->length, bytes, length);
        text->length += length;
    }
}

static void put_char(jsp_text *text, char character)
{
    jsp_text_bytes(text, &character, 1);
}

void jsp_text_string(jsp_text *text, const char *string, size_t length)
{
    const char *end = string + length;
    put_char(text, '"');
    while (string < end) {
        const char *plain = string;
        while (string < end && (unsigned char)*string >= 0x20 && *string != '"'
               && *string != '\\') {
            string++;
        }
        jsp_text_bytes(text, plain, (size_t)(string - plain));
        if (string < end) {
            char sequence[JSP_JSON_ESCAPE_MAX];
            size_t escaped = jsp_json_escape(sequence, (unsigned char)*string++);
            jsp_text_bytes(text, sequence, escaped);
        }
    }
    put_char(text, '"');
}
