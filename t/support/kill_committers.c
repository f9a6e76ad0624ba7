/* SPDX-License-Identifier: Apache-2.0 */
/* Many processes that commit one session each, again and again, some of which are killed: at any time, while it is
 * their turn to write, and instruction by instruction behind the write that makes a commit the last one.
 *
 *     kill_committers DIR WORKERS THREADS KILLS
 *
 * THREADS of each process commit. Prints what was found, a line each: how many sessions were told to be stored, how
 * many kills of which kind there were, the longest that anybody has waited in milliseconds, and what is wrong. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "jobsessions.h"

enum {
    WORKERS_MAX = 64,
    TOKENS_MAX = 4000000,
    UPDATE_EVERY = 4,
    META_PAGES =
        8192, /* bytes from the beginning of data.mdb, of which only a commit's end writes few */
    STEPS_MAX = 6000,   /* instructions behind it */
    CALLS_MAX = 100000, /* system calls until it is come to */
    SESSION_ROOM = 4096
};

/* What all share. */
struct shared {
    _Atomic uint32_t tokens;   /* given */
    _Atomic int64_t slowest;   /* milliseconds, of those in which nobody was held by a tracer */
    _Atomic unsigned traces;   /* begun and ended */
    _Atomic unsigned failures; /* calls that were not JS_OK */
    char failure[1024];
    uint64_t
        told[TOKENS_MAX]; /* the id of the session that a token was stored in, once that was told */
    bool is_update[TOKENS_MAX]; /* it was written into a session that was there */
};

struct worker {
    struct shared *shared;
    const char *directory;
    js_database *database;
};

static _Noreturn void fail(const char *why)
{
    (void)fprintf(stderr, "kill_committers: %s\n", why);
    exit(EXIT_FAILURE);
}

static int64_t milliseconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static void pause_for(long microseconds)
{
    const struct timespec time = {0, microseconds * 1000};
    (void)nanosleep(&time, NULL);
}

/* ---- A worker ---- */

static void note_time(struct shared *shared, unsigned traces, int64_t took)
{
    if (traces % 2 != 0 || traces != shared->traces) {
        return;
    }
    int64_t slowest = atomic_load(&shared->slowest);
    while (took > slowest && !atomic_compare_exchange_weak(&shared->slowest, &slowest, took)) {
    }
}

/* Write under a token until it is stored: what is replaced meanwhile is opened anew. */
static js_result write_token(struct worker *worker, uint32_t token, uint64_t *id, js_error *error)
{
    char text[128];
    bool is_update = *id != 0;
    int length =
        is_update
            ? snprintf(text, sizeof(text), "{\"id\":\"%" PRIu64 "\",\"second\":%u}", *id, token)
            : snprintf(text, sizeof(text), "{\"status\":\"Running\",\"first\":%u}", token);
    js_result result = is_update ? js_update(worker->database, text, (size_t)length, id, error)
                                 : js_put(worker->database, text, (size_t)length, id, error);
    while (result == JS_REPLACED) {
        js_close(worker->database);
        result = js_open(worker->directory, JS_WRITE, NULL, &worker->database, error);
        if (result == JS_OK) {
            result = is_update ? js_update(worker->database, text, (size_t)length, id, error)
                               : js_put(worker->database, text, (size_t)length, id, error);
        }
    }
    return result;
}

static void *commit_for_ever(void *argument)
{
    struct worker *worker = argument;
    struct shared *shared = worker->shared;
    js_error error;
    uint64_t id = 0;
    for (;;) {
        uint32_t token = ++shared->tokens;
        if (token >= TOKENS_MAX) {
            return NULL;
        }
        id = token % UPDATE_EVERY == 0 ? id : 0;
        bool is_update = id != 0;
        unsigned traces = shared->traces;
        int64_t began = milliseconds();
        if (write_token(worker, token, &id, &error) != JS_OK) {
            memcpy(shared->failure, error.message, sizeof(error.message));
            shared->failures++;
            return NULL;
        }
        note_time(shared, traces, milliseconds() - began);
        shared->is_update[token] = is_update;
        shared->told[token] = id;
    }
}

static _Noreturn void work(struct shared *shared, const char *directory, unsigned threads)
{
    js_error error;
    pthread_t thread[WORKERS_MAX];
    struct worker worker = {.shared = shared, .directory = directory};
    (void)alarm(600);
    if (js_open(directory, JS_WRITE, NULL, &worker.database, &error) != JS_OK) {
        (void)fprintf(stderr, "%s\n", error.message);
        _exit(1);
    }
    for (unsigned n = 1; n < threads; n++) {
        (void)pthread_create(&thread[n], NULL, commit_for_ever, &worker);
    }
    (void)commit_for_ever(&worker);
    for (unsigned n = 1; n < threads; n++) {
        (void)pthread_join(thread[n], NULL);
    }
    _exit(0);
}

static pid_t start(struct shared *shared, const char *directory, unsigned threads)
{
    pid_t parent = getpid();
    pid_t process = fork();
    if (process == 0) {
        if (getppid() != parent) {
            _exit(1);
        }
        work(shared, directory, threads);
    }
    return process > 0 ? process : (fail("no process"), 0);
}

/* ---- Killing ---- */

/* The process whose turn it is to write, or 0. */
static pid_t holder(const char *directory)
{
    char path[4096];
    struct flock turn = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    (void)snprintf(path, sizeof(path), "%s/data.mdb", directory);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    bool is_held = fd >= 0 && fcntl(fd, F_GETLK, &turn) == 0 && turn.l_type != F_UNLCK;
    (void)close(fd);
    return is_held && turn.l_pid > 0 ? turn.l_pid : 0;
}

/* Whether the traced thread has come out of the write of a meta page. */
static bool has_committed(pid_t process)
{
    static bool is_meta;
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, process, sizeof(info), &info) <= 0) {
        return false;
    }
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
        is_meta = info.entry.nr == SYS_pwrite64 && info.entry.args[2] < 4096
                  && info.entry.args[3] < META_PAGES;
        return false;
    }
    return info.op == PTRACE_SYSCALL_INFO_EXIT && is_meta;
}

/* Let it run to its next stop; false: it is gone. */
static bool run_on(pid_t process, int how)
{
    int status;
    return ptrace(how, process, NULL, NULL) == 0 && waitpid(process, &status, __WALL) == process
           && WIFSTOPPED(status);
}

/* Stop it some instructions behind its next commit. False: it may not be traced, or has not come to one. */
static bool stop_behind_commit(pid_t process)
{
    int status;
    long steps = random() % STEPS_MAX;
    if (ptrace(PTRACE_SEIZE, process, NULL, (long)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) != 0
        || ptrace(PTRACE_INTERRUPT, process, NULL, NULL) != 0
        || waitpid(process, &status, __WALL) != process) {
        return false;
    }
    for (int calls = 0; calls < CALLS_MAX; calls++) {
        if (!run_on(process, PTRACE_SYSCALL)) {
            return false;
        }
        if (has_committed(process)) {
            while (steps-- > 0 && run_on(process, PTRACE_SINGLESTEP)) {
            }
            return true;
        }
    }
    return false;
}

static int find(const pid_t *workers, unsigned count, pid_t process)
{
    for (unsigned n = 0; n < count; n++) {
        if (workers[n] == process) {
            return (int)n;
        }
    }
    return -1;
}

struct kills {
    unsigned at_any_time;
    unsigned in_turn;
    unsigned behind_commit;
};

/* Which of the workers is to die, and has been brought to where it does. */
static unsigned choose(struct shared *shared, const pid_t *workers, unsigned count,
                       const char *directory, struct kills *kills)
{
    int at = -1;
    pause_for(random() % 20000);
    unsigned kind = (unsigned)random() % 4;
    for (unsigned tries = 0; kind > 0 && at < 0 && tries < 10000; tries++) {
        at = find(workers, count, holder(directory));
    }
    if (at < 0) {
        kills->at_any_time++;
        return (unsigned)random() % count;
    }
    if (kind > 1) {
        shared->traces++;
    }
    if (kind > 1 && stop_behind_commit(workers[at])) {
        kills->behind_commit++;
    } else {
        pause_for(random() % 3000);
        kills->in_turn++;
    }
    return (unsigned)at;
}

/* Kill a worker, and with it the trace. */
static void end(struct shared *shared, pid_t process)
{
    (void)kill(process, SIGKILL);
    (void)waitpid(process, NULL, __WALL);
    shared->traces += shared->traces % 2;
}

/* ---- What is stored ---- */

struct check {
    const struct shared *shared;
    uint8_t *seen;     /* how often a token was met */
    uint32_t *seconds; /* of an id */
    uint64_t *firsts;
    uint64_t ids;
};

static uint32_t member(const char *text, const char *name)
{
    const char *found = strstr(text, name);
    return found != NULL ? (uint32_t)strtoul(found + strlen(name), NULL, 10) : 0;
}

static void read_all(js_database *database, struct check *check)
{
    char text[SESSION_ROOM];
    js_error error;
    size_t length;
    for (uint64_t id = 1; id < TOKENS_MAX; id++) {
        js_result result = js_get(database, id, text, sizeof(text) - 1, &length, &error);
        if (result != JS_OK) {
            check->ids = id;
            return;
        }
        text[length] = '\0';
        uint32_t first = member(text, "\"first\":");
        check->seen[first] += check->seen[first] < 2;
        check->firsts[first] = id;
        check->seconds[id] = member(text, "\"second\":");
    }
}

static void compare(const struct check *check, unsigned *told, unsigned *lost, unsigned *twice)
{
    for (uint32_t token = 1; token < TOKENS_MAX; token++) {
        uint64_t id = check->shared->told[token];
        bool is_there = check->shared->is_update[token] ? check->seconds[id] >= token
                                                        : check->firsts[token] == id;
        *told += id != 0;
        *lost += id != 0 && !is_there;
        *twice += check->seen[token] > 1;
    }
}

static void report(const struct shared *shared, const char *directory, const struct kills *kills)
{
    js_database *database;
    js_error error;
    unsigned told = 0;
    unsigned lost = 0;
    unsigned twice = 0;
    struct check check = {shared, calloc(TOKENS_MAX, sizeof(uint8_t)),
                          calloc(TOKENS_MAX, sizeof(uint32_t)),
                          calloc(TOKENS_MAX, sizeof(uint64_t)), 0};
    if (check.seen == NULL || check.seconds == NULL || check.firsts == NULL
        || js_open(directory, JS_READ, NULL, &database, &error) != JS_OK) {
        fail("what is stored cannot be read");
    }
    read_all(database, &check);
    js_close(database);
    compare(&check, &told, &lost, &twice);
    printf("told %u\nslowest %" PRId64 "\nlost %u\ntwice %u\nfailures %u %s\n", told,
           shared->slowest, lost, twice, shared->failures, shared->failure);
    printf("at any time %u\nin turn %u\nbehind commit %u\n", kills->at_any_time, kills->in_turn,
           kills->behind_commit);
    free(check.seen);
    free(check.seconds);
    free(check.firsts);
}

int main(int argc, char **argv)
{
    pid_t workers[WORKERS_MAX];
    struct kills kills = {0};
    if (argc != 5) {
        fail("usage: kill_committers DIR WORKERS THREADS KILLS");
    }
    unsigned count = (unsigned)strtoul(argv[2], NULL, 10);
    unsigned threads = (unsigned)strtoul(argv[3], NULL, 10);
    unsigned long wanted = strtoul(argv[4], NULL, 10);
    struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (shared == MAP_FAILED || count < 1 || count > WORKERS_MAX || threads > WORKERS_MAX) {
        fail("no memory, or too many workers");
    }
    srandom((unsigned)getpid());
    for (unsigned n = 0; n < count; n++) {
        workers[n] = start(shared, argv[1], threads);
    }
    for (unsigned long n = 0; n < wanted && shared->failures == 0; n++) {
        unsigned at = choose(shared, workers, count, argv[1], &kills);
        end(shared, workers[at]);
        workers[at] = start(shared, argv[1], threads);
    }
    pause_for(500000);
    for (unsigned n = 0; n < count; n++) {
        end(shared, workers[n]);
    }
    report(shared, argv[1], &kills);
    return EXIT_SUCCESS;
}
