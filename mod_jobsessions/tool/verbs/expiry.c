/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/expiry.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/complain.h"
#include "base/memory.h"
#include "read/moment.h"
#include "write/pace.h"

/* How far a clock may be ahead, in ticks, before a time lies in the future. */
#define AHEAD (60 * INT64_C(10000000))

/* Whether no change follows a usn. */
static enum exit_code is_last(js_snapshot *snapshot, uint64_t usn, bool *last)
{
    js_error error;
    js_query query;
    js_query_all(&query);
    query.changes = true;
    query.since = usn;
    query.limit = 0;
    js_list *list = memory_take(js_list_size(&query));
    if (list == NULL) {
        return EXIT_DATABASE;
    }
    enum exit_code code = EXIT_DONE;
    if (js_list_begin(list, snapshot, &query, &error) == JS_OK) {
        *last = js_list_get_totals(list)->total == 0;
    } else {
        complain("%s", error.message);
        code = EXIT_DATABASE;
    }
    free(list);
    return code;
}

/* The last change of all stays: who walks through all of them has come behind what is forgotten then. */
static enum exit_code keep_last(struct expiry *expiry, js_snapshot *snapshot)
{
    bool last = false;
    size_t count = expiry->usns.count;
    enum exit_code code =
        count > 0 ? is_last(snapshot, expiry->usns.ids[count - 1], &last) : EXIT_DONE;
    expiry->usns.count -= last;
    return code;
}

/* Those up to the last old one before the first young one. */
static enum exit_code find(struct expiry *expiry, const char *directory, js_snapshot *snapshot,
                           int64_t now)
{
    js_removed removed = {.usn = 0};
    js_result result;
    size_t old = 0;
    enum exit_code code = EXIT_DONE;
    while (code == EXIT_DONE
           && (result = js_snapshot_next_removal(snapshot, removed.usn, &removed)) == JS_OK) {
        bool is_known = removed.time != JS_NO_TIME && removed.time <= now + AHEAD;
        if (is_known && removed.time >= expiry->before) {
            break;
        }
        code = id_list_add(&expiry->usns, removed.usn);
        old = is_known ? expiry->usns.count : old;
    }
    expiry->usns.count = old;
    if (code == EXIT_DONE && result == JS_DAMAGED) {
        complain("%s: the changes are damaged; run `jobsessions verify`", directory);
        return EXIT_DATABASE;
    }
    return code == EXIT_DONE ? keep_last(expiry, snapshot) : code;
}

enum exit_code expiry_find(struct expiry *expiry, const char *directory, js_database *database)
{
    js_error error;
    js_snapshot *snapshot;
    int64_t now;
    expiry->usns.count = 0;
    enum exit_code code = moment_parse("now", "now", &now);
    if (code == EXIT_DONE && js_snapshot_begin(database, &snapshot, &error) != JS_OK) {
        complain("%s", error.message);
        code = EXIT_DATABASE;
    }
    if (code == EXIT_DONE) {
        code = find(expiry, directory, snapshot, now);
        js_snapshot_end(snapshot);
    }
    return code;
}

/* One transaction. Raises *next, whether it is kept or not: what is not kept ends the run. */
static js_result run_batch(struct expiry *expiry, js_database *database, struct pace *pace,
                           size_t *next, js_error *error)
{
    js_transaction *transaction;
    uint64_t forgotten = 0;
    js_result result = js_transaction_begin(database, &transaction, error);
    if (result != JS_OK) {
        return result;
    }
    pace_begin(pace);
    while (result == JS_OK && *next < expiry->usns.count && pace_go_on(pace)) {
        result = js_transaction_forget(transaction, expiry->usns.ids[(*next)++], error);
        forgotten += result == JS_OK;
        result = result == JS_NOT_FOUND ? JS_OK : result; /* an import has brought it back */
    }
    if (result != JS_OK || forgotten == 0) {
        js_transaction_abort(transaction);
        return result;
    }
    result = js_transaction_commit(transaction, error);
    expiry->forgotten += result == JS_OK ? forgotten : 0;
    return result;
}

js_result expiry_run(struct expiry *expiry, js_database *database, js_error *error)
{
    struct pace pace;
    js_result result = JS_OK;
    size_t next = 0;
    pace_init(&pace);
    while (result == JS_OK && next < expiry->usns.count) {
        result = run_batch(expiry, database, &pace, &next, error);
        if (pace_shows(&pace)) {
            (void)fprintf(stderr, "jobsessions: %" PRIu64 " of %zu tombstones forgotten\n",
                          expiry->forgotten, expiry->usns.count);
        }
        pace_rest(&pace, database);
    }
    return result;
}
