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
    AT_ZERO = 12,
    AT_ID = 16,
    AT_USN = 24,
    AT_START = 32,
    AT_STOP = 40,
    AT_DURATION = 48,
    AT_POLICY = 56,
    AT_NAME = 72,
    AT_NAME_LENGTH = 76
};

void jsp_record_seal(unsigned char *value, const jsp_facts *facts, const char *json, size_t length)
{
    memset(value, 0, JSP_RECORD_HEADER);
    value[AT_VERSION] = JSP_RECORD_VERSION;
    value[AT_STATUS] = facts->status;
    jsp_put_le16(value + AT_TYPE, facts->type);
    jsp_put_le32(value + AT_LENGTH, (uint32_t)length);
    jsp_put_le64(value + AT_ID, facts->id);
    jsp_put_le64(value + AT_USN, facts->usn);
    jsp_put_le64(value + AT_START, (uint64_t)facts->start);
    jsp_put_le64(value + AT_STOP, (uint64_t)facts->stop);
    jsp_put_le64(value + AT_DURATION, (uint64_t)facts->duration);
    memcpy(value + AT_POLICY, facts->policy, JSP_UUID_SIZE);
    jsp_put_le32(value + AT_NAME, facts->name_at);
    jsp_put_le32(value + AT_NAME_LENGTH, facts->name_length);
    memcpy(value + JSP_RECORD_HEADER, json, length);
    jsp_put_le32(value + AT_SEAL,
                 jsp_crc32c(value + AT_VERSION, JSP_RECORD_HEADER - AT_VERSION + length));
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
    facts->type = jsp_get_le16(value + AT_TYPE);
    memcpy(facts->policy, value + AT_POLICY, JSP_UUID_SIZE);
    facts->name_at = jsp_get_le32(value + AT_NAME);
    facts->name_length = jsp_get_le32(value + AT_NAME_LENGTH);
}

void jsp_entry_make(jsp_entry *entry, const jsp_facts *facts, size_t length)
{
    static const uint8_t none[JSP_UUID_SIZE];
    entry->id = facts->id;
    entry->usn = facts->usn;
    entry->start = facts->start;
    entry->length = (uint32_t)length;
    entry->policy = memcmp(facts->policy, none, JSP_UUID_SIZE) == 0
                        ? 0
                        : jsp_crc32c(facts->policy, JSP_UUID_SIZE);
    entry->type = facts->type;
    entry->status = facts->status;
}

void jsp_entry_pack(unsigned char bytes[JSP_ENTRY_SIZE], const jsp_entry *entry)
{
    memset(bytes, 0, JSP_ENTRY_SIZE);
    jsp_put_be64(bytes, entry->id);
    jsp_put_le64(bytes + 8, entry->usn);
    jsp_put_le64(bytes + 16, (uint64_t)entry->start);
    jsp_put_le32(bytes + 24, entry->length);
    jsp_put_le32(bytes + 28, entry->policy);
    jsp_put_le16(bytes + 32, entry->type);
    bytes[34] = entry->status;
}

void jsp_entry_unpack(const unsigned char bytes[JSP_ENTRY_SIZE], jsp_entry *entry)
{
    entry->id = jsp_get_be64(bytes);
    entry->usn = jsp_get_le64(bytes + 8);
    entry->start = (int64_t)jsp_get_le64(bytes + 16);
    entry->length = jsp_get_le32(bytes + 24);
    entry->policy = jsp_get_le32(bytes + 28);
    entry->type = jsp_get_le16(bytes + 32);
    entry->status = bytes[34];
}

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

unsigned jsp_id_digits(uint64_t id)
{
    unsigned digits = 1;
    for (uint64_t power = 10; id >= power; power *= 10) {
        digits++;
        if (digits == 20) {
            break; /* the next power does not fit */
        }
    }
    return digits;
}

unsigned jsp_id_format(uint64_t id, char text[20])
{
    static const char pairs[] = "0001020304050607080910111213141516171819"
                                "2021222324252627282930313233343536373839"
                                "4041424344454647484950515253545556575859"
                                "6061626364656667686970717273747576777879"
                                "8081828384858687888990919293949596979899";
    unsigned digits = jsp_id_digits(id);
    unsigned at = digits;
    for (; id >= 100; id /= 100) {
        at -= 2;
        memcpy(text + at, pairs + 2 * (id % 100), 2);
    }
    if (id >= 10) {
        memcpy(text, pairs + 2 * id, 2);
    } else {
        text[0] = (char)('0' + id);
    }
    return digits;
}

bool js_id_parse(const char *text, size_t length, uint64_t *id)
{
    uint64_t value = 0;
    if (length == 0 || length > 20 || (text[0] == '0' && length > 1)) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        unsigned digit = (unsigned)(unsigned char)text[i] - '0';
        if (digit > 9 || value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *id = value;
    return true;
}
