/* SPDX-License-Identifier: Apache-2.0 */
/* The text behind a string of canonical JSON. */
#ifndef JS_STORE_UNESCAPE_H
#define JS_STORE_UNESCAPE_H

#include "text.h"
#include "walk.h"

/* Append the text of a string without its quotes. */
void js_unescape(js_text *text, js_slice string);

#endif
