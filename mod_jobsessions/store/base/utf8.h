/* SPDX-License-Identifier: Apache-2.0 */
/* Whether bytes that no checksum seals are text at all. What is in JSON is checked by who parses it. */
#ifndef JS_STORE_UTF8_H
#define JS_STORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* UTF-8 by RFC 3629: no surrogates, nothing above U+10FFFF, no character longer than it has to be. */
bool jsp_utf8_valid(const char *text, size_t length);

#endif
