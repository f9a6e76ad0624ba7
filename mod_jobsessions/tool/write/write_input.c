/* SPDX-License-Identifier: Apache-2.0 */
#include "write/write_input.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "input/encoding.h"

/* What cannot be committed shows in batch->given_up. */
static void flush(void *batch)
{
    (void)batch_flush(batch);
}

enum exit_code write_input(const struct options *options, const struct writing *writing,
                           enum exit_code (*write)(struct batch *batch, struct input *input))
{
    struct batch *batch = memory_take(sizeof(*batch));
    if (batch == NULL) {
        return EXIT_DATABASE;
    }
    batch->options = options;
    batch->writing = writing;
    struct input input = {
        .fd = STDIN_FILENO, .before_wait = flush, .baton = batch, .patience = writing->patience};
    enum exit_code code = batch_open(batch);
    code = code == EXIT_DONE ? encoding_check(&input) : code;
    if (code == EXIT_DONE) {
        code = write(batch, &input);
        code = code == EXIT_DONE && batch->refused > 0 ? EXIT_REFUSED : code;
    }
    batch_close(batch);
    free(batch);
    input_free(&input);
    return code;
}
