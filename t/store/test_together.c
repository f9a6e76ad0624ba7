/* SPDX-License-Identifier: Apache-2.0 */
/* Who waits to write one session has it written by whoever is next, with that one's own: in one commit, and each is told
 * what has become of its own. */
#include "other.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <lmdb.h>

#include "database/database.h"

#define RUNNING "{\"status\":\"Running\"}"
#define REFUSED "{\"status\":\"Flying\"}"
#define UPDATE "{\"id\":\"1\",\"note\":\"updated\"}"
#define LATE_UPDATE "{\"id\":\"77\",\"note\":\"of nothing\"}"

enum {
    OTHERS = 4,
    LIMIT = 50,
    TRIES = 60000
};

/* What a process is told to do. */
struct order {
    bool is_update;
    unsigned limit;
    char text[64];
};

struct answer {
    js_result result;
    uint64_t id;
    char member[16];
};

/* ---- Processes that wait ---- */

static _Noreturn void obey_orders(const char *directory, int from, int to)
{
    js_database *database;
    js_error error;
    struct order order;
    if (js_open(directory, JS_WRITE, &test_options, &database, NULL) != JS_OK) {
        _exit(1);
    }
    while (read(from, &order, sizeof(order)) == (ssize_t)sizeof(order)) {
        struct answer answer = {.id = 0};
        js_set_wait_limit(database, order.limit);
        error.member[0] = '\0';
        answer.result = (order.is_update ? js_update : js_put)(
            database, order.text, strlen(order.text), &answer.id, &error);
        (void)snprintf(answer.member, sizeof(answer.member), "%.15s", error.member);
        if (write(to, &answer, sizeof(answer)) != (ssize_t)sizeof(answer)) {
            _exit(2);
        }
    }
    js_close(database);
    _exit(0);
}

static void tell(const struct other *other, const struct order *order)
{
    assert_int_equal(write(other->to, order, sizeof(*order)), sizeof(*order));
}

static void tell_to_put(const struct other *other, const char *text)
{
    struct order order = {.is_update = false};
    (void)snprintf(order.text, sizeof(order.text), "%s", text);
    tell(other, &order);
}

static struct answer hear(const struct other *other)
{
    struct answer answer = {.id = 0};
    assert_int_equal(read(other->from, &answer, sizeof(answer)), sizeof(answer));
    return answer;
}

static uint64_t hear_id(const struct other *other)
{
    struct answer answer = hear(other);
    assert_int_equal(answer.result, JS_OK);
    return answer.id;
}

/* ---- The queue ---- */

static js_transaction *take_turn(struct store *store)
{
    js_transaction *transaction;
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    return transaction;
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

/* How many requests wait. In one's turn, as opening it is. */
static unsigned count_waiting(const struct store *store)
{
    unsigned count = 0;
    jsp_queue *queue = jsp_queue_open(store->directory, &store->database->opened.files, false);
    assert_non_null(queue);
    for (unsigned slot = 0; slot < JSP_QUEUE_SLOTS; slot++) {
        count += jsp_queue_look(queue, slot).state == JSP_QUEUE_FILLED;
    }
    jsp_queue_close(queue, true);
    return count;
}

static void await_waiting(const struct store *store, unsigned wanted)
{
    for (unsigned i = 0; i < TRIES && count_waiting(store) != wanted; i++) {
        (void)poll(NULL, 0, 1);
    }
    assert_int_equal(count_waiting(store), wanted);
}

/* Others that know by now that there are others. */
static void begin_others(struct store *store, struct other others[OTHERS])
{
    struct other *other;
    close_store(store);
    for (other = others; other < others + OTHERS; other++) {
        *other = begin_other(store, obey_orders);
    }
    open_store(store);
    for (other = others; other < others + OTHERS; other++) {
        js_transaction *transaction = take_turn(store);
        tell_to_put(other, SUCCESS);
        for (unsigned i = 0; i < TRIES && !somebody_waits(store); i++) {
            (void)poll(NULL, 0, 1);
        }
        assert_true(somebody_waits(store));
        js_transaction_abort(transaction);
        (void)hear_id(other);
    }
}

static void end_others(const struct other others[OTHERS])
{
    for (unsigned n = 0; n < OTHERS; n++) {
        (void)close(others[n].to); /* which those that began later have, too */
    }
    for (unsigned n = 0; n < OTHERS; n++) {
        assert_int_equal(waitpid(others[n].process, NULL, 0), others[n].process);
        (void)close(others[n].from);
    }
}

static size_t commits(const struct store *store)
{
    MDB_envinfo info;
    assert_int_equal(mdb_env_info(store->database->env, &info), 0);
    return info.me_last_txnid;
}

/* ---- Tests ---- */

static void all_that_wait_are_written_in_one_commit(void **state)
{
    struct store *store = *state;
    struct other others[OTHERS];
    begin_others(store, others);
    js_transaction *transaction = take_turn(store);
    for (unsigned n = 0; n < OTHERS; n++) {
        tell_to_put(&others[n], n == 1 ? UPDATE : RUNNING);
    }
    await_waiting(store, OTHERS);
    size_t before = commits(store);
    js_transaction_abort(transaction);
    js_snapshot *snapshot;
    for (unsigned n = 0; n < OTHERS; n++) {
        js_worker worker;
        uint64_t id = hear_id(&others[n]);
        if (n == 1) {
            assert_int_equal(id, 1);
            continue;
        }
        assert_true(id > OTHERS && id <= 2 * OTHERS);
        snapshot = begin_snapshot(store);
        assert_int_equal(js_snapshot_worker(snapshot, id, &worker), JS_OK);
        js_snapshot_end(snapshot);
        assert_int_equal(worker.process, others[n].process); /* and not who wrote it for it */
    }
    assert_int_equal(commits(store), before + 1);
    char *updated FREED = stored(store, 1);
    assert_non_null(strstr(updated, "\"note\":\"updated\""));
    assert_no_faults(store);
    end_others(others);
}

static void what_is_refused_is_refused_to_whose_it_is(void **state)
{
    struct store *store = *state;
    struct other others[OTHERS];
    struct order late = {.is_update = true, .text = LATE_UPDATE};
    begin_others(store, others);
    js_transaction *transaction = take_turn(store);
    tell_to_put(&others[0], SUCCESS);
    await_waiting(store, 1);
    tell_to_put(&others[1], REFUSED);
    tell(&others[2], &late);
    tell_to_put(&others[3], SUCCESS);
    await_waiting(store, OTHERS);
    size_t before = commits(store);
    js_transaction_abort(transaction);
    (void)hear_id(&others[0]);
    struct answer refused = hear(&others[1]);
    assert_int_equal(refused.result, JS_INVALID);
    assert_string_equal(refused.member, "status");
    assert_int_equal(hear(&others[2]).result, JS_NOT_FOUND);
    (void)hear_id(&others[3]);
    assert_int_equal(commits(store), before + 1);
    assert_int_equal(totals_of(store).count, OTHERS + 2);
    end_others(others);
}

static void whose_wait_is_over_has_written_nothing(void **state)
{
    struct store *store = *state;
    struct other others[OTHERS];
    const struct order limited = {.limit = LIMIT, .text = SUCCESS};
    begin_others(store, others);
    js_transaction *transaction = take_turn(store);
    for (unsigned n = 0; n < OTHERS; n++) {
        tell(&others[n], &limited);
    }
    for (unsigned n = 0; n < OTHERS; n++) {
        assert_int_equal(hear(&others[n]).result, JS_BUSY);
    }
    assert_int_equal(count_waiting(store), 0);
    js_transaction_abort(transaction);
    tell_to_put(&others[0], SUCCESS);
    assert_int_equal(hear_id(&others[0]), OTHERS + 1);
    assert_int_equal(totals_of(store).count, OTHERS + 1);
    end_others(others);
}

/* The first to wait stands in line for all, the others for him: until he is dead, or has been stopped. */
static void nobody_waits_for_the_dead_or_the_stopped(void **state)
{
    struct store *store = *state;
    struct other others[OTHERS];
    begin_others(store, others);
    js_transaction *transaction = take_turn(store);
    for (unsigned n = 0; n < OTHERS; n++) {
        tell_to_put(&others[n], SUCCESS);
        await_waiting(store, n + 1);
    }
    assert_int_equal(kill(others[0].process, SIGSTOP), 0);
    assert_int_equal(waitpid(others[0].process, NULL, WUNTRACED), others[0].process);
    assert_int_equal(kill(others[1].process, SIGKILL), 0);
    assert_int_equal(waitpid(others[1].process, NULL, 0), others[1].process);
    js_transaction_abort(transaction);
    (void)hear_id(&others[2]);
    (void)hear_id(&others[3]);
    assert_int_equal(totals_of(store).count,
                     OTHERS + 3); /* the dead one's not; who was stopped is alive */
    assert_int_equal(kill(others[0].process, SIGCONT), 0);
    (void)hear_id(&others[0]);
    (void)close(others[1].to);
    (void)close(others[1].from);
    close_store(store);
    others[1] = begin_other(store, obey_orders);
    open_store(store);
    end_others(others);
}

/* Nobody relies on what is in the file. */
static void a_queue_of_others_or_of_nothing_is_made_anew(void **state)
{
    struct store *store = *state;
    struct other others[OTHERS];
    struct stat before;
    struct stat after;
    FILE *file = fopen(path_in(store, JSP_QUEUE_FILE), "w");
    assert_non_null(file);
    assert_int_equal(fputs("not a queue\n", file), 1);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path_in(store, JSP_QUEUE_FILE), 0600), 0);
    assert_int_equal(stat(path_in(store, "data.mdb"), &before), 0);
    begin_others(store, others);
    assert_int_equal(stat(path_in(store, JSP_QUEUE_FILE), &after), 0);
    assert_int_equal(after.st_mode, before.st_mode);
    assert_int_equal(after.st_uid, before.st_uid);
    assert_int_equal(after.st_gid, before.st_gid);
    assert_true(after.st_size > (long)JSP_QUEUE_SLOTS * JSP_QUEUE_TEXT_MAX);
    end_others(others);
}

/* Who may not write to data.mdb could have others write for him. */
static void a_queue_that_more_can_write_to_is_made_anew(void **state)
{
    struct store *store = *state;
    struct other others[OTHERS];
    struct stat queue;
    begin_others(store, others);
    end_others(others);
    assert_int_equal(chmod(path_in(store, "data.mdb"), 0640), 0);
    js_transaction *transaction = take_turn(store);
    assert_null(jsp_queue_open(store->directory, &store->database->opened.files, false));
    js_transaction_abort(transaction);
    begin_others(store, others);
    assert_int_equal(stat(path_in(store, JSP_QUEUE_FILE), &queue), 0);
    assert_int_equal(queue.st_mode & 0777, 0640);
    end_others(others);
}

enum {
    THREADS = 8,
    EACH = 50
};

struct crowd {
    js_database *database;
    _Atomic unsigned failures;
    _Atomic unsigned char given[THREADS * EACH + 1];
};

static void *put_some(void *argument)
{
    struct crowd *crowd = argument;
    uint64_t id;
    for (unsigned n = 0; n < EACH; n++) {
        if (js_put(crowd->database, RUNNING, strlen(RUNNING), &id, NULL) != JS_OK
            || id > THREADS * EACH || crowd->given[id]++ != 0) {
            crowd->failures++;
        }
    }
    return NULL;
}

static void threads_of_a_process_are_told_their_own(void **state)
{
    struct store *store = *state;
    pthread_t threads[THREADS];
    struct crowd crowd = {.database = store->database};
    size_t before = commits(store);
    for (unsigned n = 0; n < THREADS; n++) {
        assert_int_equal(pthread_create(&threads[n], NULL, put_some, &crowd), 0);
    }
    for (unsigned n = 0; n < THREADS; n++) {
        assert_int_equal(pthread_join(threads[n], NULL), 0);
    }
    assert_int_equal(crowd.failures, 0);
    assert_int_equal(totals_of(store).count, THREADS * EACH);
    assert_true(commits(store) - before < THREADS * EACH); /* some waited for each other */
    assert_no_faults(store);
}

int main(void)
{
#define IN_A_STORE(test) cmocka_unit_test_setup_teardown(test, make_store, remove_store)
    const struct CMUnitTest tests[] = {
        IN_A_STORE(all_that_wait_are_written_in_one_commit),
        IN_A_STORE(what_is_refused_is_refused_to_whose_it_is),
        IN_A_STORE(whose_wait_is_over_has_written_nothing),
        IN_A_STORE(nobody_waits_for_the_dead_or_the_stopped),
        IN_A_STORE(a_queue_of_others_or_of_nothing_is_made_anew),
        IN_A_STORE(a_queue_that_more_can_write_to_is_made_anew),
        IN_A_STORE(threads_of_a_process_are_told_their_own),
    };
    return cmocka_run_group_tests_name("together", tests, NULL, NULL);
}
