/* SPDX-License-Identifier: Apache-2.0 */
#include "base/complain.h"
#include "base/database.h"
#include "base/output.h"
#include "base/session_id.h"
#include "verbs/verbs.h"

static enum exit_code print(const struct options *options, js_snapshot *snapshot,
                            const char *argument)
{
    uint64_t id;
    js_session session;
    enum exit_code code = session_id_find(options, snapshot, argument, &id);
    if (code != EXIT_DONE) {
        return code;
    }
    if (js_snapshot_get(snapshot, id, &session) == JS_NOT_FOUND) {
        return session_id_unknown(options, argument);
    }
    if (session.damage != NULL) {
        complain("%s: session %s is damaged: %s", options->directory, argument, session.damage);
        return EXIT_DATABASE;
    }
    output_line(session.json, session.length);
    return EXIT_DONE;
}

static enum exit_code print_all(const struct options *options, js_snapshot *snapshot, void *unused)
{
    enum exit_code code = EXIT_DONE;
    (void)unused;
    for (char **argument = options->arguments; *argument != NULL; argument++) {
        code = exit_code_worse(code, print(options, snapshot, *argument));
    }
    return code;
}

enum exit_code verb_get(const struct options *options)
{
    return database_read(options, print_all, NULL);
}
