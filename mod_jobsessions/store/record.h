/* SPDX-License-Identifier: Apache-2.0 */
/* The sealed record of one session and the small fixed-size values beside it, as bytes. Their
 * layout is FORMAT.md; nothing else in the library knows it. */
#ifndef JS_STORE_RECORD_H
#define JS_STORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"

#define JS_RECORD_HEADER 80
#define JS_RECORD_VERSION 1
#define JS_ENTRY_SIZE 40
#define JS_START_SIZE 16
#define JS_CHANGE_SIZE 16
#define JS_UUID_SIZE 16
#define JS_COUNTERS_SIZE 72

/* What filters and sorts need to know of a session; stands in the record's header. */
typedef struct js_facts {
    uint64_t id;
    uint64_t usn;
    int64_t start; /* ticks, or JS_TICKS_NONE */
    int64_t stop;
    int64_t duration;
    uint8_t status;
    uint16_t type;                /* code in the database `types`, 0: none */
    uint8_t policy[JS_UUID_SIZE]; /* all zero: none, or not a uuid */
    uint32_t name_at;             /* where policyName's escaped text stands in the JSON, 0: none */
    uint32_t name_length;
} js_facts;

/* Write a record, header and `length` bytes of JSON, to `value`, and seal it. */
void js_record_seal(unsigned char *value, const js_facts *facts, const char *json, size_t length);

/* Why the value stored under `id` cannot be trusted, or NULL when it is whole. */
const char *js_record_damage(uint64_t id, const unsigned char *value, size_t size);

/* Read the header of a record that is whole. */
void js_record_facts(const unsigned char *value, js_facts *facts);

/* One session in the compact index. */
typedef struct js_entry {
    uint64_t id;
    uint64_t usn;
    int64_t start;
    uint32_t length; /* of the session's JSON */
    uint32_t policy; /* CRC-32C of the policy's uuid, 0: none; a match is confirmed on the record */
    uint16_t type;
    uint8_t status;
} js_entry;

void js_entry_make(js_entry *entry, const js_facts *facts, size_t length);
void js_entry_pack(unsigned char bytes[JS_ENTRY_SIZE], const js_entry *entry);
void js_entry_unpack(const unsigned char bytes[JS_ENTRY_SIZE], js_entry *entry);

/* The database's counters, sealed like a record. */
typedef struct js_counters {
    uint64_t last_id; /* highest id ever given or taken, 0 before the first */
    uint64_t last_usn;
    uint64_t count;
    uint64_t json_bytes;
    uint64_t id_digits;
    uint64_t revision;    /* raised by every item that is appended to a session */
    uint8_t identity[16]; /* random, made with the database: two databases never share it */
} js_counters;

void js_counters_seal(unsigned char bytes[JS_COUNTERS_SIZE], const js_counters *counters);
const char *js_counters_open(const unsigned char *bytes, size_t size, js_counters *counters);

/* What stands under a usn: whose it is, and whether it is what is left of a removed session. */
void js_change_pack(unsigned char bytes[JS_CHANGE_SIZE], uint64_t id, bool deletion);
uint64_t js_change_id(const unsigned char bytes[JS_CHANGE_SIZE]);
bool js_change_is_deletion(const unsigned char bytes[JS_CHANGE_SIZE]);

/* Decimal digits of an id, and its text (not ended by NUL; returns its length, at most 20). */
unsigned js_id_digits(uint64_t id);
unsigned js_id_format(uint64_t id, char text[20]);

#endif
