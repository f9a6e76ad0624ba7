/* SPDX-License-Identifier: Apache-2.0 */
/* One session object a line, as `put` and `import` read them. */
#ifndef JS_TOOL_LINES_H
#define JS_TOOL_LINES_H

#include "batch.h"
#include "input.h"

/* Write every line of the input. Returns EXIT_DONE, whether lines were refused or not, or
 * EXIT_DATABASE. */
int write_lines(struct batch *batch, struct input *input);

/* Complain when reading the input has failed. */
int check_input(const struct input *input);

#endif
