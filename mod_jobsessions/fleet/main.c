/* SPDX-License-Identifier: Apache-2.0 */
/* jobsessions-follow: brings the changes of many databases into one PostgreSQL, each exactly once.
 *
 *     source.c   a page of changes, of one snapshot: directory_source.c, http_source.c
 *     rows.c     as rows for COPY
 *     batch.c    of those that changed little together
 *     fleet.c    written together with the place it goes up to
 *     metrics.c  how that goes, for Prometheus
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/complain.h"
#include "base/exit_code.h"
#include "base/memory.h"
#include "batch.h"
#include "followed.h"
#include "metrics.h"
#include "rows.h"

/* Seconds to wait when PostgreSQL, or a source, cannot be used: doubled each time, up to this. */
#define PATIENCE_MAX 60

static const char usage[] =
    "usage: jobsessions-follow --to URL [--once] [--interval SECONDS] NAME=SOURCE ...\n"
    "\n"
    "Bring the sessions of databases into PostgreSQL, and then every change of them. NAME is what "
    "an\n"
    "appliance is called there, DIR its database's directory. Each change is there exactly once,\n"
    "whichever process is killed at whatever moment: start it again.\n"
    "\n"
    "  --to URL            postgresql://user@host/database, or what else libpq takes; the schema "
    "is\n"
    "                      conf/fleet/schema.sql. A password stands in ~/.pgpass, not in the URL\n"
    "  --once              end when everything is there\n"
    "  --interval SECONDS  look for changes so often (1); 1 to 3600\n"
    "  --tokens DIR        the bearer token for NAME stands in the file DIR/NAME, which is read "
    "for\n"
    "                      each request\n"
    "  --ca FILE           certificates to trust (PEM), instead of the system's\n"
    "  --metrics FILE      write progress and lag there after each round, in the Prometheus text "
    "format\n"
    "  -h, --help          this text\n"
    "  -V, --version       the version\n"
    "\n"
    "SIGTERM and SIGINT end it after the transaction at hand.\n"
    "exit status: 0 done; 1 another process follows the same appliance, or the schema is of "
    "another\n"
    "version; 2 usage; 3 a database, or PostgreSQL, could not be used\n";

struct following {
    const char *to;
    const char *metrics; /* NULL: none */
    bool once;
    unsigned interval;
    struct access access;
    struct followed *sources;
    size_t count;
    struct fleet fleet;
    struct rows rows;
    struct batch batch;
    bool failed; /* a transaction has, in this round */
    bool alone;  /* a transaction failed: each source has one of its own, so that it fails alone */
};

static volatile sig_atomic_t ended;

static void note_end(int signal)
{
    (void)signal;
    ended = 1;
}

static void await_end(void)
{
    struct sigaction action = {.sa_handler = note_end};
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
}

static struct timespec now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return time;
}

/* A signal ends the wait. */
static void wait_until(struct timespec time)
{
    if (!ended) {
        (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
    }
}

static unsigned more_patience(unsigned patience)
{
    return patience < 1 ? 1 : patience < PATIENCE_MAX / 2 ? 2 * patience : PATIENCE_MAX;
}

static int misuse(const char *format, const char *what)
{
    complain(format, what);
    (void)fputs("Try `jobsessions-follow --help`.\n", stderr);
    return EXIT_USAGE;
}

/* A URL tells the last usn only where reading begins. */
static void note_page(struct followed *followed, const struct rows *rows, const struct page *page)
{
    followed->source_usn = page->last_usn > page->usn ? page->last_usn : page->usn;
    followed->changes += rows->count;
    followed->read_at = time(NULL);
}

/* What was read to its end, and is in PostgreSQL since the batch is. */
static enum exit_code tell_metrics(const struct following *following)
{
    for (size_t i = 0; i < following->count; i++) {
        struct followed *followed = &following->sources[i];
        if (followed->patience == 0 && followed->read_at != 0 && followed->appliance.complete
            && followed->appliance.place.usn >= followed->source_usn) {
            followed->success_at = followed->read_at;
        }
    }
    if (following->metrics == NULL
        || metrics_write(following->metrics, following->sources, following->count) == EXIT_DONE) {
        return EXIT_DONE;
    }
    complain("follow: %s cannot be written: %m", following->metrics);
    return EXIT_DATABASE;
}

/* Read a page and write it. `more`: others follow. */
static enum exit_code follow_page(struct following *following, struct followed *followed,
                                  bool *more)
{
    struct page page;
    struct appliance *appliance = &followed->appliance;
    (void)snprintf(following->rows.key, sizeof(following->rows.key), "%d\t%lld\t", appliance->key,
                   appliance->generation);
    *more = false;
    enum exit_code code =
        source_read(&followed->source, &appliance->place, &following->rows, &page);
    if (code != EXIT_DONE) {
        return code;
    }
    note_page(followed, &following->rows, &page);
    if (page.foreign || appliance->generation == 0) {
        *more = true;
        return fleet_renew(&following->fleet, appliance, &page);
    }
    if (following->rows.count == 0 && appliance->complete) {
        return EXIT_DONE;
    }
    *more = page.more;
    if (appliance->complete && !page.more && !following->alone) {
        return batch_add(&following->batch, appliance, &following->rows, &page);
    }
    return fleet_apply(&following->fleet, appliance, &following->rows, &page);
}

/* All that there is of a source: what came last may be in the batch yet. */
static enum exit_code follow_source(struct following *following, struct followed *followed)
{
    bool more = true;
    enum exit_code code = EXIT_DONE;
    if (followed->appliance.connects != following->fleet.connects) {
        code = fleet_find(&following->fleet, followed->source.name, &followed->appliance);
    }
    while (code == EXIT_DONE && more && !ended) {
        code = follow_page(following, followed, &more);
    }
    followed->patience = code == EXIT_DONE ? 0 : more_patience(followed->patience);
    followed->failures += code != EXIT_DONE;
    followed->due = now().tv_sec + followed->patience;
    return code;
}

/* PostgreSQL closed the connection, or refused rows: which of them, is found out when each source has a transaction of
 * its own. */
static enum exit_code note_failure(struct following *following, enum exit_code code)
{
    following->failed = following->failed || following->fleet.connection == NULL;
    return code;
}

static enum exit_code write_batch(struct following *following)
{
    enum exit_code code = fleet_connect(&following->fleet, following->to);
    return code != EXIT_DONE
               ? code
               : note_failure(following, batch_apply(&following->batch, &following->fleet));
}

/* `lost`: PostgreSQL cannot be used, so that no other source has to be asked. */
static enum exit_code follow_next(struct following *following, struct followed *followed,
                                  bool *lost)
{
    if (followed->patience > 0 && now().tv_sec < followed->due) {
        return EXIT_DATABASE;
    }
    enum exit_code code = fleet_connect(&following->fleet, following->to);
    *lost = code != EXIT_DONE;
    if (!*lost) {
        code = note_failure(following, follow_source(following, followed));
    }
    return code == EXIT_DONE && batch_is_full(&following->batch) ? write_batch(following) : code;
}

/* One source that cannot be read, or whose rows are refused, does not keep the others waiting. What is wrong with
 * PostgreSQL is so with all. */
static enum exit_code follow_all(struct following *following)
{
    bool lost = false;
    enum exit_code worst = EXIT_DONE;
    following->failed = false;
    for (size_t i = 0; i < following->count && !ended && !lost; i++) {
        enum exit_code code = follow_next(following, &following->sources[i], &lost);
        if (code == EXIT_REFUSED) {
            return code;
        }
        worst = exit_code_worse(worst, code);
    }
    enum exit_code code = lost ? worst : write_batch(following);
    following->alone = following->failed;
    return code == EXIT_REFUSED ? code : exit_code_worse(worst, code);
}

/* What failed together is tried once more, each source alone. */
static enum exit_code follow_once(struct following *following)
{
    enum exit_code code = follow_all(following);
    if (following->alone && code != EXIT_REFUSED) {
        code = follow_all(following);
    }
    return exit_code_worse(code, tell_metrics(following));
}

static enum exit_code follow(struct following *following)
{
    unsigned patience = 0;
    while (!ended) {
        struct timespec next = now();
        enum exit_code code = follow_all(following);
        (void)tell_metrics(following);
        if (code == EXIT_REFUSED) {
            return code;
        }
        patience = following->fleet.connection == NULL ? more_patience(patience) : 0;
        next.tv_sec += patience > 0 ? patience : following->interval;
        wait_until(next);
    }
    return EXIT_DONE;
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
        following->access.tokens = optarg;
        return -1;
    case 'c':
        following->access.ca = optarg;
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
        if (strcmp(following->sources[i].source.name, argument) == 0) {
            return misuse("%s: two sources have that name", argument);
        }
    }
    following->sources[following->count++].source =
        (struct source){.name = argument, .where = equals + 1, .access = &following->access};
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
        await_end();
        (void)curl_global_init(CURL_GLOBAL_DEFAULT);
        code = (int)(following.once ? follow_once(&following) : follow(&following));
    }
    for (size_t i = 0; i < following.count; i++) {
        source_close(&following.sources[i].source);
    }
    fleet_close(&following.fleet);
    rows_free(&following.rows);
    batch_free(&following.batch);
    free(following.sources);
    return code;
}
