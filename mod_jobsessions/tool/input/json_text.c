/* SPDX-License-Identifier: Apache-2.0 */
#include "input/json_text.h"

#include <stdlib.h>
#include <string.h>

void json_text_begin(struct json_text *text, size_t most)
{
    text->length = 0;
    text->most = most;
}

static void collect(struct json_text *text, int byte)
{
    if (text->length < text->most && text->length == text->room) {
        size_t room = 2 * text->room + 4096;
        char *data = realloc(text->data, room);
        if (data == NULL) {
            text->most = text->length; /* it will count as too long */
        } else {
            text->data = data;
            text->room = room;
        }
    }
    if (text->length < text->most) {
        text->data[text->length] = (char)byte;
    }
    text->length++;
}

bool json_text_read_string(struct json_text *text, struct input *input)
{
    bool escaped = false;
    collect(text, input_byte(input));
    for (;;) {
        int byte = input_byte(input);
        if (byte < 0) {
            return false;
        }
        collect(text, byte);
        if (byte == '"' && !escaped) {
            return true;
        }
        escaped = byte == '\\' && !escaped;
    }
}

bool json_text_read(struct json_text *text, struct input *input)
{
    unsigned depth = 0;
    for (;;) {
        int byte = input_peek(input);
        if (byte < 0) {
            return depth == 0 && text->length > 0;
        }
        if (depth == 0 && text->length > 0 && strchr(",]} \t\r\n", byte) != NULL) {
            return true;
        }
        if (byte == '"') {
            if (!json_text_read_string(text, input)) {
                return false;
            }
        } else {
            depth += byte == '{' || byte == '[';
            depth -= (byte == '}' || byte == ']') && depth > 0;
            collect(text, input_byte(input));
        }
        if (depth == 0 && strchr("\"]}", byte) != NULL) {
            return true;
        }
    }
}

bool json_text_whole(const struct json_text *text)
{
    return text->length <= text->most;
}

bool json_text_equals(const struct json_text *text, const char *json)
{
    return json_text_whole(text) && text->length == strlen(json)
           && memcmp(text->data, json, text->length) == 0;
}

void json_text_free(struct json_text *text)
{
    free(text->data);
    text->data = NULL;
    text->room = 0;
}

int json_text_skip_space(struct input *input)
{
    int byte = input_peek(input);
    while (byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n') {
        (void)input_byte(input);
        byte = input_peek(input);
    }
    return byte;
}
