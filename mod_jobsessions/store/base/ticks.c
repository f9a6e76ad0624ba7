/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ticks.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define FRACTION_DIGITS 7
/* .NET's TimeSpan.MaxValue in whole days */
#define SPAN_DAYS_MAX 10675199

/* What is left of the text that is read. */
struct scan {
    const char *at;
    const char *end;
};

static bool take(struct scan *scan, char character)
{
    if (scan->at < scan->end && *scan->at == character) {
        scan->at++;
        return true;
    }
    return false;
}

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

/* Exactly `digits` decimal digits. */
static bool number(struct scan *scan, int digits, int *value)
{
    *value = 0;
    for (; digits > 0; digits--) {
        if (scan->at == scan->end || !is_digit(*scan->at)) {
            return false;
        }
        *value = *value * 10 + (*scan->at++ - '0');
    }
    return true;
}

/* Digits after a point, as ticks. */
static bool fraction(struct scan *scan, int64_t *ticks)
{
    int64_t unit = JSP_TICKS_SECOND / 10;
    const char *first = scan->at;
    *ticks = 0;
    for (; scan->at < scan->end && is_digit(*scan->at); scan->at++) {
        *ticks += (*scan->at - '0') * unit;
        unit /= 10;
    }
    return scan->at > first;
}

static bool leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && leap(year) ? 29 : days[month - 1];
}

/* Days from 0001-01-01 to the first of January of a year. */
static int64_t days_before_year(int year)
{
    int64_t past = year - 1;
    return past * 365 + past / 4 - past / 100 + past / 400;
}

/* ISO 8601 has offsets with and without the colon, and of whole hours. */
static bool offset_minutes(struct scan *scan, int *minutes)
{
    bool colon = take(scan, ':');
    *minutes = 0;
    return (!colon && scan->at == scan->end) || number(scan, 2, minutes);
}

static const char *offset_parse(struct scan *scan, int64_t *ticks)
{
    int hours;
    int minutes;
    *ticks = 0;
    if (take(scan, 'Z') || take(scan, 'z')) {
        return NULL;
    }
    int64_t sign = take(scan, '+') ? 1 : take(scan, '-') ? -1 : 0;
    if (sign == 0) {
        return "has no time zone; end it with Z or an offset such as +02:00";
    }
    if (!number(scan, 2, &hours) || !offset_minutes(scan, &minutes) || hours > 23 || minutes > 59) {
        return "has an offset that is not ±hh:mm";
    }
    *ticks = sign * (hours * INT64_C(3600) + minutes * INT64_C(60)) * JSP_TICKS_SECOND;
    return NULL;
}

/* The time of the day; seconds may be left out, and a comma is as good as a point (ISO 8601). */
static bool time_parse(struct scan *scan, int *hour, int *minute, int *second, int64_t *part)
{
    *second = 0;
    *part = 0;
    if (!number(scan, 2, hour) || !take(scan, ':') || !number(scan, 2, minute)) {
        return false;
    }
    if (!take(scan, ':')) {
        return true;
    }
    return number(scan, 2, second)
           && ((!take(scan, '.') && !take(scan, ',')) || fraction(scan, part));
}

/* What stands between date and time: RFC 3339, section 5.6 lets a blank do. */
static bool take_separator(struct scan *scan)
{
    return take(scan, 'T') || take(scan, 't') || take(scan, ' ');
}

const char *jsp_date_parse(const char *text, size_t length, int64_t *ticks)
{
    static const char *const shape = "is not a date and time such as 2020-02-07T08:43:30.892836Z";
    static const char *const nowhen = "names a time that does not exist";
    struct scan scan = {text, text + length};
    int year, month, day, hour, minute, second;
    int64_t part;
    int64_t offset;

    if (!number(&scan, 4, &year) || !take(&scan, '-') || !number(&scan, 2, &month)
        || !take(&scan, '-') || !number(&scan, 2, &day) || !take_separator(&scan)
        || !time_parse(&scan, &hour, &minute, &second, &part)) {
        return shape;
    }
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) {
        return "names a day that does not exist";
    }
    bool is_end_of_day = hour == 24 && minute == 0 && second == 0 && part == 0; /* ISO 8601 */
    if ((hour > 23 && !is_end_of_day) || minute > 59 || second > 60) {
        return nowhen;
    }
    const char *wrong = offset_parse(&scan, &offset);
    if (wrong != NULL) {
        return wrong;
    }
    if (scan.at != scan.end) {
        return shape;
    }
    int64_t days = days_before_year(year) + day - 1;
    for (int before = 1; before < month; before++) {
        days += days_in_month(year, before);
    }
    *ticks = days * JSP_TICKS_DAY + (hour * 3600 + minute * 60 + second) * JSP_TICKS_SECOND + part
             - offset;
    /* a leap second, which there is at the end of a day in UTC (RFC 3339, section 5.7), is the second after it */
    if (second == 60 && (*ticks - part) % JSP_TICKS_DAY != 0) {
        return nowhen;
    }
    if (*ticks < 0 || *ticks >= days_before_year(10000) * JSP_TICKS_DAY) {
        return "lies outside the years 1 to 9999 in UTC";
    }
    return NULL;
}

/* Days and a point, where a point comes before the first colon. NULL, or what is wrong. */
static const char *span_days(struct scan *scan, const char *shape, int64_t *days)
{
    const char *first = scan->at;
    const char *colon = memchr(first, ':', (size_t)(scan->end - first));
    *days = 0;
    if (colon == NULL || memchr(first, '.', (size_t)(colon - first)) == NULL) {
        return NULL;
    }
    for (; scan->at < scan->end && is_digit(*scan->at); scan->at++) {
        *days = *days * 10 + (*scan->at - '0');
        if (*days >= SPAN_DAYS_MAX) {
            return "is longer than 10675198 days";
        }
    }
    return scan->at > first && take(scan, '.') ? NULL : shape;
}

const char *jsp_span_parse(const char *text, size_t length, int64_t *ticks)
{
    static const char *const shape = "is not a time-span such as 00:01:10.1877340 or 1.02:03:04";
    struct scan scan = {text, text + length};
    bool is_negative = take(&scan, '-'); /* as .NET writes it */
    int64_t days = 0;
    int64_t part = 0;
    int hours, minutes, seconds;

    if (!is_negative) {
        (void)take(&scan, '+');
    }
    const char *wrong = span_days(&scan, shape, &days);
    if (wrong != NULL) {
        return wrong;
    }
    if (!number(&scan, 2, &hours) || !take(&scan, ':') || !number(&scan, 2, &minutes)
        || !take(&scan, ':') || !number(&scan, 2, &seconds)) {
        return shape;
    }
    if ((take(&scan, '.') && !fraction(&scan, &part)) || scan.at != scan.end) {
        return shape;
    }
    if (hours > 23 || minutes > 59 || seconds > 59) {
        return "has hours over 23, minutes over 59 or seconds over 59";
    }
    *ticks =
        days * JSP_TICKS_DAY + (hours * 3600 + minutes * 60 + seconds) * JSP_TICKS_SECOND + part;
    if (is_negative) { /* a clock was set back: how long it took is not known */
        *ticks = 0;
    }
    return NULL;
}

size_t jsp_date_format(int64_t ticks, char text[JSP_TICKS_TEXT])
{
    int64_t days = ticks / JSP_TICKS_DAY;
    int64_t rest = ticks % JSP_TICKS_DAY;
    int second = (int)(rest / JSP_TICKS_SECOND);
    int part = (int)(rest % JSP_TICKS_SECOND);
    /* never too late, and at most one year too early */
    int year = (int)(days * 400 / 146097) + 1;
    while (year > 1 && days_before_year(year) > days) {
        year--;
    }
    while (days_before_year(year + 1) <= days) {
        year++;
    }
    int day = (int)(days - days_before_year(year));
    int month = 1;
    while (day >= days_in_month(year, month)) {
        day -= days_in_month(year, month++);
    }
    int length = snprintf(text, JSP_TICKS_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d", year, month,
                          day + 1, second / 3600, second / 60 % 60, second % 60);
    if (part != 0) {
        length += snprintf(text + length, JSP_TICKS_TEXT - (size_t)length, ".%0*d", FRACTION_DIGITS,
                           part);
        while (text[length - 1] == '0') {
            length--;
        }
    }
    text[length++] = 'Z';
    text[length] = '\0';
    return (size_t)length;
}

size_t jsp_span_format(int64_t ticks, char text[JSP_TICKS_TEXT])
{
    int64_t days = ticks / JSP_TICKS_DAY;
    int second = (int)(ticks % JSP_TICKS_DAY / JSP_TICKS_SECOND);
    int part = (int)(ticks % JSP_TICKS_SECOND);
    int length = 0;
    if (days > 0) {
        length = snprintf(text, JSP_TICKS_TEXT, "%lld.", (long long)days);
    }
    length += snprintf(text + length, JSP_TICKS_TEXT - (size_t)length, "%02d:%02d:%02d",
                       second / 3600, second / 60 % 60, second % 60);
    if (part != 0) {
        length += snprintf(text + length, JSP_TICKS_TEXT - (size_t)length, ".%0*d", FRACTION_DIGITS,
                           part);
    }
    return (size_t)length;
}

int64_t jsp_ticks_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return JSP_TICKS_UNIX_EPOCH + now.tv_sec * JSP_TICKS_SECOND + now.tv_nsec / 100;
}
