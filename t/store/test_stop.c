/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to stop sessions: they reach the worker of this session in this database, once, and leave nothing behind. */
#include "support.h"

#include <fcntl.h>
#include <time.h>

#define RUNNING "{\"status\":\"Running\",\"type\":\"A\"}"

/* A database, and beside it the directory of requests. */
static char requests[160];

static int make_both(void **state)
{
    (void)make_store(state);
    (void)snprintf(requests, sizeof(requests), "%s-stops", ((struct store *)*state)->directory);
    return mkdir(requests, 0770);
}

static int remove_both(void **state)
{
    remove_directory(requests);
    return remove_store(state);
}

static js_result ask(struct store *store, uint64_t id, const char *user)
{
    return js_stop_ask(store->database, requests, id, user, &store->error);
}

static js_result requested(struct store *store, uint64_t id, js_stop_request *request)
{
    return js_stop_requested(store->database, requests, id, request, &store->error);
}

static js_result take(struct store *store, uint64_t id, js_stop_request *request)
{
    return js_stop_take(store->database, requests, id, request, &store->error);
}

static unsigned files(void)
{
    unsigned count = 0;
    DIR *directory = opendir(requests);
    assert_non_null(directory);
    while (readdir(directory) != NULL) {
        count++;
    }
    (void)closedir(directory);
    return count - 2;
}

/* The only file there is. */
static const char *file_path(void)
{
    static char path[512];
    const struct dirent *entry;
    DIR *directory = opendir(requests);
    assert_non_null(directory);
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] != '.') {
            (void)snprintf(path, sizeof(path), "%s/%s", requests, entry->d_name);
        }
    }
    (void)closedir(directory);
    return path;
}

/* The log's lines, one behind the other; holds until the next call. */
static const char *log_of(struct store *store, uint64_t id)
{
    static char text[2048];
    js_session item;
    FREED js_items *items = malloc(js_items_size());
    js_snapshot *snapshot = begin_snapshot(store);
    must(js_items_begin(items, snapshot, id, JS_LOG, NULL, 0, JS_NO_LIMIT, &store->error),
         &store->error);
    text[0] = '\0';
    while (js_items_next(items, &item) == JS_OK) {
        size_t length = strlen(text);
        (void)snprintf(text + length, sizeof(text) - length, "%.*s", (int)item.length, item.json);
    }
    js_snapshot_end(snapshot);
    return text;
}

static void the_worker_learns_who_asks_and_when(void **state)
{
    struct store *store = *state;
    js_stop_request request;
    uint64_t id = put_session(store, RUNNING);
    uint64_t other = put_session(store, RUNNING);
    assert_int_equal(requested(store, id, &request), JS_NOT_FOUND);
    must(ask(store, id, "al\"ice"), &store->error);
    must(ask(store, id, "bob"), &store->error); /* who is the second, and changes nothing */
    must(requested(store, id, &request), &store->error);
    assert_string_equal(request.user, "al\"ice");
    assert_memory_equal(request.time, "20", 2);
    assert_int_equal(requested(store, other, &request), JS_NOT_FOUND);
    assert_int_equal(take(store, other, &request), JS_NOT_FOUND);
    assert_string_equal(log_of(store, id), ""); /* to see is not to take */
}

static void what_is_taken_is_in_the_log_once(void **state)
{
    struct store *store = *state;
    js_stop_request request;
    uint64_t id = put_session(store, RUNNING);
    must(ask(store, id, "al\"ice"), &store->error);
    must(take(store, id, &request), &store->error);
    assert_stored(store, id,
                  "{\"id\":\"1\",\"type\":\"A\",\"localizedType\":\"A\",\"status\":\"Canceling\","
                  "\"usn\":2}");
    assert_non_null(strstr(log_of(store, id), "al\\\"ice asked at 20"));
    assert_int_equal(files(), 0);
    assert_int_equal(take(store, id, &request), JS_NOT_FOUND);
    must(ask(store, id, "bob"), &store->error); /* it is being stopped */
    assert_int_equal(files(), 0);
    assert_no_faults(store);
}

/* Killed between the commit and the removal of the file. */
static void a_request_that_was_taken_before_is_not_logged_again(void **state)
{
    struct store *store = *state;
    js_stop_request request;
    uint64_t id = put_session(store, RUNNING);
    must(ask(store, id, "alice"), &store->error);
    char *kept = strdup(file_path());
    char *saved = strdup(path_in(store, "kept"));
    assert_int_equal(rename(kept, saved), 0);
    assert_int_equal(take(store, id, &request), JS_NOT_FOUND);
    must(ask(store, id, "alice"), &store->error);
    must(take(store, id, &request), &store->error);
    char *once = strdup(log_of(store, id));
    assert_int_equal(rename(saved, kept), 0);
    must(take(store, id, &request), &store->error);
    assert_string_equal(log_of(store, id), once);
    assert_int_equal(files(), 0);
    free(kept);
    free(saved);
    free(once);
}

static void what_does_not_run_cannot_be_stopped(void **state)
{
    struct store *store = *state;
    uint64_t id = put_session(store, SUCCESS);
    assert_int_equal(ask(store, id, "alice"), JS_FINISHED);
    assert_int_equal(ask(store, 77, "alice"), JS_NOT_FOUND);
    assert_int_equal(files(), 0);
    id = put_session(store, "{\"status\":\"Pending\"}");
    must(ask(store, id, "alice"), &store->error);
}

static void finish(struct store *store, uint64_t id)
{
    char json[64];
    (void)snprintf(json, sizeof(json), "{\"id\":\"%" PRIu64 "\",\"status\":\"Success\"}", id);
    (void)put_session(store, json);
}

static void what_has_ended_leaves_no_request(void **state)
{
    struct store *store = *state;
    js_stop_request request;
    uint64_t finished = put_session(store, RUNNING);
    uint64_t removed = put_session(store, RUNNING);
    uint64_t looked = put_session(store, RUNNING);
    uint64_t other = put_session(store, RUNNING);
    must(ask(store, finished, "alice"), &store->error);
    must(ask(store, removed, "alice"), &store->error);
    must(ask(store, looked, "alice"), &store->error);
    finish(store, finished);
    finish(store, looked);
    must(js_remove(store->database, removed, JS_REMOVE_ANY, &store->error), &store->error);
    assert_int_equal(files(), 3);
    assert_int_equal(take(store, looked, &request), JS_NOT_FOUND);
    assert_int_equal(files(), 2);
    must(ask(store, other, "alice"), &store->error);
    assert_int_equal(files(), 1);
}

static void a_restored_database_takes_no_request_up(void **state)
{
    struct store *store = *state;
    js_stop_request request;
    js_transaction *transaction;
    struct timespec old[2] = {{.tv_sec = time(NULL) - 90000}, {.tv_sec = time(NULL) - 90000}};
    uint64_t id = put_session(store, RUNNING);
    must(ask(store, id, "alice"), &store->error);
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    must(js_transaction_renew(transaction, &store->error), &store->error);
    must(js_transaction_commit(transaction, &store->error), &store->error);
    assert_int_equal(take(store, id, &request), JS_NOT_FOUND);
    assert_int_equal(files(), 1); /* it may be another database's, in the same directory */
    assert_int_equal(utimensat(AT_FDCWD, file_path(), old, 0), 0);
    must(ask(store, id, "bob"), &store->error);
    assert_int_equal(files(), 1);
    must(take(store, id, &request), &store->error);
    assert_string_equal(request.user, "bob");
}

static void names_are_one_line_of_text(void **state)
{
    struct store *store = *state;
    js_stop_request request;
    char name[600];
    memset(name, 'x', sizeof(name));
    memcpy(name + 253, "\xe2\x82\xac", 4);
    static const char *const names[] = {"", "a b\nc", "\xff", "\xc3\xa4"};
    static const char *const read[] = {"", "a b?c", "?", "\xc3\xa4"};
    for (unsigned i = 0; i < COUNT(names); i++) {
        uint64_t id = put_session(store, RUNNING);
        must(ask(store, id, names[i]), &store->error);
        must(take(store, id, &request), &store->error);
        assert_string_equal(request.user, read[i]);
    }
    uint64_t id = put_session(store, RUNNING);
    must(ask(store, id, name), &store->error);
    must(requested(store, id, &request), &store->error);
    assert_int_equal(strlen(request.user), 253); /* the character that does not fit is left out */
}

static void a_file_that_somebody_made_names_nobody(void **state)
{
    struct store *store = *state;
    js_stop_request request;
    uint64_t id = put_session(store, RUNNING);
    must(ask(store, id, "alice"), &store->error);
    const char *path = file_path();
    int file = open(path, O_WRONLY | O_TRUNC);
    assert_int_equal(write(file, "nonsense", 8), 8);
    (void)close(file);
    must(requested(store, id, &request), &store->error);
    assert_string_equal(request.user, "");
    assert_int_equal(strlen(request.time), 20);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_int_equal(requested(store, id, &request), JS_SYSTEM);
}

static void a_directory_that_is_not_there_is_told(void **state)
{
    struct store *store = *state;
    js_stop_request request;
    uint64_t id = put_session(store, RUNNING);
    assert_int_equal(js_stop_ask(store->database, "/none/there", id, "alice", &store->error),
                     JS_SYSTEM);
    assert_int_equal(js_stop_requested(store->database, "/none/there", id, &request, &store->error),
                     JS_SYSTEM);
    assert_non_null(strstr(store->error.message, "/none/there: open it: No such file"));
}

#define BOTH(test) cmocka_unit_test_setup_teardown(test, make_both, remove_both)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(the_worker_learns_who_asks_and_when),
        BOTH(what_is_taken_is_in_the_log_once),
        BOTH(a_request_that_was_taken_before_is_not_logged_again),
        BOTH(what_does_not_run_cannot_be_stopped),
        BOTH(what_has_ended_leaves_no_request),
        BOTH(a_restored_database_takes_no_request_up),
        BOTH(names_are_one_line_of_text),
        BOTH(a_file_that_somebody_made_names_nobody),
        BOTH(a_directory_that_is_not_there_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
