/* SPDX-License-Identifier: Apache-2.0 */
/* Input with one JSON object a line, written line by line. */
#ifndef JS_TOOL_LINES_H
#define JS_TOOL_LINES_H

#include "input/input.h"
#include "write/batch.h"

/* Lines that are there already share a commit of so many; none waits for the next to arrive. */
#define LINES_PER_COMMIT 1000

/* Write every line of the input. Returns EXIT_DONE, whether lines were refused or not, or
 * EXIT_DATABASE. */
enum exit_code lines_write(struct batch *batch, struct input *input);

#endif
