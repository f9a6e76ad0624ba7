/* SPDX-License-Identifier: Apache-2.0 */
/* A session's log as it grows. */
#ifndef JS_TOOL_FOLLOW_LOG_H
#define JS_TOOL_FOLLOW_LOG_H

#include "base/exit_code.h"
#include "base/options.h"

/* Print the log of the session of an id, or run a command for each line, and go on with what is appended until a signal
 * comes or the session is removed. */
enum exit_code follow_log(const struct options *options, const char *session);

#endif
