/* SPDX-License-Identifier: Apache-2.0 */
/* What is done with the library and should not be: each misuse in a process of its own, which ends in time, is told
 * so by the call, and leaves what was acknowledged, and the other writers, alone. */
#include "support.h"

#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>

#define RUNNING "{\"type\":\"PolicyBackup\",\"status\":\"Running\"}"
/* Seconds until a misuse, or the writer after it, counts as hanging. */
#define PATIENCE 30

/* A misuse: gives the result of the call that is wrong; what that is to be, and words of its message. The store has
 * one session, 1, and is open for writing. */
struct misuse {
    const char *name;
    js_result (*commit)(struct store *store, js_error *error);
    js_result result;
    const char *words;
};

static js_result put(js_database *database, const char *json, js_error *error)
{
    return js_put(database, json, strlen(json), NULL, error);
}

/* ---- Opened twice ----------------------------------------------------------------------------- */

static js_result open_second(const char *directory, js_mode mode, js_error *error)
{
    js_database *second;
    js_result result = js_open(directory, mode, &test_options, &second, error);
    js_close(second);
    return result;
}

static js_result open_twice(struct store *store, js_error *error)
{
    return open_second(store->directory, JS_WRITE, error);
}

static js_result open_to_read_too(struct store *store, js_error *error)
{
    return open_second(store->directory, JS_READ, error);
}

static js_result open_by_a_relative_path(struct store *store, js_error *error)
{
    return chdir(store->directory) == 0 ? open_second(".", JS_WRITE, error) : JS_OK;
}

static js_result open_by_a_symbolic_link(struct store *store, js_error *error)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s.link", store->directory);
    if (symlink(store->directory, path) != 0) {
        return JS_OK;
    }
    js_result result = open_second(path, JS_WRITE, error);
    (void)unlink(path);
    return result;
}

static js_result open_after_a_rename(struct store *store, js_error *error)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s.moved", store->directory);
    if (rename(store->directory, path) != 0) {
        return JS_OK;
    }
    js_result result = open_second(path, JS_WRITE, error);
    return rename(path, store->directory) == 0 ? result : JS_OK;
}

static js_result open_where_lock_mdb_was_removed(struct store *store, js_error *error)
{
    return unlink(path_in(store, "lock.mdb")) == 0 ? open_twice(store, error) : JS_OK;
}

/* A thread's attempt to be the one that opens it. */
struct attempt {
    const struct store *store;
    pthread_barrier_t *start;
    js_database *database;
    js_result result;
    js_error error;
};

static void *attempt(void *argument)
{
    struct attempt *own = argument;
    (void)pthread_barrier_wait(own->start);
    own->result =
        js_open(own->store->directory, JS_WRITE, &test_options, &own->database, &own->error);
    return NULL;
}

static js_result open_in_two_threads(struct store *store, js_error *error)
{
    pthread_t threads[2];
    pthread_barrier_t start;
    struct attempt attempts[2] = {{.store = store, .start = &start},
                                  {.store = store, .start = &start}};
    close_store(store);
    (void)pthread_barrier_init(&start, NULL, 2);
    for (size_t i = 0; i < 2; i++) {
        (void)pthread_create(&threads[i], NULL, attempt, &attempts[i]);
    }
    for (size_t i = 0; i < 2; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    const struct attempt *first = attempts[0].result == JS_OK ? &attempts[0] : &attempts[1];
    const struct attempt *second = first == &attempts[0] ? &attempts[1] : &attempts[0];
    *error = second->error;
    store->database = first->database;
    return first->result == JS_OK ? second->result : first->result;
}

/* ---- Opened before a fork ---------------------------------------------------------------------- */

static struct {
    js_transaction *transaction;
} inherited;

/* Commit a misuse in a child, and pass on what comes out. */
static js_result in_child(js_result (*commit)(struct store *, js_error *), struct store *store,
                          js_error *error)
{
    int ends[2];
    js_result result = JS_OK;
    if (pipe(ends) != 0) {
        return JS_OK;
    }
    pid_t pid = fork();
    if (pid == 0) {
        (void)alarm(PATIENCE);
        error->result = commit(store, error);
        _exit(write(ends[1], error, sizeof(*error)) == sizeof(*error) ? 0 : 1);
    }
    (void)close(ends[1]);
    if (read(ends[0], error, sizeof(*error)) == sizeof(*error)) {
        result = error->result;
    }
    (void)close(ends[0]);
    (void)waitpid(pid, NULL, 0);
    return result;
}

static js_result put_running(struct store *store, js_error *error)
{
    return put(store->database, RUNNING, error);
}

static js_result commit_inherited(struct store *store, js_error *error)
{
    (void)store;
    return js_transaction_commit(inherited.transaction, error);
}

static js_result read_inherited(struct store *store, js_error *error)
{
    js_snapshot *snapshot;
    return js_snapshot_begin(store->database, &snapshot, error);
}

static js_result put_in_a_child(struct store *store, js_error *error)
{
    return in_child(put_running, store, error);
}

static js_result read_in_a_child(struct store *store, js_error *error)
{
    return in_child(read_inherited, store, error);
}

/* What the parent wrote in its transaction is still its own to commit. */
static js_result commit_in_a_child(struct store *store, js_error *error)
{
    js_error own;
    must(js_transaction_begin(store->database, &inherited.transaction, &own), &own);
    must(js_transaction_put(inherited.transaction, RUNNING, strlen(RUNNING), NULL, &own), &own);
    js_result result = in_child(commit_inherited, store, error);
    must(js_transaction_commit(inherited.transaction, &own), &own);
    return result;
}

/* As daemon() does, so that the process that opened the database is gone. */
static js_result as_a_daemon(js_result (*commit)(struct store *, js_error *), struct store *store,
                             js_error *error)
{
    pid_t parent = getpid();
    int ends[2];
    if (pipe(ends) != 0) {
        return JS_OK;
    }
    if (fork() == 0) {
        if (daemon(1, 1) != 0 || getpid() == parent) {
            _exit(1);
        }
        (void)alarm(PATIENCE);
        error->result = commit(store, error);
        _exit(write(ends[1], error, sizeof(*error)) == sizeof(*error) ? 0 : 1);
    }
    (void)close(ends[1]);
    bool told = read(ends[0], error, sizeof(*error)) == sizeof(*error);
    (void)close(ends[0]);
    (void)wait(NULL);
    return told ? error->result : JS_OK;
}

/* The process that opens it ends in daemon(). */
static js_result open_and_put_as_a_daemon(struct store *store, js_error *error)
{
    open_store(store);
    return as_a_daemon(put_running, store, error);
}

static js_result put_as_a_daemon(struct store *store, js_error *error)
{
    close_store(store);
    return in_child(open_and_put_as_a_daemon, store, error);
}

static js_result begin_and_commit_as_a_daemon(struct store *store, js_error *error)
{
    open_store(store);
    must(js_transaction_begin(store->database, &inherited.transaction, error), error);
    return as_a_daemon(commit_inherited, store, error);
}

static js_result commit_as_a_daemon(struct store *store, js_error *error)
{
    close_store(store);
    return in_child(begin_and_commit_as_a_daemon, store, error);
}

/* ---- Numbers and names that are wrong ---------------------------------------------------------- */

static js_result give_minus_one_as_an_id(struct store *store, js_error *error)
{
    return put(store->database, "{\"id\":\"18446744073709551615\",\"status\":\"Success\"}", error);
}

static js_result give_a_negative_id(struct store *store, js_error *error)
{
    return put(store->database, "{\"id\":\"-1\",\"status\":\"Success\"}", error);
}

static js_result import_one(struct store *store, const char *json, js_error *error)
{
    js_result result = try_import(store, json, strlen(json));
    *error = store->error;
    return result;
}

static js_result import_the_highest_usn(struct store *store, js_error *error)
{
    return import_one(store, "{\"id\":\"7\",\"status\":\"Success\",\"usn\":9223372036854775807}",
                      error);
}

static js_result import_the_highest_id(struct store *store, js_error *error)
{
    return import_one(store, "{\"id\":\"18446744073709551615\",\"status\":\"Success\",\"usn\":9}",
                      error);
}

static js_result spell_in_another_case(struct store *store, js_error *error)
{
    return put(store->database, "{\"id\":\"1\",\"Status\":\"Success\"}", error);
}

static js_result put_after_a_removal(struct store *store, js_error *error)
{
    must(js_remove(store->database, put_session(store, SUCCESS), JS_REMOVE_ANY, error), error);
    return put(store->database, "{\"id\":\"2\",\"status\":\"Success\"}", error);
}

static js_result update(js_database *database, const char *json, js_error *error)
{
    return js_update(database, json, strlen(json), NULL, error);
}

static js_result update_after_a_removal(struct store *store, js_error *error)
{
    must(js_remove(store->database, put_session(store, SUCCESS), JS_REMOVE_ANY, error), error);
    return update(store->database, "{\"id\":\"2\",\"status\":\"Success\"}", error);
}

static js_result update_an_id_misread_as_0(struct store *store, js_error *error)
{
    return update(store->database, "{\"id\":\"0\",\"status\":\"Success\"}", error);
}

static js_result update_nobody(struct store *store, js_error *error)
{
    return update(store->database, SUCCESS, error);
}

static js_result update_in_another_case(struct store *store, js_error *error)
{
    return update(store->database, "{\"id\":\"1\",\"executionstoptime\":null}", error);
}

static js_result put_two_at_once(struct store *store, js_error *error)
{
    return put(store->database, SUCCESS "\n" SUCCESS, error);
}

static js_result put_utf_16(struct store *store, js_error *error)
{
    return js_put(store->database, "{\0}\0", 4, NULL, error);
}

static js_result put_a_time_without_a_zone(struct store *store, js_error *error)
{
    return put(store->database,
               "{\"status\":\"Running\",\"executionStartTime\":\"2026-11-23T08:00:00\"}", error);
}

static js_result append_to_nobody(struct store *store, js_error *error)
{
    return js_append(store->database, 77, JS_LOG, "{}", 2, error);
}

static js_result append_to_a_list_that_is_none(struct store *store, js_error *error)
{
    return js_append(store->database, 1, (js_item_kind)77, "{}", 2, error);
}

static js_result write_to_what_is_read(struct store *store, js_error *error)
{
    close_store(store);
    must(js_open(store->directory, JS_READ, &test_options, &store->database, error), error);
    return put(store->database, SUCCESS, error);
}

/* ---- Transactions ------------------------------------------------------------------------------ */

static void *commit_elsewhere(void *argument)
{
    js_error *error = argument;
    error->result = js_transaction_commit(inherited.transaction, error);
    return NULL;
}

static void *put_elsewhere(void *argument)
{
    js_error *error = argument;
    error->result =
        js_transaction_put(inherited.transaction, SUCCESS, strlen(SUCCESS), NULL, error);
    return NULL;
}

static js_result use_elsewhere(struct store *store, void *(*use)(void *), js_error *error)
{
    pthread_t thread;
    js_error own;
    must(js_transaction_begin(store->database, &inherited.transaction, &own), &own);
    (void)pthread_create(&thread, NULL, use, error);
    (void)pthread_join(thread, NULL);
    must(js_transaction_commit(inherited.transaction, &own), &own);
    return error->result;
}

static js_result commit_in_another_thread(struct store *store, js_error *error)
{
    return use_elsewhere(store, commit_elsewhere, error);
}

static js_result put_in_another_thread(struct store *store, js_error *error)
{
    return use_elsewhere(store, put_elsewhere, error);
}

static js_result begin_twice(struct store *store, js_error *error)
{
    js_transaction *second;
    must(js_transaction_begin(store->database, &inherited.transaction, error), error);
    js_result result = js_transaction_begin(store->database, &second, error);
    js_transaction_abort(inherited.transaction);
    return result;
}

static js_result put_within_ones_own(struct store *store, js_error *error)
{
    must(js_transaction_begin(store->database, &inherited.transaction, error), error);
    js_result result = put(store->database, SUCCESS, error);
    js_transaction_abort(inherited.transaction);
    return result;
}

static js_result remove_within_ones_own(struct store *store, js_error *error)
{
    must(js_transaction_begin(store->database, &inherited.transaction, error), error);
    js_result result = js_remove(store->database, 1, JS_REMOVE_ANY, error);
    js_transaction_abort(inherited.transaction);
    return result;
}

static int write_after(struct store *store, const struct misuse *unused)
{
    (void)unused;
    (void)alarm(PATIENCE);
    open_store(store);
    (void)put_session(store, SUCCESS);
    close_store(store);
    return 0;
}

/* Whether another process gets its turn while this one lives. */
static bool others_get_on(struct store *store)
{
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        _exit(write_after(store, NULL));
    }
    (void)waitpid(pid, &status, 0);
    return status == 0;
}

static js_result end_too_late(struct store *store, js_error *error)
{
    if (!others_get_on(store)
        || js_transaction_put(inherited.transaction, SUCCESS, strlen(SUCCESS), NULL, error)
               != JS_MISUSE) {
        return JS_OK;
    }
    return js_transaction_commit(inherited.transaction, error);
}

static js_result close_with_a_transaction(struct store *store, js_error *error)
{
    must(js_transaction_begin(store->database, &inherited.transaction, error), error);
    must(js_transaction_put(inherited.transaction, RUNNING, strlen(RUNNING), NULL, error), error);
    close_store(store);
    return end_too_late(store, error);
}

static void *close_elsewhere(void *database)
{
    js_close(database);
    return NULL;
}

/* Nothing is closed: the transaction is whole, and the directory is open still. */
static js_result close_in_another_thread(struct store *store, js_error *error)
{
    pthread_t thread;
    js_error own;
    must(js_transaction_begin(store->database, &inherited.transaction, &own), &own);
    (void)pthread_create(&thread, NULL, close_elsewhere, store->database);
    (void)pthread_join(thread, NULL);
    must(js_transaction_put(inherited.transaction, RUNNING, strlen(RUNNING), NULL, &own), &own);
    must(js_transaction_commit(inherited.transaction, &own), &own);
    return open_twice(store, error);
}

static void *begin_and_end(void *argument)
{
    struct store *store = argument;
    must(js_transaction_begin(store->database, &inherited.transaction, &store->error),
         &store->error);
    must(js_transaction_put(inherited.transaction, RUNNING, strlen(RUNNING), NULL, &store->error),
         &store->error);
    return NULL;
}

static js_result leave_it_to_a_thread_that_ends(struct store *store, js_error *error)
{
    pthread_t thread;
    (void)pthread_create(&thread, NULL, begin_and_end, store);
    (void)pthread_join(thread, NULL);
    must(put_running(store, error), error);
    return end_too_late(store, error);
}

/* ---- Waiting for others ------------------------------------------------------------------------ */

/* Hold the turn in a child until it is ended by the end of the pipe; returns the pipe, or -1. */
static int write_elsewhere(const struct store *store, pid_t *pid)
{
    int begun[2];
    int end[2];
    char byte = 0;
    js_database *database;
    js_error error;
    if (pipe(begun) != 0 || pipe(end) != 0) {
        return -1;
    }
    *pid = fork();
    if (*pid == 0) {
        (void)alarm(PATIENCE);
        (void)close(end[1]);
        must(js_open(store->directory, JS_WRITE, &test_options, &database, &error), &error);
        must(js_transaction_begin(database, &inherited.transaction, &error), &error);
        _exit(write(begun[1], &byte, 1) == 1 && read(end[0], &byte, 1) == 0 ? 0 : 1);
    }
    (void)close(end[0]);
    return read(begun[0], &byte, 1) == 1 ? end[1] : -1;
}

/* Put while another process writes; what the message says of it stands in for words. */
static js_result put_while_another_writes(struct store *store, js_error *error)
{
    pid_t pid;
    char who[64];
    int end = write_elsewhere(store, &pid);
    js_result result = put(store->database, SUCCESS, error);
    (void)snprintf(who, sizeof(who), "process %ld has been writing since 20", (long)pid);
    if (strstr(error->message, who) == NULL) {
        error->message[0] = '\0';
    }
    (void)close(end);
    (void)waitpid(pid, NULL, 0);
    return result;
}

static js_result wait_for_a_process(struct store *store, js_error *error)
{
    js_set_wait_limit(store->database, 100);
    return put_while_another_writes(store, error);
}

static void *put_in_thread(void *argument)
{
    struct store *store = argument;
    store->error.result = put(store->database, SUCCESS, &store->error);
    return NULL;
}

static js_result wait_for_a_thread(struct store *store, js_error *error)
{
    pthread_t thread;
    js_set_wait_limit(store->database, 100);
    must(js_transaction_begin(store->database, &inherited.transaction, error), error);
    (void)pthread_create(&thread, NULL, put_in_thread, store);
    (void)pthread_join(thread, NULL);
    *error = store->error;
    js_transaction_abort(inherited.transaction);
    return error->result;
}

static js_database *to_interrupt;

static void *interrupt_soon(void *unused)
{
    (void)unused;
    (void)usleep(100000);
    js_interrupt(to_interrupt);
    return NULL;
}

static js_result interrupt_by_a_thread(struct store *store, js_error *error)
{
    pthread_t thread;
    to_interrupt = store->database;
    js_set_wait_limit(store->database, 60000);
    (void)pthread_create(&thread, NULL, interrupt_soon, NULL);
    js_result result = put_while_another_writes(store, error);
    (void)pthread_join(thread, NULL);
    return result;
}

static void interrupt(int signal)
{
    (void)signal;
    js_interrupt(to_interrupt);
}

/* Without a limit. */
static js_result interrupt_by_a_signal(struct store *store, js_error *error)
{
    const struct sigaction action = {.sa_handler = interrupt};
    const struct itimerval soon = {.it_value = {0, 200000}, .it_interval = {0, 200000}};
    to_interrupt = store->database;
    (void)sigaction(SIGALRM, &action, NULL);
    (void)setitimer(ITIMER_REAL, &soon, NULL);
    js_result result = put_while_another_writes(store, error);
    (void)setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
    return result;
}

/* ---- Each by itself ---------------------------------------------------------------------------- */

/* Run by the child of a case; its exit code. */
static int commit_misuse(struct store *store, const struct misuse *misuse)
{
    js_error error = {0};
    (void)alarm(PATIENCE);
    open_store(store);
    (void)put_session(store, RUNNING);
    js_result result = misuse->commit(store, &error);
    if (result != misuse->result || strstr(error.message, misuse->words) == NULL) {
        print_error("%s: result %d: %s\n", misuse->name, (int)result, error.message);
        return 1;
    }
    return 0;
}

static void run_alone(int (*run)(struct store *, const struct misuse *), struct store *store,
                      const struct misuse *misuse)
{
    int status;
    (void)fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        _exit(run(store, misuse));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status)); /* otherwise it hung, or fell over */
    assert_int_equal(WEXITSTATUS(status), 0);
}

static struct misuse *current;

static int make_case(void **state)
{
    current = *state;
    return make_test_directory(state);
}

static void it_is_refused_and_nothing_is_lost(void **state)
{
    struct store *store = *state;
    run_alone(commit_misuse, store, current);
    run_alone(write_after, store, NULL);
    open_store(store);
    FREED char *first = stored(store, 1);
    assert_non_null(first);
    assert_true(totals_of(store).count >= 2);
    assert_no_faults(store);
}

static struct misuse misuses[] = {
    {"opened twice", open_twice, JS_MISUSE, "has the database open already (as /"},
    {"opened for reading, too", open_to_read_too, JS_MISUSE, "open already"},
    {"opened by a relative path", open_by_a_relative_path, JS_MISUSE, "open already"},
    {"opened by a symbolic link", open_by_a_symbolic_link, JS_MISUSE, "open already"},
    {"opened after a rename", open_after_a_rename, JS_MISUSE, "open already"},
    {"opened where lock.mdb was removed", open_where_lock_mdb_was_removed, JS_MISUSE, "already"},
    {"opened by two threads at once", open_in_two_threads, JS_MISUSE, "open already"},
    {"put in a child", put_in_a_child, JS_MISUSE, "does not survive fork()"},
    {"read in a child", read_in_a_child, JS_MISUSE, "does not survive fork()"},
    {"committed in a child", commit_in_a_child, JS_MISUSE, "does not survive fork()"},
    {"put after daemon()", put_as_a_daemon, JS_MISUSE, "does not survive fork()"},
    {"committed after daemon()", commit_as_a_daemon, JS_MISUSE, "does not survive fork()"},
    {"-1 as an id, unsigned", give_minus_one_as_an_id, JS_INVALID, "highest that can be given"},
    {"-1 as an id", give_a_negative_id, JS_INVALID, "is not a decimal number"},
    {"the highest usn", import_the_highest_usn, JS_INVALID, "the highest that JavaScript holds"},
    {"the highest id", import_the_highest_id, JS_INVALID, "highest that can be given"},
    {"another case", spell_in_another_case, JS_INVALID, "is spelt \"status\""},
    {"a late finish", put_after_a_removal, JS_REMOVED, "a late write does not bring it back"},
    {"a late update", update_after_a_removal, JS_NOT_FOUND, "or it was removed"},
    {"an id misread as 0", update_an_id_misread_as_0, JS_NOT_FOUND, "no session \"0\""},
    {"an update without an id", update_nobody, JS_INVALID, "says which session"},
    {"an update in another case", update_in_another_case, JS_INVALID, "\"executionStopTime\""},
    {"two sessions in one call", put_two_at_once, JS_INVALID, "on one line by itself"},
    {"UTF-16", put_utf_16, JS_INVALID, "iconv -f UTF-16 -t UTF-8"},
    {"a time without a zone", put_a_time_without_a_zone, JS_INVALID, "has no time zone"},
    {"a log line of nobody", append_to_nobody, JS_NOT_FOUND, "there is no session \"77\""},
    {"a list that is none", append_to_a_list_that_is_none, JS_INVALID, "no such list"},
    {"a write to what is read", write_to_what_is_read, JS_FORBIDDEN, "for reading only"},
    {"committed in another thread", commit_in_another_thread, JS_MISUSE, "was begun by thread"},
    {"put in another thread", put_in_another_thread, JS_MISUSE, "was begun by thread"},
    {"begun twice", begin_twice, JS_MISUSE, "has a transaction open already"},
    {"put within one's own", put_within_ones_own, JS_MISUSE, "has a transaction open already"},
    {"a wait for a process", wait_for_a_process, JS_BUSY, "the 100 ms are over"},
    {"a wait for a thread", wait_for_a_thread, JS_BUSY,
     "of this process has been writing since 20"},
    {"a wait that a thread ends", interrupt_by_a_thread, JS_INTERRUPTED,
     "interrupted while process"},
    {"a wait that a signal ends", interrupt_by_a_signal, JS_INTERRUPTED,
     "interrupted while process"},
    {"removed within one's own", remove_within_ones_own, JS_MISUSE, "has a transaction open"},
    {"closed with a transaction", close_with_a_transaction, JS_MISUSE, "its database was closed"},
    {"closed while another thread writes", close_in_another_thread, JS_MISUSE, "open already"},
    {"left open by a thread that ends", leave_it_to_a_thread_that_ends, JS_MISUSE, "its thread"},
};

/* ---- What comes of a second opening, seen by others -------------------------------------------- */

static void a_refused_opening_takes_no_lock_along(void **state)
{
    struct store *store = *state;
    js_transaction *transaction;
    js_error error;
    int status;
    open_store(store);
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    must(js_transaction_put(transaction, RUNNING, strlen(RUNNING), NULL, &store->error),
         &store->error);
    assert_int_equal(open_twice(store, &error), JS_MISUSE);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        _exit(write_after(store, NULL)); /* opens for itself, and has to wait for its turn */
    }
    (void)usleep(200000);
    assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
    must(js_transaction_commit(transaction, &store->error), &store->error);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(totals_of(store).count, 2);
}

static void *look_whether_others_write(void *argument)
{
    struct store *store = argument;
    return js_others_write(store->database) ? store : NULL;
}

static void who_can_wait_is_told_whether_others_write(void **state)
{
    struct store *store = *state;
    js_transaction *transaction;
    pthread_t thread;
    void *seen = NULL;
    pid_t pid;
    assert_false(js_others_write(store->database));
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    assert_false(js_others_write(store->database)); /* that is oneself */
    assert_int_equal(pthread_create(&thread, NULL, look_whether_others_write, store), 0);
    (void)pthread_join(thread, &seen);
    assert_ptr_equal(seen, store);
    js_transaction_abort(transaction);
    int end = write_elsewhere(store, &pid);
    assert_true(js_others_write(store->database));
    (void)close(end);
    (void)waitpid(pid, NULL, 0);
    assert_false(js_others_write(store->database));
}

int main(void)
{
    struct CMUnitTest tests[COUNT(misuses) + 2] = {
        [COUNT(misuses)] = cmocka_unit_test_setup_teardown(a_refused_opening_takes_no_lock_along,
                                                           make_test_directory, remove_store),
        [COUNT(misuses) + 1] = cmocka_unit_test_setup_teardown(
            who_can_wait_is_told_whether_others_write, make_store, remove_store)};
    for (size_t i = 0; i < COUNT(misuses); i++) {
        tests[i] = (struct CMUnitTest){misuses[i].name, it_is_refused_and_nothing_is_lost,
                                       make_case, remove_store, &misuses[i]};
    }
    return cmocka_run_group_tests_name("misuse", tests, NULL, NULL);
}
