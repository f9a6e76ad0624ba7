/* SPDX-License-Identifier: Apache-2.0 */
#include "place/takeover.h"

#include "base/complain.h"
#include "base/database.h"

/* Whoever waits for the write lock finds, once it has it, that other files are in place. */
static enum exit_code exchange(const struct options *options, struct beside *beside,
                               js_database *database, takeover_fill *fill)
{
    js_error error;
    js_transaction *writers_wait = NULL;
    if (database != NULL && js_transaction_begin(database, &writers_wait, &error) != JS_OK) {
        complain("%s", error.message);
        return EXIT_DATABASE;
    }
    enum exit_code code = fill(options, beside, database);
    if (code == EXIT_DONE) {
        beside_adopt(beside);
        code = beside_exchange(beside);
    }
    js_transaction_abort(writers_wait);
    return code;
}

/* *database is NULL where there is none that can be opened. */
static enum exit_code open_old(const struct options *options, bool must_exist,
                               js_database **database)
{
    js_error error;
    js_options wanted = {.map_size = options->map_size};
    *database = NULL;
    /* For reading at first: that does not make one. */
    js_result result = js_open(options->directory, JS_READ, &wanted, database, &error);
    if (result == JS_OK) {
        js_close(*database);
        *database = NULL;
        result = js_open(options->directory, JS_WRITE, &wanted, database, &error);
    }
    if (result == JS_OK || (!must_exist && result == JS_NO_DATABASE)) {
        return EXIT_DONE;
    }
    complain("%s", error.message);
    if (must_exist || (result != JS_DAMAGED && result != JS_FOREIGN)) {
        return EXIT_DATABASE;
    }
    complain("note: it is replaced all the same, and kept beside the new one");
    return EXIT_DONE;
}

enum exit_code takeover(const struct options *options, bool must_exist, takeover_fill *fill,
                        struct beside *beside)
{
    js_database *database;
    enum exit_code code = open_old(options, must_exist, &database);
    if (code != EXIT_DONE) {
        return code;
    }
    code = beside_make(beside, options->directory);
    if (code == EXIT_DONE) {
        code = exchange(options, beside, database, fill);
        if (code != EXIT_DONE) {
            beside_remove(beside);
        }
    }
    js_close(database);
    return code;
}
