/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "base/database.h"
#include "verbs/repair.h"
#include "verbs/verbs.h"

static void report(void *baton, const char *text)
{
    const struct options *options = baton;
    (void)printf("%s: %s\n", options->directory, text);
}

static enum exit_code verify(const struct options *options, js_snapshot *snapshot, void *unused)
{
    uint64_t faults;
    (void)unused;
    js_result result = js_verify(snapshot, report, (void *)options, &faults);
    if (result == JS_OK && faults == 0) {
        (void)printf("%s: no faults\n", options->directory);
        return EXIT_DONE;
    }
    (void)printf("%s: %" PRIu64 " faults; `jobsessions verify --repair` makes a sound one of it\n",
                 options->directory, faults);
    return EXIT_REFUSED;
}

enum exit_code verb_verify(const struct options *options)
{
    enum exit_code code = database_read(options, verify, NULL);
    return code == EXIT_REFUSED && options->repair ? repair(options) : code;
}
