/* SPDX-License-Identifier: Apache-2.0 */
#include "format/counters.h"

#include <string.h>

#include "base/bytes.h"
#include "base/crc32c.h"

void jsp_counters_seal(unsigned char bytes[JSP_COUNTERS_SIZE], const jsp_counters *counters)
{
    memset(bytes, 0, JSP_COUNTERS_SIZE);
    jsp_put_le64(bytes + 8, counters->last_id);
    jsp_put_le64(bytes + 16, counters->last_usn);
    jsp_put_le64(bytes + 24, counters->count);
    jsp_put_le64(bytes + 32, counters->json_bytes);
    jsp_put_le64(bytes + 40, counters->id_digits);
    memcpy(bytes + 48, counters->identity, sizeof(counters->identity));
    jsp_put_le64(bytes + 64, counters->revision);
    jsp_put_le32(bytes, jsp_crc32c(bytes + 4, JSP_COUNTERS_SIZE - 4));
}

const char *jsp_counters_open(const unsigned char *bytes, size_t size, jsp_counters *counters)
{
    if (size != JSP_COUNTERS_SIZE || jsp_get_le32(bytes) != jsp_crc32c(bytes + 4, size - 4)) {
        return "the counters' checksum does not match";
    }
    counters->last_id = jsp_get_le64(bytes + 8);
    counters->last_usn = jsp_get_le64(bytes + 16);
    counters->count = jsp_get_le64(bytes + 24);
    counters->json_bytes = jsp_get_le64(bytes + 32);
    counters->id_digits = jsp_get_le64(bytes + 40);
    memcpy(counters->identity, bytes + 48, sizeof(counters->identity));
    counters->revision = jsp_get_le64(bytes + 64);
    return NULL;
}
