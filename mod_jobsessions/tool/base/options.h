/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line says, for the verb it names. Nothing in it needs to be freed. */
#ifndef JS_TOOL_OPTIONS_H
#define JS_TOOL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct options {
    const char *directory;
    const char *base_url; /* NULL: not given */
    const char *mount;    /* NULL: the default */
    size_t map_size;      /* 0: the default */
    bool merge;           /* import: replace other sessions that have the same id */
    bool new_ids;         /* import: give every session a new id */
    bool force;           /* rm: also what is not finished */
    bool to_stdout;       /* backup: into a pipe or a file */
    bool add;             /* append what standard input holds */
    char **arguments;     /* behind the verb, ended by NULL */
};

#endif
