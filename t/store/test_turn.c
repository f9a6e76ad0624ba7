/* SPDX-License-Identifier: Apache-2.0 */
/* Whose turn it is among processes: of many that write without a pause none is left behind, and who waits and was
 * stopped or killed is in nobody's way. */
#include "other.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>

#include <lmdb.h>

#include "database/database.h"

/* Puts a session each time it is told to, and tells its id. */
static _Noreturn void put_when_told(const char *directory, int from, int to)
{
    js_database *database;
    char told;
    uint64_t id;
    if (js_open(directory, JS_WRITE, &test_options, &database, NULL) != JS_OK) {
        _exit(1);
    }
    while (read(from, &told, 1) == 1) {
        if (js_put(database, SUCCESS, strlen(SUCCESS), &id, NULL) != JS_OK
            || write(to, &id, sizeof(id)) != (ssize_t)sizeof(id)) {
            _exit(2);
        }
    }
    js_close(database);
    _exit(0);
}

static void end_other(const struct other *other, int expected)
{
    int status = 0;
    (void)close(other->to);
    assert_int_equal(waitpid(other->process, &status, 0), other->process);
    (void)close(other->from);
    assert_int_equal(status, expected);
}

static void tell(const struct other *other)
{
    assert_int_equal(write(other->to, "", 1), 1);
}

static uint64_t hear(const struct other *other)
{
    uint64_t id = 0;
    assert_int_equal(read(other->from, &id, sizeof(id)), sizeof(id));
    return id;
}

/* Whether another process says that it waits for a turn. */
static bool somebody_waits(const struct store *store)
{
    int fd;
    struct flock mark = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = INT64_C(1) << 62, .l_len = 1};
    assert_int_equal(mdb_env_get_fd(store->database->env, &fd), 0);
    assert_int_equal(fcntl(fd, F_GETLK, &mark), 0);
    return mark.l_type == F_RDLCK;
}

static js_transaction *write_while_it_waits(struct store *store, const struct other *other)
{
    js_transaction *transaction;
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    tell(other);
    for (unsigned i = 0; i < 60000 && !somebody_waits(store); i++) {
        (void)poll(NULL, 0, 1);
    }
    assert_true(somebody_waits(store));
    return transaction;
}

enum {
    WRITERS = 32,
    EACH = 60
};

/* What each of many that write at the same time has got, in memory that all share. */
struct crowd {
    _Atomic unsigned ready;
    uint64_t ids[WRITERS][EACH];
};

static _Noreturn void write_in_a_crowd(const char *directory, struct crowd *crowd, unsigned writer)
{
    js_database *database;
    if (js_open(directory, JS_WRITE, &test_options, &database, NULL) != JS_OK) {
        _exit(1);
    }
    crowd->ready++;
    while (crowd->ready < WRITERS) {
        (void)poll(NULL, 0, 1);
    }
    for (unsigned i = 0; i < EACH; i++) {
        if (js_put(database, SUCCESS, strlen(SUCCESS), &crowd->ids[writer][i], NULL) != JS_OK) {
            _exit(2);
        }
    }
    js_close(database);
    _exit(0);
}

/* How many sessions a writer has written when another one has come to its end. */
static unsigned written_until(const struct crowd *crowd, unsigned writer, uint64_t end)
{
    unsigned count = 0;
    while (count < EACH && crowd->ids[writer][count] <= end) {
        count++;
    }
    return count;
}

static unsigned written_by_the_last(const struct crowd *crowd)
{
    uint64_t end = UINT64_MAX;
    unsigned least = EACH;
    for (unsigned writer = 0; writer < WRITERS; writer++) {
        end = crowd->ids[writer][EACH - 1] < end ? crowd->ids[writer][EACH - 1] : end;
    }
    for (unsigned writer = 0; writer < WRITERS; writer++) {
        unsigned count = written_until(crowd, writer, end);
        least = count < least ? count : least;
    }
    return least;
}

/* Which processes run when is the kernel's; who was left behind had written none or a few when the first was done. */
static void many_that_write_without_a_pause_get_on_together(void **state)
{
    struct store *store = *state;
    struct crowd *crowd =
        mmap(NULL, sizeof(*crowd), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(crowd, MAP_FAILED);
    open_store(store);
    close_store(store);
    for (unsigned writer = 0; writer < WRITERS; writer++) {
        if (fork() == 0) {
            write_in_a_crowd(store->directory, crowd, writer);
        }
    }
    for (unsigned writer = 0; writer < WRITERS; writer++) {
        int status = -1;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    unsigned written = written_by_the_last(crowd);
    assert_true(written >= EACH / 10 && written <= EACH);
    (void)munmap(crowd, sizeof(*crowd));
}

static void who_was_stopped_is_waited_for_by_nobody(void **state)
{
    struct store *store = *state;
    struct other other = begin_other(store, put_when_told);
    open_store(store);
    js_transaction *transaction = write_while_it_waits(store, &other);
    assert_int_equal(kill(other.process, SIGSTOP), 0);
    assert_int_equal(waitpid(other.process, NULL, WUNTRACED), other.process);
    must(js_transaction_commit(transaction, &store->error), &store->error);
    for (uint64_t id = 1; id <= 50; id++) {
        assert_int_equal(put_session(store, SUCCESS), id);
    }
    assert_int_equal(kill(other.process, SIGCONT), 0);
    assert_int_equal(hear(&other), 51);
    end_other(&other, 0);
}

static void who_was_killed_does_not_wait_any_more(void **state)
{
    struct store *store = *state;
    struct other other = begin_other(store, put_when_told);
    open_store(store);
    js_transaction *transaction = write_while_it_waits(store, &other);
    assert_int_equal(kill(other.process, SIGKILL), 0);
    end_other(&other, SIGKILL);
    assert_false(somebody_waits(store));
    must(js_transaction_commit(transaction, &store->error), &store->error);
    for (uint64_t id = 1; id <= 10; id++) {
        assert_int_equal(put_session(store, SUCCESS), id);
    }
}

static void who_had_its_turn_does_not_wait_any_more(void **state)
{
    struct store *store = *state;
    struct other other = begin_other(store, put_when_told);
    open_store(store);
    js_transaction *transaction = write_while_it_waits(store, &other);
    must(js_transaction_commit(transaction, &store->error), &store->error);
    assert_int_equal(hear(&other), 1);
    assert_false(somebody_waits(store));
    end_other(&other, 0);
}

int main(void)
{
#define IN_A_DIRECTORY(test)                                                                       \
    cmocka_unit_test_setup_teardown(test, make_test_directory, remove_store)
    const struct CMUnitTest tests[] = {
        IN_A_DIRECTORY(many_that_write_without_a_pause_get_on_together),
        IN_A_DIRECTORY(who_was_stopped_is_waited_for_by_nobody),
        IN_A_DIRECTORY(who_was_killed_does_not_wait_any_more),
        IN_A_DIRECTORY(who_had_its_turn_does_not_wait_any_more),
    };
    return cmocka_run_group_tests_name("turn", tests, NULL, NULL);
}
