/* SPDX-License-Identifier: Apache-2.0 */
/* Dates and times: what is read is what the C library's calendar says, and canonical text reads back as
 * the same moment. */
#include <string.h>
#include <time.h>

#include "base/ticks.h"
#include "fuzz.h"

/* 9999-12-31T23:59:59.9999999Z */
#define LAST (INT64_C(3155378976000000000) - 1)
/* From 0001-01-01 to 1970-01-01. */
#define TO_EPOCH (INT64_C(719162) * JSP_TICKS_DAY)

/* Canonical text of a moment, held against the C library's. */
static void check_text(int64_t ticks, const char *text, size_t length)
{
    char expected[JSP_TICKS_TEXT];
    time_t seconds = (time_t)((ticks - TO_EPOCH) / JSP_TICKS_SECOND);
    int64_t part = ticks % JSP_TICKS_SECOND;
    struct tm parts;
    if (ticks < TO_EPOCH && part != 0) {
        seconds--; /* division rounds towards zero */
    }
    must(gmtime_r(&seconds, &parts) != NULL);
    size_t at = strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S", &parts);
    /* strftime() pads no year */
    must(at >= 16 && at <= 19);
    must(length >= 20 && length <= 28 && text[length] == '\0' && text[length - 1] == 'Z');
    must(memcmp(text + 19 - at, expected, at) == 0 && strspn(text, "0") >= 19 - at);
    must(part == 0 ? length == 20 : text[19] == '.' && text[length - 2] != '0');
}

static void check_moment(int64_t ticks)
{
    char text[JSP_TICKS_TEXT];
    char again[JSP_TICKS_TEXT];
    int64_t read;
    size_t length = jsp_date_format(ticks, text);
    check_text(ticks, text, length);
    must(jsp_date_parse(text, length, &read) == NULL && read == ticks);
    must(jsp_date_format(read, again) == length && memcmp(text, again, length) == 0);
    must(jsp_date_parse(text, length - 1, &read) != NULL); /* without its zone it is none */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t ticks = JSP_TICKS_NONE;
    uint64_t number = 0;
    const char *wrong = jsp_date_parse((const char *)data, size, &ticks);
    if (wrong == NULL) {
        must(ticks >= 0 && ticks <= LAST);
        check_moment(ticks);
    } else {
        must(strlen(wrong) > 0);
    }
    /* and any moment, whatever the input looks like as text */
    memcpy(&number, data, size < sizeof(number) ? size : sizeof(number));
    check_moment((int64_t)(number % ((uint64_t)LAST + 1)));
    return 0;
}
