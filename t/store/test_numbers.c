/* SPDX-License-Identifier: Apache-2.0 */
/* Times and durations as numbers, where the JSON stands: never longer than before, and filled up. */
#include "support.h"

#include "jobsessions_read.h"
#include "render/numbers.h"

#define ALL (JS_DURATIONS_SECONDS | JS_TIMES_MILLISECONDS)

/* What is told has its closing brace behind the spaces, where there was one. */
static void assert_told(const char *json, const jsp_members *members, unsigned numbers,
                        const char *expected)
{
    size_t length = strlen(json);
    size_t end = length > 0 && json[length - 1] == '}' ? length - 1 : length;
    char *told = malloc(length + 1);
    assert_non_null(told);
    memcpy(told, json, length + 1);
    jsp_numbers_tell(told, end, members, numbers);
    assert_int_equal(strlen(told), length);
    size_t brace = end;
    while (end > 0 && told[end - 1] == ' ') {
        end--;
    }
    memmove(told + end, told + brace, length - brace + 1);
    assert_string_equal(told, expected);
    free(told);
}

static void assert_session(const char *json, unsigned numbers, const char *expected)
{
    assert_told(json, &jsp_members_of_session, numbers, expected);
}

static void what_is_asked_for_is_a_number(void **state)
{
    (void)state;
    static const char session[] =
        "{\"id\":\"1\",\"executionStartTime\":\"2020-02-07T08:43:30.892836Z\","
        "\"executionStopTime\":\"1970-01-01T00:00:00Z\",\"executionDuration\":\"00:01:10.1877340\","
        "\"status\":\"Success\"}";
    assert_session(session, ALL,
                   "{\"id\":\"1\",\"executionStartTime\":1581065010892,\"executionStopTime\":0,"
                   "\"executionDuration\":70.187734,\"status\":\"Success\"}");
    assert_session(session, JS_DURATIONS_SECONDS,
                   "{\"id\":\"1\",\"executionStartTime\":\"2020-02-07T08:43:30.892836Z\","
                   "\"executionStopTime\":\"1970-01-01T00:00:00Z\",\"executionDuration\":70.187734,"
                   "\"status\":\"Success\"}");
    assert_session(session, JS_TIMES_MILLISECONDS,
                   "{\"id\":\"1\",\"executionStartTime\":1581065010892,\"executionStopTime\":0,"
                   "\"executionDuration\":\"00:01:10.1877340\",\"status\":\"Success\"}");
}

static void members_of_others_stay(void **state)
{
    (void)state;
    assert_session("{\"fileLevelRestoreJobInfo\":{\"vmId\":\"\",\"restorePointCreatedDateUtc\":"
                   "\"1969-12-31T23:59:59.9999999Z\",\"own\":[1]},"
                   "\"logTime\":\"2020-01-01T00:00:00Z\",\"executionDuration \":\"00:00:01\"}",
                   ALL,
                   "{\"fileLevelRestoreJobInfo\":{\"vmId\":\"\",\"restorePointCreatedDateUtc\":-1,"
                   "\"own\":[1]},"
                   "\"logTime\":\"2020-01-01T00:00:00Z\",\"executionDuration \":\"00:00:01\"}");
    assert_told("{\"logTime\":\"2020-01-01T00:00:00Z\",\"message\":\"00:00:01\","
                "\"executionDuration\":\"00:00:01\"}",
                &jsp_members_of_log, ALL,
                "{\"logTime\":1577836800000,\"message\":\"00:00:01\",\"executionDuration\":1}");
}

static void the_first_and_the_last(void **state)
{
    (void)state;
    static const struct {
        const char *span;
        const char *seconds;
    } spans[] = {
        {"00:00:00", "0"},       {"00:00:00.0000001", "0.0000001"},
        {"00:00:10", "10"},      {"23:59:59", "86399"},
        {"1.00:00:00", "86400"}, {"10675198.23:59:59.9999999", "922337193599.9999999"},
    };
    for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
        char json[96];
        char expected[96];
        (void)snprintf(json, sizeof(json), "{\"executionDuration\":\"%s\"}", spans[i].span);
        (void)snprintf(expected, sizeof(expected), "{\"executionDuration\":%s}", spans[i].seconds);
        assert_session(json, ALL, expected);
    }
    assert_session(
        "{\"executionStartTime\":\"0001-01-01T00:00:00Z\","
        "\"executionStopTime\":\"9999-12-31T23:59:59.9999999Z\"}",
        ALL, "{\"executionStartTime\":-62135596800000,\"executionStopTime\":253402300799999}");
}

/* What earlier versions took, what is shaped before, and what is no JSON at all. */
static void what_is_none_stays(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"executionStartTime\":\"yesterday\",\"executionDuration\":7}",
        "{\"executionStartTime\":null,\"executionDuration\":[\"00:00:01\"]}",
        "{\"executionStartTime\":\"\",\"executionDuration\":\"}",
        "{\"executionStartTime\":\"2020-01-01T00:00:00Z}",
        "{\"executionDuration\":",
        "{\"id",
        "{}",
        "{",
        "[1]",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_session(texts[i], ALL, texts[i]);
    }
    assert_session("{\"executionDuration\":\"00:00:01\"    ", ALL, "{\"executionDuration\":1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_asked_for_is_a_number),
        cmocka_unit_test(members_of_others_stay),
        cmocka_unit_test(the_first_and_the_last),
        cmocka_unit_test(what_is_none_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
