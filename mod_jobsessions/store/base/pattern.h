/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns for names, in which `*` stands for any text. They are held against names as JSON has them,
 * so js_pattern_make() brings a pattern to the same form. */
#ifndef JS_STORE_PATTERN_H
#define JS_STORE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a pattern of js_pattern_make() covers the whole of a text. */
bool jsp_pattern_matches(const char *pattern, const char *text, size_t length);

#endif
