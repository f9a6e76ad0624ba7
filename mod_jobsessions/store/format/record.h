/* SPDX-License-Identifier: Apache-2.0 */
/* The sealed record of one session, as bytes: a header that holds what filters and sorts need, then the JSON
 * that is sent. Its layout is in FORMAT.md; nothing else in the library knows it. */
#ifndef JS_STORE_RECORD_H
#define JS_STORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/id.h"

#define JSP_RECORD_HEADER 80
#define JSP_RECORD_VERSION 1

/* What filters and sorts need to know of a session; stands in the record's header. */
typedef struct jsp_facts {
    uint64_t id;
    uint64_t usn;
    int64_t start; /* ticks, or JSP_TICKS_NONE */
    int64_t stop;
    int64_t duration;
    uint8_t status;
    uint16_t type;                 /* code in the database `types`, 0: none */
    uint8_t policy[JSP_UUID_SIZE]; /* all zero: none, or not a uuid */
    uint32_t name_at;              /* where policyName's escaped text stands in the JSON, 0: none */
    uint32_t name_length;
    bool has_uuid;               /* for its id, */
    uint8_t uuid[JSP_UUID_SIZE]; /* which is not in the header */
} jsp_facts;

/* Flags of records, entries and changes. */
enum {
    JSP_FLAG_UUID = 1 /* the session's id is a uuid */
};

/* Where the id's text stands in the JSON of a session that is whole, and whether it is a uuid's: its number has so many
 * digits. */
#define JSP_ID_AT 7
static inline bool jsp_record_has_uuid(const char *json, size_t length, unsigned digits)
{
    return length > JSP_ID_AT + JSP_UUID_TEXT && json[JSP_ID_AT + digits] != '"'
           && json[JSP_ID_AT + JSP_UUID_TEXT] == '"';
}

/* Bytes of that text. */
static inline unsigned jsp_record_id_length(const char *json, size_t length, uint64_t id)
{
    unsigned digits = jsp_id_digits(id);
    return jsp_record_has_uuid(json, length, digits) ? JSP_UUID_TEXT : digits;
}

/* Write a record, header and `length` bytes of JSON, to `value`, and seal it. Returns the seal. */
uint32_t jsp_record_seal(unsigned char *value, const jsp_facts *facts, const char *json,
                         size_t length);

/* The seal of a record, or what stands in its place. */
static inline uint32_t jsp_record_get_seal(const unsigned char *value)
{
    return jsp_get_le32(value);
}

/* Why the value stored under `id` cannot be trusted, or NULL when it is whole. */
const char *jsp_record_damage(uint64_t id, const unsigned char *value, size_t size);

/* Read the header of a record that is whole; facts->uuid is left as it is. */
void jsp_record_facts(const unsigned char *value, jsp_facts *facts);

#endif
