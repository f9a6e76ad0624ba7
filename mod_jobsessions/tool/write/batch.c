/* SPDX-License-Identifier: Apache-2.0 */
#include "write/batch.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/complain.h"

/* Sessions between two lines that say how far an import has come. */
#define PROGRESS UINT64_C(100000)

/* Commit earlier when sessions are large. */
#define BYTES_MAX ((size_t)32 << 20)

static enum exit_code give_up(struct batch *batch, const js_error *error)
{
    complain("%s", error->message);
    if (batch->count > 0) {
        complain("the last %zu sessions were not stored; %" PRIu64 " before them were",
                 batch->count, batch->committed);
    }
    js_transaction_abort(batch->transaction);
    batch->transaction = NULL;
    batch->count = 0;
    batch->given_up = true;
    return EXIT_DATABASE;
}

void batch_refuse(struct batch *batch, const char *place, const char *why)
{
    complain("%s: %s", place, why);
    batch->refused++;
}

enum exit_code batch_add(struct batch *batch, const char *json, size_t length, const char *place)
{
    js_error error;
    if (batch->given_up) {
        return EXIT_DATABASE;
    }
    if (batch->transaction == NULL
        && js_transaction_begin(batch->database, &batch->transaction, &error) != JS_OK) {
        return give_up(batch, &error);
    }
    js_result result = batch->writing->write(batch->transaction, batch->writing, json, length,
                                             &batch->ids[batch->count], &error);
    if (result != JS_OK && exit_code_of(result) == EXIT_REFUSED) {
        batch_refuse(batch, place, error.message);
        return EXIT_DONE;
    }
    batch->count++;
    batch->bytes += length;
    if (result != JS_OK) {
        return give_up(batch, &error);
    }
    return batch->count >= batch->writing->most || batch->bytes >= BYTES_MAX ? batch_flush(batch)
                                                                             : EXIT_DONE;
}

/* A line for every so many sessions of a large import. */
static void show_progress(const struct batch *batch)
{
    uint64_t done = (batch->committed + batch->count) / PROGRESS * PROGRESS;
    if (!batch->writing->print_ids && done > batch->committed) {
        (void)fprintf(stderr, "jobsessions: %" PRIu64 " so far\n", done);
    }
}

enum exit_code batch_flush(struct batch *batch)
{
    js_error error;
    if (batch->transaction == NULL) {
        return batch->given_up ? EXIT_DATABASE : EXIT_DONE;
    }
    js_transaction *transaction = batch->transaction;
    batch->transaction = NULL;
    if (js_transaction_commit(transaction, &error) != JS_OK) {
        return give_up(batch, &error);
    }
    for (size_t i = 0; batch->writing->print_ids && i < batch->count; i++) {
        (void)printf("%" PRIu64 "\n", batch->ids[i]);
    }
    show_progress(batch);
    batch->committed += batch->count;
    batch->count = batch->bytes = 0;
    if (fflush(stdout) != 0) {
        complain("the ids could not be printed; the sessions are stored");
        batch->given_up = true;
        return EXIT_DATABASE;
    }
    return EXIT_DONE;
}
