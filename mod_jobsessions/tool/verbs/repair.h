/* SPDX-License-Identifier: Apache-2.0 */
/* verify --repair: a sound database takes the place of a damaged one, with all that could be saved. */
#ifndef JS_TOOL_REPAIR_H
#define JS_TOOL_REPAIR_H

#include "base/exit_code.h"
#include "base/options.h"

/* EXIT_DONE: everything was saved; EXIT_REFUSED: something was set aside, or is gone, which was said; EXIT_DATABASE:
 * nothing was done. */
enum exit_code repair(const struct options *options);

#endif
