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
/* The processor's instruction takes one step a cycle, but needs three to tell its result. So three
 * runs of bytes are taken at a time, and what each comes to is moved behind the others: a CRC is
 * linear, and moving it behind a fixed number of bytes is a look-up for each of its bytes. */
#define RUN 64

typedef uint32_t shift_table[4][256];

static shift_table behind_one_run;
static shift_table behind_two_runs;

static void prepare_shift(shift_table shift, size_t bytes)
{
    static const unsigned char zeros[2 * RUN];
    for (unsigned byte = 0; byte < 4; byte++) {
        for (uint32_t value = 0; value < 256; value++) {
            shift[byte][value] = crc_table(value << 8 * byte, zeros, bytes);
        }
    }
}

static uint32_t move_behind(shift_table shift, uint32_t crc)
{
    return shift[0][crc & 0xff] ^ shift[1][crc >> 8 & 0xff] ^ shift[2][crc >> 16 & 0xff]
           ^ shift[3][crc >> 24];
}

static uint64_t word_at(const unsigned char *data)
{
    uint64_t word;
    memcpy(&word, data, sizeof(word));
    return word;
}

__attribute__((target("sse4.2"))) static uint32_t crc_sse42(uint32_t crc, const unsigned char *data,
                                                            size_t length)
{
    uint64_t first = crc;
    for (; length >= 3 * RUN; data += 3 * RUN, length -= 3 * RUN) {
        uint64_t second = 0;
        uint64_t third = 0;
        for (size_t at = 0; at < RUN; at += 8) {
            first = __builtin_ia32_crc32di(first, word_at(data + at));
            second = __builtin_ia32_crc32di(second, word_at(data + RUN + at));
            third = __builtin_ia32_crc32di(third, word_at(data + 2 * RUN + at));
        }
        first = move_behind(behind_two_runs, (uint32_t)first)
                ^ move_behind(behind_one_run, (uint32_t)second) ^ third;
    }
    for (; length >= 8; data += 8, length -= 8) {
        first = __builtin_ia32_crc32di(first, word_at(data));
    }
    crc = (uint32_t)first;
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
        prepare_shift(behind_one_run, RUN);
        prepare_shift(behind_two_runs, 2 * (size_t)RUN);
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
