/* SPDX-License-Identifier: Apache-2.0 */
/* What is no session, as a worker that links the library meets it: the refusals of the tool's test, which has where
 * each is from, by every call that writes. */
#include "support.h"

#define IDS "highest that can be given"
#define USNS "the highest that JavaScript holds"

/* A call and what it is given. */
struct row {
    enum {
        PUT,
        IMPORT,
        LOG,
        ITEM
    } call;
    const char *json;
    size_t length; /* 0: up to the NUL */
    const char *member;
    const char *words;
};

static js_result write_row(struct store *store, const struct row *row)
{
    size_t length = row->length > 0 ? row->length : strlen(row->json);
    switch (row->call) {
    case PUT:
        return js_put(store->database, row->json, length, NULL, &store->error);
    case IMPORT:
        return try_import(store, row->json, length);
    default:
        return js_append(store->database, 1, row->call == LOG ? JS_LOG : JS_PROTECTED_ITEMS,
                         row->json, length, &store->error);
    }
}

static void what_is_no_session_is_refused_by_every_call(void **state)
{
    struct store *store = *state;
    static const struct row rows[] = {
        {PUT, "{\"error\":\"invalid_token\"}", 0, "status", "every session has one of: Canceled"},
        {IMPORT, "{\"error\":\"invalid_token\"}", 0, "status", "every session has one of"},
        {IMPORT, "{\"error\":{},\"id\":\"1\"}", 0, "status", "every session has one of"},
        {PUT, "{}", 0, "status", "every session has one of"},
        {IMPORT, "{}", 0, "status", "every session has one of"},
        {PUT, "{\"id\":\"1\",\"status\":null}", 0, "status", "every session has one of"},
        {PUT, "{\"Id\":\"7\",\"Status\":\"Success\"}", 0, "Id", "is spelt \"id\""},
        {IMPORT, "{\"id\":\"7\",\"usn\":7,\"STATUS\":\"Success\"}", 0, "STATUS", "is spelt"},
        {PUT, "{\"id\":\"1\",\"backupJobInfo\":{\"PolicyID\":\"\"}}", 0, "backupJobInfo.PolicyID",
         "is spelt \"policyId\""},
        {LOG, "{\"LogTime\":\"2020-02-07T08:44:00Z\"}", 0, "LogTime", "is spelt \"logTime\""},
        {ITEM, "{\"Name\":\"vm\"}", 0, "Name", "is spelt \"name\""},
        {ITEM, "{\"resource\":{\"displayName\":7}}", 0, "name", "resource.displayName"},
        {PUT, "{\"totalCount\":0,\"results\":[]}", 0, "results", "jobsessions import"},
        {PUT, "[{\"status\":\"Success\"}]", 0, "", "this is an array"},
        {PUT, "{", 0, "", "on one line by itself (jq -c)"},
        {PUT, "\"status\": \"Success\",", 0, "", "on one line by itself (jq -c)"},
        {PUT, "{\0}\0", 4, "", "iconv -f UTF-16 -t UTF-8"},
        {LOG, "\0{\0}", 4, "", "iconv -f UTF-16 -t UTF-8"},
        {IMPORT, "\xff\xfe{\0}\0", 6, "", "iconv -f UTF-16 -t UTF-8"},
        {ITEM, "\xfe\xff\0{\0}", 6, "", "iconv -f UTF-16 -t UTF-8"},
        {PUT, "\xef\xbb\xbf", 3, "", "not JSON at byte"},
        {PUT, "{\"id\":\"1\",\"usn\":9,\"deleted\":true}", 0, "deleted", "jobsessions rm"},
        {PUT, "{\"id\":\"1\",\"damaged\":true}", 0, "damaged", "an earlier export"},
        {PUT, "{\"id\":\"18446744073709551615\",\"status\":\"Success\"}", 0, "id", IDS},
        {IMPORT, "{\"id\":\"9223372036854775808\",\"status\":\"Success\"}", 0, "id", IDS},
        {IMPORT, "{\"id\":\"9223372036854775808\",\"usn\":9,\"deleted\":true}", 0, "id", IDS},
        {IMPORT, "{\"id\":\"5\",\"usn\":9007199254740992}", 0, "usn", USNS},
        {IMPORT, "{\"id\":\"1\",\"usn\":9223372036854775807,\"deleted\":true}", 0, "usn", USNS},
    };
    put_session(store, SUCCESS);
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (write_row(store, &rows[i]) != JS_INVALID
            || strcmp(store->error.member, rows[i].member) != 0
            || strstr(store->error.message, rows[i].words) == NULL) {
            fail_msg("%s: %s: \"%s\"", rows[i].json, store->error.member, store->error.message);
        }
    }
    assert_stored(store, 1, "{\"id\":\"1\",\"status\":\"Success\",\"usn\":1}");
    assert_int_equal(totals_of(store).usn, 1);
    assert_int_equal(put_session(store, SUCCESS), 2);
    assert_no_faults(store);
}

static void a_byte_order_mark_is_passed_over(void **state)
{
    struct store *store = *state;
    static const struct row rows[] = {
        {PUT, "\xef\xbb\xbf{\"status\":\"Success\"}", 0, NULL, NULL},
        {IMPORT, "\xef\xbb\xbf{\"id\":\"2\",\"usn\":9007199254740991}", 0, NULL, NULL},
        {LOG, "\xef\xbb\xbf{\"message\":\"m\"}", 0, NULL, NULL},
        {ITEM, "\xef\xbb\xbf{\"filePath\":\"/etc\"}", 0, NULL, NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        must(write_row(store, &rows[i]), &store->error);
    }
    assert_stored(store, 1, "{\"id\":\"1\",\"status\":\"Success\",\"usn\":1}");
    assert_stored(store, 2, "{\"id\":\"2\",\"usn\":9007199254740991}");
}

/* As an earlier version has left them. */
static void what_is_stored_already_can_be_updated(void **state)
{
    struct store *store = *state;
    static const char patch[] = "{\"id\":\"18446744073709551615\",\"type\":\"T\"}";
    store_as_before(store, "{\"id\":\"18446744073709551615\",\"Status\":\"x\"}");
    assert_int_equal(js_put(store->database, patch, strlen(patch), NULL, &store->error),
                     JS_INVALID);
    assert_string_equal(store->error.member, "status");
    put_session(store, "{\"id\":\"18446744073709551615\",\"status\":\"Unknown\"}");
    put_session(store, patch);
    assert_stored(store, UINT64_MAX,
                  "{\"id\":\"18446744073709551615\",\"type\":\"T\",\"localizedType\":\"T\","
                  "\"status\":\"Unknown\",\"usn\":3,\"Status\":\"x\"}");
    assert_no_faults(store);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_no_session_is_refused_by_every_call, make_store,
                                        remove_store),
        cmocka_unit_test_setup_teardown(a_byte_order_mark_is_passed_over, make_store, remove_store),
        cmocka_unit_test_setup_teardown(what_is_stored_already_can_be_updated, make_store,
                                        remove_store),
    };
    return cmocka_run_group_tests_name("mistaken", tests, NULL, NULL);
}
