/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/verbs.h"
#include "write/lines.h"
#include "write/write_input.h"

static js_result put(js_transaction *transaction, const struct writing *writing, const char *json,
                     size_t length, uint64_t *id, js_error *error)
{
    (void)writing;
    return js_transaction_put(transaction, json, length, id, error);
}

static js_result update(js_transaction *transaction, const struct writing *writing,
                        const char *json, size_t length, uint64_t *id, js_error *error)
{
    (void)writing;
    return js_transaction_update(transaction, json, length, id, error);
}

enum exit_code verb_put(const struct options *options)
{
    const struct writing writing = {.write = options->update ? update : put,
                                    .write_one = options->update ? js_update : js_put,
                                    .print_ids = true,
                                    .most = LINES_PER_COMMIT};
    return write_input(options, &writing, lines_write);
}
