/* SPDX-License-Identifier: Apache-2.0 */
/* A session as a row of CSV: RFC 4180, and harmless to a spreadsheet. */
#include "support.h"

#include "render/csv.h"

#define NAME "backupJobInfo\":{\"policyName"

/* The row of a session, for the test to free. */
static char *csv_of(const char *json)
{
    jsp_text text = {0};
    jsp_csv_row(&text, (jsp_slice){json, strlen(json)});
    jsp_text_bytes(&text, "", 1);
    assert_false(text.failed);
    return text.data;
}

static void assert_row(const char *json, const char *expected)
{
    char *row = csv_of(json);
    assert_string_equal(row, expected);
    free(row);
}

static void every_member_has_its_column(void **state)
{
    jsp_text header = {0};
    (void)state;
    assert_row("{\"id\":\"1\",\"type\":\"a\",\"localizedType\":\"b\",\"executionStartTime\":\"c\","
               "\"executionStopTime\":\"d\",\"executionDuration\":\"e\",\"status\":\"f\",\"usn\":2,"
               "\"backupJobInfo\":{\"policyId\":\"g\",\"policyName\":\"h\","
               "\"protectedInstancesCount\":3,\"policyRemoved\":false},"
               "\"restoreJobInfo\":{\"reason\":\"i\",\"items\":[{\"j\":1},{}]},"
               "\"fileLevelRestoreJobInfo\":{\"reason\":\"k\",\"flrLink\":{\"url\":\"l\","
               "\"thumbprint\":\"m\"},\"vmId\":\"n\"},"
               "\"repositoryJobInfo\":{\"repositoryId\":-4,\"repositoryName\":\"o\","
               "\"repositoryRemoved\":true}}",
               "1,a,b,c,d,e,f,2,g,h,3,false,i,\"[{\"\"j\"\":1},{}]\",k,l,m,n,-4,o,true\r\n");
    jsp_csv_header(&header);
    jsp_text_bytes(&header, "", 1);
    assert_string_equal(
        header.data,
        "id,type,localizedType,executionStartTime,executionStopTime,executionDuration,status,usn,"
        "backupJobInfo.policyId,backupJobInfo.policyName,backupJobInfo.protectedInstancesCount,"
        "backupJobInfo.policyRemoved,restoreJobInfo.reason,restoreJobInfo.items,"
        "fileLevelRestoreJobInfo.reason,fileLevelRestoreJobInfo.flrLink.url,"
        "fileLevelRestoreJobInfo.flrLink.thumbprint,fileLevelRestoreJobInfo.vmId,"
        "repositoryJobInfo.repositoryId,repositoryJobInfo.repositoryName,"
        "repositoryJobInfo.repositoryRemoved\r\n");
    jsp_text_free(&header);
}

static void what_is_absent_leaves_its_cell_empty(void **state)
{
    (void)state;
    assert_row("{}", ",,,,,,,,,,,,,,,,,,,,\r\n");
    assert_row("{\"id\":\"0\",\"usn\":7}", "0,,,,,,,7,,,,,,,,,,,,,\r\n");
    assert_row("{\"backupJobInfo\":{},\"restoreJobInfo\":{\"items\":[]}}",
               ",,,,,,,,,,,,,\"[]\",,,,,,,\r\n");
}

static void what_has_no_column_stays_out(void **state)
{
    (void)state;
    assert_row("{\"id\":\"1\",\"id2\":\"x\",\"nested\":{\"id\":\"x\",\"usn\":9},\"\":1}",
               "1,,,,,,,,,,,,,,,,,,,,\r\n");
    assert_row("{\"" NAME "\":\"h\"},\"backupJobInfo.policyName\":\"x\"}",
               ",,,,,,,,,h,,,,,,,,,,,\r\n");
    assert_row("{\"backupJobInfo.policyName\":\"x\"}", ",,,,,,,,,,,,,,,,,,,,\r\n");
    assert_row("{\"fileLevelRestoreJobInfo\":{\"flrLink.url\":\"x\"}}", ",,,,,,,,,,,,,,,,,,,,\r\n");
    assert_row("{\"a-name-of-an-unknown-member-that-is-longer-than-every-column's-path\":"
               "{\"also\":{\"deep\":{\"er\":1}}},\"status\":\"Success\"}",
               ",,,,,,Success,,,,,,,,,,,,,,\r\n");
}

static void cells_are_quoted_and_harmless(void **state)
{
    (void)state;
    static const struct {
        const char *text; /* as JSON has it */
        const char *cell;
    } cases[] = {
        {"plain", "plain"},
        {" blanks ", " blanks "},
        {"a,b", "\"a,b\""},
        {"\\\"", "\"\"\"\""},
        {"a\\\"b\\\"", "\"a\"\"b\"\"\""},
        {"a\\nb", "\"a\nb\""},
        {"a\\r\\nb", "\"a\r\nb\""},
        {"\\\\", "\\"},
        {"=1+1", "'=1+1"},
        {"+1", "'+1"},
        {"-1", "'-1"},
        {"@SUM(A1)", "'@SUM(A1)"},
        {"\\t=1", "'\t=1"},
        {"\\r=1", "\"'\r=1\""},
        {"=\\\"a\\\",b", "\"'=\"\"a\"\",b\""},
        {"a=1", "a=1"},
        {"'", "'"},
        {"\\u0001\\u001f", "\x01\x1f"},
        {"Z\xc3\xbcrich \xf0\x9f\x92\xbe", "Z\xc3\xbcrich \xf0\x9f\x92\xbe"},
        {"", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char json[128];
        char expected[128];
        (void)snprintf(json, sizeof(json), "{\"id\":\"1\",\"" NAME "\":\"%s\"}}", cases[i].text);
        (void)snprintf(expected, sizeof(expected), "1,,,,,,,,,%s,,,,,,,,,,,\r\n", cases[i].cell);
        assert_row(json, expected);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_member_has_its_column),
        cmocka_unit_test(what_is_absent_leaves_its_cell_empty),
        cmocka_unit_test(what_has_no_column_stays_out),
        cmocka_unit_test(cells_are_quoted_and_harmless),
    };
    return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
