/* SPDX-License-Identifier: Apache-2.0 */
/* A growing text, and strings written to it as canonical JSON has them. */
#ifndef JS_STORE_TEXT_H
#define JS_STORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

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

#endif
