/* SPDX-License-Identifier: Apache-2.0 */
#include "place/sound.h"

#include <inttypes.h>

#include "base/complain.h"
#include "base/database.h"

static void report(void *directory, const char *text)
{
    complain("%s: %s", (const char *)directory, text);
}

static enum exit_code verify(const struct options *options, js_snapshot *snapshot, void *unused)
{
    uint64_t faults;
    (void)unused;
    js_result result = js_verify(snapshot, report, (void *)options->directory, &faults);
    return result == JS_OK && faults == 0 ? EXIT_DONE : EXIT_REFUSED;
}

enum exit_code sound_check(const struct options *options, const char *directory)
{
    struct options copy = *options;
    copy.directory = directory;
    return database_read(&copy, verify, NULL);
}
