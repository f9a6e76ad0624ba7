/* SPDX-License-Identifier: Apache-2.0 */
/* What a script is told: the exit codes, from the best to the worst. Every function that can fail
 * returns one, after it has complained. */
#ifndef JS_TOOL_EXIT_CODE_H
#define JS_TOOL_EXIT_CODE_H

#include "jobsessions.h"

enum exit_code {
    EXIT_DONE = 0,
    EXIT_REFUSED = 1,  /* the data was refused */
    EXIT_USAGE = 2,    /* the command line is wrong */
    EXIT_DATABASE = 3, /* the database, or the output, could not be used */
};

/* The code that goes with a result other than JS_OK. */
enum exit_code exit_code_of(js_result result);

enum exit_code exit_code_worse(enum exit_code one, enum exit_code other);

#endif
