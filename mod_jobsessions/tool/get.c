/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tool.h"

static int print(const struct options *options, js_snapshot *snapshot, const char *argument)
{
    uint64_t id;
    js_session session;
    if (!js_id_parse(argument, strlen(argument), &id)
        || js_snapshot_get(snapshot, id, &session) == JS_NOT_FOUND) {
        complain("%s: there is no session \"%s\"", options->directory, argument);
        return EXIT_REFUSED;
    }
    if (session.damage != NULL) {
        complain("%s: session %" PRIu64 " is damaged: %s", options->directory, id, session.damage);
        return EXIT_DATABASE;
    }
    (void)fwrite(session.json, 1, session.length, stdout);
    (void)putchar('\n');
    return EXIT_DONE;
}

static int print_all(const struct options *options, js_snapshot *snapshot, void *unused)
{
    int code = EXIT_DONE;
    (void)unused;
    for (char **argument = options->arguments; *argument != NULL; argument++) {
        int printed = print(options, snapshot, *argument);
        code = printed > code ? printed : code;
    }
    return code;
}

int verb_get(const struct options *options)
{
    return read_database(options, print_all, NULL);
}
