/* SPDX-License-Identifier: Apache-2.0 */
/* What a session may look like: every known member with its limits, what is refused and in which
 * words, what is derived, and how a patch changes what is stored. */
#include "support.h"

#include <jansson.h>

#include "format/members.h"
#include "format/status.h"
#include "write/parse.h"
#include "write/schema.h"

/* The canonical text of a session, as session 1 with usn 1; NULL when it is refused. */
static char *canonical(const char *json, size_t length, js_error *error)
{
    json_t *session;
    jsp_facts facts = {.id = 1, .usn = 1};
    jsp_text text = {0};
    const char *type;
    if (jsp_parse_object(json, length, &session, error) != JS_OK) {
        return NULL;
    }
    js_result result = jsp_schema_write(session, &facts, &type, &text, error);
    char *copy = result == JS_OK ? strndup(text.data, text.length) : NULL;
    jsp_text_free(&text);
    json_decref(session);
    return copy;
}

static void assert_accepted(const char *json, const char *expected)
{
    js_error error;
    char *text = canonical(json, strlen(json), &error);
    if (text == NULL) {
        fail_msg("%s: %s", json, error.message);
    }
    assert_string_equal(text, expected);
    free(text);
}

/* `member` is named by the error, and `words` stand in its message. */
static void assert_refused(const char *json, const char *member, const char *words)
{
    js_error error;
    char *text = canonical(json, strlen(json), &error);
    if (text != NULL) {
        fail_msg("%.200s was accepted", json);
    }
    assert_int_equal(error.result, JS_INVALID);
    assert_string_equal(error.member, member);
    if (strstr(error.message, words) == NULL || strstr(error.message, member) == NULL) {
        fail_msg("%.200s: \"%s\" does not say \"%s\"", json, error.message, words);
    }
    assert_null(strchr(error.message, '\n'));
}

/* ---- Types ---------------------------------------------------------------------------------- */

/* Every known member: an object that holds %s in its place, and what it expects. */
static const struct {
    const char *member;
    const char *session;
    const char *expected;
    const char *allowed; /* the kinds of values of the list below that it takes */
} members[] = {
    {"type", "{\"type\":%s}", "a string", "s"},
    {"localizedType", "{\"localizedType\":%s}", "a string", "s"},
    {"executionStartTime", "{\"executionStartTime\":%s}", "a string with a date and time", ""},
    {"executionStopTime", "{\"executionStopTime\":%s}", "a string with a date and time", ""},
    {"executionDuration", "{\"executionDuration\":%s}", "a string with a time-span", ""},
    {"status", "{\"status\":%s}", "a string", ""},
    {"backupJobInfo", "{\"backupJobInfo\":%s}", "an object", "o"},
    {"backupJobInfo.policyId", "{\"backupJobInfo\":{\"policyId\":%s}}", "a string", "s"},
    {"backupJobInfo.policyName", "{\"backupJobInfo\":{\"policyName\":%s}}", "a string", "s"},
    {"backupJobInfo.protectedInstancesCount",
     "{\"backupJobInfo\":{\"protectedInstancesCount\":%s}}", "an integer", "i"},
    {"backupJobInfo.policyRemoved", "{\"backupJobInfo\":{\"policyRemoved\":%s}}", "true or false",
     "tf"},
    {"restoreJobInfo", "{\"restoreJobInfo\":%s}", "an object", "o"},
    {"restoreJobInfo.reason", "{\"restoreJobInfo\":{\"reason\":%s}}", "a string", "s"},
    {"restoreJobInfo.items", "{\"restoreJobInfo\":{\"items\":%s}}", "an array of objects", "a"},
    {"restoreJobInfo.items.2", "{\"restoreJobInfo\":{\"items\":[{},{\"a\":1},%s]}}", "an object",
     "o"},
    {"fileLevelRestoreJobInfo", "{\"fileLevelRestoreJobInfo\":%s}", "an object", "o"},
    {"fileLevelRestoreJobInfo.reason", "{\"fileLevelRestoreJobInfo\":{\"reason\":%s}}", "a string",
     "s"},
    {"fileLevelRestoreJobInfo.flrLink", "{\"fileLevelRestoreJobInfo\":{\"flrLink\":%s}}",
     "an object", "o"},
    {"fileLevelRestoreJobInfo.flrLink.url",
     "{\"fileLevelRestoreJobInfo\":{\"flrLink\":{\"url\":%s}}}", "a string", "s"},
    {"fileLevelRestoreJobInfo.flrLink.thumbprint",
     "{\"fileLevelRestoreJobInfo\":{\"flrLink\":{\"thumbprint\":%s}}}", "a string", "s"},
    {"fileLevelRestoreJobInfo.vmId", "{\"fileLevelRestoreJobInfo\":{\"vmId\":%s}}", "a string",
     "s"},
    {"repositoryJobInfo", "{\"repositoryJobInfo\":%s}", "an object", "o"},
    {"repositoryJobInfo.repositoryId", "{\"repositoryJobInfo\":{\"repositoryId\":%s}}",
     "an integer or a string", "is"},
    {"repositoryJobInfo.repositoryName", "{\"repositoryJobInfo\":{\"repositoryName\":%s}}",
     "a string", "s"},
    {"repositoryJobInfo.repositoryRemoved", "{\"repositoryJobInfo\":{\"repositoryRemoved\":%s}}",
     "true or false", "tf"},
    {"backupJobInfo.policyType", "{\"backupJobInfo\":{\"policyType\":%s}}", "a string", ""},
    {"healthCheckJobInfo", "{\"healthCheckJobInfo\":%s}", "an object", "o"},
    {"healthCheckJobInfo.policyId", "{\"healthCheckJobInfo\":{\"policyId\":%s}}",
     "a string with a uuid", ""},
    {"healthCheckJobInfo.policyName", "{\"healthCheckJobInfo\":{\"policyName\":%s}}", "a string",
     "s"},
    {"healthCheckJobInfo.checkedInstancesCount",
     "{\"healthCheckJobInfo\":{\"checkedInstancesCount\":%s}}", "an integer", "i"},
    {"healthCheckJobInfo.policyRemoved", "{\"healthCheckJobInfo\":{\"policyRemoved\":%s}}",
     "true or false", "tf"},
    {"restoreJobInfo.backupPolicyDisplayName",
     "{\"restoreJobInfo\":{\"backupPolicyDisplayName\":%s}}", "a string", "s"},
    {"fileLevelRestoreJobInfo.vmName", "{\"fileLevelRestoreJobInfo\":{\"vmName\":%s}}", "a string",
     "s"},
    {"fileLevelRestoreJobInfo.isFlrSessionReady",
     "{\"fileLevelRestoreJobInfo\":{\"isFlrSessionReady\":%s}}", "true or false", "tf"},
    {"fileLevelRestoreJobInfo.initiator", "{\"fileLevelRestoreJobInfo\":{\"initiator\":%s}}",
     "a string", "s"},
    {"fileLevelRestoreJobInfo.backupPolicyDisplayName",
     "{\"fileLevelRestoreJobInfo\":{\"backupPolicyDisplayName\":%s}}", "a string", "s"},
    {"fileLevelRestoreJobInfo.restorePointCreatedDateUtc",
     "{\"fileLevelRestoreJobInfo\":{\"restorePointCreatedDateUtc\":%s}}",
     "a string with a date and time", ""},
    {"fileShareFileLevelRestoreJobInfo", "{\"fileShareFileLevelRestoreJobInfo\":%s}", "an object",
     "o"},
    {"fileShareFileLevelRestoreJobInfo.reason",
     "{\"fileShareFileLevelRestoreJobInfo\":{\"reason\":%s}}", "a string", "s"},
    {"fileShareFileLevelRestoreJobInfo.fileShareId",
     "{\"fileShareFileLevelRestoreJobInfo\":{\"fileShareId\":%s}}", "a string", "s"},
    {"fileShareFileLevelRestoreJobInfo.fileShareName",
     "{\"fileShareFileLevelRestoreJobInfo\":{\"fileShareName\":%s}}", "a string", "s"},
    {"fileShareFileLevelRestoreJobInfo.flrLink",
     "{\"fileShareFileLevelRestoreJobInfo\":{\"flrLink\":%s}}", "an object", "o"},
    {"fileShareFileLevelRestoreJobInfo.initiator",
     "{\"fileShareFileLevelRestoreJobInfo\":{\"initiator\":%s}}", "a string", "s"},
    {"fileShareFileLevelRestoreJobInfo.backupPolicyDisplayName",
     "{\"fileShareFileLevelRestoreJobInfo\":{\"backupPolicyDisplayName\":%s}}", "a string", "s"},
    {"fileShareFileLevelRestoreJobInfo.restorePointCreatedDateUtc",
     "{\"fileShareFileLevelRestoreJobInfo\":{\"restorePointCreatedDateUtc\":%s}}",
     "a string with a date and time", ""},
    {"restorePointDataRetrievalJobInfo", "{\"restorePointDataRetrievalJobInfo\":%s}", "an object",
     "o"},
    {"restorePointDataRetrievalJobInfo.restorePointId",
     "{\"restorePointDataRetrievalJobInfo\":{\"restorePointId\":%s}}", "a string with a uuid", ""},
    {"restorePointDataRetrievalJobInfo.sqlRestorePointId",
     "{\"restorePointDataRetrievalJobInfo\":{\"sqlRestorePointId\":%s}}", "a string with a uuid",
     ""},
    {"restorePointDataRetrievalJobInfo.cosmosDbRestorePointId",
     "{\"restorePointDataRetrievalJobInfo\":{\"cosmosDbRestorePointId\":%s}}",
     "a string with a uuid", ""},
    {"restorePointDataRetrievalJobInfo.initiator",
     "{\"restorePointDataRetrievalJobInfo\":{\"initiator\":%s}}", "a string", "s"},
    {"restorePointDataRetrievalJobInfo.instanceName",
     "{\"restorePointDataRetrievalJobInfo\":{\"instanceName\":%s}}", "a string", "s"},
    {"restorePointDataRetrievalJobInfo.daysToKeep",
     "{\"restorePointDataRetrievalJobInfo\":{\"daysToKeep\":%s}}", "an integer", "i"},
    {"restorePointDataRetrievalJobInfo.dataRetrievalPriority",
     "{\"restorePointDataRetrievalJobInfo\":{\"dataRetrievalPriority\":%s}}", "a string", ""},
    {"retentionJobInfo", "{\"retentionJobInfo\":%s}", "an object", "o"},
    {"retentionJobInfo.deletedRestorePointsCount",
     "{\"retentionJobInfo\":{\"deletedRestorePointsCount\":%s}}", "an integer", "i"},
};

static const struct {
    char kind;
    const char *value;
    const char *found;
} values[] = {
    {'s', "\"x\"", "a string"},
    {'i', "1", "an integer"},
    {'r', "1.0", "a real number"},
    {'t', "true", "true"},
    {'f', "false", "false"},
    {'a', "[]", "an array"},
    {'o', "{\"other\":1}", "an object"},
};

static void every_member_takes_its_type_and_no_other(void **state)
{
    (void)state;
    for (size_t m = 0; m < COUNT(members); m++) {
        for (size_t v = 0; v < COUNT(values); v++) {
            char json[256];
            char words[128];
            js_error error;
            (void)snprintf(json, sizeof(json), members[m].session, values[v].value);
            if (strchr(members[m].allowed, values[v].kind) != NULL) {
                char *text = canonical(json, strlen(json), &error);
                if (text == NULL) {
                    fail_msg("%s: %s", json, error.message);
                }
                assert_non_null(strstr(text, values[v].value));
                free(text);
            } else if (values[v].kind == 's') {
                assert_refused(json, members[m].member,
                               strncmp(members[m].expected, "a string", 8) == 0 ? "\"x\" is not "
                                                                                : "found a string");
            } else {
                (void)snprintf(words, sizeof(words), "expected %s, found %s", members[m].expected,
                               values[v].found);
                assert_refused(json, members[m].member, words);
            }
        }
    }
}

static void null_is_absent(void **state)
{
    (void)state;
    for (size_t m = 0; m < COUNT(members); m++) {
        char with_null[256];
        char *text;
        js_error error;
        (void)snprintf(with_null, sizeof(with_null), members[m].session, "null");
        if (strstr(with_null, "[") != NULL) {
            assert_refused(with_null, members[m].member, "expected an object, found null");
            continue;
        }
        text = canonical(with_null, strlen(with_null), &error);
        if (text == NULL) {
            fail_msg("%s: %s", with_null, error.message);
        }
        assert_null(strstr(text, "null"));
        free(text);
    }
    assert_accepted("{\"type\":null,\"x\":null,\"backupJobInfo\":{\"y\":null}}",
                    "{\"id\":\"1\",\"usn\":1,\"backupJobInfo\":{}}");
}

static void what_is_no_session_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *words;
    } refusals[] = {
        {"", "not JSON at byte 0"},
        {"{", "not JSON at byte 1"},
        {"{\"type\":}", "not JSON at byte"},
        {"{} {}", "not JSON at byte"},
        {"[]", "a JSON object is expected"},
        {"[{}]", "a JSON object is expected"},
        {"{'type':'x'}", "not JSON at byte"},
        {"{\"x\":NaN}", "not JSON at byte"},
        {"{\"x\":01}", "not JSON at byte"},
        {"{\"x\":9223372036854775808}", "too big integer"},
        {"{\"x\":1e400}", "real number overflow"},
        {"{\"x\":\"\xff\"}", "unable to decode byte 0xff"},
        {"{\"x\":\"\xc0\x80\"}", "unable to decode byte 0xc0"},
        {"{\"x\":\"\xed\xa0\x80\"}", "unable to decode byte 0xed"},
        {"{\"x\":\"\xf4\x90\x80\x80\"}", "unable to decode byte 0xf4"},
        {"{\"x\":\"\xe2\x82\"}", "unable to decode byte 0xe2"},
        {"{\"\x80\":1}", "unable to decode byte 0x80"},
        {"{\"x\":\"\\ud800\"}", "invalid Unicode"},
        {"{\"x\":\"\\udc00\\ud800\"}", "invalid Unicode"},
        {"{\"x\":\"line\nbreak\"}", "unexpected newline"},
        {"{\"x\":\"\x01\"}", "control character 0x1"},
        {"{\"a\\u0000b\":1}", "NUL byte in object key"},
        {"{\"type\":\"a\",\"type\":\"b\"}", "duplicate object key"},
        {"{\"x\":{\"y\":1,\"y\":1}}", "duplicate object key"},
    };
    for (size_t i = 0; i < COUNT(refusals); i++) {
        assert_refused(refusals[i].json, "", refusals[i].words);
    }
}

/* ---- Limits --------------------------------------------------------------------------------- */

static char *repeat(const char *front, char character, size_t times, const char *back)
{
    size_t length = strlen(front);
    char *text = calloc(1, length + times + strlen(back) + 1);
    assert_non_null(text);
    memcpy(text, front, length);
    memset(text + length, character, times);
    memcpy(text + length + times, back, strlen(back));
    return text;
}

static void every_text_has_its_limit(void **state)
{
    (void)state;
    static const struct {
        const char *member;
        const char *front;
        const char *back;
        size_t most;
    } texts[] = {
        {"type", "{\"type\":\"", "\"}", 128},
        {"localizedType", "{\"localizedType\":\"", "\"}", 256},
        {"backupJobInfo.policyId", "{\"backupJobInfo\":{\"policyId\":\"", "\"}}", 128},
        {"backupJobInfo.policyName", "{\"backupJobInfo\":{\"policyName\":\"", "\"}}", 1024},
        {"restoreJobInfo.reason", "{\"restoreJobInfo\":{\"reason\":\"", "\"}}", 65536},
        {"fileLevelRestoreJobInfo.reason", "{\"fileLevelRestoreJobInfo\":{\"reason\":\"", "\"}}",
         65536},
        {"fileLevelRestoreJobInfo.flrLink.url",
         "{\"fileLevelRestoreJobInfo\":{\"flrLink\":{\"url\":\"", "\"}}}", 8192},
        {"fileLevelRestoreJobInfo.flrLink.thumbprint",
         "{\"fileLevelRestoreJobInfo\":{\"flrLink\":{\"thumbprint\":\"", "\"}}}", 256},
        {"fileLevelRestoreJobInfo.vmId", "{\"fileLevelRestoreJobInfo\":{\"vmId\":\"", "\"}}", 1024},
        {"repositoryJobInfo.repositoryName", "{\"repositoryJobInfo\":{\"repositoryName\":\"",
         "\"}}", 1024},
        {"repositoryJobInfo.repositoryUid", "{\"repositoryJobInfo\":{\"repositoryUid\":\"", "\"}}",
         128},
        {"healthCheckJobInfo.policyName", "{\"healthCheckJobInfo\":{\"policyName\":\"", "\"}}",
         1024},
        {"restoreJobInfo.backupPolicyDisplayName",
         "{\"restoreJobInfo\":{\"backupPolicyDisplayName\":\"", "\"}}", 1024},
        {"fileLevelRestoreJobInfo.vmName", "{\"fileLevelRestoreJobInfo\":{\"vmName\":\"", "\"}}",
         1024},
        {"fileShareFileLevelRestoreJobInfo.fileShareId",
         "{\"fileShareFileLevelRestoreJobInfo\":{\"fileShareId\":\"", "\"}}", 1024},
        {"restorePointDataRetrievalJobInfo.instanceName",
         "{\"restorePointDataRetrievalJobInfo\":{\"instanceName\":\"", "\"}}", 1024},
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        char words[96];
        js_error error;
        char *json = repeat(texts[i].front, 'x', texts[i].most, texts[i].back);
        char *text = canonical(json, strlen(json), &error);
        if (text == NULL) {
            fail_msg("%s", error.message);
        }
        json[strlen(json) - strlen(texts[i].back)] = '\0';
        assert_non_null(strstr(text, json + 1)); /* stored as it was given */
        free(text);
        free(json);

        json = repeat(texts[i].front, 'x', texts[i].most + 1, texts[i].back);
        (void)snprintf(words, sizeof(words), "%zu bytes long, at most %zu are allowed",
                       texts[i].most + 1, texts[i].most);
        assert_refused(json, texts[i].member, words);
        free(json);
    }
}

static void lengths_are_bytes_of_utf_8(void **state)
{
    (void)state;
    char type[160] = "";
    char json[256];
    char *text;
    js_error error;
    for (int i = 0; i < 64; i++) {
        memcpy(type + 2 * i, "ü", 2);
    }
    (void)snprintf(json, sizeof(json), "{\"type\":\"%s\"}", type);
    text = canonical(json, strlen(json), &error);
    assert_non_null(text);
    free(text);
    (void)snprintf(json, sizeof(json), "{\"type\":\"%sü\"}", type);
    assert_refused(json, "type", "130 bytes long, at most 128 are allowed");
    /* an escape counts as the character it stands for */
    (void)snprintf(json, sizeof(json), "{\"type\":\"%.126s\\u00fc\"}", type);
    text = canonical(json, strlen(json), &error);
    assert_non_null(text);
    free(text);
}

static void a_type_is_not_empty_and_holds_no_nul(void **state)
{
    (void)state;
    assert_refused("{\"type\":\"\"}", "type", "is empty");
    assert_refused("{\"type\":\"a\\u0000b\"}", "type", "holds a NUL character");
    assert_accepted("{\"type\":\"x\"}",
                    "{\"id\":\"1\",\"type\":\"x\",\"localizedType\":\"x\",\"usn\":1}");
}

static void counts_are_not_negative_and_ids_of_repositories_may_be(void **state)
{
    (void)state;
    assert_refused("{\"backupJobInfo\":{\"protectedInstancesCount\":-1}}",
                   "backupJobInfo.protectedInstancesCount", "-1 is negative");
    assert_accepted("{\"backupJobInfo\":{\"protectedInstancesCount\":9223372036854775807}}",
                    "{\"id\":\"1\",\"usn\":1,\"backupJobInfo\":{\"protectedInstancesCount\":"
                    "9223372036854775807}}");
    assert_accepted("{\"repositoryJobInfo\":{\"repositoryId\":-9223372036854775808}}",
                    "{\"id\":\"1\",\"usn\":1,\"repositoryJobInfo\":{\"repositoryId\":"
                    "-9223372036854775808}}");
}

/* v8.1 has integers of 32 bits. */
static void counts_of_the_later_version_are_not_longer_than_its_own(void **state)
{
    (void)state;
    assert_refused("{\"retentionJobInfo\":{\"deletedRestorePointsCount\":2147483648}}",
                   "retentionJobInfo.deletedRestorePointsCount",
                   "2147483648 is above 2147483647, the highest that is allowed");
    assert_accepted("{\"retentionJobInfo\":{\"deletedRestorePointsCount\":2147483647}}",
                    "{\"id\":\"1\",\"usn\":1,\"retentionJobInfo\":{\"deletedRestorePointsCount\":"
                    "2147483647}}");
    assert_refused("{\"restorePointDataRetrievalJobInfo\":{\"daysToKeep\":-1}}",
                   "restorePointDataRetrievalJobInfo.daysToKeep", "-1 is negative");
}

static void words_and_uuids_are_held_against_what_is_allowed(void **state)
{
    (void)state;
    assert_refused("{\"restorePointDataRetrievalJobInfo\":{\"dataRetrievalPriority\":\"high\"}}",
                   "restorePointDataRetrievalJobInfo.dataRetrievalPriority",
                   "\"high\" is not one of: Normal, High, Unknown");
    assert_refused("{\"backupJobInfo\":{\"policyType\":\"Vnet\\u0000\"}}",
                   "backupJobInfo.policyType", "bytes long");
    assert_accepted("{\"backupJobInfo\":{\"policyType\":\"Vnet\"}}",
                    "{\"id\":\"1\",\"usn\":1,\"backupJobInfo\":{\"policyType\":\"Vnet\"}}");
    assert_accepted("{\"restorePointDataRetrievalJobInfo\":{\"restorePointId\":"
                    "\"00000000-0000-4000-8000-00000000000A\"}}",
                    "{\"id\":\"1\",\"usn\":1,\"restorePointDataRetrievalJobInfo\":{"
                    "\"restorePointId\":\"00000000-0000-4000-8000-00000000000A\"}}");
}

/* v1's ids of repositories are integers: what is none has a name of its own there. */
static void a_repository_has_one_id_under_the_name_that_fits_it(void **state)
{
    (void)state;
    static const struct {
        const char *given;
        const char *stored;
    } cases[] = {
        {"\"repositoryId\":7", "\"repositoryId\":7"},
        {"\"repositoryId\":\"7\"", "\"repositoryId\":7"},
        {"\"repositoryUid\":\"-7\"", "\"repositoryId\":-7"},
        {"\"repositoryId\":\"9223372036854775807\"", "\"repositoryId\":9223372036854775807"},
        {"\"repositoryId\":\"9223372036854775808\"", "\"repositoryUid\":\"9223372036854775808\""},
        {"\"repositoryId\":\"07\"", "\"repositoryUid\":\"07\""},
        {"\"repositoryId\":\"7\\u0000\"", "\"repositoryUid\":\"7\\u0000\""},
        {"\"repositoryId\":\"\"", "\"repositoryUid\":\"\""},
        {"\"repositoryId\":\"a\"", "\"repositoryUid\":\"a\""},
        {"\"repositoryId\":\"a\",\"repositoryUid\":\"b\"", "\"repositoryUid\":\"a\""},
        {"\"repositoryId\":7,\"repositoryUid\":\"b\"", "\"repositoryId\":7"},
        {"\"repositoryId\":null,\"repositoryUid\":\"b\"", "\"repositoryUid\":\"b\""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char json[256];
        char expected[256];
        (void)snprintf(json, sizeof(json), "{\"repositoryJobInfo\":{%s}}", cases[i].given);
        (void)snprintf(expected, sizeof(expected),
                       "{\"id\":\"1\",\"usn\":1,\"repositoryJobInfo\":{%s}}", cases[i].stored);
        assert_accepted(json, expected);
    }
}

static void the_statuses_are_known(void **state)
{
    (void)state;
    static const char *const statuses[] = {
        "Canceled",           "Canceling", "Error",   "Failed",
        "NeverExecuted",      "Pending",   "Running", "RunningWithError",
        "RunningWithWarning", "Success",   "Unknown", "Warning",
    };
    static const char *const others[] = {"",       "success",        "Success ",
                                         "Succes", "Success\\u0000", "Success\\u0000x"};
    char json[128];
    char expected[128];
    for (unsigned i = 0; i < COUNT(statuses); i++) {
        (void)snprintf(json, sizeof(json), "{\"status\":\"%s\"}", statuses[i]);
        (void)snprintf(expected, sizeof(expected), "{\"id\":\"1\",\"status\":\"%s\",\"usn\":1}",
                       statuses[i]);
        assert_accepted(json, expected);
        assert_int_equal(jsp_status_code(statuses[i]), i + 1);
    }
    for (size_t i = 0; i < COUNT(others); i++) {
        (void)snprintf(json, sizeof(json), "{\"status\":\"%s\"}", others[i]);
        assert_refused(json, "status",
                       "is not a status; allowed: Canceled, Canceling, Error, Failed, "
                       "NeverExecuted, Pending, Running, RunningWithError, RunningWithWarning, "
                       "Success, Unknown, Warning");
    }
}

/* microsoft/nni#452: the clock was set back while the session ran. */
static void a_stop_before_the_start_is_an_end_all_the_same(void **state)
{
    (void)state;
    assert_accepted("{\"executionStartTime\":\"2026-11-23T08:00:05.2Z\","
                    "\"executionStopTime\":\"2026-11-23T08:00:04.9Z\",\"status\":\"Success\"}",
                    "{\"id\":\"1\",\"executionStartTime\":\"2026-11-23T08:00:05.2Z\","
                    "\"executionStopTime\":\"2026-11-23T08:00:04.9Z\","
                    "\"executionDuration\":\"00:00:00\",\"status\":\"Success\",\"usn\":1}");
    /* a worker that has counted by itself knows better */
    assert_accepted("{\"executionStartTime\":\"2026-11-23T08:00:05Z\","
                    "\"executionStopTime\":\"2026-11-23T08:00:04Z\","
                    "\"executionDuration\":\"00:00:09\"}",
                    "{\"id\":\"1\",\"executionStartTime\":\"2026-11-23T08:00:05Z\","
                    "\"executionStopTime\":\"2026-11-23T08:00:04Z\","
                    "\"executionDuration\":\"00:00:09\",\"usn\":1}");
}

/* centreon/centreon-plugins#3444, and what Go and databases send. */
static void dates_that_mean_none_are_absent(void **state)
{
    static const char *const not_yet[] = {"0001-01-01T00:00:00Z", "1900-01-01T00:00:00Z",
                                          "1970-01-01T00:00:00Z"};
    static const char *const running[] = {"Running", "RunningWithError", "RunningWithWarning",
                                          "Canceling", "Pending"};
    char json[256];
    char expected[256];
    (void)state;
    for (size_t i = 0; i < COUNT(not_yet); i++) {
        for (size_t j = 0; j < COUNT(running); j++) {
            (void)snprintf(json, sizeof(json), "{\"executionStopTime\":\"%s\",\"status\":\"%s\"}",
                           not_yet[i], running[j]);
            (void)snprintf(expected, sizeof(expected), "{\"id\":\"1\",\"status\":\"%s\",\"usn\":1}",
                           running[j]);
            assert_accepted(json, expected);
        }
    }
    /* one that is finished may have stopped when its machine believed it was 1970 */
    assert_accepted("{\"executionStopTime\":\"1970-01-01T00:00:00Z\",\"status\":\"Failed\"}",
                    "{\"id\":\"1\",\"executionStopTime\":\"1970-01-01T00:00:00Z\","
                    "\"status\":\"Failed\",\"usn\":1}");
    /* the year 1 is none wherever it stands */
    assert_accepted("{\"executionStartTime\":\"0001-01-01T00:00:00Z\",\"status\":\"Success\"}",
                    "{\"id\":\"1\",\"status\":\"Success\",\"usn\":1}");
}

static void times_say_what_is_wrong_with_them(void **state)
{
    (void)state;
    assert_refused("{\"executionStartTime\":\"2020-02-30T00:00:00Z\"}", "executionStartTime",
                   "\"2020-02-30T00:00:00Z\" names a day that does not exist");
    assert_refused("{\"executionStopTime\":\"2020-02-07T08:43:30\"}", "executionStopTime",
                   "\"2020-02-07T08:43:30\" has no time zone");
    assert_refused("{\"executionDuration\":\"70\"}", "executionDuration",
                   "\"70\" is not a time-span such as 00:01:10.1877340");
    /* an excerpt stays short and on its line */
    assert_refused("{\"executionDuration\":\"two\\nlines\"}", "executionDuration", "\"two?lines\"");
    assert_refused("{\"executionDuration\":\""
                   "äääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääää\"}",
                   "executionDuration", "ä...\"");
}

/* A session that takes `length` bytes in canonical form under id 1 and usn 1. */
static char *session_of(size_t length)
{
    size_t around = strlen("{\"id\":\"1\",\"status\":\"Success\",\"usn\":1,\"x\":\"\"}");
    return repeat("{\"status\":\"Success\",\"x\":\"", 'x', length - around, "\"}");
}

static void the_largest_session_is_js_session_max(void **state)
{
    struct store *store = *state;
    char *json = session_of(JS_SESSION_MAX);
    assert_int_equal(put_session(store, json), 1);
    char *text = stored(store, 1);
    assert_int_equal(strlen(text), JS_SESSION_MAX);
    free(text);
    free(json);

    json = session_of((size_t)JS_SESSION_MAX + 1);
    assert_int_equal(js_put(store->database, json, strlen(json), NULL, &store->error), JS_INVALID);
    assert_string_equal(store->error.message,
                        "the session takes 1048577 bytes, at most 1048576 are allowed");
    free(json);
    assert_int_equal(totals_of(store).count, 1);
    assert_int_equal(totals_of(store).json_bytes, JS_SESSION_MAX);
}

/* ---- Order ---------------------------------------------------------------------------------- */

static void members_stand_in_the_order_of_the_document(void **state)
{
    (void)state;
    assert_accepted(
        "{\"zeta\":{\"b\":1,\"a\":[null,{\"d\":1,\"c\":2}]},"
        "\"repositoryJobInfo\":{\"new\":1,\"repositoryRemoved\":true,\"repositoryName\":\"R\","
        "\"repositoryId\":1},"
        "\"fileLevelRestoreJobInfo\":{\"vmId\":\"v\",\"flrLink\":{\"thumbprint\":\"t\","
        "\"port\":1,\"url\":\"u\"},\"reason\":\"f\"},"
        "\"restoreJobInfo\":{\"items\":[{\"z\":1,\"a\":2}],\"reason\":\"r\"},"
        "\"backupJobInfo\":{\"policyRemoved\":false,\"protectedInstancesCount\":0,"
        "\"policyName\":\"n\",\"policyId\":\"p\"},"
        "\"alpha\":\"\",\"usn\":77,\"status\":\"Success\",\"executionDuration\":\"00:00:01\","
        "\"executionStopTime\":\"2020-01-01T00:00:01Z\","
        "\"executionStartTime\":\"2020-01-01T00:00:00Z\",\"localizedType\":\"L\","
        "\"type\":\"T\",\"id\":\"99\"}",
        "{\"id\":\"1\",\"type\":\"T\",\"localizedType\":\"L\","
        "\"executionStartTime\":\"2020-01-01T00:00:00Z\","
        "\"executionStopTime\":\"2020-01-01T00:00:01Z\",\"executionDuration\":\"00:00:01\","
        "\"status\":\"Success\",\"usn\":1,"
        "\"backupJobInfo\":{\"policyId\":\"p\",\"policyName\":\"n\","
        "\"protectedInstancesCount\":0,\"policyRemoved\":false},"
        "\"restoreJobInfo\":{\"reason\":\"r\",\"items\":[{\"z\":1,\"a\":2}]},"
        "\"fileLevelRestoreJobInfo\":{\"reason\":\"f\",\"flrLink\":{\"url\":\"u\","
        "\"thumbprint\":\"t\",\"port\":1},\"vmId\":\"v\"},"
        "\"repositoryJobInfo\":{\"repositoryId\":1,\"repositoryName\":\"R\","
        "\"repositoryRemoved\":true,\"new\":1},"
        "\"zeta\":{\"b\":1,\"a\":[null,{\"d\":1,\"c\":2}]},\"alpha\":\"\"}");
}

static void links_are_ignored_whatever_they_are(void **state)
{
    (void)state;
    assert_accepted("{\"_links\":{\"self\":{\"href\":\"x\"}}}", "{\"id\":\"1\",\"usn\":1}");
    assert_accepted("{\"_links\":7}", "{\"id\":\"1\",\"usn\":1}");
    /* but only where the reader makes them */
    assert_accepted("{\"x\":{\"_links\":7}}", "{\"id\":\"1\",\"usn\":1,\"x\":{\"_links\":7}}");
    assert_accepted("{\"backupJobInfo\":{\"_links\":7}}",
                    "{\"id\":\"1\",\"usn\":1,\"backupJobInfo\":{\"_links\":7}}");
}

/* ---- What is derived ------------------------------------------------------------------------ */

static void the_localized_type_is_made_from_the_type(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        const char *name;
    } types[] = {
        {"ManualSnapshot", "Manual Snapshot"},
        {"PolicyBackup", "Policy Backup"},
        {"RepositoryCreation", "Create Repository"},
        {"AutoBackup", "Auto Backup"},
        {"InvalidSnapshotRetention", "Invalid Snapshot Deletion"},
        {"RestoreVms", "Restore Vms"},
        {"CosmosDbBackup", "Cosmos Db Backup"},
        {"SQLRestore", "SQL Restore"},
        {"Backup2Archive", "Backup2 Archive"},
        {"lower", "lower"},
        {"Überprüfung", "Überprüfung"},
        {"X", "X"},
    };
    for (size_t i = 0; i < COUNT(types); i++) {
        char json[128];
        char expected[256];
        (void)snprintf(json, sizeof(json), "{\"type\":\"%s\"}", types[i].type);
        (void)snprintf(expected, sizeof(expected),
                       "{\"id\":\"1\",\"type\":\"%s\",\"localizedType\":\"%s\",\"usn\":1}",
                       types[i].type, types[i].name);
        assert_accepted(json, expected);
    }
    assert_accepted("{\"type\":\"AutoBackup\",\"localizedType\":\"Automatisch\"}",
                    "{\"id\":\"1\",\"type\":\"AutoBackup\",\"localizedType\":\"Automatisch\","
                    "\"usn\":1}");
    assert_accepted("{}", "{\"id\":\"1\",\"usn\":1}");
}

static void the_name_of_the_longest_type_fits(void **state)
{
    (void)state;
    js_error error;
    char json[160] = "{\"type\":\"";
    size_t at = strlen(json);
    for (int i = 0; i < 64; i++) {
        memcpy(json + at + (size_t)(2 * i), "Aa", 2);
    }
    memcpy(json + at + 128, "\"}", 3);
    char *text = canonical(json, strlen(json), &error);
    assert_non_null(text);
    assert_non_null(strstr(text, "\"localizedType\":\"Aa Aa Aa"));
    assert_non_null(strstr(text, "Aa Aa\",\"usn\""));
    free(text);
}

static void the_duration_is_derived_when_both_times_are_known(void **state)
{
    (void)state;
    assert_accepted("{\"executionStartTime\":\"2020-02-07T08:43:30.892836Z\","
                    "\"executionStopTime\":\"2020-02-07T08:44:41.08057Z\"}",
                    "{\"id\":\"1\",\"executionStartTime\":\"2020-02-07T08:43:30.892836Z\","
                    "\"executionStopTime\":\"2020-02-07T08:44:41.08057Z\","
                    "\"executionDuration\":\"00:01:10.1877340\",\"usn\":1}");
    assert_accepted("{\"executionStartTime\":\"2020-01-01T00:00:00Z\","
                    "\"executionStopTime\":\"2020-01-01T00:00:00Z\"}",
                    "{\"id\":\"1\",\"executionStartTime\":\"2020-01-01T00:00:00Z\","
                    "\"executionStopTime\":\"2020-01-01T00:00:00Z\","
                    "\"executionDuration\":\"00:00:00\",\"usn\":1}");
    /* what is given stays */
    assert_accepted("{\"executionStartTime\":\"2020-01-01T00:00:00Z\","
                    "\"executionStopTime\":\"2020-01-01T00:00:05Z\","
                    "\"executionDuration\":\"00:00:04\"}",
                    "{\"id\":\"1\",\"executionStartTime\":\"2020-01-01T00:00:00Z\","
                    "\"executionStopTime\":\"2020-01-01T00:00:05Z\","
                    "\"executionDuration\":\"00:00:04\",\"usn\":1}");
    assert_accepted("{\"executionStartTime\":\"2020-01-01T00:00:00Z\"}",
                    "{\"id\":\"1\",\"executionStartTime\":\"2020-01-01T00:00:00Z\",\"usn\":1}");
}

static void the_header_holds_what_filters_need(void **state)
{
    (void)state;
    static const uint8_t uuid[16] = {0x4e, 0x09, 0x6b, 0xa7, 0x81, 0x25, 0x4d, 0x5d,
                                     0x80, 0x4b, 0x58, 0x1f, 0x4e, 0x6c, 0x84, 0x40};
    static const uint8_t none[16];
    static const struct {
        const char *policy;
        const uint8_t *uuid;
    } policies[] = {
        {"4e096ba7-8125-4d5d-804b-581f4e6c8440", uuid},
        {"4E096BA7-8125-4D5D-804B-581F4E6C8440", uuid},
        {"{4e096ba7-8125-4d5d-804b-581f4e6c844}", none},
        {"4e096ba781254d5d804b581f4e6c8440----", none},
        {"4e096ba7-8125-4d5d-804b-581f4e6c844g", none},
        {"4e096ba7-8125-4d5d-804b-581f4e6c8440\\u0000", none},
        {"nightly", none},
        {"", none},
    };
    for (size_t i = 0; i < COUNT(policies); i++) {
        char json[256];
        json_t *session;
        js_error error;
        jsp_facts facts = {.id = 1, .usn = 1};
        jsp_text text = {0};
        const char *type;
        (void)snprintf(json, sizeof(json),
                       "{\"type\":\"T\",\"status\":\"Warning\","
                       "\"executionStartTime\":\"0001-01-01T00:00:01Z\","
                       "\"backupJobInfo\":{\"policyId\":\"%s\",\"policyName\":\"a\\\"b\"}}",
                       policies[i].policy);
        must(jsp_parse_object(json, strlen(json), &session, &error), &error);
        must(jsp_schema_write(session, &facts, &type, &text, &error), &error);
        assert_string_equal(type, "T");
        assert_int_equal(facts.status, 12);
        assert_true(facts.start == 10000000);
        assert_true(facts.stop == -1);
        assert_true(facts.duration == -1);
        assert_memory_equal(facts.policy, policies[i].uuid, 16);
        assert_int_equal(facts.name_length, 4);
        assert_memory_equal(text.data + facts.name_at, "a\\\"b", 4);
        jsp_text_free(&text);
        json_decref(session);
    }
}

/* A health check is found by the policy it checked; of two policies the backup's is the one. */
static void a_health_check_has_its_policy_in_the_header(void **state)
{
    (void)state;
    static const struct {
        const char *session;
        uint8_t last; /* byte of the policy's uuid */
        const char *name;
    } cases[] = {
        {"{\"healthCheckJobInfo\":{\"policyId\":\"00000000-0000-0000-0000-000000000007\","
         "\"policyName\":\"seven\"}}",
         7, "seven"},
        {"{\"healthCheckJobInfo\":{\"policyId\":\"00000000-0000-0000-0000-000000000007\","
         "\"policyName\":\"seven\"},"
         "\"backupJobInfo\":{\"policyId\":\"00000000-0000-0000-0000-000000000008\","
         "\"policyName\":\"eight\"}}",
         8, "eight"},
        {"{\"healthCheckJobInfo\":{\"policyId\":\"00000000-0000-0000-0000-000000000007\","
         "\"policyName\":\"seven\"},\"backupJobInfo\":{\"policyId\":\"x\",\"policyName\":\"\"}}",
         0, ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        json_t *session;
        js_error error;
        jsp_facts facts = {.id = 1, .usn = 1};
        jsp_text text = {0};
        const char *type;
        must(jsp_parse_object(cases[i].session, strlen(cases[i].session), &session, &error),
             &error);
        must(jsp_schema_write(session, &facts, &type, &text, &error), &error);
        assert_int_equal(facts.policy[15], cases[i].last);
        assert_int_equal(facts.name_length, strlen(cases[i].name));
        assert_memory_equal(text.data + facts.name_at, cases[i].name, facts.name_length);
        jsp_text_free(&text);
        json_decref(session);
    }
}

/* ---- Patches -------------------------------------------------------------------------------- */

/* The examples of RFC 7396, appendix A, whose documents can stand in a member "x". */
static void a_patch_is_merged_as_rfc_7396_shows(void **state)
{
    struct store *store = *state;
    static const struct {
        const char *original;
        const char *patch;
        const char *result; /* NULL: the member is gone */
    } examples[] = {
        {"{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
        {"{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}"},
        {"{\"a\":\"b\"}", "{\"a\":null}", "{}"},
        {"{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}"},
        {"{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
        {"{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}"},
        {"{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}"},
        {"{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}"},
        {"[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]"},
        {"{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]"},
        {"{\"a\":\"foo\"}", "null", NULL},
        {"{\"a\":\"foo\"}", "\"bar\"", "\"bar\""},
        {"{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}"},
        {"[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}"},
        {"{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}"},
    };
    for (size_t i = 0; i < COUNT(examples); i++) {
        char json[160];
        char expected[160];
        unsigned usn = 2 * (unsigned)i + 2;
        /* an import keeps a null inside a member, as the original of one example has it */
        (void)snprintf(json, sizeof(json), "{\"id\":\"5\",\"status\":\"Success\",\"x\":%s}",
                       examples[i].original);
        import(store, json);
        (void)snprintf(json, sizeof(json), "{\"id\":\"5\",\"x\":%s}", examples[i].patch);
        assert_int_equal(put_session(store, json), 5);
        if (examples[i].result != NULL) {
            (void)snprintf(expected, sizeof(expected),
                           "{\"id\":\"5\",\"status\":\"Success\",\"usn\":%u,\"x\":%s}", usn,
                           examples[i].result);
        } else {
            (void)snprintf(expected, sizeof(expected),
                           "{\"id\":\"5\",\"status\":\"Success\",\"usn\":%u}", usn);
        }
        assert_stored(store, 5, expected);
    }
}

static void a_patch_derives_anew_what_depends_on_it(void **state)
{
    struct store *store = *state;
    (void)put_session(store, "{\"type\":\"AutoBackup\",\"status\":\"Running\","
                             "\"executionStartTime\":\"2020-01-01T00:00:00Z\"}");
    (void)put_session(store, "{\"id\":\"1\",\"executionStopTime\":\"2020-01-01T00:00:05Z\"}");
    assert_stored(store, 1,
                  "{\"id\":\"1\",\"type\":\"AutoBackup\",\"localizedType\":\"Auto Backup\","
                  "\"executionStartTime\":\"2020-01-01T00:00:00Z\","
                  "\"executionStopTime\":\"2020-01-01T00:00:05Z\","
                  "\"executionDuration\":\"00:00:05\",\"status\":\"Running\",\"usn\":2}");
    /* a changed time changes the duration, one that was given goes, too */
    (void)put_session(store, "{\"id\":\"1\",\"executionDuration\":\"00:00:04\"}");
    (void)put_session(store, "{\"id\":\"1\",\"executionStartTime\":\"2020-01-01T00:00:03Z\"}");
    assert_stored(store, 1,
                  "{\"id\":\"1\",\"type\":\"AutoBackup\",\"localizedType\":\"Auto Backup\","
                  "\"executionStartTime\":\"2020-01-01T00:00:03Z\","
                  "\"executionStopTime\":\"2020-01-01T00:00:05Z\","
                  "\"executionDuration\":\"00:00:02\",\"status\":\"Running\",\"usn\":4}");
    /* other changes leave them alone */
    (void)put_session(store, "{\"id\":\"1\",\"localizedType\":\"Automatisch\","
                             "\"executionDuration\":\"00:00:01\",\"status\":\"Success\"}");
    (void)put_session(store, "{\"id\":\"1\",\"type\":\"AutoBackup\",\"status\":\"Warning\"}");
    assert_stored(store, 1,
                  "{\"id\":\"1\",\"type\":\"AutoBackup\",\"localizedType\":\"Automatisch\","
                  "\"executionStartTime\":\"2020-01-01T00:00:03Z\","
                  "\"executionStopTime\":\"2020-01-01T00:00:05Z\","
                  "\"executionDuration\":\"00:00:01\",\"status\":\"Warning\",\"usn\":6}");
    /* a new type has a new name; a stop time that is taken back takes the duration with it */
    (void)put_session(store, "{\"id\":\"1\",\"type\":\"PolicyBackup\",\"executionStopTime\":null}");
    assert_stored(store, 1,
                  "{\"id\":\"1\",\"type\":\"PolicyBackup\",\"localizedType\":\"Policy Backup\","
                  "\"executionStartTime\":\"2020-01-01T00:00:03Z\",\"status\":\"Warning\","
                  "\"usn\":7}");
    (void)put_session(store, "{\"id\":\"1\",\"type\":null,\"executionStartTime\":null}");
    assert_stored(store, 1, "{\"id\":\"1\",\"status\":\"Warning\",\"usn\":8}");
}

static void a_patch_of_a_repository_s_id_takes_the_place_of_the_other(void **state)
{
    struct store *store = *state;
    static const struct {
        const char *patch;
        const char *stored;
    } steps[] = {
        {"\"repositoryId\":\"a\",\"repositoryName\":\"n\"", "\"repositoryUid\":\"a\","},
        {"\"repositoryRemoved\":null", "\"repositoryUid\":\"a\","},
        {"\"repositoryId\":7", "\"repositoryId\":7,"},
        {"\"repositoryUid\":\"b\"", "\"repositoryUid\":\"b\","},
        {"\"repositoryId\":\"8\"", "\"repositoryId\":8,"},
        {"\"repositoryId\":\"c\"", "\"repositoryUid\":\"c\","},
        {"\"repositoryId\":null", ""},
    };
    put_session(store, "{\"status\":\"Success\"}");
    for (size_t i = 0; i < COUNT(steps); i++) {
        char json[256];
        (void)snprintf(json, sizeof(json), "{\"id\":\"1\",\"repositoryJobInfo\":{%s}}",
                       steps[i].patch);
        put_session(store, json);
        char *text = stored(store, 1);
        (void)snprintf(json, sizeof(json), "\"repositoryJobInfo\":{%s\"repositoryName\":\"n\"}}",
                       steps[i].stored);
        assert_non_null(strstr(text, json));
        free(text);
    }
}

static void a_refused_patch_changes_nothing(void **state)
{
    struct store *store = *state;
    static const char stop[] = "{\"id\":\"1\",\"executionStopTime\":\"yesterday\"}";
    (void)put_session(store,
                      "{\"executionStartTime\":\"2020-01-01T00:00:00Z\",\"status\":\"Running\"}");
    assert_int_equal(js_put(store->database, stop, strlen(stop), NULL, &store->error), JS_INVALID);
    assert_string_equal(store->error.member, "executionStopTime");
    assert_stored(store, 1,
                  "{\"id\":\"1\",\"executionStartTime\":\"2020-01-01T00:00:00Z\",\"status\":"
                  "\"Running\",\"usn\":1}");
    assert_int_equal(totals_of(store).usn, 1);
}

/* Whoever parses releases what is there, refused or not. */
static void nothing_is_left_of_what_is_refused(void **state)
{
    (void)state;
    static const char *const refused[] = {"[]", "[{}]", "7", "null", "\"text\"", "{", ""};
    for (size_t i = 0; i < COUNT(refused); i++) {
        json_t unused;
        json_t *object = &unused;
        js_error error;
        assert_int_equal(jsp_parse_object(refused[i], strlen(refused[i]), &object, &error),
                         JS_INVALID);
        assert_null(object);
    }
}

/* In a damaged record a name may hold any byte, and be longer than every name there is. */
static void a_name_is_found_by_all_its_bytes(void **state)
{
    (void)state;
    char name[256] = "policyName";
    const jsp_members *job = &jsp_members_of_session
                                  .list[jsp_members_find(&jsp_members_of_session, 0,
                                                         "backupJobInfo", strlen("backupJobInfo"))]
                                  .members;
    assert_int_not_equal(jsp_members_find(job, 0, name, strlen(name)), job->count);
    for (size_t length = strlen(name) + 1; length <= sizeof(name); length++) {
        assert_int_equal(jsp_members_find(job, 0, name, length), job->count);
    }
    for (size_t length = 0; length < strlen(name); length++) {
        assert_int_equal(jsp_members_find(job, 0, name, length), job->count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_member_takes_its_type_and_no_other),
        cmocka_unit_test(null_is_absent),
        cmocka_unit_test(nothing_is_left_of_what_is_refused),
        cmocka_unit_test(a_name_is_found_by_all_its_bytes),
        cmocka_unit_test(what_is_no_session_is_refused),
        cmocka_unit_test(every_text_has_its_limit),
        cmocka_unit_test(lengths_are_bytes_of_utf_8),
        cmocka_unit_test(a_type_is_not_empty_and_holds_no_nul),
        cmocka_unit_test(counts_are_not_negative_and_ids_of_repositories_may_be),
        cmocka_unit_test(counts_of_the_later_version_are_not_longer_than_its_own),
        cmocka_unit_test(words_and_uuids_are_held_against_what_is_allowed),
        cmocka_unit_test(a_repository_has_one_id_under_the_name_that_fits_it),
        cmocka_unit_test(the_statuses_are_known),
        cmocka_unit_test(times_say_what_is_wrong_with_them),
        cmocka_unit_test(a_stop_before_the_start_is_an_end_all_the_same),
        cmocka_unit_test(dates_that_mean_none_are_absent),
        cmocka_unit_test_setup_teardown(the_largest_session_is_js_session_max, make_store,
                                        remove_store),
        cmocka_unit_test(members_stand_in_the_order_of_the_document),
        cmocka_unit_test(links_are_ignored_whatever_they_are),
        cmocka_unit_test(the_localized_type_is_made_from_the_type),
        cmocka_unit_test(the_name_of_the_longest_type_fits),
        cmocka_unit_test(the_duration_is_derived_when_both_times_are_known),
        cmocka_unit_test(the_header_holds_what_filters_need),
        cmocka_unit_test_setup_teardown(a_patch_is_merged_as_rfc_7396_shows, make_store,
                                        remove_store),
        cmocka_unit_test(a_health_check_has_its_policy_in_the_header),
        cmocka_unit_test_setup_teardown(a_patch_of_a_repository_s_id_takes_the_place_of_the_other,
                                        make_store, remove_store),
        cmocka_unit_test_setup_teardown(a_patch_derives_anew_what_depends_on_it, make_store,
                                        remove_store),
        cmocka_unit_test_setup_teardown(a_refused_patch_changes_nothing, make_store, remove_store),
    };
    return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
