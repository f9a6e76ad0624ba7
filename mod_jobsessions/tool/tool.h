/* SPDX-License-Identifier: Apache-2.0 */
/* What the verbs of `jobsessions` share: their options, exit codes and way to complain. */
#ifndef JS_TOOL_H
#define JS_TOOL_H

#include "jobsessions_read.h"

enum exit_code {
    EXIT_DONE = 0,
    EXIT_REFUSED = 1,  /* the data was refused */
    EXIT_USAGE = 2,    /* the command line is wrong */
    EXIT_DATABASE = 3, /* the database, or the output, could not be used */
};

struct options {
    const char *directory;
    const char *base_url; /* NULL: not given */
    const char *mount;    /* NULL: the default */
    size_t map_size;      /* 0: the default */
    bool add;             /* append what standard input holds */
    char **arguments;     /* behind the verb, ended by NULL */
};

/* One line to stderr, "jobsessions: " before it. */
__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);

/* Open the database or complain; EXIT_DONE or EXIT_DATABASE. */
int open_database(const struct options *options, js_mode mode, js_database **database);

/* Open the database for reading and call `read` on a snapshot of it; baton is the caller's. What is
 * printed to stdout is made sure to have got there. */
int read_database(const struct options *options,
                  int (*read)(const struct options *options, js_snapshot *snapshot, void *baton),
                  void *baton);

/* The exit code that goes with a status other than JS_OK. */
int exit_code_of(js_result result);

/* The verbs; each returns an exit code. */
int verb_put(const struct options *options);
int verb_import(const struct options *options);
int verb_export(const struct options *options);
int verb_get(const struct options *options);
int verb_rm(const struct options *options);
int verb_verify(const struct options *options);
int verb_log(const struct options *options);
int verb_items(const struct options *options);

#endif
