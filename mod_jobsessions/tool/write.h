/* SPDX-License-Identifier: Apache-2.0 */
/* What the verbs that write have in common. */
#ifndef JS_TOOL_WRITE_H
#define JS_TOOL_WRITE_H

#include "batch.h"
#include "input.h"
#include "tool.h"

/* Lines that are there already share a commit of so many; none waits for the next to arrive. */
#define LINES_PER_COMMIT 1000

/* Open the database and write what standard input holds; `load` reads it into the batch. Returns the
 * exit code. */
int write_input(const struct options *options, const struct writing *writing,
                int (*load)(struct batch *batch, struct input *input));

#endif
