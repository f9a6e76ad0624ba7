/* SPDX-License-Identifier: Apache-2.0 */
/* The way of every verb that writes: standard input, through a batch, into the database. */
#ifndef JS_TOOL_WRITE_INPUT_H
#define JS_TOOL_WRITE_INPUT_H

#include "base/options.h"
#include "input/input.h"
#include "write/batch.h"

/* Open the database and let `write` bring all the input into the batch. What is in the batch is
 * committed whenever the input has to be waited for. Returns the exit code of the verb. */
enum exit_code write_input(const struct options *options, const struct writing *writing,
                           enum exit_code (*write)(struct batch *batch, struct input *input));

#endif
