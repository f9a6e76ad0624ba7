/* SPDX-License-Identifier: Apache-2.0 */
/* The ids of sessions on the command line: numbers and uuids. */
#ifndef JS_TOOL_SESSION_ID_H
#define JS_TOOL_SESSION_ID_H

#include <stdint.h>

#include "base/exit_code.h"
#include "base/options.h"
#include "jobsessions_read.h"

/* Find the number of a session that a snapshot may have: EXIT_DONE. What is no id, or nobody's, is that of no session:
 * as session_id_unknown(). EXIT_DATABASE: it cannot be looked for, which was said. */
enum exit_code session_id_find(const struct options *options, const js_snapshot *snapshot,
                               const char *argument, uint64_t *id);

/* The same in a database as it is now. */
enum exit_code session_id_find_now(const struct options *options, js_database *database,
                                   const char *argument, uint64_t *id);

/* Complain that no session has it. Returns EXIT_REFUSED. */
enum exit_code session_id_unknown(const struct options *options, const char *argument);

#endif
