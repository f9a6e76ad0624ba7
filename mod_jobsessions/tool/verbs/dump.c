/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/complain.h"
#include "base/database.h"
#include "output/spool.h"
#include "verbs/verbs.h"

static void report(void *directory, const char *text)
{
    complain("%s: %s", (const char *)directory, text);
}

static enum exit_code write_lines(js_dump *dump, FILE *target)
{
    const char *line;
    size_t length;
    js_result result;
    while ((result = js_dump_next(dump, &line, &length)) == JS_OK) {
        if (fwrite(line, 1, length, target) != length || putc('\n', target) == EOF) {
            return spool_failed();
        }
    }
    if (result != JS_END) {
        complain(result == JS_DAMAGED
                     ? "the database is damaged beyond single records; the dump has no end, and "
                       "cannot be loaded: `jobsessions export` has what can be read"
                     : "out of memory; the dump has no end, and cannot be loaded");
        return EXIT_DATABASE;
    }
    if (fflush(target) != 0) {
        return spool_failed();
    }
    return js_dump_get_totals(dump)->damaged == 0 ? EXIT_DONE : EXIT_DATABASE;
}

/* The snapshot has ended when this returns; *spool is what was opened for the dump, or NULL. */
static enum exit_code write_all(const struct options *options, js_database *database, FILE **spool)
{
    js_error error;
    js_snapshot *snapshot;
    js_dump *dump = NULL;
    enum exit_code code = EXIT_DATABASE;
    if (js_snapshot_begin(database, &snapshot, &error) != JS_OK) {
        complain("%s", error.message);
        return EXIT_DATABASE;
    }
    if (js_dump_begin(snapshot, report, (void *)options->directory, &dump, &error) == JS_OK) {
        *spool = spool_open();
        code = *spool != NULL ? write_lines(dump, *spool) : EXIT_DATABASE;
    } else {
        complain("%s", error.message);
    }
    js_dump_end(dump);
    js_snapshot_end(snapshot);
    return code;
}

enum exit_code verb_dump(const struct options *options)
{
    js_database *database;
    FILE *spool = NULL;
    enum exit_code code = database_open(options, JS_READ, &database);
    if (code != EXIT_DONE) {
        return code;
    }
    code = write_all(options, database, &spool);
    js_close(database);
    enum exit_code sent = spool != NULL ? spool_send(spool) : EXIT_DONE;
    return sent != EXIT_DONE ? sent : code;
}
