/* SPDX-License-Identifier: Apache-2.0 */
/* Reading canonical JSON where it stands: the members of an object, the elements of an array, the text
 * behind a string. It trusts the text: it was checked when it was written, and its record's seal when it was
 * read. Of text that is no such JSON it makes no sense, but does not leave it. */
#ifndef JS_STORE_JSON_H
#define JS_STORE_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* A piece of JSON text. */
typedef struct jsp_slice {
    const char *text;
    size_t length;
} jsp_slice;

/* What is left of an object or array. */
typedef struct jsp_json_iterator {
    const char *at;
    const char *end;
} jsp_json_iterator;

void jsp_json_begin(jsp_json_iterator *iterator, jsp_slice container);

/* The next member of an object: its name without quotes, escaped, and its value. */
bool jsp_json_next_member(jsp_json_iterator *iterator, jsp_slice *name, jsp_slice *value);

/* A member of an object; false when it has none of that name, or is none. */
bool jsp_json_member(jsp_slice object, const char *name, jsp_slice *value);

/* Whether a value is a string, and says that. */
bool jsp_json_says(jsp_slice value, const char *text);

/* The next element of an array. */
bool jsp_json_next_element(jsp_json_iterator *iterator, jsp_slice *value);

/* The next byte of the text behind a string without its quotes; moves *at, which is before `end`,
 * behind what stands for it. */
char jsp_json_unescape_next(const char **at, const char *end);

/* Append the text of a string without its quotes. */
void jsp_json_unescape(jsp_text *text, jsp_slice string);

#endif
