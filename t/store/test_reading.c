/* SPDX-License-Identifier: Apache-2.0 */
/* What readers ask for beside lists and documents: one session, one member, statuses, the file's room and who reads;
 * and what languages need that do not read the headers. */
#include "support.h"

static void a_session_is_copied_as_far_as_there_is_room(void **state)
{
    struct store *store = *state;
    static const char expected[] = "{\"id\":\"1\",\"status\":\"Success\",\"usn\":1}";
    char json[64];
    size_t length = 0;
    (void)put_session(store, SUCCESS);
    must(js_get(store->database, 1, json, sizeof(json), &length, &store->error), &store->error);
    assert_string_equal(json, expected);
    assert_int_equal(length, strlen(expected));
    must(js_get(store->database, 1, json, strlen(expected) + 1, NULL, &store->error),
         &store->error);
    length = 0;
    memset(json, 'x', sizeof(json));
    assert_int_equal(js_get(store->database, 1, json, strlen(expected), &length, &store->error),
                     JS_INVALID);
    assert_int_equal(length, strlen(expected));
    assert_int_equal(json[0], 'x');
    assert_int_equal(js_get(store->database, 1, NULL, 0, &length, NULL), JS_INVALID);
    assert_int_equal(js_get(store->database, 2, json, sizeof(json), NULL, &store->error),
                     JS_NOT_FOUND);
    assert_string_equal(store->error.message, "there is no session \"2\"");
}

static void an_id_is_a_number_or_a_uuid(void **state)
{
    struct store *store = *state;
    static const char upper[] = "F81D4FAE-7DEC-4D0A-A765-00A0C91E6BF6";
    static const char lower[] = "f81d4fae-7dec-4d0a-a765-00a0c91e6bf6";
    char text[JS_ID_TEXT];
    uint64_t id = 0;
    (void)put_session(store, SUCCESS);
    (void)put_session(store, "{\"id\":\"F81D4FAE-7DEC-4D0A-A765-00A0C91E6BF6\","
                             "\"status\":\"Success\"}");
    must(js_find_id(store->database, upper, strlen(upper), &id, &store->error), &store->error);
    assert_int_equal(id, 2);
    js_id_text(store->database, id, text);
    assert_string_equal(text, lower);
    must(js_find_id(store->database, "1", 1, &id, &store->error), &store->error);
    js_id_text(store->database, id, text);
    assert_string_equal(text, "1");
    assert_int_equal(js_find_id(store->database, "2", 1, &id, NULL), JS_NOT_FOUND);
    assert_int_equal(js_find_id(store->database, "01", 2, &id, NULL), JS_INVALID);
    assert_int_equal(js_find_id(store->database, "a", 0, &id, &store->error), JS_INVALID);
    assert_string_equal(store->error.message, "\"\" is no id");
}

static void a_member_is_found_by_its_path(void **state)
{
    struct store *store = *state;
    char text[64];
    js_session session;
    (void)put_session(store, "{\"status\":\"Success\",\"n\":[1,2],\"backupJobInfo\":{"
                             "\"policyName\":\"a \\\"b\\\" \\u00fc\"}}");
    js_snapshot *snapshot = begin_snapshot(store);
    assert_int_equal(js_snapshot_get(snapshot, 1, &session), JS_OK);
    static const struct {
        const char *path;
        const char *text;
    } members[] = {
        {"status", "Success"}, {"usn", "1"},
        {"n", "[1,2]"},        {"backupJobInfo.policyName", "a \"b\" \u00fc"},
        {"policyName", ""},    {"backupJobInfo.none", ""},
        {"status.none", ""},   {"", ""},
    };
    for (size_t i = 0; i < COUNT(members); i++) {
        size_t copied = js_session_text(&session, members[i].path, text, sizeof(text));
        assert_string_equal(text, members[i].text);
        assert_int_equal(copied, strlen(members[i].text));
    }
    /* behind the last whole character */
    assert_int_equal(js_session_text(&session, "backupJobInfo.policyName", text, 8), 6);
    assert_string_equal(text, "a \"b\" ");
    assert_int_equal(js_session_text(&session, "status", text, 1), 0);
    assert_string_equal(text, "");
    session.json = NULL; /* one that is damaged */
    assert_int_equal(js_session_text(&session, "status", text, sizeof(text)), 0);
    js_snapshot_end(snapshot);
}

static void finished_is_what_may_be_removed(void **state)
{
    struct store *store = *state;
    static const char *const names[] = {"Canceled", "Canceling",        "Error",
                                        "Failed",   "NeverExecuted",    "Pending",
                                        "Running",  "RunningWithError", "RunningWithWarning",
                                        "Success",  "Unknown",          "Warning"};
    for (size_t i = 0; i < COUNT(names); i++) {
        char json[64];
        (void)snprintf(json, sizeof(json), "{\"status\":\"%s\"}", names[i]);
        uint64_t id = put_session(store, json);
        bool is_finished = (js_statuses_finished() & js_status_bit(names[i])) != 0;
        assert_int_equal(js_remove(store->database, id, JS_REMOVE_FINISHED, &store->error),
                         is_finished ? JS_OK : JS_RUNNING);
    }
    assert_true((js_statuses_finished() & 1) != 0); /* the bit of those without a status */
    assert_int_equal(js_status_bit("none"), 0);
}

static void pages_are_counted(void **state)
{
    struct store *store = *state;
    js_space before;
    js_space after;
    js_snapshot *snapshot = begin_snapshot(store);
    must(js_snapshot_space(snapshot, &before, &store->error), &store->error);
    js_snapshot_end(snapshot);
    assert_int_equal(before.map_size, test_options.map_size);
    assert_true(before.page_size >= 4096 && before.pages > before.free_pages);
    import_file(store, DATA "sessions-example.ndjson");
    must(js_remove(store->database, 3, JS_REMOVE_ANY, &store->error), &store->error);
    snapshot = begin_snapshot(store);
    must(js_snapshot_space(snapshot, &after, &store->error), &store->error);
    js_snapshot_end(snapshot);
    assert_true(after.pages >= before.pages);
    assert_true(after.free_pages > 0 && after.free_pages < after.pages);
    struct stat file;
    assert_int_equal(stat(path_in(store, "data.mdb"), &file), 0);
    assert_true((uint64_t)file.st_size >= after.pages * after.page_size);
}

/* Readers that were told of. */
struct seen {
    unsigned count;
    unsigned reading;
    uint64_t age;
};

static void see(void *baton, const js_reader *reader)
{
    struct seen *seen = baton;
    assert_int_equal(reader->process, getpid());
    seen->count++;
    seen->reading += reader->reading;
    seen->age = reader->reading ? reader->age : seen->age;
}

static struct seen readers_of(struct store *store)
{
    struct seen seen = {0};
    must(js_readers(store->database, see, &seen, &store->error), &store->error);
    return seen;
}

static void who_reads_is_told_with_the_age_of_the_snapshot(void **state)
{
    struct store *store = *state;
    assert_int_equal(readers_of(store).count, 0);
    js_snapshot *snapshot = begin_snapshot(store);
    assert_int_equal(readers_of(store).count, 1);
    assert_int_equal(readers_of(store).reading, 1);
    assert_int_equal(readers_of(store).age, 0);
    (void)put_session(store, SUCCESS);
    (void)put_session(store, SUCCESS);
    assert_int_equal(readers_of(store).age, 2);
    js_snapshot_end(snapshot);
    assert_int_equal(readers_of(store).count, 1); /* the slot is kept for the next one */
    assert_int_equal(readers_of(store).reading, 0);
}

static void languages_that_read_no_header_have_all_they_need(void **state)
{
    struct store *store = *state;
    FREED js_error *error = malloc(js_error_size());
    assert_string_equal(js_version(), JS_VERSION);
    assert_int_equal(js_error_size(), sizeof(js_error));
    assert_int_equal(js_put(store->database, "{\"status\":7}", 12, NULL, error), JS_INVALID);
    assert_string_equal(js_error_member(error), "status");
    assert_ptr_equal(js_error_message(error), error->message);
    for (int result = JS_OK; result <= JS_NOT_COUNTED; result++) {
        assert_string_not_equal(js_result_text((js_result)result), "unknown result");
    }
    assert_string_equal(js_result_text(JS_MISUSE),
                        "the call is not for this process, thread or moment");
    assert_string_equal(js_result_text((js_result)(JS_NOT_COUNTED + 1)), "unknown result");
    assert_string_equal(js_result_text((js_result)-1), "unknown result");
}

int main(void)
{
#define IN_A_DATABASE(test) cmocka_unit_test_setup_teardown(test, make_store, remove_store)
    const struct CMUnitTest tests[] = {
        IN_A_DATABASE(a_session_is_copied_as_far_as_there_is_room),
        IN_A_DATABASE(an_id_is_a_number_or_a_uuid),
        IN_A_DATABASE(a_member_is_found_by_its_path),
        IN_A_DATABASE(finished_is_what_may_be_removed),
        IN_A_DATABASE(pages_are_counted),
        IN_A_DATABASE(who_reads_is_told_with_the_age_of_the_snapshot),
        IN_A_DATABASE(languages_that_read_no_header_have_all_they_need),
    };
    return cmocka_run_group_tests_name("reading", tests, NULL, NULL);
}
