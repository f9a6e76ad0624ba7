/* SPDX-License-Identifier: Apache-2.0 */
/* How many sessions began on a day, by status and type, as bytes (FORMAT.md). */
#ifndef JS_STORE_DAY_H
#define JS_STORE_DAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "format/start.h"

#define JSP_DAY_KEY_SIZE 11
#define JSP_DAY_VALUE_SIZE 8

/* In the place of a day: of sessions without a start, and of all. They stand behind the days there are. */
#define JSP_DAY_NONE (UINT64_MAX - 1)
#define JSP_DAY_ALL UINT64_MAX

typedef struct jsp_day {
    uint64_t day;
    uint8_t status;
    uint16_t type;
} jsp_day;

static inline uint64_t jsp_day_of(int64_t start)
{
    return start == JSP_TICKS_NONE ? JSP_DAY_NONE : jsp_start_day(start);
}

static inline void jsp_day_pack(unsigned char key[JSP_DAY_KEY_SIZE], const jsp_day *day)
{
    jsp_put_be64(key, day->day);
    key[8] = day->status;
    key[9] = (unsigned char)(day->type >> 8);
    key[10] = (unsigned char)day->type;
}

static inline void jsp_day_unpack(const unsigned char key[JSP_DAY_KEY_SIZE], jsp_day *day)
{
    day->day = jsp_get_be64(key);
    day->status = key[8];
    day->type = (uint16_t)(key[9] << 8 | key[10]);
}

#endif
