/* SPDX-License-Identifier: Apache-2.0 */
/* The name a session's type has in the console. */
#ifndef JS_STORE_LOCALIZED_H
#define JS_STORE_LOCALIZED_H

#include <stddef.h>

/* Room for the name of the longest type: a space before every letter. */
#define JSP_LOCALIZED_TEXT 257

/* Write the name of a type of at most 128 bytes; returns its length. */
size_t jsp_localized_type(const char *type, char text[JSP_LOCALIZED_TEXT]);

#endif
