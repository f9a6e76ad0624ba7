/* SPDX-License-Identifier: Apache-2.0 */
#include "format/removal.h"

#include "base/bytes.h"
#include "base/ticks.h"

#define WITHOUT_TIME 8

size_t jsp_removal_pack(unsigned char bytes[JSP_REMOVAL_SIZE], const jsp_removal *removal)
{
    jsp_put_be64(bytes, removal->usn);
    if (removal->time == JSP_TICKS_NONE) {
        return WITHOUT_TIME;
    }
    jsp_put_be64(bytes + WITHOUT_TIME, (uint64_t)removal->time);
    return JSP_REMOVAL_SIZE;
}

bool jsp_removal_unpack(const unsigned char *bytes, size_t size, jsp_removal *removal)
{
    if (size != WITHOUT_TIME && size != JSP_REMOVAL_SIZE) {
        return false;
    }
    removal->usn = jsp_get_be64(bytes);
    removal->time =
        size == WITHOUT_TIME ? JSP_TICKS_NONE : (int64_t)jsp_get_be64(bytes + WITHOUT_TIME);
    return size == WITHOUT_TIME || removal->time >= 0;
}
