/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tool.h"

static int remove_one(const struct options *options, js_database *database, const char *argument)
{
    js_error error;
    uint64_t id;
    if (!js_id_parse(argument, strlen(argument), &id)) {
        complain("%s: there is no session \"%s\"", options->directory, argument);
        return EXIT_REFUSED;
    }
    js_result result = js_remove(database, id, &error);
    if (result != JS_OK) {
        complain("%s", error.message);
        return exit_code_of(result);
    }
    return EXIT_DONE;
}

int verb_rm(const struct options *options)
{
    js_database *database;
    int code = open_database(options, JS_WRITE, &database);
    if (code != EXIT_DONE) {
        return code;
    }
    for (char **argument = options->arguments; *argument != NULL && code != EXIT_DATABASE;
         argument++) {
        int removed = remove_one(options, database, *argument);
        code = removed > code ? removed : code;
    }
    js_close(database);
    return code;
}
