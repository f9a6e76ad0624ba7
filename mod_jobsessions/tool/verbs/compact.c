/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/complain.h"
#include "place/copy.h"
#include "place/sound.h"
#include "place/takeover.h"
#include "verbs/verbs.h"

/* The copy itself is checked, as the original goes. */
static enum exit_code fill(const struct options *options, struct beside *beside,
                           js_database *in_place)
{
    enum exit_code code = copy_present(in_place, beside->path);
    code = code == EXIT_DONE ? sound_check(options, beside->path) : code;
    if (code != EXIT_DONE) {
        complain("%s: not compacted", options->directory);
    }
    return code;
}

static intmax_t data_bytes(const char *directory)
{
    char path[BESIDE_MAX + 16];
    struct stat is;
    (void)snprintf(path, sizeof(path), "%s/data.mdb", directory);
    return stat(path, &is) == 0 ? (intmax_t)is.st_size : 0;
}

enum exit_code verb_compact(const struct options *options)
{
    struct beside beside;
    enum exit_code code = takeover(options, TAKEOVER_FROM_PRESENT, fill, &beside);
    if (code == EXIT_DONE) {
        complain("note: %s/data.mdb: %jd bytes before, %jd now", options->directory,
                 data_bytes(beside.path), data_bytes(beside.target));
        beside_remove(&beside);
    }
    return code;
}
