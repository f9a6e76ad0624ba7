/* SPDX-License-Identifier: Apache-2.0 */
/* Which sessions the options of a verb name: the API's filters, read by what the store has for its parameters. */
#ifndef JS_TOOL_SELECTION_H
#define JS_TOOL_SELECTION_H

#include "base/exit_code.h"
#include "base/options.h"
#include "jobsessions_read.h"

/* The most types, as of a parameter of the API. */
#define SELECTION_TYPES_MAX 64

struct selection {
    js_query query; /* points into what follows: it must not be moved */
    const char *types[SELECTION_TYPES_MAX];
    uint8_t policy[16];
    char *pattern; /* these are malloc()'s */
    char *names;
};

/* Read them, or complain: EXIT_DONE or EXIT_USAGE; EXIT_DATABASE when there is no memory. */
enum exit_code selection_make(struct selection *selection, const struct options *options);

void selection_free(struct selection *selection);

#endif
