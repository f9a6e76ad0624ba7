/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "input/sniff.h"
#include "verbs/verbs.h"
#include "write/export_document.h"
#include "write/lines.h"
#include "write/write_input.h"

/* A pipe that is filled without pause is read in large transactions; one that pauses must not keep
 * LMDB's write lock from the workers. */
#define PATIENCE 50

static js_result import(js_transaction *transaction, const struct writing *writing,
                        const char *json, size_t length, uint64_t *id, js_error *error)
{
    bool replaced = false;
    js_result result =
        js_transaction_import(transaction, json, length, writing->mode, &replaced, id, error);
    *writing->replaced += replaced;
    return result;
}

static enum exit_code write_any(struct batch *batch, struct input *input)
{
    enum sniffed sniffed = sniff(input);
    enum exit_code code =
        sniffed == SNIFFED_LINES ? lines_write(batch, input) : export_document_write(batch, input);
    (void)fprintf(stderr, "jobsessions: %" PRIu64 " sessions imported", batch->committed);
    if (*batch->writing->replaced > 0) {
        (void)fprintf(stderr, ", %" PRIu64 " of them in the place of stored ones",
                      *batch->writing->replaced);
    }
    (void)fprintf(stderr, ", %" PRIu64 " refused\n", batch->refused);
    return code;
}

enum exit_code verb_import(const struct options *options)
{
    uint64_t replaced = 0;
    const struct writing writing = {
        .write = import,
        .patience = PATIENCE,
        .most = BATCH_MAX,
        .mode = options->merge     ? JS_IMPORT_MERGE
                : options->new_ids ? JS_IMPORT_NEW_IDS
                                   : JS_IMPORT_SAME,
        .replaced = &replaced,
    };
    return write_input(options, &writing, write_any);
}
