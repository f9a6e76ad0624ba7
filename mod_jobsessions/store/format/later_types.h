/* SPDX-License-Identifier: Apache-2.0 */
/* The types of sessions that the vendor's v8.1 has. Its clients refuse all others, and with one of them the page. */
#ifndef JS_STORE_LATER_TYPES_H
#define JS_STORE_LATER_TYPES_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a type is one of them. */
bool jsp_later_types_have(const char *type, size_t length);

#endif
