/* SPDX-License-Identifier: Apache-2.0 */
/* `jobsessions follow` is a program of its own, beside this one: it alone needs libpq. */
#ifndef JS_TOOL_FOLLOW_PROGRAM_H
#define JS_TOOL_FOLLOW_PROGRAM_H

/* Become it. Returns the exit code only where it is not there, after a complaint. */
int follow_program(char **arguments);

#endif
