/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file store.c
 * What the bench measures below httpd, on libjobsessions itself:
 *
 *     store render DIR ROUNDS                  render the export, nothing else (for callgrind)
 *     store scan DIR ROUNDS                    count what a Status and Types filter matches
 *     store commit DIR BARE COUNT ROUNDS       durable commits of one session, and of bare bytes
 *     store batch DIR COUNT ROUNDS             transactions of COUNT sessions
 *     store logs DIR COUNT LINES               give the sessions 1 to COUNT a log of LINES lines each
 *     store write DIR COUNT                    a worker: sessions from start to finish; 0: until SIGTERM
 *     store many DIR WORKERS SECONDS           processes that commit one session each, again and again
 *     store change SECONDS DIR...              ten changes a second of each database
 *
 * Sessions to write are made up here. Output is lines of numbers for the bench, errors are for people.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lmdb.h>

#include <jobsessions_read.h>

enum {
    CHUNK = 64 * 1024,
    SESSION_TEXT = 512,
    /* valgrind cannot reserve the library's 64 GiB */
    RENDER_MAP = 1024 * 1024 * 1024
};

#define BARE_MAP ((size_t)64 << 30)

static volatile sig_atomic_t ending;

static void end(int signal)
{
    (void)signal;
    ending = 1;
}

static _Noreturn void fail(const char *what)
{
    (void)fprintf(stderr, "store: %s\n", what);
    exit(EXIT_FAILURE);
}

static void need(js_result result, const js_error *error)
{
    if (result != JS_OK) {
        fail(error->message);
    }
}

static void need_lmdb(int rc)
{
    if (rc != 0) {
        fail(mdb_strerror(rc));
    }
}

static unsigned long number(const char *text)
{
    char *rest;
    unsigned long value = strtoul(text, &rest, 10);
    if (*text == '\0' || *rest != '\0') {
        fail("a count is not a number");
    }
    return value;
}

static double seconds(clockid_t clock)
{
    struct timespec time;
    if (clock_gettime(clock, &time) != 0) {
        fail("clock_gettime");
    }
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static js_database *open_database(const char *directory, js_mode mode, const js_options *options)
{
    js_database *database;
    js_error error;
    need(js_open(directory, mode, options, &database, &error), &error);
    return database;
}

/* A session as a backup worker finishes it; the same size as those of generate.pl. */
static size_t make_session(char text[SESSION_TEXT], unsigned long n)
{
    int length = snprintf(
        text, SESSION_TEXT,
        "{\"type\":\"PolicyBackup\",\"localizedType\":\"Policy Backup\","
        "\"executionStartTime\":\"2026-11-23T08:%02lu:%02lu.906363Z\","
        "\"executionStopTime\":\"2026-11-23T09:%02lu:%02lu.858646Z\",\"status\":\"Success\","
        "\"backupJobInfo\":{\"policyId\":\"4e096ba7-8125-4d5d-804b-581f4e6c%04lx\","
        "\"policyName\":\"Nightly backup %05lu\",\"protectedInstancesCount\":%lu,"
        "\"policyRemoved\":false}}",
        n / 60 % 60, n % 60, n / 60 % 60, n % 60, n % 65536, n % 100000, n % 40);
    if (length < 0 || length >= SESSION_TEXT) {
        fail("a session is longer than its buffer");
    }
    return (size_t)length;
}

/* ---- Reading ------------------------------------------------------------------------------- */

static int render(const char *directory, unsigned long rounds)
{
    static char chunk[CHUNK];
    js_document *document = malloc(js_document_size());
    static js_links links;
    const js_options options = {.map_size = RENDER_MAP};
    js_database *database = open_database(directory, JS_READ, &options);
    js_error error;
    if (document == NULL) {
        fail("no memory");
    }
    need(js_links_make(&links, "http://127.0.0.1:8000", NULL, &error), &error);
    while (rounds-- > 0) {
        js_snapshot *snapshot;
        js_totals totals;
        js_result result;
        size_t produced;
        need(js_snapshot_begin(database, &snapshot, &error), &error);
        need(js_snapshot_totals(snapshot, &totals, &error), &error);
        need(js_document_begin(document, snapshot, &links, NULL, NULL, &error), &error);
        do {
            result = js_document_read(document, chunk, sizeof(chunk), &produced);
        } while (result == JS_OK);
        if (result != JS_END || js_document_produced(document) != js_document_length(document)) {
            fail("the document did not come to its end");
        }
        printf("%" PRIu64 " %" PRIu64 "\n", totals.count, js_document_produced(document));
        js_document_end(document);
        js_snapshot_end(snapshot);
    }
    free(document);
    js_close(database);
    return EXIT_SUCCESS;
}

/* Prints a line a round: headers looked at, matches, seconds. The filter has no index to help it. */
static int scan(const char *directory, unsigned long rounds)
{
    static const char *const types[] = {"PolicyBackup", "PolicySnapshot"};
    js_database *database = open_database(directory, JS_READ, NULL);
    js_error error;
    js_query query;
    js_query_all(&query);
    query.filter.types = types;
    query.filter.type_count = 2;
    query.filter.statuses = js_status_bit("Error") | js_status_bit("Warning");
    query.limit = 50;
    js_list *list = malloc(js_list_size(&query));
    if (list == NULL) {
        fail("no memory");
    }
    while (rounds-- > 0) {
        js_snapshot *snapshot;
        js_totals totals;
        need(js_snapshot_begin(database, &snapshot, &error), &error);
        need(js_snapshot_totals(snapshot, &totals, &error), &error);
        double began = seconds(CLOCK_MONOTONIC);
        need(js_list_begin(list, snapshot, &query, &error), &error);
        double took = seconds(CLOCK_MONOTONIC) - began;
        printf("%" PRIu64 " %" PRIu64 " %.9f\n", totals.count, js_list_get_totals(list)->total,
               took);
        js_snapshot_end(snapshot);
    }
    free(list);
    js_close(database);
    return EXIT_SUCCESS;
}

/* ---- Writing ------------------------------------------------------------------------------- */

static double commit_sessions(js_database *database, unsigned long first, unsigned long count)
{
    char text[SESSION_TEXT];
    js_error error;
    double began = seconds(CLOCK_MONOTONIC);
    for (unsigned long n = first; n < first + count; n++) {
        size_t length = make_session(text, n);
        need(js_put(database, text, length, NULL, &error), &error);
    }
    return seconds(CLOCK_MONOTONIC) - began;
}

static double commit_bare(MDB_env *env, MDB_dbi table, unsigned long first, unsigned long count)
{
    char text[SESSION_TEXT];
    double began = seconds(CLOCK_MONOTONIC);
    for (unsigned long n = first; n < first + count; n++) {
        MDB_txn *txn;
        MDB_val key = {sizeof(n), &n};
        MDB_val value = {make_session(text, n), text};
        need_lmdb(mdb_txn_begin(env, NULL, 0, &txn));
        need_lmdb(mdb_put(txn, table, &key, &value, 0));
        need_lmdb(mdb_txn_commit(txn));
    }
    return seconds(CLOCK_MONOTONIC) - began;
}

/* Prints a line a round: seconds for COUNT commits of ours, and of mdb_put alone. */
static int commit(const char *directory, const char *bare, unsigned long count,
                  unsigned long rounds)
{
    js_database *database = open_database(directory, JS_WRITE, NULL);
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi table;
    need_lmdb(mdb_env_create(&env));
    need_lmdb(mdb_env_set_mapsize(env, BARE_MAP));
    need_lmdb(mdb_env_open(env, bare, 0, 0600));
    need_lmdb(mdb_txn_begin(env, NULL, 0, &txn));
    need_lmdb(mdb_dbi_open(txn, NULL, MDB_INTEGERKEY, &table));
    need_lmdb(mdb_txn_commit(txn));
    for (unsigned long round = 0; round < rounds; round++) {
        double ours = commit_sessions(database, round * count, count);
        double theirs = commit_bare(env, table, round * count, count);
        printf("%.9f %.9f\n", ours, theirs);
    }
    mdb_env_close(env);
    js_close(database);
    return EXIT_SUCCESS;
}

/* Prints a line a round: seconds for a transaction of COUNT sessions, its commit included. */
static int batch(const char *directory, unsigned long count, unsigned long rounds)
{
    char text[SESSION_TEXT];
    js_database *database = open_database(directory, JS_WRITE, NULL);
    js_error error;
    for (unsigned long round = 0; round < rounds; round++) {
        js_transaction *transaction;
        double began = seconds(CLOCK_MONOTONIC);
        need(js_transaction_begin(database, &transaction, &error), &error);
        for (unsigned long n = 0; n < count; n++) {
            size_t length = make_session(text, n);
            need(js_transaction_put(transaction, text, length, NULL, &error), &error);
        }
        need(js_transaction_commit(transaction, &error), &error);
        printf("%.9f\n", seconds(CLOCK_MONOTONIC) - began);
    }
    js_close(database);
    return EXIT_SUCCESS;
}

/* A thousand sessions a transaction. */
static int add_logs(const char *directory, unsigned long count, unsigned long lines)
{
    static const char line[] =
        "{\"logTime\":\"2026-11-23T08:00:07.906363Z\",\"status\":\"Success\","
        "\"message\":\"Disk 2 of erp-db-07: 1,204 MiB of 40 GiB were new\"}";
    js_database *database = open_database(directory, JS_WRITE, NULL);
    js_transaction *transaction = NULL;
    js_error error;
    for (unsigned long id = 1; id <= count; id++) {
        if (transaction == NULL) {
            need(js_transaction_begin(database, &transaction, &error), &error);
        }
        for (unsigned long n = 0; n < lines; n++) {
            need(js_transaction_append(transaction, id, JS_LOG, line, sizeof(line) - 1, &error),
                 &error);
        }
        if (id % 1000 == 0 || id == count) {
            need(js_transaction_commit(transaction, &error), &error);
            transaction = NULL;
        }
    }
    js_close(database);
    return EXIT_SUCCESS;
}

static void update(js_database *database, uint64_t id, const char *members)
{
    char text[SESSION_TEXT];
    js_error error;
    int length = snprintf(text, sizeof(text), "{\"id\":\"%" PRIu64 "\",%s}", id, members);
    need(js_put(database, text, (size_t)length, NULL, &error), &error);
}

enum {
    STEPS = 4
};

/* Each session is four durable commits: start, two updates of its progress, finish. */
static void take_step(js_database *database, uint64_t *id, unsigned long step)
{
    static const char start[] = "{\"type\":\"PolicyBackup\",\"status\":\"Running\","
                                "\"executionStartTime\":\"2026-11-23T08:00:00.906363Z\"}";
    static const char *const updates[STEPS] = {
        NULL,
        "\"backupJobInfo\":{\"policyId\":\"4e096ba7-8125-4d5d-804b-581f4e6c8440\","
        "\"policyName\":\"Nightly backup 00001\",\"protectedInstancesCount\":1,"
        "\"policyRemoved\":false}",
        "\"backupJobInfo\":{\"protectedInstancesCount\":2}",
        "\"status\":\"Success\",\"executionStopTime\":\"2026-11-23T08:16:25.858646Z\""};
    js_error error;
    if (step == 0) {
        need(js_put(database, start, sizeof(start) - 1, id, &error), &error);
    } else {
        update(database, *id, updates[step]);
    }
}

/* Prints how many sessions there were. */
static int work(const char *directory, unsigned long count)
{
    js_database *database = open_database(directory, JS_WRITE, NULL);
    unsigned long n = 0;
    struct sigaction action = {.sa_handler = end};
    (void)sigaction(SIGTERM, &action, NULL);
    for (; !ending && (count == 0 || n < count); n++) {
        uint64_t id = 0;
        for (unsigned long step = 0; step < STEPS; step++) {
            take_step(database, &id, step);
        }
    }
    printf("%lu\n", n);
    js_close(database);
    return EXIT_SUCCESS;
}

/* ---- A fleet ------------------------------------------------------------------------------- */

enum {
    CHANGES_A_SECOND = 10 /* of each database */
};

/* A database that nobody else writes to, so that each change has the usn after the one before. */
struct appliance {
    js_database *database;
    uint64_t usn;
    uint64_t id;
    unsigned long changes;
};

static uint64_t last_usn(js_database *database)
{
    js_error error;
    js_snapshot *snapshot;
    js_totals totals;
    need(js_snapshot_begin(database, &snapshot, &error), &error);
    need(js_snapshot_totals(snapshot, &totals, &error), &error);
    js_snapshot_end(snapshot);
    return totals.usn;
}

static void sleep_until(double due)
{
    struct timespec time = {.tv_sec = (time_t)due};
    time.tv_nsec = (long)((due - (double)time.tv_sec) * 1e9);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR) {
    }
}

/* The databases take turns, evenly over each second. Prints a line a change: its directory, its usn, and when its
 * commit had returned, by CLOCK_MONOTONIC. */
static int change(unsigned long duration, unsigned long count, char **directories)
{
    struct appliance *appliances = calloc(count, sizeof(*appliances));
    if (appliances == NULL) {
        fail("no memory");
    }
    for (unsigned long n = 0; n < count; n++) {
        appliances[n].database = open_database(directories[n], JS_WRITE, NULL);
        appliances[n].usn = last_usn(appliances[n].database);
    }
    double rate = (double)(CHANGES_A_SECOND * count);
    double began = seconds(CLOCK_MONOTONIC);
    for (unsigned long n = 0; n < duration * CHANGES_A_SECOND * count; n++) {
        struct appliance *appliance = &appliances[n % count];
        sleep_until(began + (double)n / rate);
        take_step(appliance->database, &appliance->id, appliance->changes++ % STEPS);
        printf("%s %" PRIu64 " %.6f\n", directories[n % count], ++appliance->usn,
               seconds(CLOCK_MONOTONIC));
    }
    for (unsigned long n = 0; n < count; n++) {
        if (last_usn(appliances[n].database) != appliances[n].usn) {
            fail("somebody else writes to a database, too");
        }
        js_close(appliances[n].database);
    }
    free(appliances);
    return EXIT_SUCCESS;
}

/* ---- Many that write ----------------------------------------------------------------------- */

enum {
    LATENCIES = 200000
};

/* What one of many has seen, in memory that all share. */
struct worker {
    unsigned long commits;
    double latencies[LATENCIES]; /* seconds, from the call to its JS_OK */
};

static void commit_until(const char *directory, struct worker *worker, double until)
{
    char text[SESSION_TEXT];
    js_error error;
    js_database *database = open_database(directory, JS_WRITE, NULL);
    double began = seconds(CLOCK_MONOTONIC);
    while (began < until && worker->commits < LATENCIES) {
        size_t length = make_session(text, worker->commits);
        need(js_put(database, text, length, NULL, &error), &error);
        double ended = seconds(CLOCK_MONOTONIC);
        worker->latencies[worker->commits++] = ended - began;
        began = ended;
    }
    js_close(database);
}

static int compare_latencies(const void *one_, const void *other_)
{
    const double *one = one_;
    const double *other = other_;
    return (*one > *other) - (*one < *other);
}

/* Prints a line a worker: commits, and the 50th and the 99th of a hundred latencies, and the longest. */
static void show_worker(struct worker *worker)
{
    unsigned long count = worker->commits;
    if (count == 0) {
        fail("a worker has not come to a commit");
    }
    qsort(worker->latencies, count, sizeof(*worker->latencies), compare_latencies);
    printf("%lu %.6f %.6f %.6f\n", count, worker->latencies[count / 2],
           worker->latencies[count * 99 / 100], worker->latencies[count - 1]);
}

static int many(const char *directory, unsigned long count, unsigned long duration)
{
    size_t size = count * sizeof(struct worker);
    struct worker *workers =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (workers == MAP_FAILED) {
        fail("no memory");
    }
    js_close(open_database(directory, JS_WRITE, NULL));
    double until = seconds(CLOCK_MONOTONIC) + (double)duration;
    for (unsigned long n = 0; n < count; n++) {
        if (fork() == 0) {
            commit_until(directory, &workers[n], until);
            _exit(EXIT_SUCCESS);
        }
    }
    while (wait(NULL) > 0) {
    }
    for (unsigned long n = 0; n < count; n++) {
        show_worker(&workers[n]);
    }
    (void)munmap(workers, size);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    const char *verb = argc > 2 ? argv[1] : "";
    if (strcmp(verb, "render") == 0 && argc == 4) {
        return render(argv[2], number(argv[3]));
    }
    if (strcmp(verb, "scan") == 0 && argc == 4) {
        return scan(argv[2], number(argv[3]));
    }
    if (strcmp(verb, "commit") == 0 && argc == 6) {
        return commit(argv[2], argv[3], number(argv[4]), number(argv[5]));
    }
    if (strcmp(verb, "batch") == 0 && argc == 5) {
        return batch(argv[2], number(argv[3]), number(argv[4]));
    }
    if (strcmp(verb, "logs") == 0 && argc == 5) {
        return add_logs(argv[2], number(argv[3]), number(argv[4]));
    }
    if (strcmp(verb, "write") == 0 && argc == 4) {
        return work(argv[2], number(argv[3]));
    }
    if (strcmp(verb, "many") == 0 && argc == 5) {
        return many(argv[2], number(argv[3]), number(argv[4]));
    }
    if (strcmp(verb, "change") == 0 && argc > 3) {
        return change(number(argv[2]), (unsigned long)argc - 3, argv + 3);
    }
    fail("usage: see the head of store.c");
}
