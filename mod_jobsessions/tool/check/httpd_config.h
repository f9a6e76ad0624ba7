/* SPDX-License-Identifier: Apache-2.0 */
/* Where a configuration of httpd names a database. Its files are read line by line, with those they include;
 * sections are not weighed: a line in an <IfDefine> counts, whatever is defined. */
#ifndef JS_TOOL_HTTPD_CONFIG_H
#define JS_TOOL_HTTPD_CONFIG_H

#include "check/report.h"

/* Find the lines that say JobSessionsDatabase, and tell which of them name the directory. That none does is a
 * fault. */
void httpd_config_check(const char *file, const char *directory, struct report *report);

#endif
