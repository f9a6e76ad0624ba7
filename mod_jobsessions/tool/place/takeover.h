/* SPDX-License-Identifier: Apache-2.0 */
/* One database takes another one's place while workers write and httpd reads. */
#ifndef JS_TOOL_TAKEOVER_H
#define JS_TOOL_TAKEOVER_H

#include "base/exit_code.h"
#include "base/options.h"
#include "jobsessions_read.h"
#include "place/beside.h"

/* Make the new database at beside->path. `database` is the one in its place, to which nobody commits meanwhile,
 * or NULL. EXIT_DONE, or why not, which was said. */
typedef enum exit_code takeover_fill(const struct options *options, const struct beside *beside,
                                     js_database *database);

/* Keep writers out of the database that options name, have the new one made, give it the owners and modes of the
 * old one and exchange the two; `beside` tells where the old one is. With `must_exist` there has to be a database
 * that can be opened; otherwise one that cannot be, damaged as it may be, is replaced as well.
 * EXIT_DONE, or why not, which was said; all is then as it was. */
enum exit_code takeover(const struct options *options, bool must_exist, takeover_fill *fill,
                        struct beside *beside);

#endif
