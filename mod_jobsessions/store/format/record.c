/* SPDX-License-Identifier: Apache-2.0 */
#include "format/record.h"

#include <string.h>

#include "base/crc32c.h"
#include "base/ticks.h"
#include "jobsessions_read.h"

/* Offsets in the record's header. */
enum {
    AT_SEAL = 0,
    AT_VERSION = 4,
    AT_STATUS = 5,
    AT_TYPE = 6,
    AT_LENGTH = 8,
    AT_FLAGS = 12,
    AT_ID = 16,
    AT_USN = 24,
    AT_START = 32,
    AT_STOP = 40,
    AT_DURATION = 48,
    AT_POLICY = 56,
    AT_NAME = 72,
    AT_NAME_LENGTH = 76
};

uint32_t jsp_record_seal(unsigned char *value, const jsp_facts *facts, const char *json,
                         size_t length)
{
    uint32_t seal;
    memset(value, 0, JSP_RECORD_HEADER);
    value[AT_VERSION] = JSP_RECORD_VERSION;
    value[AT_STATUS] = facts->status;
    jsp_put_le16(value + AT_TYPE, facts->type);
    jsp_put_le32(value + AT_LENGTH, (uint32_t)length);
    value[AT_FLAGS] = facts->has_uuid ? JSP_FLAG_UUID : 0;
    jsp_put_le64(value + AT_ID, facts->id);
    jsp_put_le64(value + AT_USN, facts->usn);
    jsp_put_le64(value + AT_START, (uint64_t)facts->start);
    jsp_put_le64(value + AT_STOP, (uint64_t)facts->stop);
    jsp_put_le64(value + AT_DURATION, (uint64_t)facts->duration);
    memcpy(value + AT_POLICY, facts->policy, JSP_UUID_SIZE);
    jsp_put_le32(value + AT_NAME, facts->name_at);
    jsp_put_le32(value + AT_NAME_LENGTH, facts->name_length);
    memcpy(value + JSP_RECORD_HEADER, json, length);
    seal = jsp_crc32c(value + AT_VERSION, JSP_RECORD_HEADER - AT_VERSION + length);
    jsp_put_le32(value + AT_SEAL, seal);
    return seal;
}

const char *jsp_record_damage(uint64_t id, const unsigned char *value, size_t size)
{
    if (size <= JSP_RECORD_HEADER || size > JSP_RECORD_HEADER + (size_t)JS_SESSION_MAX
        || jsp_get_le32(value + AT_LENGTH) != size - JSP_RECORD_HEADER) {
        return "its length is not the one it was stored with";
    }
    if (jsp_get_le32(value + AT_SEAL) != jsp_crc32c(value + AT_VERSION, size - AT_VERSION)) {
        return "its checksum does not match";
    }
    if (jsp_get_le64(value + AT_ID) != id) {
        return "it is the record of another session";
    }
    if (value[AT_VERSION] != JSP_RECORD_VERSION) {
        return "its version is not known";
    }
    if ((uint64_t)jsp_get_le32(value + AT_NAME) + jsp_get_le32(value + AT_NAME_LENGTH)
        > size - JSP_RECORD_HEADER) {
        return "its policy's name lies outside of it";
    }
    return NULL;
}

void jsp_record_facts(const unsigned char *value, jsp_facts *facts)
{
    facts->id = jsp_get_le64(value + AT_ID);
    facts->usn = jsp_get_le64(value + AT_USN);
    facts->start = (int64_t)jsp_get_le64(value + AT_START);
    facts->stop = (int64_t)jsp_get_le64(value + AT_STOP);
    facts->duration = (int64_t)jsp_get_le64(value + AT_DURATION);
    facts->status = value[AT_STATUS];
    facts->has_uuid = (value[AT_FLAGS] & JSP_FLAG_UUID) != 0;
    facts->type = jsp_get_le16(value + AT_TYPE);
    memcpy(facts->policy, value + AT_POLICY, JSP_UUID_SIZE);
    facts->name_at = jsp_get_le32(value + AT_NAME);
    facts->name_length = jsp_get_le32(value + AT_NAME_LENGTH);
}
