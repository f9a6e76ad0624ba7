/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/repair.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/database.h"
#include "place/sound.h"
#include "place/takeover.h"

struct repairing {
    struct options options; /* first: the takeover passes it on */
    char aside[BESIDE_MAX]; /* what is set aside, beside the database */
    FILE *file;
    uint64_t lines;     /* in it */
    bool is_incomplete; /* what the last commit changed may be missing */
    js_dump_totals totals;
};

static void report(void *repairing_, const char *text)
{
    const struct repairing *repairing = repairing_;
    complain("%s: %s", repairing->options.directory, text);
}

static void set_aside(void *repairing_, const char *line)
{
    struct repairing *repairing = repairing_;
    (void)fputs(line, repairing->file);
    (void)fputc('\n', repairing->file);
    repairing->lines++;
}

static enum exit_code load_lines(js_salvage *salvage, js_load *load)
{
    js_error error;
    const char *line;
    size_t length;
    js_result result;
    while ((result = js_salvage_next(salvage, &line, &length)) == JS_OK) {
        if (js_load_line(load, line, length, &error) != JS_OK) {
            complain("%s", error.message);
            return EXIT_DATABASE;
        }
    }
    if (result != JS_END) {
        complain(result == JS_DAMAGED ? "what could be read can no longer be" : "out of memory");
        return EXIT_DATABASE;
    }
    return EXIT_DONE;
}

static enum exit_code load_all(struct repairing *repairing, js_salvage *salvage,
                               js_database *database)
{
    js_error error;
    js_load *load;
    if (js_load_begin(database, &load, &error) != JS_OK) {
        complain("%s", error.message);
        return EXIT_DATABASE;
    }
    enum exit_code code = load_lines(salvage, load);
    if (code != EXIT_DONE) {
        js_load_abort(load);
        return code;
    }
    if (js_load_end(load, NULL, &error) != JS_OK) {
        complain("%s", error.message);
        return EXIT_DATABASE;
    }
    repairing->totals = *js_salvage_get_totals(salvage);
    return EXIT_DONE;
}

static enum exit_code load_into(struct repairing *repairing, js_salvage *salvage,
                                const char *directory)
{
    js_database *database;
    struct options of_new = database_elsewhere(&repairing->options, directory);
    enum exit_code code = database_open(&of_new, JS_WRITE, &database);
    if (code != EXIT_DONE) {
        return code;
    }
    code = load_all(repairing, salvage, database);
    js_close(database);
    return code == EXIT_DONE ? sound_check(&repairing->options, directory) : code;
}

static enum exit_code save(struct repairing *repairing, js_database *in_place,
                           const char *directory)
{
    js_error error;
    js_snapshot *snapshot;
    js_salvage *salvage = NULL;
    enum exit_code code = EXIT_DATABASE;
    if (js_snapshot_begin(in_place, &snapshot, &error) != JS_OK) {
        complain("%s", error.message);
        return EXIT_DATABASE;
    }
    if (js_salvage_begin(snapshot, report, set_aside, repairing, &salvage, &error) == JS_OK) {
        code = load_into(repairing, salvage, directory);
    } else {
        complain("%s", error.message);
    }
    js_salvage_end(salvage);
    if (code == EXIT_DONE && js_snapshot_age(snapshot) > 0) {
        complain("a worker has written meanwhile; end the workers and run it again");
        code = EXIT_DATABASE;
    }
    js_snapshot_end(snapshot);
    return code;
}

/* ---- A database that cannot be opened -------------------------------------------------------- */

/* What stands in for it; "" before it is made. */
struct stand_in {
    char path[BESIDE_MAX + 16];
    js_database *database;
};

static void remove_stand_in(struct stand_in *stand_in)
{
    static const char *const files[] = {"/data.mdb", "/lock.mdb", "/put.queue", ""};
    char path[sizeof(stand_in->path) + 16];
    js_close(stand_in->database);
    stand_in->database = NULL;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s%s", stand_in->path, files[i]);
        (void)remove(path);
    }
}

/* A copy that can be opened, as of the newest commit or the one before. */
static js_result make_stand_in(const struct repairing *repairing, unsigned back,
                               struct stand_in *stand_in, js_error *error)
{
    js_options wanted = {.map_size = repairing->options.map_size};
    if (mkdir(stand_in->path, 0700) != 0) {
        (void)snprintf(error->message, sizeof(error->message), "%.512s: %s", stand_in->path,
                       strerror(errno));
        return JS_SYSTEM;
    }
    js_result result = js_salvage_copy(repairing->options.directory, stand_in->path, back, error);
    if (result == JS_OK) {
        result = js_open(stand_in->path, JS_READ, &wanted, &stand_in->database, error);
    }
    if (result != JS_OK) {
        remove_stand_in(stand_in);
    }
    return result;
}

static enum exit_code save_copy(struct repairing *repairing, const struct beside *beside)
{
    js_error error;
    struct stand_in stand_in = {.database = NULL};
    (void)snprintf(stand_in.path, sizeof(stand_in.path), "%s.copy", beside->path);
    js_result result = make_stand_in(repairing, 0, &stand_in, &error);
    if (result == JS_DAMAGED) {
        result = make_stand_in(repairing, 1, &stand_in, &error);
    }
    if (result != JS_OK) {
        complain("%s", error.message);
        return EXIT_DATABASE;
    }
    complain("note: it is read from a copy; what the last commit changed may be missing, and ids "
             "that it gave may be given again");
    repairing->is_incomplete = true;
    enum exit_code code = save(repairing, stand_in.database, beside->path);
    remove_stand_in(&stand_in);
    return code;
}

/* ---- All of it ------------------------------------------------------------------------------- */

/* The file is new, for its owner alone, and on disk before the database is exchanged. */
static enum exit_code open_aside(struct repairing *repairing, const struct beside *beside)
{
    char when[32];
    struct tm utc;
    time_t now = time(NULL);
    (void)strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &utc));
    (void)snprintf(repairing->aside, sizeof(repairing->aside), "%.4000s.set-aside-%s.ndjson",
                   beside->target, when);
    int fd = open(repairing->aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    repairing->file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (repairing->file == NULL) {
        complain("%s: %s", repairing->aside, strerror(errno));
        return EXIT_DATABASE;
    }
    return EXIT_DONE;
}

static enum exit_code close_aside(struct repairing *repairing, enum exit_code code)
{
    bool is_written = fflush(repairing->file) == 0 && ferror(repairing->file) == 0
                      && fsync(fileno(repairing->file)) == 0;
    if (!is_written) {
        complain("%s: %s", repairing->aside, strerror(errno));
        code = EXIT_DATABASE;
    }
    (void)fclose(repairing->file);
    if (code != EXIT_DONE || repairing->lines == 0) {
        (void)unlink(repairing->aside);
    }
    return code;
}

static enum exit_code fill(const struct options *options, struct beside *beside,
                           js_database *in_place)
{
    struct repairing *repairing = (struct repairing *)options;
    enum exit_code code = open_aside(repairing, beside);
    if (code == EXIT_DONE) {
        code = in_place != NULL ? save(repairing, in_place, beside->path)
                                : save_copy(repairing, beside);
        code = close_aside(repairing, code);
    }
    if (code != EXIT_DONE) {
        complain("%s: not repaired; it is as it was", options->directory);
    }
    return code;
}

static void say_what_came(const struct repairing *repairing)
{
    const js_dump_totals *totals = &repairing->totals;
    complain("note: saved were %" PRIu64 " sessions, %" PRIu64 " log lines and items and %" PRIu64
             " removals; the database has a new identity",
             totals->sessions, totals->items, totals->removed);
    if (repairing->lines > 0) {
        complain("note: %" PRIu64 " sessions and items were set aside in %s", repairing->lines,
                 repairing->aside);
    }
}

enum exit_code repair(const struct options *options)
{
    struct beside beside;
    struct repairing repairing = {.options = *options};
    enum exit_code code = takeover(&repairing.options, TAKEOVER_FROM_DAMAGED, fill, &beside);
    if (code != EXIT_DONE) {
        return EXIT_DATABASE;
    }
    say_what_came(&repairing);
    beside_keep(&beside, "repair");
    return repairing.totals.damaged > 0 || repairing.is_incomplete ? EXIT_REFUSED : EXIT_DONE;
}
