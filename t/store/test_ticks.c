/* SPDX-License-Identifier: Apache-2.0 */
/* Dates and time-spans: what is read, what is refused and why, and the canonical text. */
#include "support.h"

#include <time.h>

#include "base/ticks.h"

/* 1970-01-01T00:00:00Z in ticks. */
#define EPOCH (INT64_C(719162) * JSP_TICKS_DAY)

struct reading {
    const char *text;
    const char *canonical;
};

struct refusal {
    const char *text;
    const char *why;
};

static void dates_are_brought_to_canonical_utc(void **state)
{
    (void)state;
    static const struct reading dates[] = {
        {"2020-02-07T08:43:30.892836Z", "2020-02-07T08:43:30.892836Z"},
        {"2020-02-07t08:43:30z", "2020-02-07T08:43:30Z"},
        /* offsets, over the ends of day, month and year */
        {"2020-02-07T08:43:30+00:00", "2020-02-07T08:43:30Z"},
        {"2020-02-07T08:43:30-00:00", "2020-02-07T08:43:30Z"},
        {"2020-03-01T00:30:00+01:00", "2020-02-29T23:30:00Z"},
        {"2019-12-31T23:30:00-05:45", "2020-01-01T05:15:00Z"},
        {"2020-02-07T08:43:30+23:59", "2020-02-06T08:44:30Z"},
        {"2020-02-07T08:43:30.5+02:00", "2020-02-07T06:43:30.5Z"},
        {"2020-02-07T08:43:30+0200", "2020-02-07T06:43:30Z"},
        {"2020-02-07T08:43:30-05", "2020-02-07T13:43:30Z"},
        /* a blank for the T (RFC 3339, section 5.6), no seconds (ISO 8601) */
        {"2020-02-07 08:43:30Z", "2020-02-07T08:43:30Z"},
        {"2020-02-07 08:43:30.5+02:00", "2020-02-07T06:43:30.5Z"},
        {"2020-02-07T08:43Z", "2020-02-07T08:43:00Z"},
        {"2020-02-07T08:43+02:00", "2020-02-07T06:43:00Z"},
        {"2020-02-07 08:43+0200", "2020-02-07T06:43:00Z"},
        /* fractions of one to nine digits */
        {"2020-02-07T08:43:30.1Z", "2020-02-07T08:43:30.1Z"},
        {"2020-02-07T08:43:30.12Z", "2020-02-07T08:43:30.12Z"},
        {"2020-02-07T08:43:30.123Z", "2020-02-07T08:43:30.123Z"},
        {"2020-02-07T08:43:30.1234Z", "2020-02-07T08:43:30.1234Z"},
        {"2020-02-07T08:43:30.12345Z", "2020-02-07T08:43:30.12345Z"},
        {"2020-02-07T08:43:30.123456Z", "2020-02-07T08:43:30.123456Z"},
        {"2020-02-07T08:43:30.1234567Z", "2020-02-07T08:43:30.1234567Z"},
        {"2020-02-07T08:43:30.12345678Z", "2020-02-07T08:43:30.1234567Z"},
        {"2020-02-07T08:43:30.123456789Z", "2020-02-07T08:43:30.1234567Z"},
        {"2020-02-07T08:43:30.99999999999999999999Z", "2020-02-07T08:43:30.9999999Z"},
        {"2020-02-07T08:43:30.0000000Z", "2020-02-07T08:43:30Z"},
        {"2020-02-07T08:43:30.0000001Z", "2020-02-07T08:43:30.0000001Z"},
        {"2020-02-07T08:44:41.0805700Z", "2020-02-07T08:44:41.08057Z"},
        /* leap years */
        {"2020-02-29T00:00:00Z", "2020-02-29T00:00:00Z"},
        {"2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"},
        {"2020-12-31T23:59:59Z", "2020-12-31T23:59:59Z"},
        {"2020-02-07T08:43:30,5Z", "2020-02-07T08:43:30.5Z"},
        /* leap seconds (RFC 3339, section 5.7 and appendix D) */
        {"1990-12-31T23:59:60Z", "1991-01-01T00:00:00Z"},
        {"1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00Z"},
        {"2016-12-31T23:59:60.25Z", "2017-01-01T00:00:00.25Z"},
        /* the end of a day (ISO 8601), of a month, and of a leap year */
        {"2020-02-07T24:00:00Z", "2020-02-08T00:00:00Z"},
        {"2020-02-29T24:00Z", "2020-03-01T00:00:00Z"},
        {"2020-12-31T24:00:00.000+02:00", "2020-12-31T22:00:00Z"},
        /* the first and the last moment */
        {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
        {"9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z"},
        {"0001-01-01T01:00:00+01:00", "0001-01-01T00:00:00Z"},
        {"9999-12-31T22:59:59-01:00", "9999-12-31T23:59:59Z"},
    };
    for (size_t i = 0; i < COUNT(dates); i++) {
        int64_t ticks;
        int64_t again;
        char text[JSP_TICKS_TEXT];
        const char *wrong = jsp_date_parse(dates[i].text, strlen(dates[i].text), &ticks);
        if (wrong != NULL) {
            fail_msg("\"%s\" %s", dates[i].text, wrong);
        }
        assert_int_equal(jsp_date_format(ticks, text), strlen(dates[i].canonical));
        assert_string_equal(text, dates[i].canonical);
        assert_null(jsp_date_parse(text, strlen(text), &again));
        assert_true(again == ticks);
    }
}

static void dates_that_are_none_are_refused(void **state)
{
    (void)state;
    static const char shape[] = "is not a date and time";
    static const struct refusal dates[] = {
        {"", shape},
        {"2020", shape},
        {"2020-02-07", shape},
        {"2020-2-07T08:43:30Z", shape},
        {"20200207T084330Z", shape},
        {"20-02-07T08:43:30Z", shape},
        {"12020-02-07T08:43:30Z", shape},
        {"+2020-02-07T08:43:30Z", shape},
        {"-020-02-07T08:43:30Z", shape},
        {" 2020-02-07T08:43:30Z", shape},
        {"2020-02-07T08:43:30Z ", shape},
        {"2020-02-07T08:43:30ZZ", shape},
        {"2020-02-07T08:43:30.Z", shape},
        {"2020-02-07T08:43:30.", shape},
        {"2020-02-07T08:43:3oZ", shape},
        {"2020-02-07T08:43:30+02:00Z", shape},
        {"2020/02/07T08:43:30Z", shape},
        {"yesterday", shape},
        {"2020-02-07T08:43:30", "has no time zone"},
        {"2020-02-07T08:43:30.5", "has no time zone"},
        {"2020-02-07T08:43:30,Z", shape},
        {"2020-02-07T08:43:30 Z", "has no time zone"},
        {"2020-02-07  08:43:30Z", shape},
        {"2020-02-07_08:43:30Z", shape},
        {"2020-02-07T08:43", "has no time zone"},
        {"2020-02-07T08:43:Z", shape},
        {"2020-02-07T08Z", shape},
        {"2020-02-07T08:43:30+2", "has an offset that is not"},
        {"2020-02-07T08:43:30+020", "has an offset that is not"},
        {"2020-02-07T08:43:30+02:", "has an offset that is not"},
        {"2020-02-07T08:43:30+2400", "has an offset that is not"},
        {"2020-02-07T08:43:30+02000", shape},
        {"2020-02-07T08:43:30+24:00", "has an offset that is not"},
        {"2020-02-07T08:43:30+02:60", "has an offset that is not"},
        {"2019-02-29T00:00:00Z", "names a day that does not exist"},
        {"1900-02-29T00:00:00Z", "names a day that does not exist"},
        {"2020-04-31T00:00:00Z", "names a day that does not exist"},
        {"2020-00-01T00:00:00Z", "names a day that does not exist"},
        {"2020-13-01T00:00:00Z", "names a day that does not exist"},
        {"2020-01-00T00:00:00Z", "names a day that does not exist"},
        {"2020-01-32T00:00:00Z", "names a day that does not exist"},
        {"0000-01-01T00:00:00Z", "names a day that does not exist"},
        {"2020-02-07T24:00:01Z", "names a time that does not exist"},
        {"2020-02-07T24:00:00.1Z", "names a time that does not exist"},
        {"2020-02-07T24:01Z", "names a time that does not exist"},
        {"2020-02-07T25:00:00Z", "names a time that does not exist"},
        {"2020-02-07T08:60:00Z", "names a time that does not exist"},
        {"2020-06-30T23:59:61Z", "names a time that does not exist"},
        {"2020-06-30T22:59:60Z", "names a time that does not exist"},
        {"2020-06-30T23:59:60+01:00", "names a time that does not exist"},
        {"0001-01-01T00:00:00+00:01", "lies outside the years 1 to 9999"},
        {"9999-12-31T23:59:59-00:01", "lies outside the years 1 to 9999"},
    };
    for (size_t i = 0; i < COUNT(dates); i++) {
        int64_t ticks;
        const char *wrong = jsp_date_parse(dates[i].text, strlen(dates[i].text), &ticks);
        if (wrong == NULL || strstr(wrong, dates[i].why) != wrong) {
            fail_msg("\"%s\" %s", dates[i].text, wrong != NULL ? wrong : "was accepted");
        }
    }
}

static void a_text_ends_where_its_length_says(void **state)
{
    (void)state;
    int64_t ticks;
    assert_null(jsp_date_parse("2020-02-07T08:43:30Zulu", 20, &ticks));
    assert_non_null(jsp_date_parse("2020-02-07T08:43:30Z\0", 21, &ticks));
    assert_null(jsp_span_parse("00:01:10.5 h", 10, &ticks));
    assert_non_null(jsp_span_parse("00:01:10\0", 9, &ticks));
}

/* Noon of every day from 0001 to 9999, as the C library has it. */
static void every_day_is_the_one_the_c_library_knows(void **state)
{
    (void)state;
    for (int64_t day = 0; day < INT64_C(3652059); day++) {
        int64_t ticks = day * JSP_TICKS_DAY + JSP_TICKS_DAY / 2;
        int64_t again;
        time_t seconds = (time_t)((ticks - EPOCH) / JSP_TICKS_SECOND);
        struct tm parts;
        char expected[64];
        char text[JSP_TICKS_TEXT];
        assert_non_null(gmtime_r(&seconds, &parts));
        (void)snprintf(expected, sizeof(expected), "%04d-%02d-%02dT12:00:00Z", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday);
        (void)jsp_date_format(ticks, text);
        if (strcmp(text, expected) != 0) {
            fail_msg("day %" PRId64 ": %s, not %s", day, text, expected);
        }
        if (jsp_date_parse(text, strlen(text), &again) != NULL || again != ticks) {
            fail_msg("%s does not read back", text);
        }
        if (timegm(&parts) != seconds) {
            fail_msg("the C library contradicts itself at %s", text);
        }
    }
}

static void every_second_of_a_day_reads_back(void **state)
{
    (void)state;
    for (int64_t second = 0; second < 86400; second++) {
        int64_t ticks = EPOCH + second * JSP_TICKS_SECOND + second * 115 % JSP_TICKS_SECOND;
        int64_t again;
        char text[JSP_TICKS_TEXT];
        size_t length = jsp_date_format(ticks, text);
        assert_null(jsp_date_parse(text, length, &again));
        assert_true(again == ticks);
        length = jsp_span_format(ticks, text);
        assert_null(jsp_span_parse(text, length, &again));
        assert_true(again == ticks);
    }
}

static void spans_are_brought_to_canonical_form(void **state)
{
    (void)state;
    static const struct reading spans[] = {
        {"00:00:00", "00:00:00"},
        {"00:01:10.1877340", "00:01:10.1877340"},
        {"00:01:10.187734", "00:01:10.1877340"},
        {"00:01:10.0000000", "00:01:10"},
        {"00:00:00.0000001", "00:00:00.0000001"},
        {"00:00:00.00000019", "00:00:00.0000001"},
        {"23:59:59.9999999", "23:59:59.9999999"},
        {"1.00:00:00", "1.00:00:00"},
        {"1.02:03:04.5", "1.02:03:04.5000000"},
        {"0.02:03:04", "02:03:04"},
        {"007.02:03:04", "7.02:03:04"},
        {"10675198.23:59:59.9999999", "10675198.23:59:59.9999999"},
        /* with a sign: .NET has negative ones, which nothing takes */
        {"+00:01:10", "00:01:10"},
        {"-00:00:00.3000000", "00:00:00"},
        {"-1.02:03:04", "00:00:00"},
        {"-10675198.23:59:59.9999999", "00:00:00"},
    };
    for (size_t i = 0; i < COUNT(spans); i++) {
        int64_t ticks;
        int64_t again;
        char text[JSP_TICKS_TEXT];
        const char *wrong = jsp_span_parse(spans[i].text, strlen(spans[i].text), &ticks);
        if (wrong != NULL) {
            fail_msg("\"%s\" %s", spans[i].text, wrong);
        }
        assert_int_equal(jsp_span_format(ticks, text), strlen(spans[i].canonical));
        assert_string_equal(text, spans[i].canonical);
        assert_null(jsp_span_parse(text, strlen(text), &again));
        assert_true(again == ticks);
    }
}

static void spans_that_are_none_are_refused(void **state)
{
    (void)state;
    static const char shape[] = "is not a time-span";
    static const struct refusal spans[] = {
        {"", shape},
        {"70", shape},
        {"70.187734", shape},
        {"01:10", shape},
        {"0:01:10", shape},
        {"00:1:10", shape},
        {"000:01:10", shape},
        {" 00:01:10", shape},
        {"-", shape},
        {"--00:01:10", shape},
        {"+-00:01:10", shape},
        {"-00:01", shape},
        {"00:-1:10", shape},
        {"1.-00:01:10", shape},
        {"00:01:10 ", shape},
        {"00:01:10.", shape},
        {"00:01:10.5s", shape},
        {"00:01:10,5", shape},
        {".00:01:10", shape},
        {"1.2.00:01:10", shape},
        {"1 00:01:10", shape},
        {"1:00:01:10", shape},
        {"PT1M10S", shape},
        {"24:00:00", "has hours over 23"},
        {"00:60:00", "has hours over 23, minutes over 59"},
        {"00:00:60", "has hours over 23, minutes over 59 or seconds over 59"},
        {"10675199.00:00:00", "is longer than 10675198 days"},
        {"-10675199.00:00:00", "is longer than 10675198 days"},
        {"99999999999999999999.00:00:00", "is longer than 10675198 days"},
    };
    for (size_t i = 0; i < COUNT(spans); i++) {
        int64_t ticks;
        const char *wrong = jsp_span_parse(spans[i].text, strlen(spans[i].text), &ticks);
        if (wrong == NULL || strstr(wrong, spans[i].why) != wrong) {
            fail_msg("\"%s\" %s", spans[i].text, wrong != NULL ? wrong : "was accepted");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_brought_to_canonical_utc),
        cmocka_unit_test(dates_that_are_none_are_refused),
        cmocka_unit_test(a_text_ends_where_its_length_says),
        cmocka_unit_test(every_day_is_the_one_the_c_library_knows),
        cmocka_unit_test(every_second_of_a_day_reads_back),
        cmocka_unit_test(spans_are_brought_to_canonical_form),
        cmocka_unit_test(spans_that_are_none_are_refused),
    };
    return cmocka_run_group_tests_name("ticks", tests, NULL, NULL);
}
