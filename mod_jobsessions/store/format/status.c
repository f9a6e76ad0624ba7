/* SPDX-License-Identifier: Apache-2.0 */
#include "format/status.h"

#include <string.h>

#include "base/letters.h"

/* Their places are their codes on disk, and sorting by code is sorting by name. */
static const struct {
    const char *name;
    bool is_running;
} statuses[JSP_STATUS_COUNT] = {
    {"", false},
    {"Canceled", false},
    {"Canceling", true},
    {"Error", false},
    {"Failed", false},
    {"NeverExecuted", false},
    {"Pending", true},
    {"Running", true},
    {"RunningWithError", true},
    {"RunningWithWarning", true},
    {"Success", false},
    {"Unknown", false},
    {"Warning", false},
};

unsigned jsp_status_code(const char *name)
{
    for (unsigned code = 1; code < JSP_STATUS_COUNT; code++) {
        if (strcmp(statuses[code].name, name) == 0) {
            return code;
        }
    }
    return JSP_STATUS_NONE;
}

unsigned jsp_status_find(const char *name)
{
    for (unsigned code = 1; code < JSP_STATUS_COUNT; code++) {
        if (jsp_letters_compare(statuses[code].name, strlen(statuses[code].name), name,
                                strlen(name))
            == 0) {
            return code;
        }
    }
    return JSP_STATUS_NONE;
}

const char *jsp_status_name(unsigned code)
{
    return statuses[code < JSP_STATUS_COUNT ? code : JSP_STATUS_NONE].name;
}

bool jsp_status_is_running(unsigned code)
{
    return code < JSP_STATUS_COUNT && statuses[code].is_running;
}
