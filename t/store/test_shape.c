/* SPDX-License-Identifier: Apache-2.0 */
/* A session, and a line of a log, as the vendor's v8.1 has them: never longer than what is stored, and filled up. */
#include "support.h"

#include "render/shape.h"

typedef void shape_writer(char *to, jsp_slice json);

/* What is shown begins as expected, and goes on with spaces to where the closing brace was. */
static void assert_shape(shape_writer *write, const char *json, const char *expected)
{
    size_t length = strlen(json);
    char *shown = malloc(length + JSP_SHAPE_SLACK);
    assert_non_null(shown);
    write(shown, (jsp_slice){json, length});
    size_t end = length - 1;
    while (end > 0 && shown[end - 1] == ' ') {
        end--;
    }
    shown[end] = '\0';
    assert_string_equal(shown, expected);
    free(shown);
}

static void assert_session(const char *json, const char *expected)
{
    assert_shape(jsp_shape_session, json, expected);
}

static void all_that_it_has_is_as_it_was(void **state)
{
    (void)state;
    static const char front[] =
        "{\"id\":\"1\",\"type\":\"HealthCheck\",\"localizedType\":\"a\","
        "\"executionStartTime\":\"2020-01-01T00:00:00Z\","
        "\"executionStopTime\":\"2020-01-01T00:00:01Z\",\"executionDuration\":\"00:00:01\","
        "\"status\":\"Warning\"";
    static const char behind[] =
        ",\"backupJobInfo\":{\"policyId\":\"00000000-0000-4000-8000-000000000001\","
        "\"policyName\":\"b\",\"policyType\":\"Vnet\",\"protectedInstancesCount\":2147483647,"
        "\"policyRemoved\":false},"
        "\"healthCheckJobInfo\":{\"policyId\":\"00000000-0000-4000-8000-000000000002\","
        "\"policyName\":\"c\",\"checkedInstancesCount\":0,\"policyRemoved\":true},"
        "\"restoreJobInfo\":{\"reason\":\"d\",\"backupPolicyDisplayName\":\"e\"},"
        "\"fileLevelRestoreJobInfo\":{\"initiator\":\"f\",\"reason\":\"\","
        "\"flrLink\":{\"url\":\"g\",\"thumbprint\":\"h\"},\"vmId\":\"i\",\"vmName\":\"j\","
        "\"backupPolicyDisplayName\":\"k\",\"restorePointCreatedDateUtc\":\"2020-01-01T00:00:00Z\","
        "\"isFlrSessionReady\":true},"
        "\"fileShareFileLevelRestoreJobInfo\":{\"flrLink\":{},\"fileShareId\":\"l\"},"
        "\"repositoryJobInfo\":{\"repositoryName\":\"m\",\"repositoryRemoved\":true},"
        "\"restorePointDataRetrievalJobInfo\":{\"restorePointId\":"
        "\"00000000-0000-4000-8000-000000000003\",\"daysToKeep\":1,"
        "\"dataRetrievalPriority\":\"High\"},"
        "\"retentionJobInfo\":{\"deletedRestorePointsCount\":4}";
    char json[2048];
    char expected[2048];
    (void)snprintf(json, sizeof(json), "%s,\"usn\":77%s}", front, behind);
    (void)snprintf(expected, sizeof(expected), "%s%s", front, behind);
    assert_session(json, expected);
}

static void what_it_does_not_have_is_left_out(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *expected;
    } cases[] = {
        {"{\"id\":\"1\",\"usn\":7}", "{\"id\":\"1\""},
        {"{\"usn\":18446744073709551615}", "{"},
        {"{\"usn\":7,\"own\":{\"id\":[1,\"}\"]},\"more\":null}", "{"},
        {"{\"restoreJobInfo\":{\"items\":[{\"a\":{}}]}}", "{\"restoreJobInfo\":{}"},
        {"{\"restoreJobInfo\":{\"reason\":\"a\",\"items\":[],\"own\":1}}",
         "{\"restoreJobInfo\":{\"reason\":\"a\"}"},
        {"{\"backupJobInfo\":{\"policyId\":\"nightly\",\"policyName\":\"n\"}}",
         "{\"backupJobInfo\":{\"policyName\":\"n\"}"},
        {"{\"backupJobInfo\":{\"protectedInstancesCount\":2147483648}}", "{\"backupJobInfo\":{}"},
        {"{\"backupJobInfo\":{\"protectedInstancesCount\":9223372036854775807}}",
         "{\"backupJobInfo\":{}"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_session(cases[i].json, cases[i].expected);
    }
}

/* Records of earlier versions have anything under the names those did not know, and in any order. */
static void what_was_not_checked_is_left_out_where_it_does_not_fit(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *expected;
    } cases[] = {
        {"{\"usn\":7,\"retentionJobInfo\":\"x\"}", "{"},
        {"{\"usn\":7,\"retentionJobInfo\":{\"deletedRestorePointsCount\":-1}}",
         "{\"retentionJobInfo\":{}"},
        {"{\"usn\":7,\"retentionJobInfo\":{\"deletedRestorePointsCount\":{\"a\":1}}}",
         "{\"retentionJobInfo\":{}"},
        {"{\"usn\":7,\"healthCheckJobInfo\":{\"policyId\":5,\"policyName\":[\"x\"],"
         "\"policyRemoved\":null}}",
         "{\"healthCheckJobInfo\":{}"},
        {"{\"usn\":7,\"backupJobInfo\":{\"policyRemoved\":true,\"policyType\":\"Vnet\"}}",
         "{\"backupJobInfo\":{\"policyRemoved\":true}"},
        {"{\"usn\":7,\"restorePointDataRetrievalJobInfo\":{\"dataRetrievalPriority\":\"\"}}",
         "{\"restorePointDataRetrievalJobInfo\":{}"},
        {"{\"usn\":7,\"fileLevelRestoreJobInfo\":{\"restorePointCreatedDateUtc\":\"today\"}}",
         "{\"fileLevelRestoreJobInfo\":{}"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_session(cases[i].json, cases[i].expected);
    }
}

static void what_it_has_other_words_for_has_those(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *expected;
    } cases[] = {
        {"{\"type\":\"AutoBackup\",\"usn\":7}", "{\"type\":\"Unknown\""},
        {"{\"type\":\"policybackup\",\"usn\":7}", "{\"type\":\"Unknown\""},
        {"{\"type\":\"VnetPolicyBackupToRepository\",\"usn\":7}",
         "{\"type\":\"VnetPolicyBackupToRepository\""},
        {"{\"status\":\"Failed\",\"usn\":7}", "{\"status\":\"Error\""},
        {"{\"status\":\"RunningWithError\",\"usn\":7}", "{\"status\":\"RunningWithError\""},
        {"{\"usn\":7,\"repositoryJobInfo\":{\"repositoryId\":-9223372036854775808}}",
         "{\"repositoryJobInfo\":{\"repositoryId\":\"-9223372036854775808\"}"},
        {"{\"usn\":7,\"repositoryJobInfo\":{\"repositoryUid\":\"a\\\"b\",\"repositoryName\":\"n\"}"
         "}",
         "{\"repositoryJobInfo\":{\"repositoryId\":\"a\\\"b\",\"repositoryName\":\"n\"}"},
        /* the least that is left out for the most that is put in */
        {"{\"id\":\"1\",\"type\":\"x\",\"usn\":7,\"repositoryJobInfo\":{\"repositoryId\":1}}",
         "{\"id\":\"1\",\"type\":\"Unknown\",\"repositoryJobInfo\":{\"repositoryId\":\"1\"}"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_session(cases[i].json, cases[i].expected);
    }
}

static void a_line_of_a_log_has_its_words_too(void **state)
{
    (void)state;
    assert_shape(jsp_shape_line,
                 "{\"logTime\":\"2020-01-01T00:00:00Z\",\"status\":\"Failed\",\"message\":\"m\","
                 "\"resourceHashId\":\"r\",\"executionStartTime\":\"2020-01-01T00:00:00Z\","
                 "\"executionDuration\":\"00:00:01\",\"own\":7}",
                 "{\"logTime\":\"2020-01-01T00:00:00Z\",\"status\":\"Error\",\"message\":\"m\","
                 "\"resourceHashId\":\"r\",\"executionStartTime\":\"2020-01-01T00:00:00Z\","
                 "\"executionDuration\":\"00:00:01\"");
    assert_shape(jsp_shape_line, "{}", "{");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_it_has_is_as_it_was),
        cmocka_unit_test(what_it_does_not_have_is_left_out),
        cmocka_unit_test(what_was_not_checked_is_left_out_where_it_does_not_fit),
        cmocka_unit_test(what_it_has_other_words_for_has_those),
        cmocka_unit_test(a_line_of_a_log_has_its_words_too),
    };
    return cmocka_run_group_tests_name("shape", tests, NULL, NULL);
}
