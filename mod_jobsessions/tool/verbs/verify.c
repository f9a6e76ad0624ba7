/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "base/complain.h"
#include "base/database.h"
#include "verbs/repair.h"
#include "verbs/verbs.h"

static void report(void *baton, const char *text)
{
    const struct options *options = baton;
    (void)printf("%s: %s\n", options->directory, text);
}

/* What is no fault, but leaves no number for what is written next. */
static void look_for_ends(const struct options *options, js_snapshot *snapshot)
{
    js_error error;
    js_totals totals;
    char identity[JS_IDENTITY_TEXT];
    if (js_snapshot_identity(snapshot, identity) /* else the counters are damaged */
        && js_snapshot_totals(snapshot, &totals, &error) == JS_OK
        && (totals.highest_id == UINT64_MAX || totals.usn >= INT64_MAX)) {
        complain("note: %s: the highest %s is taken, so that no session can be made; jobsessions "
                 "renumber mends that",
                 options->directory, totals.usn >= INT64_MAX ? "usn" : "id");
    }
}

static enum exit_code verify(const struct options *options, js_snapshot *snapshot, void *unused)
{
    uint64_t faults;
    (void)unused;
    look_for_ends(options, snapshot);
    js_result result = js_verify(snapshot, report, (void *)options, &faults);
    if (result == JS_OK && faults == 0) {
        (void)printf("%s: no faults\n", options->directory);
        return EXIT_DONE;
    }
    (void)printf("%s: %" PRIu64 " faults; `jobsessions verify --repair` makes a sound one of it\n",
                 options->directory, faults);
    return EXIT_REFUSED;
}

/* Whether that is why it cannot be opened. */
static bool is_damaged(const struct options *options)
{
    js_error error;
    js_database *database = NULL;
    const js_options wanted = {.map_size = options->map_size};
    js_result result = js_open(options->directory, JS_READ, &wanted, &database, &error);
    js_close(database);
    return result == JS_DAMAGED;
}

enum exit_code verb_verify(const struct options *options)
{
    enum exit_code code = database_read(options, verify, NULL);
    bool is_faulty = code == EXIT_REFUSED || (code == EXIT_DATABASE && is_damaged(options));
    return is_faulty && options->repair ? repair(options) : code;
}
