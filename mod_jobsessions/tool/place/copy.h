/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of a database. */
#ifndef JS_TOOL_COPY_H
#define JS_TOOL_COPY_H

#include "base/exit_code.h"
#include "base/options.h"
#include "jobsessions_read.h"

/* Copy a snapshot of a database into a directory, and check at the same time everything that the snapshot has; then
 * see that the copy opens and has the same counters. EXIT_DONE; EXIT_REFUSED: the database has faults, each of which
 * was said; EXIT_DATABASE, which was said. */
enum exit_code copy_checked(const struct options *options, js_database *database,
                            const char *directory);

/* Copy a snapshot, or what a database has now, into a directory, and check nothing. EXIT_DONE; EXIT_DATABASE, which was
 * said. */
enum exit_code copy_snapshot(js_snapshot *snapshot, const char *directory);
enum exit_code copy_present(js_database *database, const char *directory);

#endif
