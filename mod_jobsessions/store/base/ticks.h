/* SPDX-License-Identifier: Apache-2.0 */
/* Dates and time-spans, and their canonical text.
 *
 * Both are counted in ticks of 100 ns, as the vendor's server does: a date from
 * 0001-01-01T00:00:00Z, so that it is never negative. Canonical text: dates in UTC with
 * `Z`, a fraction of at most 7 digits without trailing zeros; time-spans `[d.]hh:mm:ss[.fffffff]`,
 * the fraction 7 digits when there is one. */
#ifndef JS_STORE_TICKS_H
#define JS_STORE_TICKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSP_TICKS_SECOND INT64_C(10000000)
#define JSP_TICKS_DAY (INT64_C(86400) * JSP_TICKS_SECOND)
#define JSP_TICKS_NONE INT64_C(-1)

/* 1970-01-01. */
#define JSP_TICKS_UNIX_EPOCH (INT64_C(719162) * JSP_TICKS_DAY)

/* Longest canonical text of either, with its NUL. */
#define JSP_TICKS_TEXT 40

/* Read an ISO 8601 date-time with Z or an offset, or a time-span, of which a negative one is read as 0; digits of
 * the fraction beyond the seventh are dropped. Returns NULL, or what is wrong with it. */
const char *jsp_date_parse(const char *text, size_t length, int64_t *ticks);
const char *jsp_span_parse(const char *text, size_t length, int64_t *ticks);

/* The date and time it is. */
int64_t jsp_ticks_now(void);

/* Write the canonical text; returns its length. */
size_t jsp_date_format(int64_t ticks, char text[JSP_TICKS_TEXT]);
size_t jsp_span_format(int64_t ticks, char text[JSP_TICKS_TEXT]);

#endif
