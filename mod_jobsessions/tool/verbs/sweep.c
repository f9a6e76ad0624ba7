/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/complain.h"
#include "base/database.h"
#include "base/output.h"
#include "output/table.h"
#include "output/text_output.h"
#include "read/id_list.h"
#include "read/moment.h"
#include "read/walk.h"
#include "verbs/verbs.h"
#include "write/pace.h"

/* How often the database may be replaced under one run. */
#define REPLACED_MAX 100

static const struct column columns[] = {
    {"ID", 8}, {"SESSION", 7}, {"LAST HEARD OF", 28}, {"WORKER", 0}};

#define STATES (JS_WORKER_HIDDEN + 1)

struct sweeping {
    const struct options *options;
    js_sweep how;
    struct walk walk;
    struct table table;
    bool has_head; /* the table, which a timer's journal does not want without a row */
    struct id_list
        ids;     /* of sessions whose worker is not seen to live, and of what is left of others */
    size_t next; /* of these */
    uint64_t swept;
    uint64_t left[STATES]; /* as they were, by what is known of their workers */
    uint64_t refused;
};

/* ---- Finding ---------------------------------------------------------------------------------- */

/* Those whose worker lives need no turn to write. */
static enum exit_code choose(void *baton, FILE *out, const js_session *session)
{
    struct sweeping *sweeping = baton;
    js_worker worker;
    (void)out;
    js_result result = js_snapshot_worker(sweeping->walk.snapshot, session->id, &worker);
    if (result == JS_OK && worker.state == JS_WORKER_LIVES) {
        sweeping->left[JS_WORKER_LIVES]++;
        return EXIT_DONE;
    }
    return id_list_add(&sweeping->ids, session->id);
}

static enum exit_code find_running(struct sweeping *sweeping, js_database *database)
{
    sweeping->walk = (struct walk){
        .options = sweeping->options, .database = database, .row = choose, .baton = sweeping};
    js_query_all(&sweeping->walk.query);
    sweeping->walk.query.filter.statuses = ~js_statuses_finished();
    return walk_run(&sweeping->walk);
}

/* What earlier versions have left of workers when they finished sessions. */
static enum exit_code find_left(struct sweeping *sweeping, js_database *database)
{
    js_error error;
    js_snapshot *snapshot;
    uint64_t id = 0;
    if (js_snapshot_begin(database, &snapshot, &error) != JS_OK) {
        complain("%s", error.message);
        return EXIT_DATABASE;
    }
    enum exit_code code = EXIT_DONE;
    while (code == EXIT_DONE && js_snapshot_left_worker(snapshot, id, &id) == JS_OK) {
        code = id_list_add(&sweeping->ids, id++);
    }
    js_snapshot_end(snapshot);
    return code;
}

/* ---- Sweeping --------------------------------------------------------------------------------- */

static void print_json(FILE *out, const char *id, const js_worker *worker, bool swept)
{
    static const char *const states[STATES] = {"unknown", "lives", "gone", "hidden"};
    (void)fprintf(out, "{\"id\":\"%s\",\"swept\":%s,\"state\":\"%s\"", id, swept ? "true" : "false",
                  states[worker->state]);
    if (worker->process != 0) {
        (void)fprintf(out, ",\"process\":%ld", worker->process);
    }
    if (worker->heard[0] != '\0') {
        (void)fprintf(out, ",\"heard\":\"%s\"", worker->heard);
    }
    (void)fprintf(out, ",\"what\":\"%s\"}\n", worker->what);
}

/* A line, of those that stay as they are only where nothing is changed. */
static void print(struct sweeping *sweeping, FILE *out, const char *id, const js_worker *worker,
                  bool swept)
{
    const char *cells[] = {id, swept ? "swept" : "left", worker->heard, worker->what};
    if (!swept && !sweeping->options->dry_run) {
        return;
    }
    if (sweeping->options->json) {
        print_json(out, id, worker, swept);
        return;
    }
    if (!sweeping->has_head) {
        table_head(&sweeping->table, out);
        sweeping->has_head = true;
    }
    table_row(&sweeping->table, out, cells, 1, swept ? "31" : NULL);
}

/* One session, of which the transaction goes on after JS_OK. */
static js_result sweep_one(struct sweeping *sweeping, js_transaction *transaction, FILE *out,
                           uint64_t id, js_error *error)
{
    js_worker worker;
    char name[JS_ID_TEXT];
    js_result result = js_transaction_sweep(transaction, id, &sweeping->how, &worker, error);
    if (result == JS_FINISHED || result == JS_NOT_FOUND) {
        return JS_OK;
    }
    if (result == JS_INVALID) {
        complain("%s", error->message);
        sweeping->refused++;
        return JS_OK;
    }
    if (result != JS_OK && result != JS_RUNNING) {
        return result;
    }
    sweeping->swept += result == JS_OK;
    sweeping->left[worker.state] += result == JS_RUNNING;
    bool swept = result == JS_OK;
    result = js_transaction_id_text(transaction, id, name, error);
    if (result == JS_OK) {
        print(sweeping, out, name, &worker, swept);
    }
    return result;
}

static js_result end(const struct sweeping *sweeping, js_transaction *transaction, js_result result,
                     js_error *error)
{
    if (result == JS_OK && !sweeping->options->dry_run) {
        return js_transaction_commit(transaction, error);
    }
    js_transaction_abort(transaction);
    return result;
}

/* A transaction. What it has to tell goes to `out`. */
static js_result sweep_batch(struct sweeping *sweeping, js_database *database, struct pace *pace,
                             FILE *out, js_error *error)
{
    js_transaction *transaction;
    js_result result = js_transaction_begin(database, &transaction, error);
    if (result != JS_OK) {
        return result;
    }
    pace_begin(pace);
    while (result == JS_OK && sweeping->next < sweeping->ids.count && pace_go_on(pace)) {
        result = sweep_one(sweeping, transaction, out, sweeping->ids.ids[sweeping->next++], error);
    }
    return end(sweeping, transaction, result, error);
}

/* What was not committed was not swept, and is not told. */
static js_result sweep_and_tell(struct sweeping *sweeping, js_database *database, struct pace *pace,
                                js_error *error)
{
    char *text = NULL;
    size_t length = 0;
    struct sweeping before = *sweeping;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL) {
        (void)snprintf(error->message, sizeof(error->message), "out of memory");
        return JS_SYSTEM;
    }
    js_result result = sweep_batch(sweeping, database, pace, out, error);
    (void)fclose(out);
    if (result == JS_OK) {
        (void)fwrite(text, 1, length, stdout);
        (void)fflush(stdout);
    } else {
        *sweeping = before;
    }
    free(text);
    return result;
}

static js_result sweep_all(struct sweeping *sweeping, js_database *database, js_error *error)
{
    struct pace pace;
    js_result result = JS_OK;
    pace_init(&pace);
    while (result == JS_OK && sweeping->next < sweeping->ids.count) {
        result = sweep_and_tell(sweeping, database, &pace, error);
        if (pace_shows(&pace)) {
            (void)fprintf(stderr, "jobsessions: %zu of %zu looked at\n", sweeping->next,
                          sweeping->ids.count);
        }
        pace_rest(&pace, database);
    }
    return result;
}

/* ---- The verb --------------------------------------------------------------------------------- */

/* With the database that is in place. Sets *replaced when that was another before the end. */
static enum exit_code sweep(struct sweeping *sweeping, bool *replaced)
{
    js_error error;
    js_database *database;
    enum exit_code code = database_open_existing(sweeping->options, &database);
    if (code != EXIT_DONE) {
        return code;
    }
    sweeping->ids.count = sweeping->next = 0;
    for (unsigned state = 0; state < STATES; state++) {
        sweeping->left[state] = 0;
    }
    code = find_running(sweeping, database);
    code = code == EXIT_DONE ? find_left(sweeping, database) : code;
    js_result result = code == EXIT_DONE ? sweep_all(sweeping, database, &error) : JS_OK;
    *replaced = result == JS_REPLACED;
    if (result != JS_OK) {
        complain("%s", error.message);
        code = EXIT_DATABASE;
    }
    js_close(database);
    return code;
}

static void tell(const struct sweeping *sweeping)
{
    complain("%" PRIu64 " sessions %s as %s; left: %" PRIu64 " whose worker lives, %" PRIu64
             " of another PID namespace, %" PRIu64 " of which nobody has told who writes them",
             sweeping->swept, sweeping->options->dry_run ? "would be swept" : "swept",
             sweeping->how.status, sweeping->left[JS_WORKER_LIVES],
             sweeping->left[JS_WORKER_HIDDEN], sweeping->left[JS_WORKER_UNKNOWN]);
}

static enum exit_code run(struct sweeping *sweeping)
{
    bool replaced = true;
    enum exit_code code = EXIT_DATABASE;
    table_begin(&sweeping->table, columns, sizeof(columns) / sizeof(columns[0]));
    for (int tries = 0; replaced && tries < REPLACED_MAX; tries++) {
        replaced = false;
        code = sweep(sweeping, &replaced);
    }
    enum exit_code printed = output_finish();
    tell(sweeping);
    free(sweeping->ids.ids);
    code = exit_code_worse(code, sweeping->refused > 0 ? EXIT_REFUSED : EXIT_DONE);
    return exit_code_worse(code, printed);
}

/* One status, of those of which sessions are finished. */
static enum exit_code read_status(struct sweeping *sweeping, const struct texts *statuses)
{
    const char *status = statuses->count > 0 ? statuses->list[statuses->count - 1] : "Failed";
    if (statuses->count > 1 || (js_status_bit(status) & js_statuses_finished()) == 0) {
        complain("--status %s: name one with which a session is finished: Failed, Canceled, Error, "
                 "NeverExecuted, Success, Unknown or Warning",
                 status);
        return EXIT_USAGE;
    }
    sweeping->how.status = status;
    return EXIT_DONE;
}

enum exit_code verb_sweep(const struct options *options)
{
    struct sweeping sweeping = {.options = options, .how = {.quiet_for = -1}};
    enum exit_code code = read_status(&sweeping, &options->statuses);
    if (code == EXIT_DONE && options->quiet_for != NULL) {
        code = moment_parse_length("quiet-for", options->quiet_for, &sweeping.how.quiet_for);
    }
    return code == EXIT_DONE ? run(&sweeping) : code;
}
