/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32C (Castagnoli, RFC 3720 appendix B.4), with the processor's instruction where it has one.
 * It is the seal of every record because it finds every burst of up to 32 flipped bits and is at
 * hand in all languages workers are written in. */
#ifndef JS_STORE_CRC32C_H
#define JS_STORE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

uint32_t jsp_crc32c(const void *data, size_t length);

/* The checksum of what has the checksum `crc` and of the data behind it; of nothing it is 0. */
uint32_t jsp_crc32c_more(uint32_t crc, const void *data, size_t length);

#endif
