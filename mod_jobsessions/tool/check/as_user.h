/* SPDX-License-Identifier: Apache-2.0 */
/* A look at something as another user would take it: in a process of that user's, with all of the user's groups. */
#ifndef JS_TOOL_AS_USER_H
#define JS_TOOL_AS_USER_H

#include "base/exit_code.h"
#include "check/report.h"

/* Looks, and reports; baton is the caller's. */
typedef void as_user_look(void *baton, struct report *report);

/* Call `look` in a child that is the user's and add what it finds. EXIT_DONE; EXIT_USAGE: there is no such user, or
 * only root can become it; EXIT_DATABASE: there was no child. Both were said. */
enum exit_code as_user(const char *name, as_user_look *look, void *baton, struct report *report);

#endif
