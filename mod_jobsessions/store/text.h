/* SPDX-License-Identifier: Apache-2.0 */
/* A growing text, and jansson values written to it in canonical form: compact, members in their
 * order, UTF-8 as it is, the shortest escapes, numbers in the shortest form that reads back equal.
 */
#ifndef JS_STORE_TEXT_H
#define JS_STORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

typedef struct js_text {
    char *data;
    size_t length;
    size_t room;
    bool failed; /* memory ran out; everything appended since is lost */
} js_text;

void js_text_clear(js_text *text);
void js_text_free(js_text *text);

void js_text_bytes(js_text *text, const char *bytes, size_t length);
void js_text_string(js_text *text, const char *string, size_t length); /* quoted and escaped */
void js_text_json(js_text *text, const json_t *value);

#endif
