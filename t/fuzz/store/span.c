/* SPDX-License-Identifier: Apache-2.0 */
/* Time-spans: canonical text reads back as the same number of ticks, and is the only text of its length
 * and order. */
#include <inttypes.h>
#include <string.h>

#include "base/ticks.h"
#include "fuzz.h"

/* The longest, 10675198.23:59:59.9999999. */
#define LAST (INT64_C(10675199) * JSP_TICKS_DAY - 1)

/* The canonical text, put together another way. */
static int expected_text(int64_t ticks, char text[64])
{
    int64_t seconds = ticks / JSP_TICKS_SECOND;
    int64_t days = seconds / 86400;
    int64_t part = ticks % JSP_TICKS_SECOND;
    char front[24] = "";
    char back[24] = "";
    if (days > 0) {
        (void)snprintf(front, sizeof(front), "%" PRId64 ".", days);
    }
    if (part > 0) {
        (void)snprintf(back, sizeof(back), ".%07" PRId64, part);
    }
    return snprintf(text, 64, "%s%02" PRId64 ":%02" PRId64 ":%02" PRId64 "%s", front,
                    seconds % 86400 / 3600, seconds % 3600 / 60, seconds % 60, back);
}

static void check_span(int64_t ticks)
{
    char text[JSP_TICKS_TEXT];
    char expected[64];
    int64_t read;
    size_t length = jsp_span_format(ticks, text);
    must(length == (size_t)expected_text(ticks, expected) && strcmp(text, expected) == 0);
    must(jsp_span_parse(text, length, &read) == NULL && read == ticks);
    /* a digit less is none, or a fraction of six digits */
    must(jsp_span_parse(text, length - 1, &read) != NULL || read == ticks - ticks % 10);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t ticks = JSP_TICKS_NONE;
    uint64_t number = 0;
    const char *wrong = jsp_span_parse((const char *)data, size, &ticks);
    if (wrong == NULL) {
        must(ticks >= 0 && ticks <= LAST);
        check_span(ticks);
    } else {
        must(strlen(wrong) > 0);
    }
    memcpy(&number, data, size < sizeof(number) ? size : sizeof(number));
    check_span((int64_t)(number % ((uint64_t)LAST + 1)));
    return 0;
}
