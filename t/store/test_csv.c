/* SPDX-License-Identifier: Apache-2.0 */
/* A session as a row of CSV: RFC 4180, and harmless to a spreadsheet. */
#include "support.h"

#include "render/csv.h"

/* U+FFFD */
#define REPLACEMENT "\xef\xbf\xbd"
#define NAME "backupJobInfo\":{\"policyName"

/* Of the commas between 49 columns. */
#define TEN ",,,,,,,,,,"

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
    assert_row(
        "{\"id\":\"1\",\"type\":\"a\",\"localizedType\":\"b\",\"executionStartTime\":\"c\","
        "\"executionStopTime\":\"d\",\"executionDuration\":\"e\",\"status\":\"f\",\"usn\":2,"
        "\"backupJobInfo\":{\"policyId\":\"g\",\"policyName\":\"h\",\"policyType\":\"q\","
        "\"protectedInstancesCount\":3,\"policyRemoved\":false},"
        "\"healthCheckJobInfo\":{\"policyId\":\"r\",\"policyName\":\"s\","
        "\"checkedInstancesCount\":5,\"policyRemoved\":true},"
        "\"restoreJobInfo\":{\"reason\":\"i\",\"items\":[{\"j\":1},{}],"
        "\"backupPolicyDisplayName\":\"t\"},"
        "\"fileLevelRestoreJobInfo\":{\"initiator\":\"u\",\"reason\":\"k\","
        "\"flrLink\":{\"url\":\"l\",\"thumbprint\":\"m\"},\"vmId\":\"n\",\"vmName\":\"v\","
        "\"backupPolicyDisplayName\":\"w\",\"restorePointCreatedDateUtc\":\"x\","
        "\"isFlrSessionReady\":true},"
        "\"fileShareFileLevelRestoreJobInfo\":{\"initiator\":\"A\",\"reason\":\"B\","
        "\"flrLink\":{\"url\":\"C\",\"thumbprint\":\"D\"},\"fileShareId\":\"E\","
        "\"fileShareName\":\"F\",\"backupPolicyDisplayName\":\"G\","
        "\"restorePointCreatedDateUtc\":\"H\"},"
        "\"repositoryJobInfo\":{\"repositoryId\":-4,\"repositoryUid\":\"I\","
        "\"repositoryName\":\"o\",\"repositoryRemoved\":true},"
        "\"restorePointDataRetrievalJobInfo\":{\"restorePointId\":\"J\","
        "\"sqlRestorePointId\":\"K\",\"cosmosDbRestorePointId\":\"L\",\"initiator\":\"M\","
        "\"instanceName\":\"N\",\"daysToKeep\":6,\"dataRetrievalPriority\":\"O\"},"
        "\"retentionJobInfo\":{\"deletedRestorePointsCount\":7}}",
        "1,a,b,c,d,e,f,2,g,h,q,3,false,r,s,5,true,i,\"[{\"\"j\"\":1},{}]\",t,u,k,l,m,n,v,w,x,"
        "true,A,B,C,D,E,F,G,H,-4,I,o,true,J,K,L,M,N,6,O,7\r\n");
    jsp_csv_header(&header);
    jsp_text_bytes(&header, "", 1);
    assert_string_equal(header.data, "id,"
                                     "type,"
                                     "localizedType,"
                                     "executionStartTime,"
                                     "executionStopTime,"
                                     "executionDuration,"
                                     "status,"
                                     "usn,"
                                     "backupJobInfo.policyId,"
                                     "backupJobInfo.policyName,"
                                     "backupJobInfo.policyType,"
                                     "backupJobInfo.protectedInstancesCount,"
                                     "backupJobInfo.policyRemoved,"
                                     "healthCheckJobInfo.policyId,"
                                     "healthCheckJobInfo.policyName,"
                                     "healthCheckJobInfo.checkedInstancesCount,"
                                     "healthCheckJobInfo.policyRemoved,"
                                     "restoreJobInfo.reason,"
                                     "restoreJobInfo.items,"
                                     "restoreJobInfo.backupPolicyDisplayName,"
                                     "fileLevelRestoreJobInfo.initiator,"
                                     "fileLevelRestoreJobInfo.reason,"
                                     "fileLevelRestoreJobInfo.flrLink.url,"
                                     "fileLevelRestoreJobInfo.flrLink.thumbprint,"
                                     "fileLevelRestoreJobInfo.vmId,"
                                     "fileLevelRestoreJobInfo.vmName,"
                                     "fileLevelRestoreJobInfo.backupPolicyDisplayName,"
                                     "fileLevelRestoreJobInfo.restorePointCreatedDateUtc,"
                                     "fileLevelRestoreJobInfo.isFlrSessionReady,"
                                     "fileShareFileLevelRestoreJobInfo.initiator,"
                                     "fileShareFileLevelRestoreJobInfo.reason,"
                                     "fileShareFileLevelRestoreJobInfo.flrLink.url,"
                                     "fileShareFileLevelRestoreJobInfo.flrLink.thumbprint,"
                                     "fileShareFileLevelRestoreJobInfo.fileShareId,"
                                     "fileShareFileLevelRestoreJobInfo.fileShareName,"
                                     "fileShareFileLevelRestoreJobInfo.backupPolicyDisplayName,"
                                     "fileShareFileLevelRestoreJobInfo.restorePointCreatedDateUtc,"
                                     "repositoryJobInfo.repositoryId,"
                                     "repositoryJobInfo.repositoryUid,"
                                     "repositoryJobInfo.repositoryName,"
                                     "repositoryJobInfo.repositoryRemoved,"
                                     "restorePointDataRetrievalJobInfo.restorePointId,"
                                     "restorePointDataRetrievalJobInfo.sqlRestorePointId,"
                                     "restorePointDataRetrievalJobInfo.cosmosDbRestorePointId,"
                                     "restorePointDataRetrievalJobInfo.initiator,"
                                     "restorePointDataRetrievalJobInfo.instanceName,"
                                     "restorePointDataRetrievalJobInfo.daysToKeep,"
                                     "restorePointDataRetrievalJobInfo.dataRetrievalPriority,"
                                     "retentionJobInfo.deletedRestorePointsCount\r\n");
    jsp_text_free(&header);
}

static void what_is_absent_leaves_its_cell_empty(void **state)
{
    (void)state;
    assert_row("{}", TEN TEN TEN TEN ",,,,,,,,"
                                     "\r\n");
    assert_row("{\"id\":\"0\",\"usn\":7}", "0,,,,,,,7" TEN TEN TEN TEN ","
                                           "\r\n");
    assert_row("{\"backupJobInfo\":{},\"restoreJobInfo\":{\"items\":[]}}",
               TEN ",,,,,,,,"
                   "\"[]\"" TEN TEN TEN "\r\n");
}

static void what_has_no_column_stays_out(void **state)
{
    (void)state;
    assert_row("{\"id\":\"1\",\"id2\":\"x\",\"nested\":{\"id\":\"x\",\"usn\":9},\"\":1}",
               "1" TEN TEN TEN TEN ",,,,,,,,"
               "\r\n");
    assert_row("{\"" NAME "\":\"h\"},\"backupJobInfo.policyName\":\"x\"}",
               ",,,,,,,,,h" TEN TEN TEN ",,,,,,,,,"
               "\r\n");
    assert_row("{\"backupJobInfo.policyName\":\"x\"}", TEN TEN TEN TEN ",,,,,,,,"
                                                                       "\r\n");
    assert_row("{\"fileLevelRestoreJobInfo\":{\"flrLink.url\":\"x\"}}", TEN TEN TEN TEN ",,,,,,,,"
                                                                                        "\r\n");
    assert_row("{\"a-name-of-an-unknown-member-that-is-longer-than-every-column's-path\":"
               "{\"also\":{\"deep\":{\"er\":1}}},\"status\":\"Success\"}",
               ",,,,,,Success" TEN TEN TEN TEN ",,"
               "\r\n");
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
        {"a\\u0000b\\u0001\\u001f", "a" REPLACEMENT "b" REPLACEMENT REPLACEMENT},
        {"Z\xc3\xbcrich \xf0\x9f\x92\xbe", "Z\xc3\xbcrich \xf0\x9f\x92\xbe"},
        {"", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char json[128];
        char expected[128];
        (void)snprintf(json, sizeof(json), "{\"id\":\"1\",\"" NAME "\":\"%s\"}}", cases[i].text);
        (void)snprintf(expected, sizeof(expected),
                       "1,,,,,,,,,%s" TEN TEN TEN ",,,,,,,,,"
                       "\r\n",
                       cases[i].cell);
        assert_row(json, expected);
    }
}

/* Strings are copied many bytes at a time: a byte that needs a look is found wherever it stands, and the end, too. */
static void a_special_byte_is_found_at_every_place(void **state)
{
    (void)state;
    for (int length = 0; length < 40; length++) {
        for (int at = 0; at <= length; at++) {
            static const char as[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
            char json[192];
            char expected[192];
            (void)snprintf(json, sizeof(json), "{\"id\":\"%.*s,%.*s\",\"type\":\"%.*s\"}", at, as,
                           length - at, as, length, as);
            (void)snprintf(expected, sizeof(expected),
                           "\"%.*s,%.*s\",%.*s" TEN TEN TEN TEN ",,,,,,,"
                           "\r\n",
                           at, as, length - at, as, length, as);
            assert_row(json, expected);
            (void)snprintf(json, sizeof(json), "{\"id\":\"%.*s\\\"%.*s\"}", at, as, length - at,
                           as);
            (void)snprintf(expected, sizeof(expected),
                           "\"%.*s\"\"%.*s\"" TEN TEN TEN TEN ",,,,,,,,"
                           "\r\n",
                           at, as, length - at, as);
            assert_row(json, expected);
        }
    }
}

/* What a spreadsheet finds in a cell: the value of the formula is the text. */
static void a_spreadsheet_changes_no_value(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *cell; /* of policyName */
    } cases[] = {
        {"\"plain\"", "\"=\"\"plain\"\"\""},
        {"\"001\"", "\"=\"\"001\"\"\""},
        {"\"1e5\"", "\"=\"\"1e5\"\"\""},
        {"\"=1+1\"", "\"=\"\"=1+1\"\"\""},
        {"\"a\\\"b,c\"", "\"=\"\"a\"\"\"\"b,c\"\"\""},
        {"\"\\\"&A1&\\\"\"", "\"=\"\"\"\"\"\"&A1&\"\"\"\"\"\"\""},
        {"\"\\t\\u0000\"", "\"=\"\"\t" REPLACEMENT "\"\"\""},
        {"\"\"", ""},
        {"\"a\\nb\"", "\"a\nb\""}, /* no formula has lines */
        {"\"=a\\rb\"", "\"'=a\rb\""},
        {"123456789012345", "123456789012345"},
        {"1234567890123456", "\"=\"\"1234567890123456\"\"\""},
        {"-123456789012345678", "\"=\"\"-123456789012345678\"\"\""},
        {"true", "true"},
        {"{\"a\":1,\"b\":\"c\"}", "\"{\"\"a\"\":1,\"\"b\"\":\"\"c\"\"}\""},
        {"[\"a, long enough for a number\"]", "\"[\"\"a, long enough for a number\"\"]\""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char json[128];
        char expected[160];
        jsp_text text = {0};
        (void)snprintf(json, sizeof(json), "{\"" NAME "\":%s}}", cases[i].json);
        (void)snprintf(expected, sizeof(expected),
                       ",,,,,,,,,%s" TEN TEN TEN ",,,,,,,,,"
                       "\r\n",
                       cases[i].cell);
        jsp_sheet_row(&text, (jsp_slice){json, strlen(json)});
        jsp_text_bytes(&text, "", 1);
        assert_string_equal(text.data, expected);
        jsp_text_free(&text);
    }
}

static void a_spreadsheet_has_a_mark_before_the_names(void **state)
{
    (void)state;
    jsp_text plain = {0};
    jsp_text sheet = {0};
    jsp_csv_header(&plain);
    jsp_sheet_header(&sheet);
    assert_int_equal(sheet.length, plain.length + 3);
    assert_memory_equal(sheet.data, "\xef\xbb\xbf", 3);
    assert_memory_equal(sheet.data + 3, plain.data, plain.length);
    jsp_text_free(&plain);
    jsp_text_free(&sheet);
}

/* A literal of a formula has at most 255 characters. */
static void a_long_text_is_no_formula(void **state)
{
    (void)state;
    for (int length = 250; length < 260; length++) {
        char json[512];
        jsp_text text = {0};
        (void)snprintf(json, sizeof(json), "{\"" NAME "\":\"%0*d\"}}", length, 0);
        jsp_sheet_row(&text, (jsp_slice){json, strlen(json)});
        assert_int_equal(text.length, 48 + 2 + (size_t)length + (length <= 253 ? 7 : 0));
        jsp_text_free(&text);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_member_has_its_column),
        cmocka_unit_test(what_is_absent_leaves_its_cell_empty),
        cmocka_unit_test(what_has_no_column_stays_out),
        cmocka_unit_test(cells_are_quoted_and_harmless),
        cmocka_unit_test(a_special_byte_is_found_at_every_place),
        cmocka_unit_test(a_spreadsheet_changes_no_value),
        cmocka_unit_test(a_spreadsheet_has_a_mark_before_the_names),
        cmocka_unit_test(a_long_text_is_no_formula),
    };
    return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
