/* SPDX-License-Identifier: Apache-2.0 */
/* What the file system below a database has to be. */
#ifndef JS_TOOL_FILE_SYSTEM_H
#define JS_TOOL_FILE_SYSTEM_H

#include "check/report.h"

/* Its type, whether it can be written to, and how much room it has. */
void file_system_check(const char *directory, struct report *report);

#endif
