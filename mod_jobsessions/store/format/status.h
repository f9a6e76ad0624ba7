/* SPDX-License-Identifier: Apache-2.0 */
/* The statuses a session can have, as names and as the codes records hold. */
#ifndef JS_STORE_STATUS_H
#define JS_STORE_STATUS_H

#include <stdbool.h>

enum {
    JSP_STATUS_NONE = 0,
    JSP_STATUS_COUNT = 13
};

/* The code of a name, or JSP_STATUS_NONE; of one that is asked for, in any case. */
unsigned jsp_status_code(const char *name);
unsigned jsp_status_find(const char *name);

/* The name of a code, "" of none; as v8.1 has it, where Failed is an Error, and what has no status is Unknown. */
const char *jsp_status_name(unsigned code);
unsigned jsp_status_of_v8_1(unsigned code);

/* Whether it is one of what ended well, or of what did not. */
bool jsp_status_is_good(unsigned code);
bool jsp_status_is_error(unsigned code);

/* Whether a session that has it is not finished, and somebody will write to it again. */
bool jsp_status_is_running(unsigned code);

/* All names, with commas between, for messages. */
#define JSP_STATUS_NAMES                                                                           \
    "Canceled, Canceling, Error, Failed, NeverExecuted, Pending, Running, RunningWithError, "      \
    "RunningWithWarning, Success, Unknown, Warning"

#endif
