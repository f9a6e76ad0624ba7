/* SPDX-License-Identifier: Apache-2.0 */
#include "check/contents.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "check/way.h"
#include "jobsessions_read.h"

/* Seconds by which clocks of workers may be ahead. */
#define LEEWAY 60

/* Percents of the map beyond which it is time for a larger one. */
#define MAP_FULL 80

/* A moment from now on, as sessions have it. */
static bool soon(int64_t *moment)
{
    char text[64];
    struct tm utc;
    time_t seconds = time(NULL) + LEEWAY;
    if (gmtime_r(&seconds, &utc) == NULL) {
        return false;
    }
    size_t length = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
    return js_time_parse(text, length, moment) == NULL;
}

static void report_ahead(const struct contents *contents, js_list *list, struct report *report)
{
    char start[64];
    char id[JS_ID_TEXT];
    js_session session;
    uint64_t total = js_list_get_totals(list)->total;
    if (total == 0) {
        report_note("user %s: no session begins in the future", contents->user);
    } else if (js_list_next(list, &session) == JS_OK) {
        (void)js_session_text(&session, "executionStartTime", start, sizeof(start));
        js_snapshot_id_text(js_list_snapshot(list), session.id, id);
        report_fault(report,
                     "%" PRIu64 " sessions begin in the future, as session %s"
                     " at %s: a clock is, or was, wrong, and `prune` keeps them; look at `date` "
                     "and `timedatectl` here and where workers run",
                     total, id, start);
    }
}

/* With sessions of the future, a clock is wrong: this machine's, or a worker's. */
static void check_clock(const struct contents *contents, js_snapshot *snapshot,
                        struct report *report)
{
    js_error error;
    js_query query;
    js_query_all(&query);
    query.limit = 1;
    if (!soon(&query.filter.from)) {
        report_fault(report, "the clock of this machine is out of all bounds; set it");
        return;
    }
    js_list *list = calloc(1, js_list_size(&query));
    if (list == NULL || js_list_begin(list, snapshot, &query, &error) != JS_OK) {
        report_fault(report, "user %s: %s", contents->user,
                     list == NULL ? "out of memory" : error.message);
    } else {
        report_ahead(contents, list, report);
    }
    free(list);
}

static void check_map(const struct contents *contents, const js_snapshot *snapshot,
                      struct report *report)
{
    js_error error;
    js_space space;
    if (js_snapshot_space(snapshot, &space, &error) != JS_OK) {
        report_fault(report, "user %s: %s", contents->user, error.message);
        return;
    }
    uint64_t used = (space.pages - space.free_pages) * space.page_size;
    if (used / MAP_FULL >= space.map_size / 100) {
        report_fault(report,
                     "%s: %" PRIu64 " of the %" PRIu64 " bytes are used that it may grow to; "
                     "raise --map-size, js_options.map_size and JobSessionsMapSize",
                     contents->directory, used, space.map_size);
    } else {
        report_note("user %s: %" PRIu64 " of the %" PRIu64 " bytes are used that it may grow to",
                    contents->user, used, space.map_size);
    }
}

static bool check_reading(const struct contents *contents, struct report *report)
{
    js_error error;
    js_database *database;
    js_snapshot *snapshot;
    js_options wanted = {.map_size = contents->options->map_size};
    if (js_open(contents->directory, JS_READ, &wanted, &database, &error) != JS_OK) {
        report_fault(report, "user %s: %s", contents->user, error.message);
        return false;
    }
    bool done = js_snapshot_begin(database, &snapshot, &error) == JS_OK;
    if (done) {
        report_note("user %s can read it", contents->user);
        check_map(contents, snapshot, report);
        check_clock(contents, snapshot, report);
        js_snapshot_end(snapshot);
    } else {
        report_fault(report, "user %s: %s", contents->user, error.message);
    }
    js_close(database);
    return done;
}

static void check_writing(const struct contents *contents, struct report *report)
{
    js_error error;
    js_database *database;
    js_options wanted = {.map_size = contents->options->map_size};
    if (js_open(contents->directory, JS_WRITE, &wanted, &database, &error) == JS_OK) {
        report_note("user %s can write to it", contents->user);
        js_close(database);
    } else if (contents->has_to_write) {
        report_fault(report, "user %s: %s", contents->user, error.message);
    } else {
        report_note("user %s cannot write to it, as a reader need not: %s", contents->user,
                    error.message);
    }
}

/* Who opens it would make a lock.mdb. */
static void check_making(const struct contents *contents, struct report *report)
{
    if (faccessat(AT_FDCWD, contents->directory, W_OK, AT_EACCESS) == 0) {
        report_note("user %s finds no lock.mdb in %s, and can make it", contents->user,
                    contents->directory);
    } else {
        report_fault(report,
                     "user %s finds no lock.mdb in %s, and cannot make it (%s); let a worker run "
                     "first, or `jobsessions stat` as root, which makes it for all",
                     contents->user, contents->directory, strerror(errno));
    }
}

static bool is_there(const struct contents *contents, const char *name, struct stat *about)
{
    char path[WAY_MAX + 16];
    (void)snprintf(path, sizeof(path), "%s/%s", contents->directory, name);
    return stat(path, about) == 0;
}

void contents_check(const struct contents *contents, struct report *report)
{
    struct stat about;
    if (!way_is_open(contents->user, contents->directory, report)) {
        return;
    }
    if (!is_there(contents, "data.mdb", &about) || about.st_size == 0) {
        report_fault(report,
                     "%s: there is no database in it; name the right directory, or let a worker "
                     "or `jobsessions put` make it",
                     contents->directory);
        return;
    }
    if (!is_there(contents, "lock.mdb", &about)) {
        check_making(contents, report);
    } else if (check_reading(contents, report)) {
        check_writing(contents, report);
    }
}
