/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a session that was removed, as bytes (FORMAT.md): the usn of its removal, and when that was. */
#ifndef JS_STORE_REMOVAL_H
#define JS_STORE_REMOVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSP_REMOVAL_SIZE 16

typedef struct jsp_removal {
    uint64_t usn;
    int64_t time; /* ticks, or JSP_TICKS_NONE: it is not known, as it never is in format 1 */
} jsp_removal;

/* Returns how many bytes it has. */
size_t jsp_removal_pack(unsigned char bytes[JSP_REMOVAL_SIZE], const jsp_removal *removal);

/* False: it is none. */
bool jsp_removal_unpack(const unsigned char *bytes, size_t size, jsp_removal *removal);

#endif
