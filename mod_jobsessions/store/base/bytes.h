/* SPDX-License-Identifier: Apache-2.0 */
/* Integers as bytes, wherever they stand. In keys they are big-endian, so that LMDB's byte order is
 * their order. */
#ifndef JS_STORE_BYTES_H
#define JS_STORE_BYTES_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define JSP_DEFINE_INTEGER(name, type, order, back)                                                \
    static inline void jsp_put_##name(unsigned char *bytes, type value)                            \
    {                                                                                              \
        value = order(value);                                                                      \
        memcpy(bytes, &value, sizeof(value));                                                      \
    }                                                                                              \
    static inline type jsp_get_##name(const unsigned char *bytes)                                  \
    {                                                                                              \
        type value;                                                                                \
        memcpy(&value, bytes, sizeof(value));                                                      \
        return back(value);                                                                        \
    }

JSP_DEFINE_INTEGER(be64, uint64_t, htobe64, be64toh)
JSP_DEFINE_INTEGER(le64, uint64_t, htole64, le64toh)
JSP_DEFINE_INTEGER(le32, uint32_t, htole32, le32toh)
JSP_DEFINE_INTEGER(le16, uint16_t, htole16, le16toh)

#endif
