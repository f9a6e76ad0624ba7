/* SPDX-License-Identifier: Apache-2.0 */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/database.h"
#include "base/output.h"
#include "base/session_id.h"
#include "verbs/verbs.h"

static const char *directory_of(const struct options *options)
{
    return options->requests != NULL ? options->requests : getenv("JOBSESSIONS_STOPS");
}

/* As whom somebody asks who is at the machine. */
static const char *user_name(void)
{
    const struct passwd *user = getpwuid(getuid());
    return user != NULL ? user->pw_name : "";
}

static js_result ask(const struct options *options, js_database *database, uint64_t id,
                     js_error *error)
{
    return js_stop_ask(database, directory_of(options), id, user_name(), error);
}

static js_result take(const struct options *options, js_database *database, const char *argument,
                      uint64_t id, js_error *error)
{
    js_stop_request request;
    js_result result = js_stop_take(database, directory_of(options), id, &request, error);
    if (result == JS_OK) {
        printf("%s %s%s%s\n", argument, request.time, request.user[0] != '\0' ? " " : "",
               request.user);
    }
    return result;
}

/* That nobody asks is an answer, and no fault. */
static enum exit_code stop_one(const struct options *options, js_database *database,
                               const char *argument)
{
    js_error error;
    uint64_t id;
    enum exit_code code = session_id_find_now(options, database, argument, &id);
    if (code != EXIT_DONE) {
        return code;
    }
    js_result result = options->take ? take(options, database, argument, id, &error)
                                     : ask(options, database, id, &error);
    if (result == JS_OK) {
        return EXIT_DONE;
    }
    if (!options->take || result != JS_NOT_FOUND) {
        complain("%s", error.message);
    }
    return exit_code_of(result);
}

static enum exit_code open_database(const struct options *options, js_database **database)
{
    if (directory_of(options) == NULL || directory_of(options)[0] == '\0') {
        complain("stop: name the directory of requests with --requests DIR or JOBSESSIONS_STOPS");
        return EXIT_USAGE;
    }
    return options->take ? database_open_existing(options, database)
                         : database_open(options, JS_READ, database);
}

enum exit_code verb_stop(const struct options *options)
{
    js_database *database;
    enum exit_code code = open_database(options, &database);
    if (code != EXIT_DONE) {
        return code;
    }
    for (char **argument = options->arguments; *argument != NULL && code != EXIT_DATABASE;
         argument++) {
        code = exit_code_worse(code, stop_one(options, database, *argument));
    }
    js_close(database);
    enum exit_code printed = output_finish();
    return printed != EXIT_DONE ? printed : code;
}
