/* SPDX-License-Identifier: Apache-2.0 */
/* What both kinds have from zlib. */
#include "response/deflater.h"

#include <zlib.h>

apr_uint32_t deflater_crc_joined(apr_uint32_t first, apr_uint32_t second,
                                 apr_uint64_t length_of_second)
{
    return (apr_uint32_t)crc32_combine(first, second, (z_off_t)length_of_second);
}
