/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the command line, those of all verbs; which of them go with a verb is the verb's to say. */
#ifndef JS_TOOL_COMMAND_LINE_H
#define JS_TOOL_COMMAND_LINE_H

#include <stdbool.h>

#include "base/options.h"

/* The letters of verb options that were given, so that one on the wrong verb can be refused. */
struct given {
    char letters[256];
    bool help; /* what a person wants instead */
    bool version;
};

/* Read the options; what is left is at argv[optind]. -1: go on; else the exit code, after a complaint. */
int command_line_parse(int argc, char **argv, struct options *options, struct given *given);

/* The name of an option that was given and is none of the letters in `takes`, or NULL. */
const char *command_line_unsuitable(const struct given *given, const char *takes);

/* Complain, or not, and say where to look. Both return EXIT_USAGE. */
int command_line_misuse(const char *format, const char *what);
int command_line_try_help(void);

#endif
