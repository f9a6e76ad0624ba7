/* SPDX-License-Identifier: Apache-2.0 */
#include "format/change.h"

#include <string.h>

#include "base/bytes.h"
#include "format/record.h"

void jsp_change_pack(unsigned char bytes[JSP_CHANGE_SIZE], const jsp_change *change)
{
    memset(bytes, 0, JSP_CHANGE_SIZE);
    jsp_put_le64(bytes, change->id);
    bytes[8] = change->deleted;
    bytes[9] = change->has_uuid ? JSP_FLAG_UUID : 0;
}

void jsp_change_unpack(const unsigned char bytes[JSP_CHANGE_SIZE], jsp_change *change)
{
    change->id = jsp_change_id(bytes);
    change->deleted = jsp_change_is_deletion(bytes);
    change->has_uuid = (bytes[9] & JSP_FLAG_UUID) != 0;
}

uint64_t jsp_change_id(const unsigned char bytes[JSP_CHANGE_SIZE])
{
    return jsp_get_le64(bytes);
}

bool jsp_change_is_deletion(const unsigned char bytes[JSP_CHANGE_SIZE])
{
    return bytes[8] != 0;
}

bool jsp_change_is_mark(const unsigned char bytes[JSP_CHANGE_SIZE])
{
    return !jsp_change_is_deletion(bytes) && jsp_change_id(bytes) == JSP_CHANGE_MARK;
}
