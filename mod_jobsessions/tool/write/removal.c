/* SPDX-License-Identifier: Apache-2.0 */
#include "write/removal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "write/pace.h"

/* A batch on its way. */
struct batch_of_ids {
    uint64_t ids[PACE_MOST]; /* ascending */
    size_t count;
    size_t done;
};

/* Leave of a batch what still matches. The snapshot is of the last commit, which is what the transaction began
 * with: while it has its turn there is no other. */
static js_result keep_matching(struct removal *removal, struct batch_of_ids *batch, js_error *error)
{
    js_query query;
    js_snapshot *snapshot;
    js_session session;
    js_query_all(&query);
    query.filter = removal->filter;
    query.filter.ids = batch->ids;
    query.filter.id_count = batch->count;
    query.ascending = true;
    js_list *list = calloc(1, js_list_size(&query));
    if (list == NULL) {
        (void)snprintf(error->message, sizeof(error->message), "out of memory");
        return JS_SYSTEM;
    }
    js_result result = js_snapshot_begin(removal->database, &snapshot, error);
    if (result == JS_OK) {
        result = js_list_begin(list, snapshot, &query, error);
        batch->count = 0; /* the list has found its ids, and what it hands out comes no earlier */
        while (result == JS_OK && (result = js_list_next(list, &session)) == JS_OK) {
            batch->ids[batch->count++] = session.id;
        }
        js_snapshot_end(snapshot);
    }
    free(list);
    return result == JS_END ? JS_OK : result;
}

/* Remove what there is time for. */
static js_result remove_batch(js_transaction *transaction, struct batch_of_ids *batch,
                              struct pace *pace, uint64_t *removed, js_error *error)
{
    js_result result = JS_OK;
    for (; batch->done < batch->count && result == JS_OK && pace_go_on(pace); batch->done++) {
        result =
            js_transaction_remove(transaction, batch->ids[batch->done], JS_REMOVE_FINISHED, error);
        *removed += result == JS_OK;
        if (result == JS_NOT_FOUND || result == JS_RUNNING) {
            result = JS_OK;
        }
    }
    return result;
}

/* One transaction. */
static js_result run_batch(struct removal *removal, struct batch_of_ids *batch, struct pace *pace,
                           js_error *error)
{
    js_transaction *transaction;
    uint64_t removed = 0;
    js_result result = js_transaction_begin(removal->database, &transaction, error);
    if (result != JS_OK) {
        return result;
    }
    pace_begin(pace);
    result = keep_matching(removal, batch, error);
    if (result == JS_OK) {
        result = remove_batch(transaction, batch, pace, &removed, error);
    }
    if (result != JS_OK || removed == 0) {
        js_transaction_abort(transaction);
        return result;
    }
    result = js_transaction_commit(transaction, error);
    removal->removed += result == JS_OK ? removed : 0;
    return result;
}

/* The ids that come next, from the end of those that are left, and how many of the array that leaves. */
static size_t take_ids(const struct removal *removal, size_t left, size_t most,
                       struct batch_of_ids *batch)
{
    batch->count = batch->done = 0;
    while (left > 0 && batch->count < most) {
        batch->ids[batch->count++] = removal->ids[--left];
    }
    return left;
}

/* Those of a batch for which there was no time come with the next transaction. */
static size_t not_done(const struct removal *removal, size_t left, const struct batch_of_ids *batch)
{
    if (batch->done >= batch->count) {
        return left;
    }
    uint64_t next = batch->ids[batch->done];
    while (removal->ids[left] != next) {
        left++;
    }
    return left + 1;
}

js_result removal_run(struct removal *removal, js_error *error)
{
    struct batch_of_ids batch;
    struct pace pace;
    js_result result = JS_OK;
    size_t left = removal->count;
    pace_init(&pace);
    while (left > 0 && result == JS_OK) {
        size_t behind = take_ids(removal, left, pace.most, &batch);
        result = run_batch(removal, &batch, &pace, error);
        left = not_done(removal, behind, &batch);
        if (pace_shows(&pace)) {
            (void)fprintf(stderr, "jobsessions: %" PRIu64 " of %zu removed\n", removal->removed,
                          removal->count);
        }
        pace_rest(&pace, removal->database);
    }
    return result;
}
