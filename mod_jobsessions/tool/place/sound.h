/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a copy of a database can be trusted, before anything depends on it. */
#ifndef JS_TOOL_SOUND_H
#define JS_TOOL_SOUND_H

#include "base/exit_code.h"
#include "base/options.h"
#include "jobsessions_read.h"

/* Check everything in a snapshot of the database that options name. EXIT_DONE, or EXIT_REFUSED: it has faults, each of
 * which was said. */
enum exit_code sound_verify(const struct options *options, js_snapshot *snapshot);

/* Open the database in a directory and check everything in it. EXIT_DONE; EXIT_REFUSED: it has faults, each of
 * which was said; EXIT_DATABASE: it cannot be opened, which was said. */
enum exit_code sound_check(const struct options *options, const char *directory);

#endif
