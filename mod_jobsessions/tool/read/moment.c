/* SPDX-License-Identifier: Apache-2.0 */
#include "read/moment.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/complain.h"
#include "jobsessions_read.h"

#define DAY 86400

/* More would begin before there are dates. */
#define AGE_MAX ((time_t)1000 * 365 * DAY)

/* Written as the API takes it, and read as it does. */
static const char *from_clock(time_t seconds, const char *format, int64_t *moment)
{
    char text[64];
    struct tm utc;
    if (gmtime_r(&seconds, &utc) == NULL) {
        return "is too long ago";
    }
    size_t length = strftime(text, sizeof(text), format, &utc);
    return js_time_parse(text, length, moment);
}

/* Seconds of an age such as 90d; false when it is none. */
static bool parse_age(const char *text, time_t *age)
{
    static const struct {
        char letter;
        int seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', DAY}, {'w', 7 * DAY}};
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    if (end == text || *text < '0' || *text > '9' || errno != 0 || strlen(end) != 1) {
        return false;
    }
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (units[i].letter == *end && number <= AGE_MAX / units[i].seconds) {
            *age = number * units[i].seconds;
            return true;
        }
    }
    return false;
}

static const char *parse(const char *text, int64_t *moment)
{
    time_t age;
    time_t now = time(NULL);
    if (parse_age(text, &age)) {
        return from_clock(now - age, "%Y-%m-%dT%H:%M:%SZ", moment);
    }
    if (strcmp(text, "now") == 0) {
        return from_clock(now, "%Y-%m-%dT%H:%M:%SZ", moment);
    }
    if (strcmp(text, "today") == 0) {
        return from_clock(now, "%Y-%m-%d", moment);
    }
    if (strcmp(text, "yesterday") == 0) {
        return from_clock(now - DAY, "%Y-%m-%d", moment);
    }
    return js_time_parse(text, strlen(text), moment);
}

enum exit_code moment_parse(const char *option, const char *text, int64_t *time)
{
    const char *wrong = parse(text, time);
    if (wrong != NULL) {
        complain("--%s %s: %s; write a date (2026-11-23), a date and time (2026-11-23T08:00), now, "
                 "today, yesterday, or how long ago (90s, 30m, 12h, 7d, 2w)",
                 option, text, wrong);
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

enum exit_code moment_parse_length(const char *option, const char *text, int64_t *seconds)
{
    time_t age = 0;
    if (!parse_age(text, &age)) {
        complain("--%s %s: write an age, such as 90d: a number with s, m, h, d or w", option, text);
        return EXIT_USAGE;
    }
    *seconds = age;
    return EXIT_DONE;
}

enum exit_code moment_parse_age(const char *option, const char *text, int64_t *time)
{
    int64_t seconds;
    enum exit_code code = moment_parse_length(option, text, &seconds);
    return code == EXIT_DONE ? moment_parse(option, text, time) : code;
}
