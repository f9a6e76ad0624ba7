/* SPDX-License-Identifier: Apache-2.0 */
/* Export, import into an empty database, export again: the same bytes. */
#include "support.h"

#include <jansson.h>

#include "write/canonical.h"

/* The types of the API's first version, and one that only later versions have. */
static const char *const types[] = {
    "AutoBackup",
    "BackupRetention",
    "RestoreDisks",
    "FileLevelRestore",
    "ObsoleteSnapshotRetention",
    "ManualSnapshot",
    "PolicyBackup",
    "PolicySnapshot",
    "RestoreVms",
    "BackupDeletion",
    "SnapshotDeletion",
    "RepositoryCreation",
    "RepositoryDeletion",
    "RepositoryEdit",
    "ManualSnapshotDeletion",
    "InvalidSnapshotRetention",
    "OrphanedSnapshotRetention",
    "CosmosDbBackup",
};

static const char *const statuses[] = {
    "Canceled",           "Canceling", "Error",   "Failed",
    "NeverExecuted",      "Pending",   "Running", "RunningWithError",
    "RunningWithWarning", "Success",   "Unknown", "Warning",
};

static const char *const sessions[] = {
    /* the smallest session, and the smallest and the largest id that can be given */
    "{}",
    "{\"id\":\"0\"}",
    "{\"id\":\"9223372036854775807\",\"usn\":9007199254740000}",
    /* every member of the document */
    "{\"type\":\"PolicyBackup\",\"localizedType\":\"Policy Backup\","
    "\"executionStartTime\":\"2020-02-07T08:07:02.906363Z\","
    "\"executionStopTime\":\"2020-02-07T08:23:28.858646Z\","
    "\"executionDuration\":\"00:16:25.9522830\",\"status\":\"Success\","
    "\"backupJobInfo\":{\"policyId\":\"4e096ba7-8125-4d5d-804b-581f4e6c8440\","
    "\"policyName\":\"Backup Policy\",\"protectedInstancesCount\":1,\"policyRemoved\":false},"
    "\"restoreJobInfo\":{\"reason\":\"test\",\"items\":[{\"name\":\"vm\",\"disks\":[1,2]},{}]},"
    "\"fileLevelRestoreJobInfo\":{\"reason\":\"\",\"flrLink\":{\"url\":\"https://h/x?y=1&z=2\","
    "\"thumbprint\":\"AA:BB\"},\"vmId\":\"/subscriptions/1\"},"
    "\"repositoryJobInfo\":{\"repositoryId\":1,\"repositoryName\":\"Backup Repository\","
    "\"repositoryRemoved\":true}}",
    /* members that are empty, or absent but for one */
    "{\"backupJobInfo\":{},\"restoreJobInfo\":{\"items\":[]},"
    "\"fileLevelRestoreJobInfo\":{\"flrLink\":{}},\"repositoryJobInfo\":{}}",
    "{\"executionStopTime\":\"0001-01-01T00:00:00Z\"}",
    "{\"executionStartTime\":\"9999-12-31T23:59:59.9999999Z\"}",
    "{\"executionDuration\":\"10675198.23:59:59.9999999\"}",
    "{\"executionStartTime\":\"2020-01-01T00:00:00Z\",\"executionDuration\":\"00:00:00\"}",
    /* what is given is not what would be derived */
    "{\"type\":\"AutoBackup\",\"localizedType\":\"\","
    "\"executionStartTime\":\"2020-01-01T00:00:00Z\","
    "\"executionStopTime\":\"2020-01-03T00:00:00Z\",\"executionDuration\":\"00:00:01\"}",
    /* running sessions */
    "{\"status\":\"Running\",\"executionStartTime\":\"2020-01-01T02:00:00.5+02:00\"}",
    "{\"status\":\"Pending\"}",
    /* unknown members, in their order */
    "{\"zeta\":1,\"alpha\":{\"b\":[true,false,null],\"a\":{\"null\":null}},\"\":\"\","
    "\"backupJobInfo\":{\"zeta\":1,\"policyName\":\"n\",\"alpha\":2}}",
    "{\"numbers\":[0,-1,9223372036854775807,-9223372036854775808,0.1,1.0,-0.0,1e300,5e-324,"
    "1.7976931348623157e308]}",
    /* text */
    "{\"backupJobInfo\":{\"policyName\":\"Grüße \\\"東京\\\" \\\\ / 💾 \\ud83d\\ude00\"}}",
    "{\"x\":\"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\b\\t\\n\\u000b\\f\\r"
    "\\u000e\\u000f\\u0010\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016\\u0017\\u0018\\u0019\\u001a"
    "\\u001b\\u001c\\u001d\\u001e\\u001f\\u007f\\u0080\\u2028\\uffff\\udbff\\udfff\"}",
    "{\"\\u0001\\\"\\n💾\":{\"_links\":\"kept\"}}",
    "{\"_links\":{\"self\":{\"href\":\"ignored\"}}}",
};

static void fill_store(struct store *store)
{
    char json[512];
    for (size_t i = 0; i < COUNT(types); i++) {
        (void)snprintf(json, sizeof(json), "{\"type\":\"%s\",\"status\":\"%s\"}", types[i],
                       statuses[i % COUNT(statuses)]);
        store_as_before(store, json);
    }
    for (size_t i = 0; i + 1 < COUNT(statuses); i++) {
        (void)snprintf(json, sizeof(json), "{\"status\":\"%s\",\"id\":\"%zu\"}", statuses[i],
                       100000 + i * i * i * 4096);
        store_as_before(store, json);
    }
    /* the highest id comes last: after it none is given any more */
    for (size_t i = 0; i < COUNT(sessions); i++) {
        if (i != 2) {
            store_as_before(store, sessions[i]);
        }
    }
    /* as large as a session can be */
    char *large = malloc(JS_SESSION_MAX + 1);
    assert_non_null(large);
    int around = (int)strlen("{\"id\":\"50000\",\"usn\":50000,\"x\":\"\"}");
    (void)snprintf(large, JS_SESSION_MAX + 1, "{\"id\":\"50000\",\"usn\":50000,\"x\":\"%0*d\"}",
                   (int)JS_SESSION_MAX - around, 0);
    import(store, large);
    free(large);
    import(store, sessions[2]);
}

/* Import an exported document, session by session, newest first as they stand in it. */
static void import_document(struct store *store, const char *text, size_t length)
{
    size_t i;
    json_t *session;
    jsp_text line = {0};
    js_transaction *transaction;
    json_t *document = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    assert_non_null(document);
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    json_array_foreach(json_object_get(document, "results"), i, session)
    {
        jsp_text_clear(&line);
        jsp_canonical_write(&line, session);
        must(js_transaction_import(transaction, line.data, line.length, JS_IMPORT_MERGE, NULL, NULL,
                                   &store->error),
             &store->error);
    }
    must(js_transaction_commit(transaction, &store->error), &store->error);
    jsp_text_free(&line);
    json_decref(document);
}

static void export_import_export_is_identical(void **state)
{
    struct store *store = *state;
    struct store *copy;
    size_t length;
    size_t length_again;
    fill_store(store);
    char *text = export_document(store, &length);
    for (size_t i = 0; i < COUNT(types); i++) {
        assert_non_null(strstr(text, types[i]));
    }
    for (size_t i = 0; i < COUNT(statuses); i++) {
        assert_non_null(strstr(text, statuses[i]));
    }

    (void)make_store((void **)&copy);
    import_document(copy, text, length);
    char *again = export_document(copy, &length_again);
    assert_int_equal(length_again, length);
    assert_memory_equal(again, text, length);
    assert_int_equal(totals_of(copy).usn, totals_of(store).usn);
    free(again);

    /* and once more over what is there */
    import_document(copy, text, length);
    again = export_document(copy, &length_again);
    assert_int_equal(length_again, length);
    assert_memory_equal(again, text, length);
    free(again);
    free(text);
    (void)remove_store((void **)&copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(export_import_export_is_identical, make_store,
                                        remove_store),
    };
    return cmocka_run_group_tests_name("round trip", tests, NULL, NULL);
}
