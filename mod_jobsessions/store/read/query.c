/* SPDX-License-Identifier: Apache-2.0 */
/* What goes into a query, from the texts users write. */
#include <stdlib.h>
#include <string.h>

#include "base/letters.h"
#include "base/ticks.h"
#include "format/later_types.h"
#include "format/status.h"
#include "jobsessions_read.h"

void js_query_all(js_query *query)
{
    memset(query, 0, sizeof(*query));
    query->filter.from = query->filter.to = JS_NO_TIME;
    query->filter.highest_id = UINT64_MAX;
    query->limit = JS_NO_LIMIT;
}

uint32_t js_status_bit(const char *name)
{
    unsigned code = jsp_status_find(name);
    return code == JSP_STATUS_NONE ? 0 : UINT32_C(1) << code;
}

uint32_t js_statuses_finished(void)
{
    uint32_t bits = 0;
    for (unsigned code = 0; code < JSP_STATUS_COUNT; code++) {
        bits |= jsp_status_is_running(code) ? 0 : UINT32_C(1) << code;
    }
    return bits;
}

bool js_type_is_of_v8_1(const char *type)
{
    return jsp_later_types_have(type, strlen(type));
}

static int compare_types(const void *one_, const void *other_)
{
    const char *one = *(const char *const *)one_;
    const char *other = *(const char *const *)other_;
    return jsp_letters_compare(one, strlen(one), other, strlen(other));
}

void js_types_order(const char **types, size_t count)
{
    qsort(types, count, sizeof(*types), compare_types);
}

/* Where in a text the day ends. */
#define DAY_END 10

/* Longer ones have nothing to be completed. */
#define TIME_TEXT 64

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

/* Give a text that goes on behind the day its zone; what else is wrong in it stays. */
static void complete(char text[TIME_TEXT + 8])
{
    char *zone = text + DAY_END + 1;
    zone += strcspn(zone, "Zz+- ");
    if (*zone == '\0') {
        memcpy(zone, "Z", 2);
    } else if (*zone == ' ' && is_digit(zone[1])) {
        *zone = '+';
    }
}

const char *js_time_parse(const char *text, size_t length, int64_t *time)
{
    char whole[TIME_TEXT + 8] = "";
    if (length < DAY_END || length > TIME_TEXT || memchr(text, 0, length) != NULL) {
        return jsp_date_parse(text, length, time);
    }
    memcpy(whole, text, length);
    if (length == DAY_END) {
        memcpy(whole + DAY_END, "T00:00", 7);
    }
    complete(whole);
    return jsp_date_parse(whole, strlen(whole), time);
}
