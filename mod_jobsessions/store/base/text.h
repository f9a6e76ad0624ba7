/* SPDX-License-Identifier: Apache-2.0 */
/* A growing text, and strings written to it as canonical JSON has them. */
#ifndef JS_STORE_TEXT_H
#define JS_STORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct jsp_text {
    char *data;
    size_t length;
    size_t room;
    bool failed; /* memory ran out; everything appended since is lost */
} jsp_text;

void jsp_text_clear(jsp_text *text);
void jsp_text_free(jsp_text *text);

/* Room for so many bytes behind the text, for the caller to write and to count; NULL: memory ran out. */
char *jsp_text_reserve(jsp_text *text, size_t length);

void jsp_text_bytes(jsp_text *text, const char *bytes, size_t length);
void jsp_text_string(jsp_text *text, const char *string, size_t length); /* quoted and escaped */

#endif
