/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/complain.h"
#include "base/database.h"
#include "base/output.h"
#include "output/session_table.h"
#include "read/id_list.h"
#include "read/last_good.h"
#include "read/moment.h"
#include "read/selection.h"
#include "read/walk.h"
#include "verbs/expiry.h"
#include "verbs/verbs.h"
#include "write/removal.h"

/* How often the database may be replaced under one run. */
#define REPLACED_MAX 100

/* What is to go. */
struct pruning {
    const struct options *options;
    struct walk walk;
    struct last_good good;
    struct table table;
    struct id_list chosen; /* descending */
    uint64_t kept;         /* as the last good of their policies */
    uint64_t removed;
    struct expiry expiry; /* of tombstones */
};

/* A damaged one would go as well, and has nothing to print but its row. */
static void print(const struct pruning *pruning, FILE *out, const js_session *session)
{
    if (!pruning->options->json) {
        session_table_row(&pruning->table, out, session);
    } else if (session->damage == NULL) {
        (void)fwrite(session->json, 1, session->length, out);
        (void)fputc('\n', out);
    } else {
        char id[JS_ID_TEXT];
        js_snapshot_id_text(pruning->walk.snapshot, session->id, id);
        (void)fprintf(out, "{\"id\":\"%s\",\"damaged\":true}\n", id);
    }
}

static enum exit_code choose(void *baton, FILE *out, const js_session *session)
{
    struct pruning *pruning = baton;
    if (last_good_has(&pruning->good, session->id)) {
        pruning->kept++;
        return EXIT_DONE;
    }
    if (pruning->options->dry_run) {
        print(pruning, out, session);
    }
    return id_list_add(&pruning->chosen, session->id);
}

/* Find what is to go, and print it where nothing shall. */
static enum exit_code find(struct pruning *pruning, js_database *database, const js_query *query)
{
    pruning->walk = (struct walk){.options = pruning->options,
                                  .database = database,
                                  .query = *query,
                                  .row = choose,
                                  .baton = pruning};
    pruning->chosen.count = pruning->kept = 0;
    if (pruning->options->dry_run) {
        session_table_begin(&pruning->table, database);
        if (!pruning->options->json) {
            table_head(&pruning->table, stdout);
        }
    }
    enum exit_code code = EXIT_DONE;
    if (pruning->options->keep_last_good) {
        code = last_good_find(&pruning->good, pruning->options, database);
    }
    return code == EXIT_DONE ? walk_run(&pruning->walk) : code;
}

static enum exit_code failed(js_result result, const js_error *error)
{
    if (result == JS_OK) {
        return EXIT_DONE;
    }
    complain("%s", error->message);
    return EXIT_DATABASE;
}

/* Both return JS_OK or what stood in the way, which they have told; *code is what else did. */
static js_result prune_sessions(struct pruning *pruning, js_database *database,
                                const js_query *query, enum exit_code *code)
{
    js_error error;
    *code = find(pruning, database, query);
    if (*code != EXIT_DONE || pruning->options->dry_run) {
        return JS_OK;
    }
    struct removal removal = {.options = pruning->options,
                              .database = database,
                              .filter = query->filter,
                              .ids = pruning->chosen.ids,
                              .count = pruning->chosen.count};
    js_result result = removal_run(&removal, &error);
    pruning->removed += removal.removed;
    *code = failed(result, &error);
    return result;
}

static js_result prune_tombstones(struct pruning *pruning, js_database *database,
                                  enum exit_code *code)
{
    js_error error;
    *code = expiry_find(&pruning->expiry, pruning->options->directory, database);
    if (*code != EXIT_DONE || pruning->options->dry_run) {
        return JS_OK;
    }
    js_result result = expiry_run(&pruning->expiry, database, &error);
    *code = failed(result, &error);
    return result;
}

/* With the database that is in place. Sets *replaced when that was another before the end. */
static enum exit_code prune(struct pruning *pruning, const js_query *query, bool *replaced)
{
    js_result result = JS_OK;
    js_database *database;
    enum exit_code code = pruning->options->dry_run
                              ? database_open(pruning->options, JS_READ, &database)
                              : database_open_existing(pruning->options, &database);
    if (code != EXIT_DONE) {
        return code;
    }
    if (pruning->options->older_than != NULL) {
        result = prune_sessions(pruning, database, query, &code);
    }
    if (code == EXIT_DONE && pruning->options->tombstones_older_than != NULL) {
        result = prune_tombstones(pruning, database, &code);
    }
    *replaced = result == JS_REPLACED;
    js_close(database);
    last_good_free(&pruning->good);
    pruning->good = (struct last_good){0};
    return code;
}

static void tell(const struct pruning *pruning)
{
    bool dry = pruning->options->dry_run;
    if (pruning->options->older_than != NULL) {
        complain("%" PRIu64 " sessions %s; %" PRIu64 " kept as the last good run of their policy",
                 dry ? (uint64_t)pruning->chosen.count : pruning->removed,
                 dry ? "would be removed" : "removed", pruning->kept);
    }
    if (pruning->options->tombstones_older_than != NULL) {
        complain("%" PRIu64 " tombstones %s",
                 dry ? (uint64_t)pruning->expiry.usns.count : pruning->expiry.forgotten,
                 dry ? "would be forgotten" : "forgotten");
    }
}

static enum exit_code prune_all(struct pruning *pruning, const js_query *query)
{
    bool replaced = true;
    enum exit_code code = EXIT_DATABASE;
    for (int tries = 0; replaced && tries < REPLACED_MAX; tries++) {
        replaced = false;
        code = prune(pruning, query, &replaced);
    }
    enum exit_code printed = output_finish();
    tell(pruning);
    free(pruning->chosen.ids);
    free(pruning->expiry.usns.ids);
    return exit_code_worse(code, printed);
}

/* Sessions that run stay, whatever is asked for. */
static enum exit_code leave_running(js_filter *filter)
{
    uint32_t asked = filter->statuses;
    filter->statuses = js_statuses_finished() & (asked != 0 ? asked : ~UINT32_C(0));
    if (filter->statuses == 0) {
        complain("--status names only sessions that are not finished, which are never pruned; "
                 "`rm --force` removes one by its id");
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

/* What goes with what. */
static enum exit_code check_options(const struct options *options)
{
    bool chooses = options->statuses.count > 0 || options->types.count > 0
                   || options->policy != NULL || options->keep_last_good || options->json;
    if (options->older_than == NULL && (chooses || options->tombstones_older_than == NULL)) {
        complain("prune: say how old what goes is, such as --older-than 90d");
        return EXIT_USAGE;
    }
    if (options->json && !options->dry_run) {
        complain("prune: --json goes with --dry-run, as otherwise nothing is printed");
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

enum exit_code verb_prune(const struct options *options)
{
    struct selection selection = {0};
    struct pruning pruning = {.options = options};
    enum exit_code code = check_options(options);
    if (code == EXIT_DONE && options->tombstones_older_than != NULL) {
        code = moment_parse_age("tombstones-older-than", options->tombstones_older_than,
                                &pruning.expiry.before);
    }
    code = code == EXIT_DONE ? selection_make(&selection, options) : code;
    if (code == EXIT_DONE) {
        code = leave_running(&selection.query.filter);
    }
    if (code == EXIT_DONE) {
        code = prune_all(&pruning, &selection.query);
    }
    selection_free(&selection);
    return code;
}
