/* SPDX-License-Identifier: Apache-2.0 */
/* What a user meets who opens a database. */
#ifndef JS_TOOL_CONTENTS_H
#define JS_TOOL_CONTENTS_H

#include <stdbool.h>

#include "base/options.h"
#include "check/report.h"

/* Who looks, and at what. */
struct contents {
    const struct options *options;
    const char *directory;
    const char *user;
    bool has_to_write;
};

/* Open it for reading and, where that went well, for writing. Nothing is made and nothing written, but that who reads
 * takes a slot in lock.mdb as every reader does. */
void contents_check(const struct contents *contents, struct report *report);

#endif
