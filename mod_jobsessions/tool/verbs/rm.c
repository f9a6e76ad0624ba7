/* SPDX-License-Identifier: Apache-2.0 */
#include "base/complain.h"
#include "base/database.h"
#include "base/session_id.h"
#include "verbs/verbs.h"

/* How often the database may be replaced under one removal. */
#define REPLACED_MAX 100

/* EXIT_DONE: it was tried, and *result says what came out. */
static enum exit_code try_remove(const struct options *options, js_database *database,
                                 const char *argument, js_result *result, js_error *error)
{
    uint64_t id;
    enum exit_code code = session_id_find_now(options, database, argument, &id);
    if (code == EXIT_DONE) {
        *result =
            js_remove(database, id, options->force ? JS_REMOVE_ANY : JS_REMOVE_FINISHED, error);
    }
    return code;
}

/* A database that was replaced is opened again. */
static enum exit_code remove_one(const struct options *options, js_database **database,
                                 const char *argument)
{
    js_error error;
    js_result result;
    enum exit_code code = try_remove(options, *database, argument, &result, &error);
    for (int tries = 0; code == EXIT_DONE && result == JS_REPLACED && tries < REPLACED_MAX;
         tries++) {
        js_close(*database);
        code = database_open(options, JS_WRITE, database);
        code = code == EXIT_DONE ? try_remove(options, *database, argument, &result, &error) : code;
    }
    if (code != EXIT_DONE) {
        return code;
    }
    if (result != JS_OK) {
        complain("%s%s", error.message,
                 result == JS_RUNNING ? " (--force removes it all the same)" : "");
        return exit_code_of(result);
    }
    return EXIT_DONE;
}

enum exit_code verb_rm(const struct options *options)
{
    js_database *database;
    enum exit_code code = database_open_existing(options, &database);
    if (code != EXIT_DONE) {
        return code;
    }
    for (char **argument = options->arguments; *argument != NULL && code != EXIT_DATABASE;
         argument++) {
        code = exit_code_worse(code, remove_one(options, &database, *argument));
    }
    js_close(database);
    return code;
}
