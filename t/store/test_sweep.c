/* SPDX-License-Identifier: Apache-2.0 */
/* Who writes a session, by the library: what is noted when, and what a sweep makes of it. */
#include <signal.h>
#include <sys/wait.h>

#include "support.h"

static const js_sweep gone = {.quiet_for = -1};
static const js_sweep quiet = {.quiet_for = 0};

/* Of another process that has ended since. */
static uint64_t put_and_end(struct store *store, const char *json)
{
    pid_t process = fork();
    if (process == 0) {
        (void)pause();
        _exit(0);
    }
    must(js_set_worker(store->database, process, &store->error), &store->error);
    uint64_t id = put_session(store, json);
    (void)kill(process, SIGKILL);
    (void)waitpid(process, NULL, 0);
    must(js_set_worker(store->database, JS_WORKER_SELF, &store->error), &store->error);
    return id;
}

static js_result sweep(struct store *store, uint64_t id, const js_sweep *how, js_worker *worker)
{
    js_transaction *transaction;
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    js_result result = js_transaction_sweep(transaction, id, how, worker, &store->error);
    must(js_transaction_commit(transaction, &store->error), &store->error);
    return result;
}

static js_worker_state state_of(struct store *store, uint64_t id)
{
    js_worker worker;
    js_snapshot *snapshot = begin_snapshot(store);
    js_result result = js_snapshot_worker(snapshot, id, &worker);
    js_snapshot_end(snapshot);
    must(result, &store->error);
    return worker.state;
}

static void a_put_notes_this_process(void **state)
{
    struct store *store = *state;
    js_worker worker;
    uint64_t id = put_session(store, "{\"status\":\"Running\"}");
    assert_int_equal(sweep(store, id, &quiet, &worker), JS_RUNNING);
    assert_int_equal(worker.state, JS_WORKER_LIVES);
    assert_int_equal(worker.process, getpid());
    assert_int_equal(state_of(store, id), JS_WORKER_LIVES);
}

static void assert_has(struct store *store, uint64_t id, const char *text)
{
    char *json = stored(store, id);
    assert_non_null(strstr(json, text));
    free(json);
}

static void one_that_has_ended_is_swept_once(void **state)
{
    struct store *store = *state;
    js_worker worker;
    uint64_t id = put_and_end(store, "{\"status\":\"Pending\"}");
    assert_int_equal(state_of(store, id), JS_WORKER_GONE);
    assert_int_equal(sweep(store, id, &gone, &worker), JS_OK);
    assert_int_equal(worker.state, JS_WORKER_GONE);
    assert_has(store, id, "\"status\":\"Failed\"");
    assert_int_equal(sweep(store, id, &gone, NULL), JS_FINISHED);
}

static void it_becomes_what_is_told(void **state)
{
    struct store *store = *state;
    uint64_t id = put_and_end(store, "{\"status\":\"Running\"}");
    assert_int_equal(sweep(store, id, &(js_sweep){"running", -1}, NULL), JS_INVALID);
    assert_int_equal(sweep(store, id, &(js_sweep){"nonsense", -1}, NULL), JS_INVALID);
    assert_int_equal(sweep(store, id, &(js_sweep){"error", -1}, NULL), JS_OK);
    assert_has(store, id, "\"status\":\"Error\"");
}

static void nobody_is_swept_by_quiet_alone(void **state)
{
    struct store *store = *state;
    must(js_set_worker(store->database, 0, &store->error), &store->error);
    uint64_t id = put_session(store, "{\"status\":\"Running\"}");
    assert_int_equal(sweep(store, id, &gone, NULL), JS_RUNNING);
    assert_int_equal(sweep(store, id, &(js_sweep){NULL, 3600}, NULL), JS_RUNNING);
    assert_int_equal(state_of(store, id), JS_WORKER_UNKNOWN);
    assert_int_equal(sweep(store, id, &quiet, NULL), JS_OK);
}

static void who_comes_back_before_the_sweep_is_left(void **state)
{
    struct store *store = *state;
    char patch[64];
    uint64_t id = put_and_end(store, "{\"status\":\"Running\"}");
    assert_int_equal(state_of(store, id), JS_WORKER_GONE);
    (void)snprintf(patch, sizeof(patch), "{\"id\":\"%" PRIu64 "\",\"status\":\"Running\"}", id);
    (void)put_session(store, patch);
    assert_int_equal(sweep(store, id, &gone, NULL), JS_RUNNING);
}

static void a_heartbeat_tells_who_lives_and_changes_nothing(void **state)
{
    struct store *store = *state;
    uint64_t id = put_and_end(store, "{\"status\":\"Running\"}");
    js_totals before = totals_of(store);
    must(js_heartbeat(store->database, id, &store->error), &store->error);
    must(js_heartbeat(store->database, id, &store->error), &store->error);
    js_totals after = totals_of(store);
    assert_memory_equal(&after, &before, sizeof(before));
    assert_int_equal(sweep(store, id, &gone, NULL), JS_RUNNING);
}

static void a_heartbeat_of_what_is_finished_is_told(void **state)
{
    struct store *store = *state;
    uint64_t id = put_session(store, "{\"status\":\"Success\"}");
    assert_int_equal(js_heartbeat(store->database, id, &store->error), JS_FINISHED);
    assert_int_equal(js_heartbeat(store->database, id + 1, &store->error), JS_NOT_FOUND);
    assert_int_equal(sweep(store, id + 1, &gone, NULL), JS_NOT_FOUND);
}

static void an_append_is_heard(void **state)
{
    struct store *store = *state;
    static const char item[] = "{\"message\":\"still here\"}";
    uint64_t id = put_and_end(store, "{\"status\":\"Running\"}");
    must(js_append(store->database, id, JS_LOG, item, sizeof(item) - 1, &store->error),
         &store->error);
    assert_int_equal(state_of(store, id), JS_WORKER_LIVES);
}

static void a_new_identity_forgets_all(void **state)
{
    struct store *store = *state;
    js_transaction *transaction;
    uint64_t ids[300];
    for (size_t i = 0; i < COUNT(ids); i++) {
        ids[i] = put_session(store, "{\"status\":\"Running\"}");
    }
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    must(js_transaction_renew(transaction, &store->error), &store->error);
    must(js_transaction_commit(transaction, &store->error), &store->error);
    for (size_t i = 0; i < COUNT(ids); i++) {
        assert_int_equal(state_of(store, ids[i]), JS_WORKER_UNKNOWN);
    }
}

/* The table is made with the first entry: an abort must leave a handle that the next transaction can do with. */
static void what_is_aborted_is_not_noted(void **state)
{
    struct store *store = *state;
    static const char json[] = "{\"status\":\"Running\"}";
    js_transaction *transaction;
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    must(js_transaction_put(transaction, json, sizeof(json) - 1, NULL, &store->error),
         &store->error);
    js_transaction_abort(transaction);
    uint64_t id = put_session(store, json);
    close_store(store);
    open_store(store);
    assert_int_equal(state_of(store, id), JS_WORKER_LIVES);
    must(js_remove(store->database, id, JS_REMOVE_ANY, &store->error), &store->error);
    id = put_session(store, json);
    assert_int_equal(state_of(store, id), JS_WORKER_LIVES);
}

static void no_process_is_nobody(void **state)
{
    struct store *store = *state;
    assert_int_equal(js_set_worker(store->database, -7, &store->error), JS_NOT_FOUND);
    assert_int_equal(js_set_worker(store->database, 1L << 40, &store->error), JS_NOT_FOUND);
    assert_int_equal(state_of(store, put_session(store, "{\"status\":\"Running\"}")),
                     JS_WORKER_UNKNOWN);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_put_notes_this_process, make_store, remove_store),
        cmocka_unit_test_setup_teardown(one_that_has_ended_is_swept_once, make_store, remove_store),
        cmocka_unit_test_setup_teardown(it_becomes_what_is_told, make_store, remove_store),
        cmocka_unit_test_setup_teardown(nobody_is_swept_by_quiet_alone, make_store, remove_store),
        cmocka_unit_test_setup_teardown(who_comes_back_before_the_sweep_is_left, make_store,
                                        remove_store),
        cmocka_unit_test_setup_teardown(a_heartbeat_tells_who_lives_and_changes_nothing, make_store,
                                        remove_store),
        cmocka_unit_test_setup_teardown(a_heartbeat_of_what_is_finished_is_told, make_store,
                                        remove_store),
        cmocka_unit_test_setup_teardown(an_append_is_heard, make_store, remove_store),
        cmocka_unit_test_setup_teardown(a_new_identity_forgets_all, make_store, remove_store),
        cmocka_unit_test_setup_teardown(what_is_aborted_is_not_noted, make_store, remove_store),
        cmocka_unit_test_setup_teardown(no_process_is_nobody, make_store, remove_store),
    };
    return cmocka_run_group_tests_name("sweep", tests, NULL, NULL);
}
