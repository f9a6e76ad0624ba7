/* SPDX-License-Identifier: Apache-2.0 */
/* One wrong number that an earlier version took does not end writing for everybody: it is exchanged, and all that
 * hangs on it comes along. */
#include "support.h"

/* Ids before and after, as they are told. */
struct told {
    uint64_t before[8];
    uint64_t after[8];
    size_t count;
};

static void tell(void *baton, uint64_t before, uint64_t after)
{
    struct told *told = baton;
    assert_true(told->count < COUNT(told->before));
    told->before[told->count] = before;
    told->after[told->count++] = after;
}

static js_result renumber(struct store *store, struct told *told, js_renumbered *done)
{
    js_transaction *transaction;
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    js_result result = js_transaction_renumber(transaction, tell, told, done, &store->error);
    if (result == JS_OK) {
        return js_transaction_commit(transaction, &store->error);
    }
    js_transaction_abort(transaction);
    return result;
}

static void log_line(struct store *store, uint64_t id, const char *json)
{
    must(js_append(store->database, id, JS_LOG, json, strlen(json), &store->error), &store->error);
}

static void assert_items(struct store *store, uint64_t id, const char *first, uint64_t count)
{
    FREED js_items *items = malloc(js_items_size());
    js_session item;
    js_snapshot *snapshot = begin_snapshot(store);
    must(js_items_begin(items, snapshot, id, JS_LOG, NULL, 0, JS_NO_LIMIT, &store->error),
         &store->error);
    assert_int_equal(js_items_get_totals(items)->total, count);
    assert_int_equal(js_items_next(items, &item), JS_OK);
    assert_int_equal(item.length, strlen(first));
    assert_memory_equal(item.json, first, item.length);
    js_snapshot_end(snapshot);
}

static void the_highest_id_goes_with_all_it_has(void **state)
{
    struct store *store = *state;
    struct told told = {0};
    js_renumbered done;
    (void)put_session(store, SUCCESS);
    (void)put_session(store, SUCCESS);
    must(js_remove(store->database, 2, JS_REMOVE_ANY, &store->error), &store->error);
    store_as_before(store, "{\"id\":\"18446744073709551615\",\"type\":\"A\",\"status\":\"Running\","
                           "\"executionStartTime\":\"2020-02-07T08:43:30Z\"}");
    log_line(store, UINT64_MAX, "{\"message\":\"one\"}");
    log_line(store, UINT64_MAX, "{\"message\":\"two\"}");
    log_line(store, 1, "{\"message\":\"of another\"}");
    assert_int_equal(js_put(store->database, SUCCESS, strlen(SUCCESS), NULL, &store->error),
                     JS_INVALID);
    must(renumber(store, &told, &done), &store->error);
    assert_int_equal(done.ids, 1);
    assert_int_equal(done.usns, 0);
    assert_int_equal(told.before[0], UINT64_MAX);
    assert_int_equal(told.after[0], 3); /* 2 was given before */
    assert_stored(store, 3,
                  "{\"id\":\"3\",\"type\":\"A\",\"localizedType\":\"A\",\"executionStartTime\":"
                  "\"2020-02-07T08:43:30Z\",\"status\":\"Running\",\"usn\":4}");
    assert_null(stored(store, UINT64_MAX));
    assert_items(store, 3, "{\"message\":\"one\"}", 2);
    assert_items(store, 1, "{\"message\":\"of another\"}", 1);
    assert_no_faults(store);
    assert_int_equal(put_session(store, SUCCESS), 4);
    assert_no_faults(store);
}

static void usns_go_on_behind_those_that_were_counted(void **state)
{
    struct store *store = *state;
    struct told told = {0};
    js_renumbered done;
    (void)put_session(store, SUCCESS);
    store_as_before(store, "{\"id\":\"7\",\"status\":\"Success\",\"usn\":9223372036854775804}");
    (void)put_session(store, SUCCESS);
    must(js_remove(store->database, 7, JS_REMOVE_ANY, &store->error), &store->error);
    (void)put_session(store, SUCCESS);
    assert_int_equal(js_remove(store->database, 1, JS_REMOVE_ANY, &store->error), JS_FULL);
    must(renumber(store, &told, &done), &store->error);
    assert_int_equal(done.ids, 0);
    assert_int_equal(done.usns, 3);
    assert_stored(store, 1, "{\"id\":\"1\",\"status\":\"Success\",\"usn\":1}");
    assert_stored(store, 8, "{\"id\":\"8\",\"status\":\"Success\",\"usn\":2}");
    assert_stored(store, 9, "{\"id\":\"9\",\"status\":\"Success\",\"usn\":4}"); /* 3: the removal */
    assert_int_equal(totals_of(store).usn, 4);
    assert_int_equal(totals_of(store).removed, 1);
    assert_no_faults(store);
    assert_int_equal(
        js_put(store->database, "{\"id\":\"7\",\"status\":\"Success\"}", 29, NULL, &store->error),
        JS_REMOVED); /* still */
    assert_int_equal(put_session(store, SUCCESS), 10);
}

/* The greatest usn that an import may bring is mended as well. */
static void both_at_once_and_what_was_removed(void **state)
{
    struct store *store = *state;
    struct told told = {0};
    js_renumbered done;
    char before[JS_IDENTITY_TEXT];
    char after[JS_IDENTITY_TEXT];
    import(store, "{\"id\":\"5\",\"status\":\"Success\",\"usn\":9007199254740991}");
    store_as_before(store, "{\"id\":\"18446744073709551614\",\"status\":\"Success\"}");
    (void)put_session(store, SUCCESS);
    must(js_remove(store->database, UINT64_MAX, JS_REMOVE_ANY, &store->error), &store->error);
    js_snapshot *snapshot = begin_snapshot(store);
    assert_true(js_snapshot_identity(snapshot, before));
    js_snapshot_end(snapshot);
    must(renumber(store, &told, &done), &store->error);
    assert_int_equal(done.ids, 1);
    assert_int_equal(done.usns, 2);
    assert_stored(store, 5, "{\"id\":\"5\",\"status\":\"Success\",\"usn\":1}");
    assert_stored(store, 6, "{\"id\":\"6\",\"status\":\"Success\",\"usn\":2}");
    assert_int_equal(totals_of(store).highest_id, 6);
    assert_int_equal(totals_of(store).removed, 0); /* nobody can be given that id */
    assert_no_faults(store);
    snapshot = begin_snapshot(store);
    assert_true(js_snapshot_identity(snapshot, after));
    js_snapshot_end(snapshot);
    assert_string_not_equal(before, after);
}

static void what_is_in_order_is_left_alone(void **state)
{
    struct store *store = *state;
    struct told told = {0};
    js_renumbered done;
    char before[JS_VERSION_TEXT];
    char after[JS_VERSION_TEXT];
    (void)put_session(store, "{\"id\":\"9223372036854775807\",\"status\":\"Success\"}");
    js_snapshot *snapshot = begin_snapshot(store);
    assert_true(js_snapshot_version(snapshot, before));
    js_snapshot_end(snapshot);
    must(renumber(store, &told, &done), &store->error);
    assert_int_equal(done.ids + done.usns + told.count, 0);
    snapshot = begin_snapshot(store);
    assert_true(js_snapshot_version(snapshot, after));
    js_snapshot_end(snapshot);
    assert_string_equal(before, after);
}

static void without_room_nothing_is_done(void **state)
{
    struct store *store = *state;
    struct told told = {0};
    js_renumbered done;
    (void)put_session(store, "{\"id\":\"9223372036854775807\",\"status\":\"Success\"}");
    (void)put_session(store, SUCCESS);
    assert_int_equal(renumber(store, &told, &done), JS_CONFLICT);
    assert_non_null(strstr(store->error.message, "the highest id that can be given"));
    assert_stored(store, JS_GIVEN_ID_MAX + 1,
                  "{\"id\":\"9223372036854775808\",\"status\":\"Success\",\"usn\":2}");
    assert_int_equal(put_session(store, SUCCESS), JS_GIVEN_ID_MAX + 2);
    assert_no_faults(store);
}

int main(void)
{
#define IN_A_DATABASE(test) cmocka_unit_test_setup_teardown(test, make_store, remove_store)
    const struct CMUnitTest tests[] = {
        IN_A_DATABASE(the_highest_id_goes_with_all_it_has),
        IN_A_DATABASE(usns_go_on_behind_those_that_were_counted),
        IN_A_DATABASE(both_at_once_and_what_was_removed),
        IN_A_DATABASE(what_is_in_order_is_left_alone),
        IN_A_DATABASE(without_room_nothing_is_done),
    };
    return cmocka_run_group_tests_name("renumber", tests, NULL, NULL);
}
