/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs that write: put and import. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "batch.h"
#include "export_document.h"
#include "input.h"
#include "lines.h"
#include "tool.h"

/* put: lines that are there already share a commit; none waits for the next to arrive. */
#define PUT_PER_COMMIT 1000

static int load_put(struct batch *batch, struct input *input)
{
    batch->write = js_transaction_put;
    batch->print_ids = true;
    batch->most = PUT_PER_COMMIT;
    return write_lines(batch, input, true);
}

static int load_import(struct batch *batch, struct input *input)
{
    batch->write = js_transaction_import;
    batch->most = BATCH_MAX;
    int code = is_export_document(input) ? write_export_document(batch, input)
                                         : write_lines(batch, input, false);
    (void)fprintf(stderr, "jobsessions: %" PRIu64 " sessions imported, %" PRIu64 " refused\n",
                  batch->committed, batch->refused);
    return code;
}

static int write_all(const struct options *options, int (*load)(struct batch *, struct input *))
{
    struct input input = {.fd = STDIN_FILENO};
    struct batch *batch = calloc(1, sizeof(*batch));
    if (batch == NULL) {
        complain("out of memory");
        return EXIT_DATABASE;
    }
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

int verb_put(const struct options *options)
{
    return write_all(options, load_put);
}

int verb_import(const struct options *options)
{
    return write_all(options, load_import);
}
