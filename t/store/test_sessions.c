/* SPDX-License-Identifier: Apache-2.0 */
/* Lists by a query, for who reads now and then: which sessions are wanted, what is refused, and what is written while
 * somebody reads. The filters as such are held against a reference in t/httpd/80-lists.t. */
#include "support.h"

#define POLICY "5b1f0c52-6c0e-4f0a-9d57-1f6c3b7a2e40"

/* Ids and what is between them, as long as a session has a number for its id. */
static void note_id(char *ids, size_t size, const char *json, size_t length)
{
    size_t at = strlen(ids);
    assert_int_equal(strlen(json), length);
    assert_memory_equal(json, "{\"id\":\"", 7);
    (void)snprintf(ids + at, size - at, "%s%.*s", at > 0 ? " " : "", (int)strcspn(json + 7, "\""),
                   json + 7);
}

/* The ids that a query wants are these, and are counted as many. */
static void assert_found(struct store *store, const char *query, const char *expected)
{
    char ids[256] = "";
    const char *json;
    size_t length;
    uint64_t count;
    uint64_t handed = 0;
    js_sessions *sessions;
    must(js_sessions_begin(store->database, query, &sessions, &store->error), &store->error);
    while (js_sessions_next(sessions, &json, &length, &store->error) == JS_OK) {
        note_id(ids, sizeof(ids), json, length);
        handed++;
    }
    assert_int_equal(js_sessions_next(sessions, &json, &length, &store->error), JS_END);
    js_sessions_end(sessions);
    if (strcmp(ids, expected) != 0) {
        fail_msg("%s: %s, and not %s", query, ids, expected);
    }
    must(js_sessions_count(store->database, query, &count, &store->error), &store->error);
    assert_int_equal(count, handed);
}

static void put_some(struct store *store)
{
    (void)put_session(store, "{\"type\":\"PolicyBackup\",\"status\":\"Running\","
                             "\"executionStartTime\":\"2026-11-21T08:00:00Z\",\"backupJobInfo\":{"
                             "\"policyId\":\"" POLICY "\",\"policyName\":\"Z\\u00fcrich & so\"}}");
    (void)put_session(store, "{\"type\":\"Retention\",\"status\":\"Failed\","
                             "\"executionStartTime\":\"2026-11-22T08:00:00Z\"}");
    (void)put_session(store, "{\"type\":\"PolicyBackup\",\"status\":\"Warning\","
                             "\"executionStartTime\":\"2026-11-23T08:00:00Z\",\"backupJobInfo\":{"
                             "\"policyName\":\"Nightly, 50% + 1\"}}");
    (void)put_session(store, "{\"type\":\"a+b\",\"status\":\"Success\"}");
    must(js_append(store->database, 2, JS_PROTECTED_ITEMS, "{\"name\":\"a\",\"id\":\"vm 7\"}", 24,
                   &store->error),
         &store->error);
}

static void what_a_query_says_must_hold(void **state)
{
    static const struct {
        const char *query;
        const char *ids;
    } cases[] = {
        {NULL, "4 3 2 1"},
        {"", "4 3 2 1"},
        {"&&", "4 3 2 1"},
        {"status=Running", "1"},
        {"STATUS=running,%20Failed", "2 1"},
        {"status=Running&Status=Warning", "3 1"},
        {"types=policybackup", "3 1"},
        {"types=PolicyBackup&types=Retention,none", "3 2 1"},
        {"types=a%2Bb", "4"},
        {"types=a+b", ""},
        {"policyId=" POLICY, "1"},
        {"filter=Z%C3%BCrich%20%26+so", "1"},
        {"filter=Nightly%2C+50%25+%2B+1", "3"},
        {"filter=*", "3 1"},
        {"fromUtc=2026-11-22", "3 2"},
        {"toUtc=2026-11-22T08:00:00Z", "2 1"},
        {"fromUtc=2026-11-22T09:00:00+01:00&toUtc=2026-11-22T10:00:00%2B02:00", "2"},
        {"resourceId=vm%207", "2"},
        {"resourceId=vm", ""},
        {"limit=2", "4 3"},
        {"limit=0", ""},
        {"status=Running,Warning&types=PolicyBackup&limit=1", "3"},
        {"limit=18446744073709551615", "4 3 2 1"},
    };
    put_some(*state);
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_found(*state, cases[i].query, cases[i].ids);
    }
}

static void what_cannot_be_applied_is_refused(void **state)
{
    struct store *store = *state;
    static const struct {
        const char *query;
        const char *member;
    } cases[] = {
        {"status=Ready", "status"},
        {"status=,", "status"},
        {"status", "status"},
        {"types=", "types"},
        {"types= , ", "types"},
        {"policyId=", "policyId"},
        {"policyid=7", "policyId"},
        {"filter=a&filter=b", "filter"},
        {"fromUtc=yesterday", "fromUtc"},
        {"toUtc=2026-11-22&toUtc=2026-11-22", "toUtc"},
        {"resourceId=", "resourceId"},
        {"limit=-1", "limit"},
        {"limit=2&limit=3", "limit"},
        {"limit=18446744073709551616", "limit"},
        {"sort=IdAsc", "sort"},
        {"?status=Running", "?status"},
        {"=", ""},
        {"filter=%", "query"},
        {"filter=%4", "query"},
        {"filter=%4g", "query"},
        {"filter=a%00b", "query"},
        {"filter=%ff", "query"},
        {"%ff=1", "query"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        js_sessions *sessions = (js_sessions *)(void *)store;
        uint64_t count = 7;
        assert_int_equal(
            js_sessions_begin(store->database, cases[i].query, &sessions, &store->error),
            JS_INVALID);
        assert_null(sessions);
        assert_string_equal(store->error.member, cases[i].member);
        memset(&store->error, 0, sizeof(store->error));
        assert_int_equal(js_sessions_count(store->database, cases[i].query, &count, &store->error),
                         JS_INVALID);
        assert_int_equal(count, 0);
        assert_string_equal(store->error.member, cases[i].member);
    }
}

static void types_are_as_many_as_a_parameter_has(void **state)
{
    struct store *store = *state;
    char query[256] = "types=";
    uint64_t count;
    for (unsigned i = 0; i < 64; i++) {
        (void)strcat(query, i % 2 == 0 ? "a," : "b,");
    }
    must(js_sessions_count(store->database, query, &count, &store->error), &store->error);
    (void)strcat(query, "c");
    assert_int_equal(js_sessions_count(store->database, query, &count, &store->error), JS_INVALID);
    assert_string_equal(store->error.message, "types: has more than 64 values");
}

static void count_reader(void *reading, const js_reader *reader)
{
    *(unsigned *)reading += reader->reading;
}

/* More sessions than are copied at once. */
static void who_reads_slowly_holds_no_snapshot_and_meets_each_once(void **state)
{
    enum {
        SESSIONS = 300
    };
    struct store *store = *state;
    js_sessions *sessions;
    const char *json;
    size_t length;
    unsigned reading = 0;
    uint64_t expected = SESSIONS;
    js_transaction *transaction;
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    for (unsigned i = 0; i < SESSIONS; i++) {
        must(js_transaction_put(transaction, SUCCESS, strlen(SUCCESS), NULL, &store->error),
             &store->error);
    }
    must(js_transaction_commit(transaction, &store->error), &store->error);
    must(js_sessions_begin(store->database, NULL, &sessions, &store->error), &store->error);
    must(js_readers(store->database, count_reader, &reading, &store->error), &store->error);
    assert_int_equal(reading, 0);
    (void)put_session(store, SUCCESS);
    (void)put_session(store, "{\"id\":\"7\",\"status\":\"Failed\"}");
    must(js_remove(store->database, 8, JS_REMOVE_ANY, &store->error), &store->error);
    while (js_sessions_next(sessions, &json, &length, &store->error) == JS_OK) {
        char ids[32] = "";
        char number[32];
        note_id(ids, sizeof(ids), json, length);
        (void)snprintf(number, sizeof(number), "%" PRIu64, expected);
        assert_string_equal(ids, number);
        assert_int_equal(strstr(json, "Failed") != NULL, expected == 7);
        expected -= expected == 9 ? 2 : 1;
    }
    assert_int_equal(expected, 0);
    js_sessions_end(sessions);
    js_sessions_end(NULL);
}

static void ids_are_up_to_the_first_and_the_last_number(void **state)
{
    import(*state, "{\"id\":\"0\",\"usn\":1,\"status\":\"Success\"}");
    import(*state, "{\"id\":\"9223372036854775807\",\"usn\":2,\"status\":\"Success\"}");
    assert_found(*state, NULL, "9223372036854775807 0");
}

static void what_is_longer_than_a_page_is_handed_out(void **state)
{
    struct store *store = *state;
    enum {
        LONG = 700 * 1024
    };
    FREED char *json = malloc(LONG + 64);
    assert_non_null(json);
    int head = sprintf(json, "{\"status\":\"Success\",\"padding\":\"");
    memset(json + head, 'x', LONG);
    memcpy(json + head + LONG, "\"}", 3);
    for (unsigned i = 0; i < 9; i++) {
        (void)put_session(store, json);
    }
    assert_found(store, "", "9 8 7 6 5 4 3 2 1");
}

static void what_is_damaged_has_something_in_its_place(void **state)
{
    struct store *store = *state;
    static const char text[] = "a text to be found";
    size_t length;
    size_t length_of;
    const char *json;
    js_sessions *sessions;
    (void)put_session(store, SUCCESS);
    (void)put_session(store, "{\"status\":\"Success\",\"note\":\"a text to be found\"}");
    (void)put_session(store, SUCCESS);
    close_store(store);
    FREED char *bytes = read_file(path_in(store, "data.mdb"), &length);
    FILE *file = fopen(path_in(store, "data.mdb"), "r+b");
    assert_non_null(file);
    for (char *at = bytes;
         (at = find_bytes(at, length - (size_t)(at - bytes), text, sizeof(text) - 1)) != NULL;
         at++) {
        *at = 'b';
    }
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    open_store(store);
    must(js_sessions_begin(store->database, NULL, &sessions, &store->error), &store->error);
    must(js_sessions_next(sessions, &json, &length_of, &store->error), &store->error);
    must(js_sessions_next(sessions, &json, &length_of, &store->error), &store->error);
    assert_string_equal(json, "{\"id\":\"2\",\"damaged\":true}");
    must(js_sessions_next(sessions, &json, &length_of, &store->error), &store->error);
    assert_string_equal(json, "{\"id\":\"1\",\"status\":\"Success\",\"usn\":1}");
    js_sessions_end(sessions);
    assert_found(store, "", "3 2 1");
}

static void it_can_be_ended_when_the_database_is_closed(void **state)
{
    struct store *store = *state;
    js_sessions *sessions;
    must(js_sessions_begin(store->database, NULL, &sessions, &store->error), &store->error);
    close_store(store);
    js_sessions_end(sessions);
}

int main(void)
{
#define IN_A_DATABASE(test) cmocka_unit_test_setup_teardown(test, make_store, remove_store)
    const struct CMUnitTest tests[] = {
        IN_A_DATABASE(what_a_query_says_must_hold),
        IN_A_DATABASE(what_cannot_be_applied_is_refused),
        IN_A_DATABASE(types_are_as_many_as_a_parameter_has),
        IN_A_DATABASE(who_reads_slowly_holds_no_snapshot_and_meets_each_once),
        IN_A_DATABASE(ids_are_up_to_the_first_and_the_last_number),
        IN_A_DATABASE(what_is_longer_than_a_page_is_handed_out),
        IN_A_DATABASE(what_is_damaged_has_something_in_its_place),
        IN_A_DATABASE(it_can_be_ended_when_the_database_is_closed),
    };
    return cmocka_run_group_tests_name("sessions", tests, NULL, NULL);
}
