/* SPDX-License-Identifier: Apache-2.0 */
/* The text behind a string of canonical JSON. */
#ifndef JS_STORE_UNESCAPE_H
#define JS_STORE_UNESCAPE_H

#include "base/text.h"
#include "base/walk.h"

/* The next byte of the text behind a string without its quotes; moves *at, which is before `end`,
 * behind what stands for it. */
char jsp_json_unescape_next(const char **at, const char *end);

/* Append the text of a string without its quotes. */
void jsp_json_unescape(jsp_text *text, jsp_slice string);

#endif
