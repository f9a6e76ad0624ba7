/* SPDX-License-Identifier: Apache-2.0 */
/* A session in the order of start times, as bytes (FORMAT.md). Those of one day share a key. */
#ifndef JS_STORE_START_H
#define JS_STORE_START_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/ticks.h"

#define JSP_START_SIZE 16

static inline void jsp_start_pack(unsigned char bytes[JSP_START_SIZE], int64_t start, uint64_t id)
{
    jsp_put_be64(bytes, (uint64_t)start);
    jsp_put_be64(bytes + 8, id);
}

static inline int64_t jsp_start_time(const unsigned char bytes[JSP_START_SIZE])
{
    return (int64_t)jsp_get_be64(bytes);
}

static inline uint64_t jsp_start_id(const unsigned char bytes[JSP_START_SIZE])
{
    return jsp_get_be64(bytes + 8);
}

/* The number in whose key it stands. */
static inline uint64_t jsp_start_day(int64_t start)
{
    return (uint64_t)(start / JSP_TICKS_DAY);
}

#endif
