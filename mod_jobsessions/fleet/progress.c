/* SPDX-License-Identifier: Apache-2.0 */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* Erases the line that the cursor is on. What complains begins on it: each line of progress ends where it began. */
#define ERASE "\033[K"

/* How much of a first reading is in PostgreSQL; a source that was never reached has nothing yet. */
static void add_up(const struct appliance *appliance, size_t *whole, uint64_t *is,
                   uint64_t *will_be)
{
    uint64_t usn = appliance->place.usn;
    uint64_t last = appliance->loaded_to > usn ? appliance->loaded_to : usn;
    *whole += appliance->complete;
    *is += appliance->complete ? 0 : usn;
    *will_be += appliance->complete ? 0 : last;
}

static void show(const struct followed *sources, size_t count, size_t whole, uint64_t is,
                 uint64_t will_be)
{
    uint64_t changes = 0;
    for (size_t i = 0; i < count; i++) {
        changes += sources[i].changes;
    }
    (void)fprintf(stderr,
                  ERASE "%zu of %zu sources whole, the others %" PRIu64 " %%; %" PRIu64
                        " changes read\r",
                  whole, count, will_be > 0 ? is * 100 / will_be : 0, changes);
}

void progress_show(struct progress *progress, const struct followed *sources, size_t count)
{
    size_t whole = 0;
    uint64_t is = 0;
    uint64_t will_be = 0;
    time_t now = time(NULL);
    bool is_due = progress->shown != now;
    progress->shown = now;
    if (!is_due || isatty(STDERR_FILENO) != 1) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        add_up(&sources[i].appliance, &whole, &is, &will_be);
    }
    if (whole == count) {
        progress_end(progress);
        return;
    }
    show(sources, count, whole, is, will_be);
    progress->is_there = true;
}

void progress_end(struct progress *progress)
{
    if (progress->is_there) {
        (void)fputs(ERASE, stderr);
    }
    progress->is_there = false;
}
