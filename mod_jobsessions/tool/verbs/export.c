/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/complain.h"
#include "base/database.h"
#include "base/memory.h"
#include "output/spool.h"
#include "verbs/verbs.h"

#define CHUNK ((size_t)128 << 10)

/* What is told of damaged records. */
struct reporting {
    const struct options *options;
    js_snapshot *snapshot;
};

static void report(void *baton, const js_session *session)
{
    const struct reporting *reporting = baton;
    char id[JS_ID_TEXT];
    js_snapshot_id_text(reporting->snapshot, session->id, id);
    complain("%s: session %s is damaged: %s; a placeholder stands in its place",
             reporting->options->directory, id, session->damage);
}

static enum exit_code render(js_document *document, FILE *target)
{
    static char chunk[CHUNK];
    js_result result;
    do {
        size_t length;
        result = js_document_read(document, chunk, sizeof(chunk), &length);
        if (fwrite(chunk, 1, length, target) != length) {
            return spool_failed();
        }
    } while (result == JS_OK);
    if (result == JS_DAMAGED) {
        complain("the database is damaged beyond single records; the document is incomplete");
        return EXIT_DATABASE;
    }
    if (fflush(target) != 0) {
        return spool_failed();
    }
    return js_document_damaged(document) == 0 ? EXIT_DONE : EXIT_DATABASE;
}

/* Render all sessions of the database as it is now. The snapshot has ended when this returns; *spool
 * is what was opened for the document, or NULL. */
static enum exit_code render_all(const struct options *options, js_database *database,
                                 const js_links *links, js_document *document, FILE **spool,
                                 js_totals *totals)
{
    js_error error;
    js_snapshot *snapshot;
    if (js_snapshot_begin(database, &snapshot, &error) != JS_OK) {
        complain("%s", error.message);
        return EXIT_DATABASE;
    }
    enum exit_code code = EXIT_DATABASE;
    struct reporting reporting = {options, snapshot};
    if (js_snapshot_totals(snapshot, totals, &error) == JS_OK
        && js_document_begin(document, snapshot, links, report, &reporting, &error) == JS_OK) {
        *spool = spool_open();
        code = *spool != NULL ? render(document, *spool) : EXIT_DATABASE;
        js_document_end(document);
    } else {
        complain("%s", error.message);
    }
    js_snapshot_end(snapshot);
    return code;
}

/* What stays behind is said, so that nobody takes an export for a backup. */
static void say_what_stays(const js_totals *totals)
{
    if (totals->items > 0 || totals->removed > 0) {
        complain("note: the export carries sessions alone: %" PRIu64
                 " log lines and items, and %" PRIu64
                 " removals, stay behind; `jobsessions backup` has everything",
                 totals->items, totals->removed);
    }
}

static enum exit_code write_document(const struct options *options, js_database *database,
                                     const js_links *links)
{
    FILE *spool = NULL;
    js_totals totals = {0};
    js_document *document = memory_take(js_document_size());
    if (document == NULL) {
        return EXIT_DATABASE;
    }
    enum exit_code code = render_all(options, database, links, document, &spool, &totals);
    free(document);
    if (spool == NULL) {
        return code;
    }
    enum exit_code sent = spool_send(spool);
    say_what_stays(&totals);
    return sent != EXIT_DONE ? sent : code;
}

enum exit_code verb_export(const struct options *options)
{
    js_error error;
    js_links links;
    js_database *database;
    const char *base_url = options->base_url != NULL ? options->base_url : "https://localhost";
    if (options->mount != NULL && options->mount[0] != '/') {
        complain("--mount %s: does not begin with a slash", options->mount);
        return EXIT_USAGE;
    }
    if (js_links_make(&links, base_url, options->mount, &error) != JS_OK) {
        complain("%s", error.message);
        return EXIT_USAGE;
    }
    enum exit_code code = database_open(options, JS_READ, &database);
    if (code == EXIT_DONE) {
        code = write_document(options, database, &links);
        js_close(database);
    }
    return code;
}
