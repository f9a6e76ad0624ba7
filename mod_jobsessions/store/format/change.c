/* SPDX-License-Identifier: Apache-2.0 */
#include "format/change.h"

#include <string.h>

#include "base/bytes.h"

void jsp_change_pack(unsigned char bytes[JSP_CHANGE_SIZE], uint64_t id, bool deletion)
{
    memset(bytes, 0, JSP_CHANGE_SIZE);
    jsp_put_le64(bytes, id);
    bytes[8] = deletion;
}

uint64_t jsp_change_id(const unsigned char bytes[JSP_CHANGE_SIZE])
{
    return jsp_get_le64(bytes);
}

bool jsp_change_is_deletion(const unsigned char bytes[JSP_CHANGE_SIZE])
{
    return bytes[8] != 0;
}
