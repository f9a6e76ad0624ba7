/* SPDX-License-Identifier: Apache-2.0 */
/* From a database of an earlier version to what this one makes: a copy takes the place of what is there, so that writers
 * of earlier versions notice; the rest is done in it while all go on. */
#include "base/complain.h"
#include "base/database.h"
#include "place/copy.h"
#include "place/sound.h"
#include "place/takeover.h"
#include "verbs/verbs.h"

/* What there was. */
struct state {
    unsigned format;
    bool is_upgraded;
};

static enum exit_code failed(const js_error *error)
{
    complain("%s", error->message);
    return EXIT_DATABASE;
}

static enum exit_code begin(const struct options *options, const char *directory)
{
    js_error error;
    js_database *database;
    struct options of_copy = database_elsewhere(options, directory);
    enum exit_code code = database_open(&of_copy, JS_WRITE, &database);
    if (code == EXIT_DONE) {
        code = js_upgrade_begin(database, &error) == JS_OK ? EXIT_DONE : failed(&error);
        js_close(database);
    }
    return code;
}

static enum exit_code fill(const struct options *options, struct beside *beside,
                           js_database *in_place)
{
    enum exit_code code = copy_present(in_place, beside->path);
    return code == EXIT_DONE ? begin(options, beside->path) : code;
}

/* What is damaged is told before anybody has to wait, and left to be dealt with. */
static enum exit_code check(const struct options *options, js_snapshot *snapshot, void *before)
{
    struct state *state = before;
    state->format = js_snapshot_format(snapshot);
    state->is_upgraded = js_snapshot_is_upgraded(snapshot);
    return state->is_upgraded ? EXIT_DONE : sound_verify(options, snapshot);
}

static void say_what_is_new(unsigned format)
{
    if (format < JS_FORMAT) {
        complain("note: the database has format %d; earlier versions find it newer", JS_FORMAT);
    } else {
        complain("note: sessions are counted now with each write; earlier versions can read the "
                 "database, and write to it no more");
    }
}

/* Put a database that has all in the place of an older one. */
static enum exit_code replace(const struct options *options, unsigned format)
{
    struct beside beside;
    enum exit_code code = takeover(options, TAKEOVER_FROM_PRESENT, fill, &beside);
    if (code == EXIT_DONE) {
        say_what_is_new(format);
        beside_keep(&beside, "upgrade");
    }
    return code;
}

static enum exit_code finish(js_database *database)
{
    js_error error;
    js_result result;
    do {
        result = js_upgrade_step(database, &error);
    } while (result == JS_OK);
    return result == JS_END ? EXIT_DONE : failed(&error);
}

enum exit_code verb_upgrade(const struct options *options)
{
    js_database *database;
    struct state before = {JS_FORMAT, true};
    enum exit_code code = database_read(options, check, &before);
    if (code == EXIT_DONE && !before.is_upgraded) {
        code = replace(options, before.format);
    }
    if (code != EXIT_DONE) {
        complain("%s: not upgraded", options->directory);
        return code;
    }
    code = database_open(options, JS_WRITE, &database);
    if (code == EXIT_DONE) {
        code = finish(database);
        js_close(database);
    }
    if (code != EXIT_DONE) {
        complain("%s: the upgrade was begun; run it again to end it", options->directory);
    }
    return code;
}
