/* SPDX-License-Identifier: Apache-2.0 */
#include "format/status.h"

#include <string.h>

#include "base/letters.h"

enum kind {
    OTHER,
    RUNNING,
    GOOD,
    FAULTY
};

/* Their places are their codes on disk, and sorting by code is sorting by name. */
static const struct {
    const char *name;
    enum kind kind;
} statuses[JSP_STATUS_COUNT] = {
    {"", OTHER},
    {"Canceled", OTHER},
    {"Canceling", RUNNING},
    {"Error", FAULTY},
    {"Failed", FAULTY},
    {"NeverExecuted", OTHER},
    {"Pending", RUNNING},
    {"Running", RUNNING},
    {"RunningWithError", RUNNING},
    {"RunningWithWarning", RUNNING},
    {"Success", GOOD},
    {"Unknown", OTHER},
    {"Warning", GOOD},
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
    return code < JSP_STATUS_COUNT ? statuses[code].name : "";
}

unsigned jsp_status_of_v8_1(unsigned code)
{
    static const unsigned error = 3;
    static const unsigned failed = 4;
    static const unsigned unknown = 11;
    return code == JSP_STATUS_NONE || code >= JSP_STATUS_COUNT ? unknown
           : code == failed                                    ? error
                                                               : code;
}

static bool is(unsigned code, enum kind kind)
{
    return code < JSP_STATUS_COUNT && statuses[code].kind == kind;
}

bool jsp_status_is_good(unsigned code)
{
    return is(code, GOOD);
}

bool jsp_status_is_error(unsigned code)
{
    return is(code, FAULTY);
}

bool jsp_status_is_running(unsigned code)
{
    return is(code, RUNNING);
}
