/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "base/complain.h"
#include "base/database.h"
#include "base/output.h"
#include "verbs/verbs.h"

static void print_ids(void *unused, uint64_t before, uint64_t after)
{
    (void)unused;
    (void)printf("%" PRIu64 " %" PRIu64 "\n", before, after);
}

static js_result renumber(js_database *database, js_renumbered *done, js_error *error)
{
    js_transaction *transaction;
    js_result result = js_transaction_begin(database, &transaction, error);
    if (result != JS_OK) {
        return result;
    }
    result = js_transaction_renumber(transaction, print_ids, NULL, done, error);
    if (result != JS_OK) {
        js_transaction_abort(transaction);
        return result;
    }
    return js_transaction_commit(transaction, error);
}

static void say_what_was_done(const struct options *options, const js_renumbered *done)
{
    if (done->ids + done->usns == 0) {
        complain("note: %s: there are no numbers to exchange", options->directory);
        return;
    }
    complain("note: %s: sessions with another id: %" PRIu64 "; changes with another usn: %" PRIu64
             "; the identity is another, so that who follows changes begins anew",
             options->directory, done->ids, done->usns);
}

enum exit_code verb_renumber(const struct options *options)
{
    js_error error;
    js_renumbered done;
    js_database *database;
    js_options wanted = {.map_size = options->map_size};
    /* for reading at first: that does not make one */
    js_result result = js_open(options->directory, JS_READ, &wanted, &database, &error);
    js_close(database);
    result = result == JS_OK ? js_open(options->directory, JS_WRITE, &wanted, &database, &error)
                             : result;
    result = result == JS_OK ? renumber(database, &done, &error) : result;
    js_close(database);
    if (result != JS_OK) {
        complain("%s; nothing was renumbered", error.message);
        return exit_code_of(result);
    }
    say_what_was_done(options, &done);
    return output_finish();
}
