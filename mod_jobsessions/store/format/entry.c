/* SPDX-License-Identifier: Apache-2.0 */
#include "format/entry.h"

#include <string.h>

#include "base/bytes.h"
#include "base/crc32c.h"

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
    entry->has_uuid = facts->has_uuid;
    entry->seal = 0;
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
    bytes[35] = entry->has_uuid ? JSP_FLAG_UUID : 0;
    jsp_put_le32(bytes + 36, entry->seal);
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
    entry->has_uuid = (bytes[35] & JSP_FLAG_UUID) != 0;
    entry->seal = jsp_get_le32(bytes + 36);
}

/* Every bit of the hash and of the word has a part in every bit that comes out: multiplied by odd numbers without a
 * pattern, the high half folded into the low one in between. */
static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    hash = (hash ^ hash >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return hash ^ hash >> 32;
}

uint32_t jsp_entry_seal(const unsigned char bytes[JSP_ENTRY_SIZE])
{
    return jsp_get_le32(bytes + 36);
}

/* What is of the entry alone comes first: it does not wait for the entries before. */
uint64_t jsp_entry_hash(uint64_t hash, const unsigned char bytes[JSP_ENTRY_SIZE], uint32_t seal)
{
    uint64_t usn = mix(0, jsp_get_le64(bytes + 8));
    return mix(hash + 1,
               mix(mix(usn, seal), jsp_get_be64(bytes))); /* of zeros, too, it is not zero */
}
