/* SPDX-License-Identifier: Apache-2.0 */
#include "format/status.h"

#include <string.h>

/* Their places are their codes on disk, and sorting by code is sorting by name. */
static const char *const names[JSP_STATUS_COUNT] = {
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

unsigned jsp_status_code(const char *name)
{
    for (unsigned code = 1; code < JSP_STATUS_COUNT; code++) {
        if (strcmp(names[code], name) == 0) {
            return code;
        }
    }
    return JSP_STATUS_NONE;
}
