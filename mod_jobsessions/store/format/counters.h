/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted with every write, so that a response's length is known before its first byte. */
#ifndef JS_STORE_COUNTERS_H
#define JS_STORE_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

#define JSP_COUNTERS_SIZE 72

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

#endif
