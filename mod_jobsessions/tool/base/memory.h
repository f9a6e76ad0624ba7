/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for the few things of a verb whose size is not known when the tool is built. */
#ifndef JS_TOOL_MEMORY_H
#define JS_TOOL_MEMORY_H

#include <stddef.h>

/* Zeroed memory, to be given to free(); NULL: there is none, which was said. */
void *memory_take(size_t size);

#endif
