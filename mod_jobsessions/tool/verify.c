/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "tool.h"

static void report(void *baton, const char *text)
{
    const struct options *options = baton;
    (void)printf("%s: %s\n", options->directory, text);
}

int verb_verify(const struct options *options)
{
    js_error error;
    js_database *database;
    js_snapshot *snapshot;
    uint64_t faults;
    int code = open_database(options, JS_READ, &database);
    if (code != EXIT_DONE) {
        return code;
    }
    if (js_snapshot_begin(database, &snapshot, &error) != JS_OK) {
        complain("%s", error.message);
        js_close(database);
        return EXIT_DATABASE;
    }
    (void)js_verify(snapshot, report, (void *)options, &faults);
    js_snapshot_end(snapshot);
    js_close(database);
    if (faults > 0) {
        (void)printf("%s: %" PRIu64 " faults; export what is left and import it into a new "
                     "database\n",
                     options->directory, faults);
    } else {
        (void)printf("%s: no faults\n", options->directory);
    }
    if (fflush(stdout) != 0) {
        complain("the faults could not be printed");
        return EXIT_DATABASE;
    }
    return faults > 0 ? EXIT_REFUSED : EXIT_DONE;
}
