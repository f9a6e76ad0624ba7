/* SPDX-License-Identifier: Apache-2.0 */
/* A file without a name, for what does not fit in memory: gone when it is closed, or the process is. */
#ifndef JS_TOOL_UNNAMED_H
#define JS_TOOL_UNNAMED_H

#include <stdio.h>

/* A new one in TMPDIR (/tmp), to write and read. NULL: there can be none, which was said. */
FILE *unnamed_open(void);

#endif
