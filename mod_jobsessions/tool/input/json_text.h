/* SPDX-License-Identifier: Apache-2.0 */
/* JSON text value by value, as it arrives: where a value ends is all that is found here. Whether what
 * lies between is JSON is for the store to judge. */
#ifndef JS_TOOL_JSON_TEXT_H
#define JS_TOOL_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "input/input.h"

/* The text of one value. Its memory is used again for the next. */
struct json_text {
    char *data;
    size_t length;
    size_t most; /* bytes that are kept; of what is beyond only the length is counted */
    size_t room;
};

/* Make it empty, to read a value of which `most` bytes matter. */
void json_text_begin(struct json_text *text, size_t most);

/* Read any value; false when the input ends before it does. */
bool json_text_read(struct json_text *text, struct input *input);

/* Read a string, its opening quote being next; the quotes are kept. False as above. */
bool json_text_read_string(struct json_text *text, struct input *input);

/* Has all of it been kept? */
bool json_text_whole(const struct json_text *text);

/* Is it `json`, to the byte? */
bool json_text_equals(const struct json_text *text, const char *json);

void json_text_free(struct json_text *text);

/* Pass over white space; the byte behind it, or -1, is left there. */
int json_text_skip_space(struct input *input);

#endif
