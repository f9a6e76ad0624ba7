/* SPDX-License-Identifier: Apache-2.0 */
#include "crc32c.h"

#include <pthread.h>
#include <string.h>

#define POLYNOMIAL 0x82f63b78u /* reflected */

static uint32_t table[256];

static uint32_t crc_table(uint32_t crc, const unsigned char *data, size_t length)
{
    while (length-- > 0) {
        crc = (crc >> 8) ^ table[(crc ^ *data++) & 0xff];
    }
    return crc;
}

static uint32_t (*crc_best)(uint32_t, const unsigned char *, size_t) = crc_table;

#ifdef __x86_64__
__attribute__((target("sse4.2"))) static uint32_t crc_sse42(uint32_t crc, const unsigned char *data,
                                                            size_t length)
{
    uint64_t wide = crc;
    for (; length >= 8; data += 8, length -= 8) {
        uint64_t word;
        memcpy(&word, data, 8);
        wide = __builtin_ia32_crc32di(wide, word);
    }
    crc = (uint32_t)wide;
    while (length-- > 0) {
        crc = __builtin_ia32_crc32qi(crc, *data++);
    }
    return crc;
}
#endif

static void prepare(void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? POLYNOMIAL : 0);
        }
        table[byte] = crc;
    }
#ifdef __x86_64__
    if (__builtin_cpu_supports("sse4.2")) {
        crc_best = crc_sse42;
    }
#endif
}

uint32_t js_crc32c(const void *data, size_t length)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, prepare);
    return ~crc_best(~0u, data, length);
}
