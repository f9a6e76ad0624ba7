/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"

#define ROOM_AT_FIRST 1024

void js_text_clear(js_text *text)
{
    text->length = 0;
    text->failed = false;
}

void js_text_free(js_text *text)
{
    free(text->data);
    memset(text, 0, sizeof(*text));
}

static bool reserve(js_text *text, size_t length)
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

void js_text_bytes(js_text *text, const char *bytes, size_t length)
{
    if (length > 0 && reserve(text, length)) {
        memcpy(text->data + text->length, bytes, length);
        text->length += length;
    }
}

static void put_char(js_text *text, char character)
{
    js_text_bytes(text, &character, 1);
}

void js_text_string(js_text *text, const char *string, size_t length)
{
    const char *end = string + length;
    put_char(text, '"');
    while (string < end) {
        const char *plain = string;
        while (string < end && (unsigned char)*string >= 0x20 && *string != '"'
               && *string != '\\') {
            string++;
        }
        js_text_bytes(text, plain, (size_t)(string - plain));
        if (string < end) {
            char sequence[JS_ESCAPE_MAX];
            js_text_bytes(text, sequence, js_escape(sequence, (unsigned char)*string++));
        }
    }
    put_char(text, '"');
}
