/* SPDX-License-Identifier: Apache-2.0 */
/* Standard output. What is printed there may fail late, when the buffer is written: output_finish()
 * tells. */
#ifndef JS_TOOL_OUTPUT_H
#define JS_TOOL_OUTPUT_H

#include <stddef.h>

#include "base/exit_code.h"

void output_line(const char *text, size_t length);

/* Make sure that everything printed has got there, or complain. EXIT_DONE or EXIT_DATABASE. */
enum exit_code output_finish(void);

#endif
