/* SPDX-License-Identifier: Apache-2.0 */
/* One database takes another one's place while workers write and httpd reads. */
#ifndef JS_TOOL_TAKEOVER_H
#define JS_TOOL_TAKEOVER_H

#include "base/exit_code.h"
#include "base/options.h"
#include "jobsessions_read.h"
#include "place/beside.h"

/* What the new database is made from. */
enum takeover_source {
    TAKEOVER_FROM_PRESENT, /* the one in place: it has to be one that can be opened, and writers wait all the time */
    TAKEOVER_FROM_ELSEWHERE, /* anything: there may be none in place, or a damaged one, and writers wait for the
                              * exchange alone, as what is read may be a pipe that stalls */
    TAKEOVER_FROM_DAMAGED, /* the one in place, as far as it can be read, or NULL where it cannot be opened: writers wait
                            * all the time, but where it is so damaged that none could write */
    TAKEOVER_OF_NOTHING /* the same, but that there must be none in place, not even a damaged one */
};

/* Make the new database at beside->path. `database` is the one in its place, or NULL. EXIT_DONE, or why not, which
 * was said. */
typedef enum exit_code takeover_fill(const struct options *options, struct beside *beside,
                                     js_database *database);

/* Have a new database made in the place of the one that options name, give it the owners and modes of that and
 * exchange the two while writers wait; `beside` tells where the old one is. EXIT_DONE, or why not, which was said;
 * all is then as it was. */
enum exit_code takeover(const struct options *options, enum takeover_source source,
                        takeover_fill *fill, struct beside *beside);

#endif
