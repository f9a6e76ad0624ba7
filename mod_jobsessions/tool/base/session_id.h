/* SPDX-License-Identifier: Apache-2.0 */
/* The ids of sessions on the command line. */
#ifndef JS_TOOL_SESSION_ID_H
#define JS_TOOL_SESSION_ID_H

#include <stdint.h>

#include "base/exit_code.h"
#include "base/options.h"

/* Read an id: EXIT_DONE. What is no id is that of no session: as session_id_unknown(). */
enum exit_code session_id_parse(const struct options *options, const char *argument, uint64_t *id);

/* Complain that no session has it. Returns EXIT_REFUSED. */
enum exit_code session_id_unknown(const struct options *options, const char *argument);

#endif
