/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line says, for the verb it names. Nothing in it needs to be freed. */
#ifndef JS_TOOL_OPTIONS_H
#define JS_TOOL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* How often an option can be given that says more each time. */
#define OPTIONS_TEXTS_MAX 64

struct texts {
    const char *list[OPTIONS_TEXTS_MAX];
    size_t count;
};

struct options {
    const char *directory;
    const char *base_url; /* NULL: not given, as for all that follow but the last */
    const char *mount;
    const char *policy;
    const char *since;
    const char *until;
    const char *limit;
    const char *older_than;
    const char *tombstones_older_than;
    const char *format;    /* export: json, ... */
    const char *durations; /* export: seconds, in the place of texts */
    const char *times;     /* export: unixMilliseconds */
    const char *quiet_for; /* sweep */
    const char *worker;    /* put, log, items, stop, heartbeat: the id of a process */
    const char *exec;      /* watch, log --follow: a command for each piece of news */
    const char *config;    /* check: a configuration of httpd */
    const char *requests;  /* stop: the directory of requests */
    struct texts statuses;
    struct texts types;
    struct texts as;        /* check: users who read */
    struct texts as_writer; /* and who write */
    size_t map_size;        /* 0: the default */
    bool json;              /* for programs, in place of a table */
    bool keep_last_good;    /* prune: of each policy */
    bool dry_run;           /* prune: tell what would go */
    bool merge;             /* import: replace other sessions that have the same id */
    bool new_ids;           /* import: give every session a new id */
    bool update;            /* put: make no session */
    bool repair;            /* verify: put a sound one in its place */
    bool force;             /* rm: also what is not finished */
    bool to_stdout;         /* backup: into a pipe or a file */
    bool take;              /* stop: as the worker does */
    bool follow;            /* log: go on with what is appended */
    bool add;               /* append what standard input holds */
    char **arguments;       /* behind the verb, ended by NULL */
};

#endif
