/* SPDX-License-Identifier: Apache-2.0 */
/* Moments as people name them: what the API takes, and besides words and how long ago. */
#ifndef JS_TOOL_MOMENT_H
#define JS_TOOL_MOMENT_H

#include <stdint.h>

#include "base/exit_code.h"

/* Read the value of an option, whose name is for the complaint. EXIT_DONE or EXIT_USAGE. */
enum exit_code moment_parse(const char *option, const char *text, int64_t *time);

/* The same of an age alone, such as 90d: the moment that lies so far back. */
enum exit_code moment_parse_age(const char *option, const char *text, int64_t *time);

/* And of how long it is, in seconds. */
enum exit_code moment_parse_length(const char *option, const char *text, int64_t *seconds);

#endif
