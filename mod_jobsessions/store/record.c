/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

#include <string.h>

#include "crc32c.h"
#include "jobsessions.h"
#include "ticks.h"

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

void js_record_seal(unsigned char *value, const js_facts *facts, const char *json, size_t length)
{
    memset(value, 0, JS_RECORD_HEADER);
    value[AT_VERSION] = JS_RECORD_VERSION;
    value[AT_STATUS] = facts->status;
    js_put_le16(value + AT_TYPE, facts->type);
    js_put_le32(value + AT_LENGTH, (uint32_t)length);
    js_put_le64(value + AT_ID, facts->id);
    js_put_le64(value + AT_USN, facts->usn);
    js_put_le64(value + AT_START, (uint64_t)facts->start);
    js_put_le64(value + AT_STOP, (uint64_t)facts->stop);
    js_put_le64(value + AT_DURATION, (uint64_t)facts->duration);
    memcpy(value + AT_POLICY, facts->policy, JS_UUID_SIZE);
    js_put_le32(value + AT_NAME, facts->name_at);
    js_put_le32(value + AT_NAME_LENGTH, facts->name_length);
    memcpy(value + JS_RECORD_HEADER, json, length);
    js_put_le32(value + AT_SEAL,
                js_crc32c(value + AT_VERSION, JS_RECORD_HEADER - AT_VERSION + length));
}

const char *js_record_damage(uint64_t id, const unsigned char *value, size_t size)
{
    if (size <= JS_RECORD_HEADER || size > JS_RECORD_HEADER + (size_t)JS_SESSION_MAX
        || js_get_le32(value + AT_LENGTH) != size - JS_RECORD_HEADER) {
        return "its length is not the one it was stored with";
    }
    if (js_get_le32(value + AT_SEAL) != js_crc32c(value + AT_VERSION, size - AT_VERSION)) {
        return "its checksum does not match";
    }
    if (js_get_le64(value + AT_ID) != id) {
        return "it is the record of another session";
    }
    if (value[AT_VERSION] != JS_RECORD_VERSION) {
        return "its version is not known";
    }
    if ((uint64_t)js_get_le32(value + AT_NAME) + js_get_le32(value + AT_NAME_LENGTH)
        > size - JS_RECORD_HEADER) {
        return "its policy's name lies outside of it";
    }
    return NULL;
}

void js_record_facts(const unsigned char *value, js_facts *facts)
{
    facts->id = js_get_le64(value + AT_ID);
    facts->usn = js_get_le64(value + AT_USN);
    facts->start = (int64_t)js_get_le64(value + AT_START);
    facts->stop = (int64_t)js_get_le64(value + AT_STOP);
    facts->duration = (int64_t)js_get_le64(value + AT_DURATION);
    facts->status = value[AT_STATUS];
    facts->type = js_get_le16(value + AT_TYPE);
    memcpy(facts->policy, value + AT_POLICY, JS_UUID_SIZE);
    facts->name_at = js_get_le32(value + AT_NAME);
    facts->name_length = js_get_le32(value + AT_NAME_LENGTH);
}

void js_entry_make(js_entry *entry, const js_facts *facts, size_t length)
{
    static const uint8_t none[JS_UUID_SIZE];
    entry->id = facts->id;
    entry->usn = facts->usn;
    entry->start = facts->start;
    entry->length = (uint32_t)length;
    entry->policy =
        memcmp(facts->policy, none, JS_UUID_SIZE) == 0 ? 0 : js_crc32c(facts->policy, JS_UUID_SIZE);
    entry->type = facts->type;
    entry->status = facts->status;
}

void js_entry_pack(unsigned char bytes[JS_ENTRY_SIZE], const js_entry *entry)
{
    memset(bytes, 0, JS_ENTRY_SIZE);
    js_put_be64(bytes, entry->id);
    js_put_le64(bytes + 8, entry->usn);
    js_put_le64(bytes + 16, (uint64_t)entry->start);
    js_put_le32(bytes + 24, entry->length);
    js_put_le32(bytes + 28, entry->policy);
    js_put_le16(bytes + 32, entry->type);
    bytes[34] = entry->status;
}

void js_entry_unpack(const unsigned char bytes[JS_ENTRY_SIZE], js_entry *entry)
{
    entry->id = js_get_be64(bytes);
    entry->usn = js_get_le64(bytes + 8);
    entry->start = (int64_t)js_get_le64(bytes + 16);
    entry->length = js_get_le32(bytes + 24);
    entry->policy = js_get_le32(bytes + 28);
    entry->type = js_get_le16(bytes + 32);
    entry->status = bytes[34];
}

void js_counters_seal(unsigned char bytes[JS_COUNTERS_SIZE], const js_counters *counters)
{
    memset(bytes, 0, JS_COUNTERS_SIZE);
    js_put_le64(bytes + 8, counters->last_id);
    js_put_le64(bytes + 16, counters->last_usn);
    js_put_le64(bytes + 24, counters->count);
    js_put_le64(bytes + 32, counters->json_bytes);
    js_put_le64(bytes + 40, counters->id_digits);
    memcpy(bytes + 48, counters->identity, sizeof(counters->identity));
    js_put_le64(bytes + 64, counters->revision);
    js_put_le32(bytes, js_crc32c(bytes + 4, JS_COUNTERS_SIZE - 4));
}

const char *js_counters_open(const unsigned char *bytes, size_t size, js_counters *counters)
{
    if (size != JS_COUNTERS_SIZE || js_get_le32(bytes) != js_crc32c(bytes + 4, size - 4)) {
        return "the counters' checksum does not match";
    }
    counters->last_id = js_get_le64(bytes + 8);
    counters->last_usn = js_get_le64(bytes + 16);
    counters->count = js_get_le64(bytes + 24);
    counters->json_bytes = js_get_le64(bytes + 32);
    counters->id_digits = js_get_le64(bytes + 40);
    memcpy(counters->identity, bytes + 48, sizeof(counters->identity));
    counters->revision = js_get_le64(bytes + 64);
    return NULL;
}

void js_change_pack(unsigned char bytes[JS_CHANGE_SIZE], uint64_t id, bool deletion)
{
    memset(bytes, 0, JS_CHANGE_SIZE);
    js_put_le64(bytes, id);
    bytes[8] = deletion;
}

uint64_t js_change_id(const unsigned char bytes[JS_CHANGE_SIZE])
{
    return js_get_le64(bytes);
}

bool js_change_is_deletion(const unsigned char bytes[JS_CHANGE_SIZE])
{
    return bytes[8] != 0;
}

unsigned js_id_digits(uint64_t id)
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

unsigned js_id_format(uint64_t id, char text[20])
{
    static const char pairs[] = "0001020304050607080910111213141516171819"
                                "2021222324252627282930313233343536373839"
                                "4041424344454647484950515253545556575859"
                                "6061626364656667686970717273747576777879"
                                "8081828384858687888990919293949596979899";
    unsigned digits = js_id_digits(id);
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

bool js_parse_id(const char *text, size_t length, uint64_t *id)
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
