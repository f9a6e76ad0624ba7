/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "base/memory.h"
#include "follow/changes.h"
#include "follow/command.h"
#include "follow/follow.h"
#include "output/session_table.h"
#include "verbs/verbs.h"

struct watching {
    const struct options *options;
    struct follow follow;
    struct table table;
    struct changes *changes;
    uint64_t since;
    bool from_now; /* what there is at the beginning is not told */
    enum exit_code code;
};

/* USN, or USN@HISTORY as it is printed at the end. */
static enum exit_code read_position(struct watching *watching, const char *text)
{
    if (text == NULL) {
        watching->from_now = true;
        return EXIT_DONE;
    }
    size_t digits = strcspn(text, "@");
    const char *history = text + digits + (text[digits] == '@');
    bool is_whole = text[digits] == '\0' || js_history_is_valid(history);
    if (!is_whole || !js_id_parse(text, digits, &watching->since)) {
        complain("--since %s: write the usn, a whole number, after which to go on, or what `watch` "
                 "printed at its end",
                 text);
        return EXIT_USAGE;
    }
    (void)snprintf(watching->changes->history, sizeof(watching->changes->history), "%s", history);
    return EXIT_DONE;
}

static void start_again(struct watching *watching, const char *why)
{
    complain("note: %s: %s; what follows is all that it has", watching->options->directory, why);
    if (watching->options->json) {
        (void)printf("{\"restarted\":true,\"database\":\"%s\"}\n", watching->follow.identity);
    }
    watching->since = 0;
    watching->from_now = false;
}

static void tell(struct watching *watching, const struct change *change)
{
    const struct options *options = watching->options;
    if (change->session.damage != NULL) {
        complain("%s: session %s is damaged: %s", options->directory, change->id,
                 change->session.damage);
        watching->code = exit_code_worse(watching->code, EXIT_DATABASE);
    } else if (options->exec != NULL) {
        if (!command_run(options->exec, "usn", change->usn, change->session.json,
                         change->session.length)) {
            watching->code = exit_code_worse(watching->code, EXIT_REFUSED);
        }
    } else if (options->json) {
        (void)fwrite(change->session.json, 1, change->session.length, stdout);
        (void)putchar('\n');
    } else {
        session_table_change(&watching->table, stdout, &change->session, change->usn);
    }
}

/* The position moves with each, so that it is true whenever the end comes. */
static void tell_all(struct watching *watching)
{
    const struct changes *changes = watching->changes;
    for (size_t i = 0; i < changes->count && !follow_is_over(); i++) {
        tell(watching, &changes->list[i]);
        if (!follow_flush(&watching->code)) {
            return;
        }
        watching->since = changes->list[i].usn != 0 ? changes->list[i].usn : watching->since;
    }
    watching->since = follow_is_over() ? watching->since : changes->last_usn;
}

/* False where nothing can be had before the next news. */
static bool take_page(struct watching *watching)
{
    js_error error = {0};
    js_result result =
        changes_take(watching->changes, watching->follow.database, watching->since, &error);
    if (result == JS_OK) {
        tell_all(watching);
    } else if (result == JS_AHEAD) {
        start_again(watching, watching->changes->forgotten
                                  ? "it has forgotten removals that came behind that"
                                  : "it has not come so far: its data is another");
    } else {
        complain("%s: %s", watching->options->directory, error.message);
        watching->code = exit_code_worse(watching->code, EXIT_DATABASE);
    }
    changes_free(watching->changes);
    return result == JS_AHEAD || (result == JS_OK && watching->changes->more);
}

/* Begin behind what there is, and say where that is: who is killed may want to go on there. */
static void skip_what_is_there(struct watching *watching)
{
    js_error error;
    js_totals totals;
    js_snapshot *snapshot;
    if (js_snapshot_begin(watching->follow.database, &snapshot, &error) != JS_OK) {
        return;
    }
    if (js_snapshot_totals(snapshot, &totals, &error) == JS_OK) {
        watching->since = totals.usn;
        watching->from_now = false;
        memcpy(watching->changes->history, watching->follow.identity,
               sizeof(watching->follow.identity));
        complain("note: watching what comes behind usn %" PRIu64 "@%s", totals.usn,
                 watching->follow.identity);
    }
    js_snapshot_end(snapshot);
}

static void take_news(struct watching *watching)
{
    if (watching->from_now) {
        skip_what_is_there(watching);
    }
    while (!watching->from_now && !follow_is_over() && take_page(watching)) {
    }
}

static const char *to_remember(const struct watching *watching)
{
    return watching->changes->history[0] != '\0' ? watching->changes->history
                                                 : watching->follow.identity;
}

static void watch(struct watching *watching)
{
    enum follow_event event;
    session_table_begin_changes(&watching->table, watching->follow.database);
    if (!watching->options->json && watching->options->exec == NULL) {
        table_head(&watching->table, stdout);
    }
    while (follow_flush(&watching->code)
           && (event = follow_wait(&watching->follow)) != FOLLOW_END) {
        if (event == FOLLOW_RESTORED) {
            start_again(watching, "it was restored, or made anew");
        }
        take_news(watching);
    }
    if (!watching->from_now && follow_was_asked()) {
        complain("note: stopped behind usn %" PRIu64 "; go on with --since %" PRIu64 "@%s",
                 watching->since, watching->since, to_remember(watching));
    }
}

/* A history begins with the identity. */
static enum exit_code begin(struct watching *watching)
{
    enum exit_code code = read_position(watching, watching->options->since);
    if (code == EXIT_DONE) {
        code = follow_begin(&watching->follow, watching->options);
        memcpy(watching->follow.identity, watching->changes->history,
               sizeof(watching->follow.identity) - 1);
    }
    return code;
}

enum exit_code verb_watch(const struct options *options)
{
    struct watching watching = {.options = options};
    watching.changes = memory_take(sizeof(*watching.changes));
    enum exit_code code = watching.changes != NULL ? begin(&watching) : EXIT_DATABASE;
    if (code == EXIT_DONE) {
        watch(&watching);
        follow_end(&watching.follow);
    }
    free(watching.changes);
    return exit_code_worse(code, watching.code);
}
