/* SPDX-License-Identifier: Apache-2.0 */
/* The sealed record of one session and the small fixed-size values beside it, as bytes. Their
 * layout is FORMAT.md; nothing else in the library knows it. */
#ifndef JS_STORE_RECORD_H
#define JS_STORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

#define JSP_RECORD_HEADER 80
#define JSP_RECORD_VERSION 1
#define JSP_ENTRY_SIZE 40
#define JSP_START_SIZE 16
#define JSP_CHANGE_SIZE 16
#define JSP_UUID_SIZE 16
#define JSP_COUNTERS_SIZE 72

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
} jsp_facts;

/* Write a record, header and `length` bytes of JSON, to `value`, and seal it. */
void jsp_record_seal(unsigned char *value, const jsp_facts *facts, const char *json, size_t length);

/* Why the value stored under `id` cannot be trusted, or NULL when it is whole. */
const char *jsp_record_damage(uint64_t id, const unsigned char *value, size_t size);

/* Read the header of a record that is whole. */
void jsp_record_facts(const unsigned char *value, jsp_facts *facts);

/* One session in the compact index. */
typedef struct jsp_entry {
    uint64_t id;
    uint64_t usn;
    int64_t start;
    uint32_t length; /* of the session's JSON */
    uint32_t policy; /* CRC-32C of the policy's uuid, 0: none; a match is confirmed on the record */
    uint16_t type;
    uint8_t status;
} jsp_entry;

void jsp_entry_make(jsp_entry *entry, const jsp_facts *facts, size_t length);
void jsp_entry_pack(unsigned char bytes[JSP_ENTRY_SIZE], const jsp_entry *entry);
void jsp_entry_unpack(const unsigned char bytes[JSP_ENTRY_SIZE], jsp_entry *entry);

/* The database's counters, sealed like a record. */
typedef struct jsp_counters {
    uint64_t last_id; /* highest id ever given or taken, 0 before the first */
    uint64_t last_usn;
    uint64_t count;
    uint64_t json_bytes;
    uint64_t id_digits;
    uint64_t
        revision; /* raised by every change that raises no usn: items, imports with a usn of their own */
    uint8_t identity[16]; /* random, made with the database: two databases never share it */
} jsp_counters;

void jsp_counters_seal(unsigned char bytes[JSP_COUNTERS_SIZE], const jsp_counters *counters);
const char *jsp_counters_open(const unsigned char *bytes, size_t size, jsp_counters *counters);

/* What stands under a usn: whose it is, and whether it is what is left of a removed session. */
void jsp_change_pack(unsigned char bytes[JSP_CHANGE_SIZE], uint64_t id, bool deletion);
uint64_t jsp_change_id(const unsigned char bytes[JSP_CHANGE_SIZE]);
bool jsp_change_is_deletion(const unsigned char bytes[JSP_CHANGE_SIZE]);

/* Decimal digits of an id, and its text (not ended by NUL; returns its length, at most 20). */
unsigned jsp_id_digits(uint64_t id);
unsigned jsp_id_format(uint64_t id, char text[20]);

#endif
