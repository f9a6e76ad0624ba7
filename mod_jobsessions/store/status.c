/* SPDX-License-Identifier: Apache-2.0 */
#include "status.h"

#include <string.h>

/* Their places are their codes on disk, and sorting by code is sorting by name. */
static const char *const names[JS_STATUS_COUNT] = {
    "",
    "Canceled",
    "Canceling",
    "Error",
    "Failed",
    "NeverExecuted",
    "Pending",
    "Running",
    "RunningWithError",
    "RunningWithWarning",
    "Success",
    "Unknown",
    "Warning",
};

unsigned js_status_code(const char *name)
{
    for (unsigned code = 1; code < JS_STATUS_COUNT; code++) {
        if (strcmp(names[code], name) == 0) {
            return code;
        }
    }
    return JS_STATUS_NONE;
}
