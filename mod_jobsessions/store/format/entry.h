/* SPDX-License-Identifier: Apache-2.0 */
/* One session in the compact index, as bytes (FORMAT.md). */
#ifndef JS_STORE_ENTRY_H
#define JS_STORE_ENTRY_H

#include <stddef.h>
#include <stdint.h>

#include "format/record.h"

#define JSP_ENTRY_SIZE 40

/* Ids that share a key of the index: enough to fill some pages, few enough for flat trees. */
#define JSP_ENTRY_BUCKET_BITS 12

typedef struct jsp_entry {
    uint64_t id;
    uint64_t usn;
    int64_t start;
    uint32_t length; /* of the session's JSON */
    uint32_t policy; /* CRC-32C of the policy's uuid, 0: none; a match is confirmed on the record */
    uint16_t type;
    uint8_t status;
    bool has_uuid; /* for its id */
    uint32_t seal; /* of the record; 0 where it is not known */
} jsp_entry;

/* Its seal is not known yet. */
void jsp_entry_make(jsp_entry *entry, const jsp_facts *facts, size_t length);
void jsp_entry_pack(unsigned char bytes[JSP_ENTRY_SIZE], const jsp_entry *entry);
void jsp_entry_unpack(const unsigned char bytes[JSP_ENTRY_SIZE], jsp_entry *entry);

/* The seal of a packed one. */
uint32_t jsp_entry_seal(const unsigned char bytes[JSP_ENTRY_SIZE]);

/* Go on with a hash over packed entries, with the seals of their records, begun with 0: it is another one when any of
 * the records is, or their order. It is for keys of what was made of a range of sessions, not for defence against who
 * looks for two ranges that have the same. */
uint64_t jsp_entry_hash(uint64_t hash, const unsigned char bytes[JSP_ENTRY_SIZE], uint32_t seal);

/* Bytes of the text of its id. */
static inline unsigned jsp_entry_id_length(const jsp_entry *entry)
{
    return entry->has_uuid ? JSP_UUID_TEXT : jsp_id_digits(entry->id);
}

/* The number in whose key an id's entry stands. */
static inline uint64_t jsp_entry_bucket(uint64_t id)
{
    return id >> JSP_ENTRY_BUCKET_BITS;
}

#endif
