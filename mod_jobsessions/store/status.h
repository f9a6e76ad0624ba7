/* SPDX-License-Identifier: Apache-2.0 */
/* The statuses a session can have (api-facts), as names and as the codes records hold. */
#ifndef JS_STORE_STATUS_H
#define JS_STORE_STATUS_H

enum {
    JS_STATUS_NONE = 0,
    JS_STATUS_COUNT = 13
};

/* The code of a name, or JS_STATUS_NONE. */
unsigned js_status_code(const char *name);

/* All names, with commas between, for messages. */
#define JS_STATUS_NAMES                                                                            \
    "Canceled, Canceling, Error, Failed, NeverExecuted, Pending, Running, RunningWithError, "      \
    "RunningWithWarning, Success, Unknown, Warning"

#endif
