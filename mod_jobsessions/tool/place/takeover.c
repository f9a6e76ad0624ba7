/* SPDX-License-Identifier: Apache-2.0 */
#include "place/takeover.h"

#include "base/complain.h"
#include "base/database.h"

/* Whoever waits for the write lock finds, once it has it, that other files are in place. */
static enum exit_code hold_writers(js_database *database, js_transaction **hold)
{
    js_error error;
    if (database != NULL && js_transaction_begin(database, hold, &error) != JS_OK) {
        complain("%s", error.message);
        return EXIT_DATABASE;
    }
    return EXIT_DONE;
}

/* Where nobody can write any more, nobody needs to wait. */
static enum exit_code hold_writers_if_any(js_database *database, js_transaction **hold)
{
    js_error error;
    js_result result = database != NULL ? js_transaction_begin(database, hold, &error) : JS_DAMAGED;
    if (result != JS_OK && result != JS_DAMAGED && result != JS_FORBIDDEN) {
        complain("%s", error.message);
        return EXIT_DATABASE;
    }
    if (result != JS_OK) {
        *hold = NULL;
        complain("note: it is damaged so that nobody can write to it");
    }
    return EXIT_DONE;
}

/* Not where there is a database, nor what may be one. */
static enum exit_code check_nothing(const struct options *options)
{
    js_error error;
    js_database *database;
    js_options wanted = {.map_size = options->map_size};
    js_result result = js_open(options->directory, JS_READ, &wanted, &database, &error);
    if (result == JS_NO_DATABASE) {
        return EXIT_DONE;
    }
    if (result == JS_OK) {
        js_close(database);
        complain("%s: there is a database already; name a new directory", options->directory);
        return EXIT_USAGE;
    }
    complain("%s", error.message);
    return EXIT_DATABASE;
}

static enum exit_code exchange(const struct options *options, enum takeover_source source,
                               struct beside *beside, js_database *database, takeover_fill *fill)
{
    js_transaction *hold = NULL;
    enum exit_code code;
    if (source == TAKEOVER_FROM_PRESENT || source == TAKEOVER_FROM_DAMAGED) {
        code = source == TAKEOVER_FROM_PRESENT ? hold_writers(database, &hold)
                                               : hold_writers_if_any(database, &hold);
        code = code == EXIT_DONE ? fill(options, beside, database) : code;
    } else {
        code = fill(options, beside, database);
        code = code == EXIT_DONE ? hold_writers(database, &hold) : code;
    }
    if (code == EXIT_DONE && source == TAKEOVER_OF_NOTHING) {
        code = check_nothing(options); /* somebody may have made one meanwhile */
    }
    if (code == EXIT_DONE) {
        beside_adopt(beside);
        code = beside_exchange(beside);
    }
    js_transaction_abort(hold);
    return code;
}

/* *database is NULL where there is none that can be opened. */
static enum exit_code open_old(const struct options *options, enum takeover_source source,
                               js_database **database)
{
    js_error error;
    js_options wanted = {.map_size = options->map_size};
    *database = NULL;
    if (source == TAKEOVER_OF_NOTHING) {
        return check_nothing(options);
    }
    /* For reading at first: that does not make one. */
    js_result result = js_open(options->directory, JS_READ, &wanted, database, &error);
    if (result == JS_OK) {
        js_close(*database);
        *database = NULL;
        result = js_open(options->directory, JS_WRITE, &wanted, database, &error);
    }
    if (result == JS_DAMAGED && source == TAKEOVER_FROM_DAMAGED) {
        result = js_open(options->directory, JS_READ, &wanted, database, &error);
    }
    bool any = source == TAKEOVER_FROM_ELSEWHERE;
    if (result == JS_OK || (any && result == JS_NO_DATABASE)) {
        return EXIT_DONE;
    }
    if (result == JS_DAMAGED && source == TAKEOVER_FROM_DAMAGED) {
        return EXIT_DONE; /* which was said before */
    }
    complain("%s", error.message);
    if (!any || (result != JS_DAMAGED && result != JS_FOREIGN)) {
        return EXIT_DATABASE;
    }
    complain("note: it is replaced all the same, and kept beside the new one");
    return EXIT_DONE;
}

enum exit_code takeover(const struct options *options, enum takeover_source source,
                        takeover_fill *fill, struct beside *beside)
{
    js_database *database;
    enum exit_code code = open_old(options, source, &database);
    if (code != EXIT_DONE) {
        return code;
    }
    code = beside_make(beside, options->directory);
    if (code == EXIT_DONE) {
        code = exchange(options, source, beside, database, fill);
        if (code != EXIT_DONE) {
            beside_remove(beside);
        }
    }
    js_close(database);
    return code;
}
