/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crc32c.h"

#include <pthread.h>
#include <string.h>

#include "jobsessions_read.h"

#ifdef __x86_64__
#include <immintrin.h>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif

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

#if defined(__x86_64__) || defined(__aarch64__)
static uint64_t word_at(const unsigned char *data)
{
    uint64_t word;
    memcpy(&word, data, sizeof(word));
    return word;
}
#endif

#ifdef __x86_64__
/* The processor's instruction takes one step a cycle, but needs three to tell its result. So three
 * runs of words are taken at a time, and what each comes to is moved behind the others. A CRC is a
 * remainder of polynomials: to move it behind n words is to multiply it by x^64n. A carry-less
 * multiplication leaves the product 33 bits short of where the instruction reduces it, so that
 * x^(64n - 33) is what is multiplied by (Gopal et al., "Fast CRC Computation for iSCSI Polynomial
 * Using CRC32 Instruction", 2011). */
#define RUN_MAX ((size_t)128) /* words */
#define RUN_MIN ((size_t)3)   /* shorter runs are not worth the multiplication */

static uint32_t behind[2 * RUN_MAX + 1]; /* x^(64n - 33), for n words */

__attribute__((target("sse4.2"))) static void prepare_behind(void)
{
    behind[1] = 1; /* reflected, the lowest bit is x^31 */
    for (size_t words = 2; words <= 2 * RUN_MAX; words++) {
        behind[words] = (uint32_t)_mm_crc32_u64(behind[words - 1], 0);
    }
}

__attribute__((target("sse4.2,pclmul"))) static uint64_t move_behind(size_t words, uint64_t crc)
{
    __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)crc),
                                           _mm_cvtsi32_si128((int)behind[words]), 0);
    return _mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(product));
}

__attribute__((target("sse4.2,pclmul"))) static uint64_t
crc_three_runs(uint64_t crc, const unsigned char *data, size_t words)
{
    const unsigned char *end = data + 8 * words;
    uint64_t second = 0;
    uint64_t third = 0;
    for (; data < end; data += 8) {
        crc = _mm_crc32_u64(crc, word_at(data));
        second = _mm_crc32_u64(second, word_at(data + 8 * words));
        third = _mm_crc32_u64(third, word_at(data + 16 * words));
    }
    return move_behind(2 * words, crc) ^ move_behind(words, second) ^ third;
}

__attribute__((target("sse4.2,pclmul"))) static uint32_t
crc_instruction(uint32_t start, const unsigned char *data, size_t length)
{
    uint64_t crc = start;
    while (length >= 3 * 8 * RUN_MIN) {
        size_t words = length / (size_t)(3 * 8);
        words = words < RUN_MAX ? words : RUN_MAX;
        crc = crc_three_runs(crc, data, words);
        data += 3 * 8 * words;
        length -= 3 * 8 * words;
    }
    for (; length >= 8; data += 8, length -= 8) {
        crc = _mm_crc32_u64(crc, word_at(data));
    }
    for (; length > 0; data++, length--) {
        crc = _mm_crc32_u8((uint32_t)crc, *data);
    }
    return (uint32_t)crc;
}
#elif defined(__aarch64__)
/* In assembler, as compilers and their versions differ in what they call the intrinsics and the extension. One run of
 * words: what moves a CRC behind others is an extension of its own. */
static uint32_t crc_instruction(uint32_t crc, const unsigned char *data, size_t length)
{
    for (; length >= 8; data += 8, length -= 8) {
        __asm__(".arch_extension crc\n\tcrc32cx %w0, %w0, %x1" : "+r"(crc) : "r"(word_at(data)));
    }
    for (; length > 0; data++, length--) {
        __asm__(".arch_extension crc\n\tcrc32cb %w0, %w0, %w1" : "+r"(crc) : "r"(*data));
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
    if (__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul")) {
        prepare_behind();
        crc_best = crc_instruction;
    }
#elif defined(__aarch64__)
    if ((getauxval(AT_HWCAP) & HWCAP_CRC32) != 0) {
        crc_best = crc_instruction;
    }
#endif
}

uint32_t jsp_crc32c_more(uint32_t crc, const void *data, size_t length)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, prepare);
    return ~crc_best(~crc, data, length);
}

uint32_t jsp_crc32c(const void *data, size_t length)
{
    return jsp_crc32c_more(0, data, length);
}

uint32_t js_checksum(const void *bytes, size_t length)
{
    return jsp_crc32c(bytes, length);
}
