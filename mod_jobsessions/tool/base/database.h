/* SPDX-License-Identifier: Apache-2.0 */
/* The database that the command line names. */
#ifndef JS_TOOL_DATABASE_H
#define JS_TOOL_DATABASE_H

#include "base/exit_code.h"
#include "base/options.h"
#include "jobsessions_read.h"

/* Open it or complain: EXIT_DONE, EXIT_DATABASE, or EXIT_USAGE by database_tell_worker(). Give it back with js_close(). */
enum exit_code database_open(const struct options *options, js_mode mode, js_database **database);

/* The same for writing, where it has to be there: a directory that is misspelt is not made. */
enum exit_code database_open_existing(const struct options *options, js_database **database);

/* Of a database that was opened to write: tell who the worker is, which is nobody unless --worker or JOBSESSIONS_WORKER
 * names a process, as the tool itself has ended before the next change. EXIT_DONE, also after a complaint that there is
 * no such process; or EXIT_USAGE. */
enum exit_code database_tell_worker(const struct options *options, js_database *database);

/* The same options for the database in another directory. */
struct options database_elsewhere(const struct options *options, const char *directory);

/* What is to be done with a snapshot; baton is the caller's. */
typedef enum exit_code database_reader(const struct options *options, js_snapshot *snapshot,
                                       void *baton);

/* Open it, call `read` on a snapshot, and make sure that what was printed has got to standard output.
 * Returns the code of `read`, or EXIT_DATABASE. */
enum exit_code database_read(const struct options *options, database_reader *read, void *baton);

#endif
