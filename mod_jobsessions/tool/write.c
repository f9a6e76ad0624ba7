/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs put and import. */
#include "write.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "export_document.h"
#include "lines.h"
#include "memory.h"
#include "sniff.h"

/* A pipe that is filled without pause is read in large transactions; one that pauses must not keep
 * LMDB's write lock from the workers. */
#define IMPORT_PATIENCE 50

/* What cannot be committed shows in batch->given_up. */
static void flush(void *batch)
{
    (void)batch_flush(batch);
}

int write_input(const struct options *options, const struct writing *writing,
                int (*load)(struct batch *batch, struct input *input))
{
    struct input input = {.fd = STDIN_FILENO};
    struct batch *batch = memory_take(sizeof(*batch));
    if (batch == NULL) {
        return EXIT_DATABASE;
    }
    batch->writing = writing;
    input.before_wait = flush;
    input.baton = batch;
    input.patience = writing->patience;
    int code = open_database(options, JS_WRITE, &batch->database);
    if (code == EXIT_DONE) {
        code = load(batch, &input);
        code = code == EXIT_DONE && batch->refused > 0 ? EXIT_REFUSED : code;
    }
    js_close(batch->database);
    free(batch);
    input_free(&input);
    return code;
}

static js_result put(const struct batch *batch, const char *json, size_t length, uint64_t *id,
                     js_error *error)
{
    return js_transaction_put(batch->transaction, json, length, id, error);
}

int verb_put(const struct options *options)
{
    static const struct writing writing = {
        .write = put, .print_ids = true, .most = LINES_PER_COMMIT};
    return write_input(options, &writing, write_lines);
}

static js_result import(const struct batch *batch, const char *json, size_t length, uint64_t *id,
                        js_error *error)
{
    return js_transaction_import(batch->transaction, json, length, id, error);
}

static int load_import(struct batch *batch, struct input *input)
{
    int code =
        sniff_document(input) ? export_document_write(batch, input) : write_lines(batch, input);
    (void)fprintf(stderr, "jobsessions: %" PRIu64 " sessions imported, %" PRIu64 " refused\n",
                  batch->committed, batch->refused);
    return code;
}

int verb_import(const struct options *options)
{
    static const struct writing writing = {
        .write = import, .patience = IMPORT_PATIENCE, .most = BATCH_MAX};
    return write_input(options, &writing, load_import);
}
