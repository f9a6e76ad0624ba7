/* SPDX-License-Identifier: Apache-2.0 */
/* In which encoding does the input come? JSON is UTF-8; Windows puts a byte-order mark before that, or writes
 * UTF-16. */
#ifndef JS_TOOL_ENCODING_H
#define JS_TOOL_ENCODING_H

#include "base/exit_code.h"
#include "input/input.h"

/* Pass over a byte-order mark at the beginning of the input. EXIT_DONE, or EXIT_REFUSED: it is UTF-16, which was
 * said. */
enum exit_code encoding_check(struct input *input);

#endif
