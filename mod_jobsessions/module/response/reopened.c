/* SPDX-License-Identifier: Apache-2.0 */
#include "response/reopened.h"

#include "apr_strings.h"

apr_status_t reopened(int descriptor, apr_int32_t flags, apr_pool_t *pool, apr_file_t **file)
{
    return apr_file_open(file, apr_psprintf(pool, "/proc/self/fd/%d", descriptor),
                         APR_FOPEN_READ | flags, APR_FPROT_OS_DEFAULT, pool);
}
