/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/times.h"

#include <string.h>

#include "apr_strings.h"
#include "apr_time.h"

/* Ticks begin with the year 1. */
#define TICKS_TO_1970 (APR_INT64_C(719162) * 864000000000)
#define TICKS_A_MICROSECOND 10

const char *times_cut(apr_pool_t *pool, apr_int64_t ticks)
{
    apr_time_exp_t time;
    (void)apr_time_exp_gmt(&time,
                           ticks / TICKS_A_MICROSECOND - TICKS_TO_1970 / TICKS_A_MICROSECOND);
    return apr_psprintf(pool, "%04d-%02d-%02dT%02d:%02d:%02d.%06d", time.tm_year + 1900,
                        time.tm_mon + 1, time.tm_mday, time.tm_hour, time.tm_min, time.tm_sec,
                        time.tm_usec);
}

const char *times_whole(apr_pool_t *pool, apr_int64_t ticks)
{
    char *text =
        apr_psprintf(pool, "%s%d", times_cut(pool, ticks), (int)(ticks % TICKS_A_MICROSECOND));
    apr_size_t length = strlen(text);
    while (text[length - 1] == '0') {
        length--;
    }
    text[text[length - 1] == '.' ? length - 1 : length] = '\0';
    return text;
}
