/* SPDX-License-Identifier: Apache-2.0 */
/* jobsessions-follow: brings the changes of many databases into one PostgreSQL, each exactly once.
 *
 *     following.c  asks all sources, and writes what they say
 *     reader.c     a thread for each of them
 *     source.c     a page of changes, of one snapshot: directory_source.c, http_source.c
 *     rows.c       as rows for COPY
 *     batch.c      of those that changed little together
 *     fleet.c      written together with the place it goes up to
 *     metrics.c    how that goes, for Prometheus
 *     progress.c   the same, for who waits at a terminal
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "base/exit_code.h"
#include "base/memory.h"
#include "following.h"

static const char usage[] =
    "usage: jobsessions-follow --to URL [--once] [--interval SECONDS] NAME=SOURCE ...\n"
    "\n"
    "Bring the sessions of databases into PostgreSQL, and then every change of them. NAME is what "
    "an\n"
    "appliance is called there, SOURCE its database's directory, or the URL under which "
    "mod_jobsessions\n"
    "serves it. Each change is there exactly once, whichever process is killed at whatever moment: "
    "start\n"
    "it again. All sources are read at the same time; one that hangs holds up no other. On a "
    "terminal a\n"
    "line on standard error tells how far a first reading is.\n"
    "\n"
    "  --to URL            postgresql://user@host/database, or what else libpq takes; the schema "
    "is\n"
    "                      conf/fleet/schema.sql. A password stands in ~/.pgpass, not in the URL\n"
    "  --once              end when everything is there\n"
    "  --interval SECONDS  look for changes so often (1); 1 to 3600\n"
    "  --tokens DIR        the bearer token for NAME stands in the file DIR/NAME, which is read "
    "for\n"
    "                      each request\n"
    "  --ca FILE           the authorities to trust for https (PEM), instead of the system's\n"
    "  --metrics FILE      write progress and lag there after each round, in the Prometheus text "
    "format\n"
    "  -h, --help          this text\n"
    "  -V, --version       the version\n"
    "\n"
    "SIGTERM and SIGINT end it after the transaction at hand.\n"
    "exit status: 0 done; 1 another process follows the same appliance, or the schema is of "
    "another\n"
    "version; 2 usage; 3 a database, or PostgreSQL, could not be used\n";

static int misuse(const char *format, const char *what)
{
    complain(format, what);
    (void)fputs("Try `jobsessions-follow --help`.\n", stderr);
    return EXIT_USAGE;
}

static int take_interval(struct following *following, const char *text)
{
    char *end;
    errno = 0;
    unsigned long seconds = strtoul(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || seconds < 1 || seconds > 3600) {
        return misuse("--interval %s: give 1 to 3600 seconds", text);
    }
    following->interval = (unsigned)seconds;
    return -1;
}

static int take_option(struct following *following, int letter)
{
    switch (letter) {
    case 't':
        following->to = optarg;
        return -1;
    case 'o':
        following->once = true;
        return -1;
    case 'k':
        following->readers.access.tokens = optarg;
        return -1;
    case 'c':
        following->readers.access.ca = optarg;
        return -1;
    case 'm':
        following->metrics = optarg;
        return -1;
    case 'i':
        return take_interval(following, optarg);
    case 'h':
        return fputs(usage, stdout) < 0 || fflush(stdout) != 0 ? EXIT_DATABASE : EXIT_DONE;
    case 'V':
        return puts("jobsessions " JS_VERSION) < 0 || fflush(stdout) != 0 ? EXIT_DATABASE
                                                                          : EXIT_DONE;
    default:
        (void)fputs("Try `jobsessions-follow --help`.\n", stderr);
        return EXIT_USAGE;
    }
}

static int take_options(struct following *following, int argc, char **argv)
{
    static const struct option options[] = {{"to", required_argument, NULL, 't'},
                                            {"once", no_argument, NULL, 'o'},
                                            {"interval", required_argument, NULL, 'i'},
                                            {"tokens", required_argument, NULL, 'k'},
                                            {"ca", required_argument, NULL, 'c'},
                                            {"metrics", required_argument, NULL, 'm'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'V'},
                                            {NULL, 0, NULL, 0}};
    int letter;
    int code = -1;
    while (code < 0 && (letter = getopt_long(argc, argv, "hV", options, NULL)) != -1) {
        code = take_option(following, letter);
    }
    return code;
}

/* NAME=SOURCE; cuts the argument in two. */
static int take_source(struct following *following, char *argument)
{
    char *equals = strchr(argument, '=');
    if (equals == NULL || equals == argument || equals[1] == '\0') {
        return misuse("%s: give NAME=SOURCE", argument);
    }
    *equals = '\0';
    for (size_t i = 0; i < following->count; i++) {
        if (strcmp(following->sources[i].reader.source.name, argument) == 0) {
            return misuse("%s: two sources have that name", argument);
        }
    }
    following->sources[following->count++].reader.source =
        (struct source){.name = argument, .where = equals + 1};
    return -1;
}

static int take_sources(struct following *following, int argc, char **argv)
{
    int code = -1;
    if (following->to == NULL) {
        return misuse("%s", "say where to with --to URL");
    }
    if (optind == argc) {
        return misuse("%s", "name at least one source: NAME=SOURCE");
    }
    following->sources = memory_take((size_t)(argc - optind) * sizeof(*following->sources));
    following->batch.moves = memory_take((size_t)(argc - optind) * sizeof(struct move));
    if (following->sources == NULL || following->batch.moves == NULL) {
        return EXIT_DATABASE;
    }
    for (int i = optind; i < argc && code < 0; i++) {
        code = take_source(following, argv[i]);
    }
    return code;
}

int main(int argc, char **argv)
{
    struct following following = {.interval = 1};
    int code = take_options(&following, argc, argv);
    if (code < 0) {
        code = take_sources(&following, argc, argv);
    }
    if (code < 0) {
        (void)curl_global_init(CURL_GLOBAL_DEFAULT);
        code = (int)follow(&following);
    }
    fleet_close(&following.fleet);
    batch_free(&following.batch);
    free(following.sources);
    return code;
}
