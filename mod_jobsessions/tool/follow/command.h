/* SPDX-License-Identifier: Apache-2.0 */
/* A command that is run for a piece of news. */
#ifndef JS_TOOL_COMMAND_H
#define JS_TOOL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Run it by /bin/sh and wait for its end. It reads a line of JSON from its standard input, or does not, and finds
 * `number` in the environment as JOBSESSIONS_NUMBER. `what` says in the complaint what it was run for. False: it did
 * not end with the status 0, which was said. */
bool command_run(const char *command, const char *what, uint64_t number, const char *json,
                 size_t length);

#endif
