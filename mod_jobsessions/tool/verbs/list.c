/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/complain.h"
#include "base/database.h"
#include "base/output.h"
#include "output/session_table.h"
#include "read/selection.h"
#include "read/walk.h"
#include "verbs/verbs.h"

struct listing {
    const struct options *options;
    const struct walk *walk;
    struct table table;
    bool damaged;
};

static enum exit_code print_session(void *baton, FILE *out, const js_session *session)
{
    struct listing *listing = baton;
    if (session->damage != NULL) {
        char id[JS_ID_TEXT];
        js_snapshot_id_text(listing->walk->snapshot, session->id, id);
        complain("%s: session %s is damaged: %s", listing->options->directory, id, session->damage);
        listing->damaged = true;
    } else if (listing->options->json) {
        (void)fwrite(session->json, 1, session->length, out);
        (void)fputc('\n', out);
    } else {
        session_table_row(&listing->table, out, session);
    }
    return EXIT_DONE;
}

static enum exit_code list(const struct options *options, js_database *database,
                           const js_query *query)
{
    struct listing listing = {.options = options};
    struct walk walk = {.options = options,
                        .database = database,
                        .query = *query,
                        .row = print_session,
                        .baton = &listing};
    listing.walk = &walk;
    session_table_begin(&listing.table, database);
    if (!options->json) {
        table_head(&listing.table, stdout);
    }
    enum exit_code code = walk_run(&walk);
    enum exit_code printed = output_finish();
    code = listing.damaged ? EXIT_DATABASE : code;
    return printed != EXIT_DONE ? printed : code;
}

enum exit_code verb_list(const struct options *options)
{
    js_database *database;
    struct selection selection;
    enum exit_code code = selection_make(&selection, options);
    if (code == EXIT_DONE) {
        code = database_open(options, JS_READ, &database);
    }
    if (code == EXIT_DONE) {
        code = list(options, database, &selection.query);
        js_close(database);
    }
    selection_free(&selection);
    return code;
}
