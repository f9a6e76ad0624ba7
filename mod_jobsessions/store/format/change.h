/* SPDX-License-Identifier: Apache-2.0 */
/* What stands under a usn: whose it is, and whether it is what is left of a removed session. */
#ifndef JS_STORE_CHANGE_H
#define JS_STORE_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#define JSP_CHANGE_SIZE 16

/* The id of what is no change, but the mark up to which removals are forgotten. No session has it. */
#define JSP_CHANGE_MARK UINT64_MAX

/* No database has counted as far as this: what is above came from elsewhere, and what was counted behind that. */
#define JSP_USN_COUNTED_MAX (UINT64_C(1) << 52)

typedef struct jsp_change {
    uint64_t id;
    bool deleted;
    bool has_uuid; /* for its id */
} jsp_change;

void jsp_change_pack(unsigned char bytes[JSP_CHANGE_SIZE], const jsp_change *change);
void jsp_change_unpack(const unsigned char bytes[JSP_CHANGE_SIZE], jsp_change *change);
uint64_t jsp_change_id(const unsigned char bytes[JSP_CHANGE_SIZE]);
bool jsp_change_is_deletion(const unsigned char bytes[JSP_CHANGE_SIZE]);
bool jsp_change_is_mark(const unsigned char bytes[JSP_CHANGE_SIZE]);

#endif
