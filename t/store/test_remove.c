/* SPDX-License-Identifier: Apache-2.0 */
/* Removing sessions: nothing of them is left but a used id and a tombstone. */
#include "support.h"

static void remove_session(struct store *store, uint64_t id)
{
    must(js_remove(store->database, id, JS_REMOVE_ANY, &store->error), &store->error);
}

/* Begin a list of changes for who remembers a history, or nothing. */
static js_list *begin_changes(struct store *store, js_snapshot *snapshot, uint64_t since,
                              uint64_t limit, const char *history, js_result wanted)
{
    js_query query;
    js_query_all(&query);
    query.changes = true;
    query.since = since;
    query.limit = limit;
    js_list *list = malloc(js_list_size(&query));
    assert_int_equal(js_list_begin_changes(list, snapshot, &query, history, &store->error), wanted);
    return list;
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

static void forget(struct store *store, uint64_t usn, js_result wanted)
{
    js_transaction *transaction;
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    assert_int_equal(js_transaction_forget(transaction, usn, &store->error), wanted);
    must(js_transaction_commit(transaction, &store->error), &store->error);
}

/* What the list tells of how much there is. */
static void assert_page(struct store *store, uint64_t since, uint64_t limit, const char *history,
                        uint64_t total, uint64_t shown, uint64_t last_usn)
{
    js_snapshot *snapshot = begin_snapshot(store);
    js_list *list = begin_changes(store, snapshot, since, limit, history, JS_OK);
    const js_list_totals *totals = js_list_get_totals(list);
    assert_int_equal(totals->total, total);
    assert_int_equal(totals->count + totals->tombstones, shown);
    assert_int_equal(totals->last_usn, last_usn);
    free(list);
    js_snapshot_end(snapshot);
}

static void assert_refused(struct store *store, uint64_t since, const char *history,
                           js_result wanted)
{
    js_snapshot *snapshot = begin_snapshot(store);
    free(begin_changes(store, snapshot, since, 10, history, wanted));
    js_snapshot_end(snapshot);
}

static void history_of(struct store *store, char history[JS_HISTORY_TEXT])
{
    js_snapshot *snapshot = begin_snapshot(store);
    assert_true(js_snapshot_history(snapshot, history));
    js_snapshot_end(snapshot);
}

/* Sessions 1 to 6 under usns 1 to 6, of which 2, 4 and 5 are removed under 7, 8 and 9; then 3 changes, under 10. */
static void make_removals(struct store *store)
{
    for (int i = 0; i < 6; i++) {
        (void)put_session(store, SUCCESS);
    }
    remove_session(store, 2);
    remove_session(store, 4);
    remove_session(store, 5);
    (void)put_session(store, "{\"id\":\"3\",\"status\":\"Warning\"}");
}

static void a_removal_that_is_forgotten_is_told_no_more(void **state)
{
    struct store *store = *state;
    char first[JS_HISTORY_TEXT];
    char second[JS_HISTORY_TEXT];
    make_removals(store);
    history_of(store, first);
    assert_int_equal(strlen(first), JS_IDENTITY_TEXT - 1);
    forget(store, 7, JS_OK);
    forget(store, 8, JS_OK);
    assert_verified(store);
    assert_string_equal(changes_since(store, 0), "1@1 6@6 -5@9 3@10");
    assert_string_equal(changes_since(store, 8), "-5@9 3@10");
    assert_int_equal(totals_of(store).removed, 1);
    forget(store, 8, JS_NOT_FOUND);  /* the mark */
    forget(store, 10, JS_NOT_FOUND); /* a session's */
    forget(store, 2, JS_NOT_FOUND);  /* nobody's */
    /* who has come to 8 goes on, who has not begins anew, and needs none of what is forgotten from then on */
    assert_refused(store, 7, NULL, JS_AHEAD);
    assert_non_null(strstr(store->error.message, "start again from 0"));
    assert_refused(store, 7, first, JS_AHEAD);
    history_of(store, second);
    assert_string_equal(second + JS_IDENTITY_TEXT - 1, "-8");
    assert_true(js_history_is_valid(second));
    assert_page(store, 0, 1, second, 4, 1, 1);
    assert_page(store, 1, 1, second, 3, 1, 6);
    assert_page(store, 6, 10, second, 2, 2, 10);
    assert_page(store, 1, 0, second, 3, 0, 0);
    assert_page(store, 8, 10, first, 2, 2, 10);
    assert_page(store, 8, 10, NULL, 2, 2, 10);
    forget(store, 9, JS_OK);
    assert_refused(store, 6, second, JS_AHEAD);
    assert_page(store, 9, 10, first, 1, 1, 10);
    assert_verified(store);
    (void)put_session(store, SUCCESS);
    assert_string_equal(changes_since(store, 0), "1@1 6@6 3@10 7@11");
    /* a database whose changes end with the mark */
    for (uint64_t id = 1; id <= 7; id++) {
        js_result result = js_remove(store->database, id, JS_REMOVE_ANY, &store->error);
        assert_true(result == JS_OK || result == JS_NOT_FOUND);
    }
    for (uint64_t usn = 12; usn <= 15; usn++) {
        forget(store, usn, JS_OK);
    }
    assert_string_equal(changes_since(store, 0), "");
    assert_string_equal(changes_since(store, 15), "");
    assert_page(store, 0, 10, NULL, 0, 0, 0);
    assert_verified(store);
}

static void what_a_follower_remembers_has_to_be_of_this_database(void **state)
{
    struct store *store = *state;
    static const char *const malformed[] = {"x",
                                            "00112233445566778899aabbccddeeff-",
                                            "00112233445566778899aabbccddeeff-x",
                                            "00112233445566778899aabbccddeeff0",
                                            "00112233445566778899aabbccddeef",
                                            "00112233445566778899aabbccddeeff-01"};
    make_removals(store);
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        assert_refused(store, 3, malformed[i], JS_INVALID);
        assert_false(js_history_is_valid(malformed[i]));
    }
    assert_refused(store, 3, "00112233445566778899AABBCCDDEEFF-8", JS_AHEAD);
    assert_refused(store, 0, "00112233445566778899aabbccddeeff", JS_AHEAD);
    assert_page(store, 3, 10, "", 5, 5, 10);
}

static void removals_are_found_in_their_order_with_their_times(void **state)
{
    struct store *store = *state;
    js_removed removed = {.usn = 0};
    uint64_t found = 0;
    make_removals(store);
    js_snapshot *snapshot = begin_snapshot(store);
    while (js_snapshot_next_removal(snapshot, removed.usn, &removed) == JS_OK) {
        found = 100 * found + 10 * removed.usn + removed.id;
        assert_true(removed.time > 0);
    }
    assert_int_equal(found, 728495);
    assert_int_equal(js_snapshot_next_removal(snapshot, UINT64_MAX, &removed), JS_END);
    js_snapshot_end(snapshot);
}

static void of_a_uuid_that_is_forgotten_nothing_is_left(void **state)
{
    struct store *store = *state;
    static const char session[] =
        "{\"id\":\"4e096ba7-8125-4d5d-804b-581f4e6c0007\",\"status\":\"Success\"}";
    uint64_t id = put_session(store, session);
    remove_session(store, id);
    assert_int_equal(js_put(store->database, session, strlen(session), NULL, &store->error),
                     JS_REMOVED);
    forget(store, 2, JS_OK);
    assert_verified(store);
    assert_int_equal(put_session(store, session), id + 1);
    assert_verified(store);
}

static void an_import_takes_no_usn_of_a_forgotten_removal(void **state)
{
    struct store *store = *state;
    static const char session[] = "{\"id\":\"2\",\"status\":\"Success\",\"usn\":8}";
    make_removals(store);
    forget(store, 7, JS_OK);
    forget(store, 8, JS_OK);
    assert_int_equal(try_import(store, session, strlen(session)), JS_CONFLICT);
    assert_non_null(strstr(store->error.message, "was that of a removal"));
    import(store, "{\"id\":\"2\",\"status\":\"Success\",\"usn\":7}");
    assert_string_equal(changes_since(store, 0), "1@1 6@6 2@7 -5@9 3@10");
    assert_verified(store);
    /* a removal that comes with a usn below the mark goes without moving it */
    import(store, "{\"id\":\"9\",\"usn\":4,\"deleted\":true}");
    assert_string_equal(changes_since(store, 0), "1@1 -9@4 6@6 2@7 -5@9 3@10");
    assert_verified(store);
    forget(store, 4, JS_OK);
    assert_string_equal(changes_since(store, 0), "1@1 6@6 2@7 -5@9 3@10");
    assert_refused(store, 7, NULL, JS_AHEAD);
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
        cmocka_unit_test_setup_teardown(a_removal_that_is_forgotten_is_told_no_more, make_store,
                                        remove_store),
        cmocka_unit_test_setup_teardown(what_a_follower_remembers_has_to_be_of_this_database,
                                        make_store, remove_store),
        cmocka_unit_test_setup_teardown(removals_are_found_in_their_order_with_their_times,
                                        make_store, remove_store),
        cmocka_unit_test_setup_teardown(of_a_uuid_that_is_forgotten_nothing_is_left, make_store,
                                        remove_store),
        cmocka_unit_test_setup_teardown(an_import_takes_no_usn_of_a_forgotten_removal, make_store,
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
