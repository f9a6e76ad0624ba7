/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/complain.h"
#include "base/database.h"
#include "base/memory.h"
#include "output/spool.h"
#include "read/selection.h"
#include "verbs/verbs.h"

#define CHUNK ((size_t)128 << 10)

/* What the options ask for. */
struct export
{
    const struct options *options;
    struct selection selection;
    bool is_selected; /* not all sessions are wanted */
    js_format format;
    unsigned numbers; /* for js_document_tell_numbers() */
    js_links links;
};

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

static js_result begin_selected(const struct export *export, js_snapshot *snapshot,
                                js_document *document, js_list *list, struct reporting *reporting,
                                js_error *error)
{
    js_frame frame = {.format = export->format, .links = &export->links};
    js_result result = js_list_begin(list, snapshot, &export->selection.query, error);
    if (result == JS_OK) {
        js_document_begin_export(document, list, &frame, report, reporting);
    }
    return result;
}

/* All sessions go straight from their records. */
static js_result begin(const struct export *export, js_snapshot *snapshot, js_document *document,
                       js_list *list, struct reporting *reporting, js_error *error)
{
    js_result result =
        export->is_selected || export->format != JS_JSON
            ? begin_selected(export, snapshot, document, list, reporting, error)
            : js_document_begin(document, snapshot, &export->links, report, reporting, error);
    if (result == JS_OK && export->numbers != 0) {
        js_document_tell_numbers(document, export->numbers);
    }
    return result;
}

/* Render the database as it is now. The snapshot has ended when this returns; *spool is what was opened for the
 * document, or NULL. */
static enum exit_code render_now(const struct export *export, js_database *database,
                                 js_document *document, js_list *list, FILE **spool,
                                 js_totals *totals)
{
    js_error error;
    js_snapshot *snapshot;
    if (js_snapshot_begin(database, &snapshot, &error) != JS_OK) {
        complain("%s", error.message);
        return EXIT_DATABASE;
    }
    enum exit_code code = EXIT_DATABASE;
    struct reporting reporting = {export->options, snapshot};
    if (js_snapshot_totals(snapshot, totals, &error) == JS_OK
        && begin(export, snapshot, document, list, &reporting, &error) == JS_OK) {
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

static enum exit_code write_document(const struct export *export, js_database *database)
{
    FILE *spool = NULL;
    js_totals totals = {0};
    js_document *document = memory_take(js_document_size());
    js_list *list = memory_take(js_list_size(&export->selection.query));
    enum exit_code code = document != NULL && list != NULL
                              ? render_now(export, database, document, list, &spool, &totals)
                              : EXIT_DATABASE;
    free(list);
    free(document);
    if (spool == NULL) {
        return code;
    }
    enum exit_code sent = spool_send(spool);
    say_what_stays(&totals);
    return sent != EXIT_DONE ? sent : code;
}

static enum exit_code read_links(struct export *export)
{
    js_error error;
    const struct options *options = export->options;
    const char *base_url = options->base_url != NULL ? options->base_url : "https://localhost";
    if (options->mount != NULL && options->mount[0] != '/') {
        complain("--mount %s: does not begin with a slash", options->mount);
        return EXIT_USAGE;
    }
    if (js_links_make(&export->links, base_url, options->mount, &error) != JS_OK) {
        complain("%s", error.message);
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

static enum exit_code read_format(struct export *export)
{
    static const struct {
        const char *name;
        js_format format;
    } formats[] = {{"json", JS_JSON},
                   {"ndjson", JS_NDJSON},
                   {"csv", JS_CSV},
                   {"spreadsheet", JS_SHEET},
                   {"xml", JS_XML}};
    const char *name = export->options->format;
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (name == NULL || strcasecmp(name, formats[i].name) == 0) {
            export->format = formats[i].format;
            return EXIT_DONE;
        }
    }
    complain("--format %s: there are json, ndjson, csv, spreadsheet and xml", name);
    return EXIT_USAGE;
}

static enum exit_code read_numbers(struct export *export, const char *option, const char *value,
                                   const char *word, js_numbers numbers)
{
    if (value != NULL && strcasecmp(value, word) != 0) {
        complain("--%s %s: the one word for it is %s", option, value, word);
        return EXIT_USAGE;
    }
    export->numbers |= value != NULL ? numbers : 0;
    return EXIT_DONE;
}

static enum exit_code read_options(struct export *export)
{
    const struct options *options = export->options;
    enum exit_code code = selection_make(&export->selection, options);
    export->is_selected = options->statuses.count + options->types.count > 0
                          || options->policy != NULL || options->since != NULL
                          || options->until != NULL;
    code = code == EXIT_DONE ? read_links(export) : code;
    code = code == EXIT_DONE ? read_format(export) : code;
    code = code == EXIT_DONE ? read_numbers(export, "durations", options->durations, "seconds",
                                            JS_DURATIONS_SECONDS)
                             : code;
    return code == EXIT_DONE ? read_numbers(export, "times", options->times, "unixMilliseconds",
                                            JS_TIMES_MILLISECONDS)
                             : code;
}

enum exit_code verb_export(const struct options *options)
{
    js_database *database;
    struct export export = {.options = options};
    enum exit_code code = read_options(&export);
    if (code == EXIT_DONE) {
        code = database_open(options, JS_READ, &database);
    }
    if (code == EXIT_DONE) {
        code = write_document(&export, database);
        js_close(database);
    }
    selection_free(&export.selection);
    return code;
}
