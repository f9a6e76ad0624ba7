/* SPDX-License-Identifier: Apache-2.0 */
#include "base/complain.h"
#include "base/database.h"
#include "base/session_id.h"
#include "verbs/verbs.h"

static enum exit_code beat(const struct options *options, js_database *database,
                           const char *argument)
{
    js_error error;
    uint64_t id;
    enum exit_code code = session_id_find_now(options, database, argument, &id);
    if (code != EXIT_DONE) {
        return code;
    }
    js_result result = js_heartbeat(database, id, &error);
    if (result == JS_OK) {
        return EXIT_DONE;
    }
    complain("%s", error.message);
    return exit_code_of(result);
}

enum exit_code verb_heartbeat(const struct options *options)
{
    js_database *database;
    enum exit_code code = database_open_existing(options, &database);
    if (code != EXIT_DONE) {
        return code;
    }
    for (char **argument = options->arguments; *argument != NULL && code != EXIT_DATABASE;
         argument++) {
        code = exit_code_worse(code, beat(options, database, *argument));
    }
    js_close(database);
    return code;
}
