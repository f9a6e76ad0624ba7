/* SPDX-License-Identifier: Apache-2.0 */
#include "response/range.h"

#include "apr_lib.h"
#include "apr_strings.h"

#define UNIT "bytes="

/* A number, and what follows it; the largest for one that is larger. NULL: there is none. */
static const char *read_number(const char *text, apr_uint64_t *number)
{
    char *end;
    if (!apr_isdigit(*text)) {
        return NULL;
    }
    apr_int64_t value = apr_strtoi64(text, &end, 10);
    *number = (apr_uint64_t)value;
    return end;
}

/* "-500": the last ones. */
static enum range_kind read_last(const char *text, apr_uint64_t length, struct range *range)
{
    apr_uint64_t wanted;
    const char *end = read_number(text, &wanted);
    if (end == NULL || *end != '\0') {
        return RANGE_WHOLE;
    }
    range->length = wanted < length ? wanted : length;
    range->first = length - range->length;
    return wanted > 0 ? RANGE_PART : RANGE_NOWHERE;
}

/* "500-999" or "500-". */
static enum range_kind read_from(const char *text, apr_uint64_t length, struct range *range)
{
    apr_uint64_t last = APR_INT64_MAX;
    const char *end = read_number(text, &range->first);
    if (end == NULL || *end != '-') {
        return RANGE_WHOLE;
    }
    end++;
    if (*end != '\0') {
        end = read_number(end, &last);
    }
    if (end == NULL || *end != '\0' || last < range->first) {
        return RANGE_WHOLE;
    }
    if (range->first >= length) {
        return RANGE_NOWHERE;
    }
    range->length = (last < length ? last + 1 : length) - range->first;
    return RANGE_PART;
}

/* Strong tags only: there is no Last-Modified that a date could be held against. */
static int is_of_this_version(request_rec *r)
{
    const char *wanted = apr_table_get(r->headers_in, "If-Range");
    const char *tag = apr_table_get(r->headers_out, "ETag");
    return wanted == NULL || (tag != NULL && tag[0] == '"' && strcmp(wanted, tag) == 0);
}

enum range_kind range_take(request_rec *r, apr_uint64_t length, struct range *range)
{
    const char *wanted = apr_table_get(r->headers_in, "Range");
    apr_table_unset(r->headers_in, "Range");
    apr_table_unset(r->headers_in, "Request-Range"); /* its name in a draft, which httpd knows */
    if (wanted == NULL || length == 0 || !is_of_this_version(r)
        || ap_cstr_casecmpn(wanted, UNIT, sizeof(UNIT) - 1) != 0) {
        return RANGE_WHOLE;
    }
    wanted += sizeof(UNIT) - 1;
    wanted += strspn(wanted, " \t");
    return *wanted == '-' ? read_last(wanted + 1, length, range) : read_from(wanted, length, range);
}
