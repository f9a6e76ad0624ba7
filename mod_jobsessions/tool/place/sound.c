/* SPDX-License-Identifier: Apache-2.0 */
#include "place/sound.h"

#include <inttypes.h>

#include "base/complain.h"
#include "base/database.h"

static void report(void *directory, const char *text)
{
    complain("%s: %s", (const char *)directory, text);
}

enum exit_code sound_verify(const struct options *options, js_snapshot *snapshot)
{
    uint64_t faults;
    js_result result = js_verify(snapshot, report, (void *)options->directory, &faults);
    return result == JS_OK && faults == 0 ? EXIT_DONE : EXIT_REFUSED;
}

static enum exit_code verify(const struct options *options, js_snapshot *snapshot, void *unused)
{
    (void)unused;
    return sound_verify(options, snapshot);
}

enum exit_code sound_check(const struct options *options, const char *directory)
{
    struct options of_other = database_elsewhere(options, directory);
    return database_read(&of_other, verify, NULL);
}
