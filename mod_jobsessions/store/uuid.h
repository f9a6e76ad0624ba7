/* SPDX-License-Identifier: Apache-2.0 */
/* Universally unique identifiers in their usual text, 8-4-4-4-12 hexadecimal digits (RFC 9562). */
#ifndef JS_STORE_UUID_H
#define JS_STORE_UUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JS_UUID_SIZE 16

/* Returns false, and leaves uuid alone, when the text is none. */
bool js_uuid_parse(const char *text, size_t length, uint8_t uuid[JS_UUID_SIZE]);

#endif
