/* SPDX-License-Identifier: Apache-2.0 */
/* The text behind a string of canonical JSON. */
#ifndef JS_STORE_UNESCAPE_H
#define JS_STORE_UNESCAPE_H

#include "text.h"
#include "walk.h"

/* The next byte of the text behind a string without its quotes; moves *at, which is before `end`,
 * behind what stands for it. */
char js_unescape_next(const char **at, const char *end);

/* Append the text of a string without its quotes. */
void js_unescape(js_text *text, js_slice string);

#endif
