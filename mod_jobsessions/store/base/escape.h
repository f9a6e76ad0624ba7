/* SPDX-License-Identifier: Apache-2.0 */
/* Escapes in canonical JSON: only where JSON demands one, and the shortest (RFC 8259, section 7). */
#ifndef JS_STORE_ESCAPE_H
#define JS_STORE_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the longest, \u001f, and a NUL. */
#define JSP_JSON_ESCAPE_MAX 7

bool jsp_json_needs_escape(unsigned char character);

/* Write the escape of a character that needs one; returns its length. */
size_t jsp_json_escape(char sequence[JSP_JSON_ESCAPE_MAX], unsigned char character);

#endif
