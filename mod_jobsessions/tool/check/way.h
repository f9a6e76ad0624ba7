/* SPDX-License-Identifier: Apache-2.0 */
/* The way to a database: directories from the root on, and the files at its end. */
#ifndef JS_TOOL_WAY_H
#define JS_TOOL_WAY_H

#include <stdbool.h>

#include "check/report.h"

#define WAY_MAX 4096

/* Where the directory really is, links followed. False where it cannot be found, which was reported. */
bool way_resolve(const char *directory, char resolved[WAY_MAX], struct report *report);

/* Can this process enter every directory on the way? The first that it cannot is reported. */
bool way_is_open(const char *user, const char *directory, struct report *report);

/* Report what anybody could change. */
void way_check_modes(const char *directory, struct report *report);

#endif
