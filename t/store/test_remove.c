/* SPDX-License-Identifier: Apache-2.0 */
/* Removing sessions: nothing of them is left but a used id and a tombstone. */
#include "support.h"

static void remove_session(struct store *store, uint64_t id)
{
    must(js_remove(store->database, id, JS_REMOVE_ANY, &store->error), &store->error);
}

/* The changes after a usn as text: "id@usn" of a session, "-id@usn" of a removal. */
static const char *changes_since(struct store *store, uint64_t since)
{
    static char text[512];
    size_t length = 0;
    js_query query;
    js_session session;
    js_snapshot *snapshot = begin_snapshot(store);
    js_query_all(&query);
    query.changes = true;
    query.since = since;
    js_list *list = malloc(js_list_size(&query));
    must(js_list_begin(list, snapshot, &query, &store->error), &store->error);
    text[0] = '\0';
    while (js_list_next(list, &session) == JS_OK) {
        uint64_t usn = session.deleted_usn;
        if (usn == 0) {
            char json[64];
            (void)snprintf(json, sizeof(json), "%.*s", (int)session.length, session.json);
            usn = strtoull(strstr(json, "\"usn\":") + 6, NULL, 10);
        }
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s%" PRIu64 "@%" PRIu64,
                                   length > 0 ? " " : "", session.deleted_usn != 0 ? "-" : "",
                                   session.id, usn);
    }
    free(list);
    js_snapshot_end(snapshot);
    return text;
}

static void assert_same_totals(js_totals one, js_totals other)
{
    assert_int_equal(one.count, other.count);
    assert_int_equal(one.json_bytes, other.json_bytes);
    assert_int_equal(one.id_digits, other.id_digits);
}

static void what_is_counted_is_as_if_it_had_never_been(void **state)
{
    struct store *store = *state;
    (void)put_session(store, "{\"status\":\"Success\",\"id\":\"7\",\"type\":\"A\"}");
    js_totals before = totals_of(store);
    (void)put_session(
        store, "{\"status\":\"Success\",\"id\":\"1234567\",\"type\":\"B\",\"executionStartTime\":"
               "\"2020-02-07T08:43:30Z\",\"backupJobInfo\":{\"policyName\":\"p\"}}");
    remove_session(store, 1234567);
    js_totals after = totals_of(store);
    assert_same_totals(after, before);
    assert_int_equal(after.usn, 3);
    assert_int_equal(after.highest_id, 1234567);
    assert_null(stored(store, 1234567));
    assert_stored(
        store, 7,
        "{\"id\":\"7\",\"type\":\"A\",\"localizedType\":\"A\",\"status\":\"Success\",\"usn\":1}");
    remove_session(store, 7);
    after = totals_of(store);
    assert_same_totals(after, (js_totals){0});
    size_t length;
    char *text = export_document(store, &length);
    assert_non_null(strstr(text, "\"totalCount\":0,\"results\":[]"));
    free(text);
    assert_int_equal(put_session(store, SUCCESS), 1234568);
}

static void a_tombstone_stays_under_a_usn_of_its_own(void **state)
{
    struct store *store = *state;
    (void)put_session(store, SUCCESS);
    (void)put_session(store, SUCCESS);
    remove_session(store, 1);
    assert_string_equal(changes_since(store, 0), "2@2 -1@3");
    (void)put_session(store, "{\"id\":\"2\",\"status\":\"Success\"}");
    assert_string_equal(changes_since(store, 0), "-1@3 2@4");
    /* only an import brings it back */
    static const char late[] = "{\"id\":\"1\",\"status\":\"Success\"}";
    assert_int_equal(js_put(store->database, late, strlen(late), NULL, &store->error), JS_REMOVED);
    assert_string_equal(changes_since(store, 0), "-1@3 2@4");
    import(store, "{\"status\":\"Success\",\"id\":\"1\"}");
    assert_string_equal(changes_since(store, 0), "2@4 1@5"); /* the id is in use again */
    remove_session(store, 1);
    assert_string_equal(changes_since(store, 4), "-1@6");
    assert_string_equal(changes_since(store, 6), "");
}

static void fault(void *faults, const char *text)
{
    print_error("%s\n", text);
    ++*(int *)faults;
}

static void assert_verified(struct store *store)
{
    int reported = 0;
    uint64_t faults;
    js_snapshot *snapshot = begin_snapshot(store);
    assert_int_equal(js_verify(snapshot, fault, &reported, &faults), JS_OK);
    assert_int_equal(reported, 0);
    assert_int_equal(faults, 0);
    js_snapshot_end(snapshot);
}

static void a_removed_session_that_is_imported_again_has_no_tombstone(void **state)
{
    struct store *store = *state;
    (void)put_session(store, SUCCESS);
    (void)put_session(store, SUCCESS);
    remove_session(store, 1);
    assert_verified(store);
    import(store, "{\"id\":\"1\",\"status\":\"Success\",\"usn\":1}"); /* below the tombstone's */
    assert_string_equal(changes_since(store, 0), "1@1 2@2");
    assert_verified(store);
    remove_session(store, 2);
    import(store, "{\"id\":\"2\",\"status\":\"Success\",\"usn\":4}"); /* the tombstone's own */
    assert_string_equal(changes_since(store, 0), "1@1 2@4");
    assert_verified(store);
}

static void what_is_not_finished_is_not_removed_by_accident(void **state)
{
    struct store *store = *state;
    static const char *const running[] = {"Pending", "Running", "RunningWithError",
                                          "RunningWithWarning", "Canceling"};
    for (size_t i = 0; i < COUNT(running); i++) {
        char json[64];
        (void)snprintf(json, sizeof(json), "{\"status\":\"%s\"}", running[i]);
        uint64_t id = put_session(store, json);
        assert_int_equal(js_remove(store->database, id, JS_REMOVE_FINISHED, &store->error),
                         JS_RUNNING);
        char *kept = stored(store, id);
        assert_non_null(kept);
        free(kept);
        (void)snprintf(json, sizeof(json), "{\"id\":\"%" PRIu64 "\",\"status\":\"Failed\"}", id);
        (void)put_session(store, json);
        must(js_remove(store->database, id, JS_REMOVE_FINISHED, &store->error), &store->error);
    }
    assert_verified(store);
}

static void what_is_not_there_cannot_be_removed(void **state)
{
    struct store *store = *state;
    (void)put_session(store, "{\"status\":\"Success\",\"id\":\"5\"}");
    static const uint64_t ids[] = {0, 4, 6, 4096 + 5, UINT64_MAX};
    for (size_t i = 0; i < COUNT(ids); i++) {
        assert_int_equal(js_remove(store->database, ids[i], JS_REMOVE_ANY, &store->error),
                         JS_NOT_FOUND);
        assert_non_null(strstr(store->error.message, "there is no session"));
    }
    remove_session(store, 5);
    assert_int_equal(js_remove(store->database, 5, JS_REMOVE_ANY, &store->error), JS_NOT_FOUND);
    assert_int_equal(totals_of(store).usn, 2);
}

static void a_transaction_goes_on_after_a_removal_that_failed(void **state)
{
    struct store *store = *state;
    js_transaction *transaction;
    uint64_t id;
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    must(
        js_transaction_put(transaction, "{\"status\":\"Success\",\"n\":1}", 26, &id, &store->error),
        &store->error);
    assert_int_equal(js_transaction_remove(transaction, 77, JS_REMOVE_ANY, &store->error),
                     JS_NOT_FOUND);
    must(js_transaction_remove(transaction, id, JS_REMOVE_ANY, &store->error), &store->error);
    must(
        js_transaction_put(transaction, "{\"status\":\"Success\",\"n\":2}", 26, &id, &store->error),
        &store->error);
    must(js_transaction_commit(transaction, &store->error), &store->error);
    assert_stored(store, 2, "{\"id\":\"2\",\"status\":\"Success\",\"usn\":3,\"n\":2}");
    assert_string_equal(changes_since(store, 0), "-1@2 2@3");
}

static void what_is_aborted_was_not_removed(void **state)
{
    struct store *store = *state;
    js_transaction *transaction;
    (void)put_session(store, SUCCESS);
    js_totals before = totals_of(store);
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    must(js_transaction_remove(transaction, 1, JS_REMOVE_ANY, &store->error), &store->error);
    js_transaction_abort(transaction);
    assert_same_totals(totals_of(store), before);
    assert_stored(store, 1, "{\"id\":\"1\",\"status\":\"Success\",\"usn\":1}");
    assert_string_equal(changes_since(store, 0), "1@1");
}

static void readers_keep_what_they_see(void **state)
{
    struct store *store = *state;
    js_session session;
    (void)put_session(store, "{\"status\":\"Success\",\"n\":1}");
    js_snapshot *snapshot = begin_snapshot(store);
    remove_session(store, 1);
    must(js_snapshot_get(snapshot, 1, &session), &store->error);
    assert_null(session.damage);
    assert_memory_equal(session.json, "{\"id\":\"1\",\"status\":\"Success\",\"usn\":1,\"n\":1}",
                        session.length);
    js_snapshot_end(snapshot);
    assert_null(stored(store, 1));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_counted_is_as_if_it_had_never_been, make_store,
                                        remove_store),
        cmocka_unit_test_setup_teardown(a_tombstone_stays_under_a_usn_of_its_own, make_store,
                                        remove_store),
        cmocka_unit_test_setup_teardown(a_removed_session_that_is_imported_again_has_no_tombstone,
                                        make_store, remove_store),
        cmocka_unit_test_setup_teardown(what_is_not_finished_is_not_removed_by_accident, make_store,
                                        remove_store),
        cmocka_unit_test_setup_teardown(what_is_not_there_cannot_be_removed, make_store,
                                        remove_store),
        cmocka_unit_test_setup_teardown(a_transaction_goes_on_after_a_removal_that_failed,
                                        make_store, remove_store),
        cmocka_unit_test_setup_teardown(what_is_aborted_was_not_removed, make_store, remove_store),
        cmocka_unit_test_setup_teardown(readers_keep_what_they_see, make_store, remove_store),
    };
    return cmocka_run_group_tests_name("remove", tests, NULL, NULL);
}
